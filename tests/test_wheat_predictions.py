"""Cross-validated predictions of wheat yield, however X reaches the estimator."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline

from sklmm import Kinship, LMMRegressor


@pytest.fixture(scope="module")
def expected(reference_data):
    return json.loads((reference_data / "reference" / "wheat_cv_predictions.json").read_text())


def as_array(ids):
    return np.array(ids, dtype=object)[:, None]


def as_pandas(ids):
    return pd.DataFrame({"line": ids})


def as_polars(ids):
    return pl.DataFrame({"line": list(ids)})


def cross_validate(wheat, trait, make_X, sample_id, wrap=lambda lmm: lmm, n_jobs=None):
    K, ids, traits, folds = wheat
    labels = [str(label) for label in ids]
    lmm = LMMRegressor(Kinship(K, labels), sample_id=sample_id)
    return cross_val_predict(
        wrap(lmm), make_X(labels), traits[trait], cv=PredefinedSplit(folds), n_jobs=n_jobs
    )


@pytest.mark.parametrize(("trait", "n_jobs"), [("env1", 1), ("env2", 2)])
@pytest.mark.parametrize(
    ("make_X", "sample_id"), [(as_array, 0), (as_pandas, "line"), (as_polars, "line")]
)
def test_containers(wheat, expected, trait, make_X, sample_id, n_jobs):
    predictions = cross_validate(wheat, trait, make_X, sample_id, n_jobs=n_jobs)
    np.testing.assert_allclose(predictions, expected[trait]["pred"], atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("make_X", "output"),
    [
        (as_pandas, "default"),
        (as_pandas, "pandas"),
        (as_polars, "default"),
        (as_polars, "polars"),
    ],
)
def test_pipeline_with_column_transformer(wheat, expected, make_X, output):
    def wrap(lmm):
        columns = ColumnTransformer([("line", "passthrough", ["line"])])
        return make_pipeline(columns.set_output(transform=output), lmm)

    sample_id = 0 if output == "default" else "line__line"
    predictions = cross_validate(wheat, "env1", make_X, sample_id, wrap)
    np.testing.assert_allclose(predictions, expected["env1"]["pred"], atol=1e-6, rtol=0)


def test_correlation_with_the_observed_values(wheat, expected):
    _, _, traits, folds = wheat
    predictions = cross_validate(wheat, "env1", as_array, 0)
    correlations = [
        np.corrcoef(predictions[folds == fold], traits["env1"][folds == fold])[0, 1]
        for fold in np.unique(folds)
    ]
    assert np.mean(correlations) == pytest.approx(expected["env1"]["mean_pearson"], abs=1e-6)
