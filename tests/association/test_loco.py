"""Another kinship for each chromosome, and fixed effects of the null model on X."""

import numpy as np
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm.association import scan
from sklmm.relationship import iter_leave_one_chromosome_out, leave_one_chromosome_out

from .crosses import fit, make_cross
from .textbook import compare

CHROMOSOMES = np.array(["1", "2", "X"])[np.arange(12) % 3]


def make_kinships(cross):
    """With other samples, and in another order than that of the model."""
    others = ["other1", "other2"]
    kinships = {}
    for number, chromosome in enumerate(("2", "X", "1")):
        rng = np.random.default_rng(number)
        ids = [str(label) for label in rng.permutation([*cross.ids, *others])]
        Z = rng.standard_normal((len(ids), 60))
        kinships[chromosome] = Kinship(Z @ Z.T / 60, ids)
    return kinships


@pytest.mark.parametrize("parameters", [{}, {"method": "ml"}, {"h": 0.3}, {"h": "loo"}])
def test_each_chromosome_is_tested_beside_its_own_kinship(parameters):
    cross = make_cross()
    kinships = make_kinships(cross)
    lmm = fit(cross, **parameters)
    result = scan(lmm, cross.G, ids=cross.ids, chromosomes=CHROMOSOMES, kinships=kinships)
    np.testing.assert_array_equal(result.chromosomes, CHROMOSOMES)
    for chromosome, kinship in kinships.items():
        alone = fit(cross, **parameters, kinship=kinship)
        for marker in np.flatnonzero(chromosome == CHROMOSOMES):
            np.testing.assert_allclose(result.h[marker], alone.h_, rtol=1e-6)
            K = kinship.select(cross.ids).matrix
            expected = compare(
                result.h[marker],
                K,
                cross.fixed,
                cross.G[:, marker],
                cross.y,
                parameters.get("method", "reml"),
            )
            np.testing.assert_allclose(result.lod[marker], expected.lod, rtol=1e-8)
            np.testing.assert_allclose(result.statistic[marker], expected.f, rtol=1e-8)
            np.testing.assert_allclose(result.beta[marker], expected.beta[0], rtol=1e-8)


@pytest.mark.parametrize("parameters", [{}, {"method": "ml", "h": [0.2, 0.6]}])
def test_a_model_with_another_kinship_is_the_fit_with_it(parameters):
    cross = make_cross()
    kinship = make_kinships(cross)["2"]
    Y = np.column_stack([cross.y, cross.age**2 + cross.G[:, 3]])
    Y[:5, 1] = np.nan
    parameters = {"sample_id": 0, "missing_y": "drop", **parameters}
    lmm = LMMRegressor(cross.kinship, **parameters).fit(cross.X, Y)
    expected = LMMRegressor(kinship, **parameters).fit(cross.X, Y)
    fitted = fitted_model(lmm)
    found = fitted.related_by(fitted.training_samples.with_kinship(kinship, "kinship"))
    np.testing.assert_allclose(found.h, expected.h_, rtol=1e-6)
    np.testing.assert_allclose(found.b, expected.b_, rtol=1e-7)
    rows = found.locate(cross.X)
    np.testing.assert_allclose(found.random(rows), expected.predict_random(cross.X), atol=1e-6)
    direction = cross.rng.standard_normal(cross.n)
    more = LMMRegressor(cross.kinship, **parameters).fit(np.c_[cross.X, direction], Y)
    beside = fitted_model(lmm).beside(direction[:, None])
    np.testing.assert_allclose(beside.b, more.b_, rtol=1e-6)


def test_several_traits_with_missing_values():
    cross = make_cross()
    kinships = make_kinships(cross)
    Y = np.column_stack([cross.y, cross.age**2 + cross.G[:, 3]])
    Y[:5, 1] = np.nan
    lmm = LMMRegressor(cross.kinship, sample_id=0, missing_y="drop").fit(cross.X, Y)
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES}
    result = scan(lmm, cross.G, kinships=kinships, **options)
    for trait, y in enumerate(Y.T):
        rows = ~np.isnan(y)
        alone = LMMRegressor(cross.kinship, sample_id=0).fit(cross.X[rows], y[rows])
        expected = scan(alone, cross.G, kinships=kinships, **options)
        np.testing.assert_allclose(result.lod[trait], expected.lod, rtol=1e-6)


def test_generators_hold_one_matrix_at_a_time():
    cross = make_cross(m=60)
    chromosomes = np.repeat(["3", "1", "2"], 20)
    lmm = fit(cross)
    kinships = leave_one_chromosome_out(cross.G, cross.ids, chromosomes)
    pairs = iter_leave_one_chromosome_out(cross.G, cross.ids, chromosomes)
    options = {"ids": cross.ids, "chromosomes": chromosomes}
    expected = scan(lmm, cross.G, kinships=kinships, **options)
    np.testing.assert_array_equal(scan(lmm, cross.G, kinships=pairs, **options).lod, expected.lod)
    reversed_order = reversed(list(kinships.items()))
    found = scan(lmm, cross.G, kinships=reversed_order, **options)
    np.testing.assert_array_equal(found.lod, expected.lod)


