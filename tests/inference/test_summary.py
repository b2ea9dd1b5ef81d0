"""The table and its numbers."""

import numpy as np
import pandas as pd
import pytest

from sklmm import LMMRegressor
from sklmm.inference import confidence_interval, summary, t_test, variance_components


@pytest.fixture
def lmm(population):
    lmm = LMMRegressor(population.kinship, sample_id="id")
    return lmm.fit(population.frame, pd.Series(population.y))


def test_numbers_are_those_of_the_functions(lmm):
    table = summary(lmm, level=0.9)
    assert vars(table.components) == vars(variance_components(lmm))
    for parameter in ("h", "kinship", "residual", "total"):
        np.testing.assert_array_equal(
            table.intervals[parameter], confidence_interval(lmm, parameter, level=0.9)
        )
    np.testing.assert_array_equal(table.fixed_effects.pvalue, t_test(lmm).pvalue)


def test_every_number_is_in_the_table(lmm):
    table = summary(lmm, method="profile")
    text = str(table)
    assert repr(table) == text
    lines = {line.split("  ")[0]: line for line in text.splitlines()}
    for name, b, se in zip(
        ["intercept", "age", "sex"], lmm.b_, table.fixed_effects.standard_error, strict=True
    ):
        assert f"{b:.5g}" in lines[name]
        assert f"{se:.5g}" in lines[name]
    for name in ("h", "kinship", "residual", "total"):
        assert f"{table.components.estimate[name]:.5g}" in lines[name]
        for end in table.intervals[name]:
            assert f"{end:.5g}" in lines[name]
        assert lines[name].endswith("profile")
    assert "REML" in text
    assert f"{lmm.log_likelihood_:.6f}" in text
    assert "2.5 %" in lines["fixed effects"]
    assert "97.5 %" in lines["variances"]
    assert max(map(len, text.splitlines())) < 100


def test_what_is_exact(lmm):
    variances = ("kinship", "residual", "total")
    assert summary(lmm).kinds == {"h": "exact", **dict.fromkeys(variances, "generalized")}


def test_limits_have_the_digits_of_the_level(lmm):
    text = str(summary(lmm, method="wald", level=0.9999))
    assert "  0.005 %" in text
    assert "99.995 %" in text


def test_html_is_escaped(population):
    frame = population.frame.rename(columns={"sex": "<sex>"})
    lmm = LMMRegressor(population.kinship, sample_id="id").fit(frame, population.y)
    assert "&lt;sex&gt;" in summary(lmm, method="wald")._repr_html_()


def test_columns_without_names_and_kernels(population):
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, population.y)
    assert summary(lmm, method="wald").names == ["intercept", "x1", "x2"]
    X = np.column_stack([population.markers[:, :5], population.covariates])
    lmm = LMMRegressor(covariates=[5, 6], fit_intercept=False).fit(X, population.y)
    assert summary(lmm, method="wald").names == ["x5", "x6"]
    lmm = LMMRegressor(kernel="precomputed").fit(population.K, population.y)
    assert summary(lmm, method="wald").names == ["intercept"]


def test_a_trait_of_several(population):
    Y = np.column_stack([population.y, population.y**2])
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, Y)
    for trait in (0, 1):
        alone = LMMRegressor(population.kinship, sample_id=0).fit(population.array, Y[:, trait])
        found, expected = summary(lmm, trait=trait), summary(alone)
        for of in ("estimate", "standard_error"):
            assert getattr(found.components, of) == pytest.approx(
                getattr(expected.components, of), rel=1e-6
            )
        assert found.header.keys() == expected.header.keys()
    with pytest.raises(ValueError, match=r"The model has 2 traits: choose one by trait="):
        summary(lmm)
    for trait in (2, -3, 0.5, True, "y"):
        with pytest.raises(ValueError, match=r"trait=.* is not one of the 2 traits"):
            summary(lmm, trait=trait)


def test_a_trait_by_its_name(population):
    pd = pytest.importorskip("pandas")
    Y = pd.DataFrame({"weight": population.y, "height": population.y**2})
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(population.array, Y)
    for trait in ("height", -1):
        assert str(summary(lmm, trait=trait)) == str(summary(lmm, trait=1))
    message = r"trait='y' .* from 0 to 1, or one of \['weight', 'height'\]\."
    with pytest.raises(ValueError, match=message):
        summary(lmm, trait="y")


@pytest.mark.parametrize("h", [0.0, 0.5, 1.0])
def test_where_h_is_held(population, h):
    lmm = LMMRegressor(population.kinship, sample_id=0, h=h).fit(population.array, population.y)
    for method in ("exact", "profile", "wald"):
        table = summary(lmm, method=method)
        assert np.isnan(table.intervals["h"]).all()
        assert np.isfinite(table.intervals["total"]).all()
        assert table.header["h"] == "held"
        variances = ("kinship", "residual", "total")
        assert table.kinds == {"h": "held", **dict.fromkeys(variances, method)}


def test_what_the_header_says(population):
    X = np.column_stack([population.array, population.covariates[:, 0]])
    lmm = LMMRegressor(population.kinship, sample_id=0, h="loo", method="ml")
    header = summary(lmm.fit(X, population.y)).header
    assert header["rank of the fixed effects"] == "3 of 4"
    assert header["h"] == "by leave-one-out"
    assert header["method"] == "ML"
    with pytest.raises(ValueError, match=r"h='loo' does not maximize"):
        summary(lmm, method="wald")


def test_bad_arguments(lmm):
    with pytest.raises(ValueError, match=r"method='exactly' is unknown"):
        summary(lmm, method="exactly")
    with pytest.raises(ValueError, match=r"level must be a number between 0 and 1, got 1"):
        summary(lmm, level=1)
    with pytest.raises(TypeError, match=r"lmm must be a fitted LMMRegressor, got NoneType"):
        summary(None)
