"""The product of a marker and a column of X, beside both of them."""

import numpy as np
import pytest
from scipy import stats

from sklmm import LMMRegressor
from sklmm.association import scan

from .crosses import fit, make_cross, make_probabilities
from .textbook import compare


@pytest.mark.parametrize("test", ["f", "lrt", "score"])
@pytest.mark.parametrize(("column", "place"), [(1, 1), (2, 2), (-1, 2)])
def test_products_are_tested_beside_marker_and_column(test, column, place):
    cross = make_cross()
    lmm = fit(cross)
    result = scan(lmm, cross.G, ids=cross.ids, interaction=column, test=test)
    for marker, g in enumerate(cross.G.T):
        beside = np.column_stack([cross.fixed, g])
        product = g * cross.fixed[:, place]
        expected = compare(lmm.h_, cross.K, beside, product, cross.y, "reml")
        np.testing.assert_allclose(result.beta[marker], expected.beta[0], rtol=1e-8)
        found = result.standard_error[marker]
        np.testing.assert_allclose(found, expected.standard_error[0], rtol=1e-8)
        np.testing.assert_allclose(result.lod[marker], expected.lod, rtol=1e-8)
        np.testing.assert_allclose(result.residual_df[marker], expected.residual_df)
        if test != "score":
            np.testing.assert_allclose(
                result.statistic[marker], getattr(expected, test), rtol=1e-8
            )


def test_lods_of_marker_and_product_add_up():
    """LOD(marker and product) = LOD(marker) + LOD(product | marker), at the same h."""
    cross = make_cross()
    lmm = fit(cross)
    result = scan(lmm, cross.G, ids=cross.ids, interaction=1)
    of_markers = scan(lmm, cross.G, ids=cross.ids)
    np.testing.assert_allclose(result.joint_lod, of_markers.lod + result.lod, rtol=1e-10)
    assert of_markers.joint_lod is None
    for marker, g in enumerate(cross.G.T):
        both = np.column_stack([g, g * cross.sex])
        expected = compare(lmm.h_, cross.K, cross.fixed, both, cross.y, "reml")
        np.testing.assert_allclose(result.joint_lod[marker], expected.lod, rtol=1e-9)


def test_founders():
    cross = make_cross(n=60)
    P = make_probabilities(cross.rng, cross.n, 3, 4)
    lmm = fit(cross)
    result = scan(lmm, P, ids=cross.ids, interaction=1)
    assert result.beta.shape == (4, 3)
    for locus in range(4):
        of_locus = P[:, 1:, locus]
        beside = np.column_stack([cross.fixed, of_locus])
        products = of_locus * cross.sex[:, None]
        expected = compare(lmm.h_, cross.K, beside, products, cross.y, "reml")
        np.testing.assert_allclose(result.lod[locus], expected.lod, rtol=1e-8)
        np.testing.assert_allclose(
            result.pvalue[locus], stats.f.sf(expected.f, 2, expected.residual_df), rtol=1e-8
        )
        centered = np.append(0, expected.beta)
        np.testing.assert_allclose(result.beta[locus], centered - centered.mean(), rtol=1e-7)


def test_missing_genotypes():
    cross = make_cross()
    G = cross.G.copy()
    G[::5, 3] = G[[1, 2], 4] = np.nan
    lmm = fit(cross)
    result = scan(lmm, G, ids=cross.ids, interaction=1, missing="drop")
    for marker in (3, 4, 5):
        rows = ~np.isnan(G[:, marker])
        g = G[rows, marker]
        beside = np.column_stack([cross.fixed[rows], g])
        K = cross.K[np.ix_(rows, rows)]
        expected = compare(lmm.h_, K, beside, g * cross.sex[rows], cross.y[rows], "reml")
        np.testing.assert_allclose(result.lod[marker], expected.lod, rtol=1e-8)
        np.testing.assert_allclose(result.residual_df[marker], expected.residual_df)


def test_what_has_no_product_of_its_own():
    """Carriers of one sex alone: the marker is the product."""
    cross = make_cross()
    G = cross.G.copy()
    G[:, 0] = 1
    G[:, 1] = cross.sex * cross.G[:, 1]
    G[:, 2] = cross.sex
    result = scan(fit(cross), G, ids=cross.ids, interaction=1)
    assert list(result.status[:4]) == ["constant", "collinear", "collinear", "ok"]
    assert np.isnan(result.pvalue[:3]).all()
    assert np.isnan(result.joint_lod[[0, 2]]).all()
    alone = scan(fit(cross), G, ids=cross.ids).lod
    np.testing.assert_allclose(result.joint_lod[1], alone[1], rtol=1e-9)


def test_columns_by_name():
    pd = pytest.importorskip("pandas")
    cross = make_cross()
    X = pd.DataFrame({"sex": cross.sex, "line": cross.ids, "age": cross.age})
    lmm = LMMRegressor(cross.kinship, sample_id="line").fit(X, cross.y)
    expected = scan(fit(cross), cross.G, ids=cross.ids, interaction=2)
    for column in ("age", 2, -1):
        found = scan(lmm, cross.G, ids=cross.ids, interaction=column)
        np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-8)
    for column in ("line", 1, "weight", 3, -4, True, 1.5):
        with pytest.raises(ValueError, match=r"fixed effect: one of \['sex', 'age'\]"):
            scan(lmm, cross.G, ids=cross.ids, interaction=column)
    alone = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X[:, :1], cross.y)
    with pytest.raises(ValueError, match=r"lmm was fitted without any\. Fit lmm with that column"):
        scan(alone, cross.G, ids=cross.ids, interaction=0)


def test_columns_of_any_scale_and_offset():
    cross = make_cross()
    expected = scan(fit(cross), cross.G, ids=cross.ids, interaction=2)
    cross.X[:, 2] = 2000 + 1e-3 * cross.age
    found = scan(fit(cross), cross.G, ids=cross.ids, interaction=2)
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-6)
    np.testing.assert_allclose(found.beta, 1e3 * expected.beta, rtol=1e-6)
    cross.X = np.column_stack([cross.X, cross.sex + cross.X[:, 2]])
    deficient = scan(fit(cross), cross.G, ids=cross.ids, interaction=2)
    np.testing.assert_allclose(deficient.lod, expected.lod, rtol=1e-6)