def test_the_same_kinship_everywhere():
    cross = make_cross()
    lmm = fit(cross)
    kinships = dict.fromkeys(("X", "2", "1"), cross.kinship)
    found = scan(lmm, cross.G, ids=cross.ids, chromosomes=CHROMOSOMES, kinships=kinships)
    expected = scan(lmm, cross.G, ids=cross.ids)
    np.testing.assert_allclose(found.lod, expected.lod, rtol=1e-7)


def test_chromosomes_without_markers_need_no_scan():
    cross = make_cross()
    kinships = make_kinships(cross)
    broken = Kinship(np.eye(2), ["a", "b"])
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES}
    lmm = fit(cross)
    found = scan(lmm, cross.G, kinships={**kinships, "7": broken}, **options)
    expected = scan(lmm, cross.G, kinships=kinships, **options)
    np.testing.assert_array_equal(found.lod, expected.lod)


def without_x(kinships):
    return {chromosome: kinships[chromosome] for chromosome in ("1", "2")}


@pytest.mark.parametrize("as_pairs", [False, True])
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (without_x, ValueError, r"kinships has none for chromosome 'X', on which there are mark"),
        (lambda k: {**without_x(k), "x": k["X"]}, ValueError, r"kinships has chromosome 'x', whi"),
        (lambda k: {**without_x(k), "chrX": k["X"]}, ValueError, r"which looks like 'X' of the m"),
        (
            lambda k: {1: k["1"], 2: k["2"], "X": k["X"]},
            ValueError,
            r"kinships has chromosome 1, which looks like '1' of the markers. Write it as they do",
        ),
        (
            lambda k: {**k, "2": k["2"].matrix},
            TypeError,
            r"kinships\['2'\] must be a Kinship, got ndarray",
        ),
        (
            lambda k: {**k, "2": None},
            TypeError,
            r"kinships\['2'\] must be a Kinship, got NoneType",
        ),
        (
            lambda k: {**k, "2": Kinship(np.eye(3), ["id1", "id2", "id3"])},
            ValueError,
            r"kinships\['2'\] lacks a sample that lmm was fitted to. The label 'id",
        ),
    ],
)
def test_kinships_that_do_not_fit(as_pairs, change, error, message):
    cross = make_cross()
    kinships = change(make_kinships(cross))
    if as_pairs:
        kinships = iter(kinships.items())
    with pytest.raises(error, match=message):
        scan(fit(cross), cross.G, ids=cross.ids, chromosomes=CHROMOSOMES, kinships=kinships)


def test_what_is_no_set_of_kinships():
    cross = make_cross()
    lmm, kinships = fit(cross), make_kinships(cross)
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES}
    with pytest.raises(TypeError, match="kinships must have a Kinship for each chromosome, got o"):
        scan(lmm, cross.G, kinships=cross.kinship, **options)
    with pytest.raises(TypeError, match=r"or give pairs \(chromosome, Kinship\), got Kinship"):
        scan(lmm, cross.G, kinships=list(kinships.values()), **options)
    twice = [*kinships.items(), ("2", kinships["2"])]
    with pytest.raises(ValueError, match=r"kinships gives chromosome '2' twice\. Give each once"):
        scan(lmm, cross.G, kinships=twice, **options)
    with pytest.raises(ValueError, match="kinships needs the chromosome of each marker"):
        scan(lmm, cross.G, ids=cross.ids, kinships=kinships)
    plain = LMMRegressor(cross.K).fit(cross.fixed[:, 1:], cross.y)
    with pytest.raises(ValueError, match=r"relates rows by their labels, and the rows of lmm ha"):
        scan(plain, cross.G, chromosomes=CHROMOSOMES, kinships=kinships)


def test_fixed_effects_of_the_null_model_on_x():
    """There LOD = n/2 log10(RSS0/RSS1), without the covariates in RSS1 alone."""
    cross = make_cross()
    lmm = fit(cross)
    direction = cross.rng.standard_normal((cross.n, 2))
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES}
    result = scan(lmm, cross.G, x_covariates=direction, **options)
    null = LMMRegressor(cross.kinship, sample_id=0).fit(np.c_[cross.X, direction], cross.y)
    plain = scan(lmm, cross.G, **options)
    is_x = CHROMOSOMES == "X"
    for name in ("beta", "lod", "pvalue", "h"):
        np.testing.assert_array_equal(getattr(result, name)[~is_x], getattr(plain, name)[~is_x])
    assert np.isnan(result.pvalue[is_x]).all()
    assert set(result.status) == {"ok"}
    for marker in np.flatnonzero(is_x):
        h = result.h[marker]
        np.testing.assert_allclose(h, null.h_, rtol=1e-6, atol=1e-9)
        g = cross.G[:, marker]
        beside = compare(h, cross.K, cross.fixed, g, cross.y, "reml")
        of_null = compare(h, cross.K, cross.fixed, direction, cross.y, "reml")
        lod = cross.n / 2 * np.log10(of_null.rss1 / beside.rss1)
        np.testing.assert_allclose(result.lod[marker], lod, rtol=1e-8)
        np.testing.assert_allclose(result.beta[marker], beside.beta[0], rtol=1e-8)
        np.testing.assert_allclose(result.standard_error[marker], beside.standard_error[0])


