"""Columns that count the rows of a table are no covariates, features or traits."""

import re
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sklmm import Kinship, LMMRegressor

N = 30
rng = np.random.default_rng(0)
NAMES = np.array([f"line{row:02d}" for row in range(N)])
Z = rng.integers(0, 3, (N, 60)).astype(float)
Y = Z[:, :5].sum(axis=1) + rng.standard_normal(N)
LMM = LMMRegressor(Kinship(np.cov(Z) + 0.1 * np.eye(N), NAMES), sample_id="id")
TITLES = ["index", "level_0", "level_1", "rownames", "row.names", "X", "...1", "__index_level_0__"]
COUNTED = {
    "from 0": np.arange(N),
    "from 1": np.arange(1, N + 1),
    "floats": np.arange(N) / 1.0,
    "nullable": pd.array(range(N), dtype="Int64"),
}


def warning_of(title, name):
    return pytest.warns(UserWarning, match=re.escape(f"{name} has the columns ['{title}'], which"))


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("kind", COUNTED)
def test_columns_that_count_rows(title, kind):
    counts = pd.Series(COUNTED[kind], name=title)
    with warning_of(title, "X"):
        LMM.fit(pd.DataFrame({title: counts, "id": NAMES}), Y)
    with warning_of(title, "y"):
        LMM.fit(pd.DataFrame({"id": NAMES}), pd.DataFrame({"yield": Y, title: counts}))
    markers = pd.DataFrame(Z).add_prefix("snp")
    with warning_of(title, "X"):
        LMMRegressor(kernel="linear").fit(pd.concat([counts, markers], axis=1), Y)


def test_an_index_that_is_reset():
    for X in (
        pd.DataFrame({"id": NAMES}).reset_index(),
        pl.DataFrame({"id": list(NAMES)}).with_row_index(),
    ):
        with warning_of("index", "X"):
            LMM.fit(X, Y)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize(
    "values",
    [rng.permutation(N), np.arange(N) // 2, np.arange(N) + 2, np.linspace(0, 1, N)],
    ids=["another order", "repeats", "from 2", "amounts"],
)
def test_what_has_such_a_name_and_counts_no_rows(title, values):
    """An index of body mass, or the place in a field."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LMM.fit(pd.DataFrame({"id": NAMES, title: values}), Y)


def test_counts_of_other_names_and_the_labels_themselves():
    X = pd.DataFrame({"index": range(N), "day": range(N)})
    kinship = Kinship(np.cov(Z) + 0.1 * np.eye(N), range(N))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LMM.fit(pd.DataFrame({"id": NAMES, "day": range(N)}), Y)
        LMMRegressor(kinship, sample_id="index").fit(X[["index"]], Y)
