"""Genotypes in another coding than the functions, or the rows of fit, have them."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import linear_kernel
from sklearn.pipeline import make_pipeline

from sklmm import LMMRegressor
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import centered, dominance, gaussian, vanraden, vanraden2

N, M = 40, 60
RNG = np.random.default_rng(5)
IDS = [f"i{row}" for row in range(N)]
COUNTS = RNG.binomial(2, RNG.uniform(0.1, 0.9, M), (N, M)).astype(float)
FUNCTIONS = [vanraden, vanraden2, centered, gaussian]
TRANSFORMERS = [GenotypeScaler(), GenotypeScaler("standardized"), MarkerFilter()]


def as_ped(missing=0.03, dtype=int):
    """Two columns of alleles for each marker, and the counts."""
    alleles = RNG.binomial(1, RNG.uniform(0.2, 0.8, M), (2, N, M)) + 1
    alleles[:, RNG.uniform(size=(N, M)) < missing] = 0
    return alleles.transpose(1, 2, 0).reshape(N, 2 * M).astype(dtype)


@pytest.mark.parametrize("dtype", [int, np.int8, float])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_ped_file_is_no_matrix_of_genotypes(function, dtype):
    genotypes = as_ped(dtype=dtype)
    with pytest.raises(ValueError, match=r"genotypes has two columns of alleles.*read_plink"):
        function(genotypes, IDS)
    with pytest.raises(ValueError, match="genotypes has two columns"):
        function(pd.DataFrame(genotypes), IDS)
    a, b = genotypes[:, ::2], genotypes[:, 1::2]
    counts = np.where(a == 0, np.nan, a + b - 2)
    meant = [
        [np.nan if 0 in pair else sum(allele == 2 for allele in pair) for pair in row]
        for row in genotypes.reshape(N, M, 2).tolist()
    ]
    np.testing.assert_array_equal(counts, meant)
    function(counts, IDS, missing="mean")


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_transformers_refuse_a_ped_file(transformer):
    with pytest.raises(ValueError, match=r"X has two columns of alleles.*a = X\[:, ::2\]"):
        transformer.fit(as_ped())


@pytest.mark.parametrize(
    "genotypes",
    [
        np.repeat(COUNTS, 2, axis=1),
        np.column_stack([COUNTS, COUNTS])[:, RNG.permutation(2 * M)],
        2 * RNG.binomial(1, 0.5, (N, M)),
        np.repeat(2 * RNG.binomial(1, 0.5, (N, M // 2)), 2, axis=1),
        as_ped(0)[:, : 2 * M - 1] - 1,
        np.maximum(as_ped(0), 1),
    ],
    ids=["copies", "shuffled copies", "lines", "copies of lines", "0 and 1", "1 and 2"],
)
def test_genotypes_are_no_ped_file(genotypes):
    GenotypeScaler().fit(genotypes)
    centered(genotypes, IDS)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_random_genotypes_are_no_ped_file(data):
    n, pairs = data.draw(st.integers(2, 12)), data.draw(st.integers(1, 4))
    seed, frequency = data.draw(st.integers(0, 99)), data.draw(st.floats(0.2, 0.8))
    counts = np.random.default_rng(seed).binomial(2, frequency, (n, 2 * pairs))
    counts[0], counts[1] = 0, 2
    GenotypeScaler().fit(counts).transform(counts[:1])


@pytest.mark.parametrize("transformer", TRANSFORMERS)
@pytest.mark.parametrize("rows", [slice(None), slice(0, 1), slice(3, 7)])
@pytest.mark.parametrize("dtype", [float, np.int8])
def test_rows_in_the_other_coding(transformer, rows, dtype):
    counts = COUNTS.astype(dtype)
    meant = transformer.fit(counts).transform(counts[rows])
    with pytest.raises(ValueError, match=r"-1, 0, 1, and those of fit were 0, 1, 2\. Use X \+ 1,"):
        transformer.transform(counts[rows] - 1)
    np.testing.assert_array_equal(transformer.transform(counts[rows] - 1 + 1), meant)
    transformer.fit(counts - 1)
    with pytest.raises(ValueError, match=r"0, 1, 2, and those of fit were -1, 0, 1\. Use X - 1\."):
        transformer.transform(counts[rows])
    transformer.transform(counts[rows] - 1)


def test_the_code_in_integers_stays():
    counts = COUNTS.astype(np.int8)
    counts[2, 3] = counts[5, 0] = -127
    scaler = GenotypeScaler().fit(counts)
    X = np.where(counts == -127, -127, counts - 1)
    with pytest.raises(ValueError, match=r"Use numpy.where\(X == -127, -127, X \+ 1\), or NaN"):
        scaler.transform(X)
    back = np.where(X == -127, -127, X + 1)
    np.testing.assert_array_equal(scaler.transform(back), scaler.transform(counts))


def test_minus_1_among_counts_is_a_code_still():
    X = COUNTS.copy()
    X[3, 4] = -1
    with pytest.raises(ValueError, match="X has 1 genotypes -1 beside counts"):
        GenotypeScaler().fit(COUNTS).transform(X)


@pytest.mark.parametrize("ploidy", [3, 4, 6, 8])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_counts_of_polyploids(function, ploidy):
    genotypes = np.random.default_rng(0).binomial(ploidy, 0.4, (N, M))
    with pytest.raises(ValueError, match=r"polyploid, use 2 \* genotypes / ploidy\. If not, imp"):
        function(genotypes, IDS)
    K = function(2 * genotypes / ploidy, IDS).matrix
    np.testing.assert_allclose(K, function(np.asarray(genotypes) / (ploidy / 2), IDS).matrix)


@pytest.mark.parametrize("ploidy", [3, 4, 6, 8])
@pytest.mark.parametrize(
    "transformer", [GenotypeScaler("vanraden"), GenotypeScaler("vanraden2"), MarkerFilter(0.1)]
)
def test_transformers_of_polyploids(transformer, ploidy):
    X = np.random.default_rng(0).binomial(ploidy, 0.4, (N, M))
    with pytest.raises(ValueError, match=r"counts of a polyploid, use 2 \* X / ploidy\."):
        transformer.fit(X)
    transformer.fit(2 * X / ploidy)


def test_a_filter_where_nothing_varies():
    with pytest.raises(ValueError, match=r"X has no marker that varies among its 5 rows\.$"):
        MarkerFilter().fit(np.ones((5, 6)))


@pytest.mark.parametrize("function", [vanraden2, dominance])
def test_a_backcross_silences_the_warning_as_it_says(function):
    counts = RNG.binomial(1, 0.5, (N, M))
    with pytest.warns(UserWarning, match="as in a backcross, this can be ignored"):
        function(counts, IDS)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "genotypes has no genotype above 1")
        function(counts, IDS)


def test_sparse_frames_pass_a_filter():
    frame = pd.DataFrame(COUNTS.astype(int), columns=[f"s{marker}" for marker in range(M)])
    sparse = frame.astype(pd.SparseDtype(int, 0))
    pipeline = make_pipeline(MarkerFilter(0.1), GenotypeScaler())
    np.testing.assert_array_equal(pipeline.fit_transform(sparse), pipeline.fit_transform(frame))
    kept = MarkerFilter(0.1).set_output(transform="pandas").fit_transform(sparse)
    assert list(kept.columns) == list(pipeline[0].get_feature_names_out())


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_infinity_has_a_place(transformer):
    X = COUNTS.copy()
    X[30, 4] = np.inf
    frame = pd.DataFrame(X).add_prefix("s")
    with pytest.raises(ValueError, match=r"contains infinity.*in row 30 of column 4\.$"):
        transformer.fit(X)
    with pytest.raises(ValueError, match=r"contains infinity.*in row 30 of column 's4'\.$"):
        transformer.fit(frame)


@pytest.mark.parametrize("code", [-9, -99, -5, 9, 99, 999])
@pytest.mark.parametrize("kernel", ["linear", "rbf", linear_kernel])
def test_codes_among_features_of_a_kernel_have_a_warning(code, kernel):
    rng = np.random.default_rng(1)
    Z = rng.binomial(2, 0.4, (40, 90)).astype(float)
    coded, y = Z.copy(), rng.standard_normal(40)
    coded[17, 3] = coded[20, 4] = code
    said = "have {} values? {} beside .* the first at row {}, feature {},"
    with pytest.warns(UserWarning, match=said.format(2, code, 17, 3)):
        LMMRegressor(kernel=kernel, h=0.3).fit(coded, y)
    alone = LMMRegressor(kernel=kernel, h=0.3).fit(Z, y)
    with pytest.warns(UserWarning, match=said.format(1, code, 2, 4)):
        alone.predict(coded[18:])
    with_age = np.column_stack([np.linspace(-9, 80, 40), Z])
    LMMRegressor(kernel=kernel, covariates=[0], h=0.3).fit(with_age, y)


@pytest.mark.parametrize(
    "features",
    [
        np.random.default_rng(2).standard_normal((40, 5)),
        np.random.default_rng(2).binomial(2, 0.3, (40, 30)) - 1.0,
        np.random.default_rng(2).binomial(4, 0.3, (40, 30)) * 1.0,
        np.random.default_rng(2).integers(-9, 10, (40, 30)) * 1.0,
        np.random.default_rng(2).poisson(9, (40, 30)) * 1.0,
        np.random.default_rng(2).choice([0.0, 1, 2, 9, 12, 80], (40, 30)),
        np.random.default_rng(2).uniform(0, 2, (40, 30)),
        np.random.default_rng(2).choice([-9.0, 9], (40, 30)),
    ],
)
def test_other_features_of_a_kernel_have_none(features):
    LMMRegressor(kernel="linear", h=0.3).fit(features, np.arange(40.0) ** 2)