def test_covariates_of_x_and_missing_genotypes():
    cross = make_cross()
    G = cross.G.copy()
    G[::6, 2] = np.nan
    lmm = fit(cross, h=0.4)
    direction = cross.rng.standard_normal(cross.n)
    result = scan(
        lmm, G, ids=cross.ids, chromosomes=CHROMOSOMES, x_covariates=direction, missing="drop"
    )
    rows = ~np.isnan(G[:, 2])
    K, X, y = cross.K[np.ix_(rows, rows)], cross.fixed[rows], cross.y[rows]
    beside = compare(0.4, K, X, G[rows, 2], y, "reml")
    of_null = compare(0.4, K, X, direction[rows], y, "reml")
    lod = rows.sum() / 2 * np.log10(of_null.rss1 / beside.rss1)
    np.testing.assert_allclose(result.lod[2], lod, rtol=1e-8)


def test_covariates_of_x_that_the_model_has_change_nothing():
    cross = make_cross()
    lmm = fit(cross)
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES}
    found = scan(lmm, cross.G, x_covariates=cross.sex, **options)
    expected = scan(lmm, cross.G, **options)
    np.testing.assert_allclose(found.pvalue, expected.pvalue, rtol=1e-6)


def test_covariates_of_x_by_label():
    pd = pytest.importorskip("pandas")
    cross = make_cross()
    lmm = fit(cross)
    direction = cross.rng.standard_normal(cross.n)
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES, "x_chromosomes": ["2", "X"]}
    expected = scan(lmm, cross.G, x_covariates=direction, **options)
    frame = pd.DataFrame({"direction": direction}, index=cross.ids)
    for table in (frame.sample(frac=1, random_state=0), frame["direction"].iloc[::-1]):
        found = scan(lmm, cross.G, x_covariates=table, **options)
        np.testing.assert_array_equal(found.lod, expected.lod)
    assert np.isnan(expected.pvalue).sum() == 8
    with pytest.raises(ValueError, match="x_covariates has no row for 'id"):
        scan(lmm, cross.G, x_covariates=frame.iloc[1:], **options)
    with pytest.raises(ValueError, match=r"more than once in its index\. Give a row for each"):
        scan(lmm, cross.G, x_covariates=pd.concat([frame, frame]), **options)


def test_covariates_of_x_that_do_not_fit():
    cross = make_cross()
    lmm = fit(cross)
    options = {"ids": cross.ids, "chromosomes": CHROMOSOMES}
    with pytest.raises(ValueError, match="x_covariates has 39 rows, but lmm was fitted to 40"):
        scan(lmm, cross.G, x_covariates=cross.sex[1:], **options)
    with pytest.raises(ValueError, match="x_chromosomes has 'x', but no marker is on it"):
        scan(lmm, cross.G, x_covariates=cross.age, x_chromosomes="x", **options)
    with pytest.raises(ValueError, match="x_covariates must be numbers"):
        scan(lmm, cross.G, x_covariates=cross.ids, **options)
    with pytest.raises(ValueError, match="x_covariates must be finite numbers, and row 0 of"):
        scan(lmm, cross.G, x_covariates=np.full(40, np.nan), **options)
    with pytest.raises(ValueError, match="x_covariates needs the chromosome of each marker"):
        scan(lmm, cross.G, ids=cross.ids, x_covariates=cross.sex)


def test_the_name_of_an_X_chromosome_may_be_a_number():
    cross = make_cross()
    lmm, numbers = fit(cross), np.where(CHROMOSOMES == "X", "23", CHROMOSOMES).astype(int)
    known = scan(lmm, cross.G, ids=cross.ids, chromosomes=CHROMOSOMES, x_covariates=cross.age**2)
    options = {"ids": cross.ids, "chromosomes": numbers, "x_covariates": cross.age**2}
    for name in (23, np.int64(23), [23], {23}):
        found = scan(lmm, cross.G, x_chromosomes=name, **options)
        np.testing.assert_array_equal(found.lod, known.lod)
    with pytest.raises(TypeError, match="x_chromosomes must be a sequence of labels"):
        scan(lmm, cross.G, x_chromosomes=None, **options)
