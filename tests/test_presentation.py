"""What an estimator looks like, in text and in a notebook."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklmm import Kinship, LMMRegressor


@pytest.fixture
def lmm():
    return LMMRegressor(Kinship(np.eye(500), range(500)), sample_id="id", method="ml")


def test_repr_names_what_is_not_default(lmm):
    assert "".join(repr(lmm).split()) == (
        "LMMRegressor(kinship=Kinship(500samples:0,1,2,…),method='ml',sample_id='id')"
    )


def test_repr_of_a_plain_kinship_is_short():
    assert len(repr(LMMRegressor(np.eye(500)))) < 1000


def test_html_links_to_the_documentation(lmm):
    link = "https://sklmm.readthedocs.io/en/latest/generated/sklmm.LMMRegressor.html"
    assert link in lmm._repr_html_()
    assert link in make_pipeline(StandardScaler(), lmm)._repr_html_()


def test_html_of_a_fitted_estimator_is_short(population):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)
    assert "Fitted" in lmm._repr_html_()
    assert len(lmm._repr_html_()) < 100_000
