"""Answers of other programs on real data, to the tolerances that the package promises."""

import csv

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm.inference import b_covariance, variance_components

MICE = {
    ("CD8", "ml"): (0.6061634459619282, 0.8630939519742415, -1584.338244816961),
    ("CD8", "reml"): (0.6057290315878007, 0.8631996239503769, -1583.8698932976074),
    ("MCH", "ml"): (0.6318534153224845, 1.1715210258665258, -1972.6511554450792),
    ("MCH", "reml"): (0.63144669261622, 1.171549068888498, -1972.0617298771565),
}
SOLVERS = ["band", "eigh"]


@pytest.fixture(scope="module")
def answers(reference_data):
    with open(reference_data / "reference" / "answers.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def load(reference_data, mice_kinship):
    """A function from data set and matrix to kinship, table and names of covariates."""
    loaded = {}

    def load(name, matrix):
        folder = reference_data / "data" / name
        table = pd.read_csv(folder / "pheno.csv", index_col=0)
        table.index = table.index.astype(str)
        if name == "hs1940":
            return mice_kinship, table, []
        covariates = pd.read_csv(folder / "covar.csv", index_col=0).drop(columns="intercept")
        covariates.index = covariates.index.astype(str)
        with np.load(folder / "kinship.npz", allow_pickle=True) as stored:
            kinship = Kinship(stored[matrix], stored["ids"].astype(str))
        return kinship, table.join(covariates), list(covariates.columns)

    def load_once(*key):
        if key not in loaded:
            loaded[key] = load(*key)
        return loaded[key]

    return load_once


def check(lmm, h, v, log_likelihood):
    if h in (0.0, 1.0):
        assert lmm.h_ == h
    assert lmm.h_ == pytest.approx(h, abs=1e-8, rel=0)
    assert lmm.v_ == pytest.approx(v, rel=1e-7)
    assert lmm.log_likelihood_ == pytest.approx(log_likelihood, rel=1e-10)


@pytest.mark.parametrize("solver", SOLVERS)
def test_answers_of_other_programs(answers, load, solver):
    assert len(answers) == 40
    for row in answers:
        kinship, table, covariates = load(row["data"], row["kinship"])
        measured = table[table[row["pheno"]].notna()].reset_index(names="id")
        lmm = LMMRegressor(kinship, sample_id="id", method=row["method"].lower(), solver=solver)
        lmm.fit(measured[["id", *covariates]], measured[row["pheno"]])
        check(lmm, *(float(row[name]) for name in ("h", "v", "loglik")))
        b, se = (np.array(row[name].split(), dtype=float) for name in ("beta", "beta_se"))
        np.testing.assert_array_less(np.abs(lmm.b_ - b), 1e-6 * se)
        np.testing.assert_allclose(np.sqrt(np.diag(b_covariance(lmm))), se, rtol=1e-7)
        h_se = variance_components(lmm).standard_error["h"]
        if row["h_se"]:
            assert h_se == pytest.approx(float(row["h_se"]), rel=1e-7)
        else:
            assert lmm.h_ in (0.0, 1.0)
            assert np.isnan(h_se)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("trait", "method"), MICE)
def test_mice(mice, mice_kinship, trait, method, solver):
    y = mice.target[:, mice.target_names.index(trait)]
    measured = ~np.isnan(y)
    lmm = LMMRegressor(mice_kinship, sample_id=0, method=method, solver=solver)
    lmm.fit(mice.ids[measured, None], y[measured])
    check(lmm, *MICE[trait, method])
