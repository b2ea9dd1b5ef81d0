"""Codes of missing genotypes are refused wherever genotypes are taken, and genotypes are not."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from sklmm import LMMRegressor
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import centered, dominance, gaussian, ibs, standardized, vanraden

N, M = 30, 40


def draw(ploidy, n=N, m=M, seed=0, inbred=False):
    rng = np.random.default_rng(seed)
    p = rng.uniform(0.1, 0.9, m)
    return ploidy * rng.binomial(1, p, (n, m)) if inbred else rng.binomial(ploidy, p, (n, m))


def draw_dosages(ploidy, n=N, m=M, seed=0):
    counts = draw(ploidy, n, m, seed)
    noise = np.random.default_rng(seed).normal(0, 0.1, counts.shape)
    return np.clip(counts + np.where(counts == 1, noise, 0), 0, ploidy)


GENOTYPES = {
    "diploid": draw(2),
    "haploid": draw(1),
    "inbred": draw(2, inbred=True),
    "inbred tetraploid": draw(4, inbred=True),
    "triploid": draw(3),
    "tetraploid": draw(4),
    "octoploid": draw(8),
    "dosages": draw_dosages(2),
    "dosages of floats": np.random.default_rng(1).uniform(0, 2, (N, M)),
    "dosages of tetraploids": draw_dosages(4),
    "-1, 0, 1": draw(2) - 1,
    "-1, 1": draw(2, inbred=True) - 1,
    "frequencies": draw(4) / 4,
    "means for missing ones": np.where(draw(2, seed=5) == 1, 0.77, draw(2)),
}
OTHER_NUMBERS = {
    "-2 to 2": draw(4) - 2,
    "-2 to 3": draw(5) - 2,
    "-3 to 3": draw(6) - 3,
    "twice": 2 * draw(2),
    "percent": 50 * draw(2),
    "shifted": draw(2) + 6.5,
    "1, 2, 3": draw(2) + 1,
    "-3, 3": 6 * draw(1) - 3,
    "standardized": StandardScaler().fit_transform(draw(2)),
    "few standardized": StandardScaler().fit_transform(draw(1, n=5)),
    "centered": draw(2) - draw(2).mean(axis=0),
    "integers": np.random.default_rng(2).integers(-60, 60, (N, M)),
    "large integers": np.random.default_rng(2).integers(-(2**60), 2**60, (N, M)),
    "unsigned": np.random.default_rng(2).integers(0, 2**64 - 1, (N, M), dtype=np.uint64),
    "few integers": np.array([[-2, -1], [-1, -1], [-1, -2], [1, 1], [1, 2], [2, 1]]),
    "normal": np.random.default_rng(2).normal(size=(N, M)),
    "ages": np.random.default_rng(2).uniform(18, 90, (N, M)).round(),
    "booleans": draw(1).astype(bool),
    "one number": np.full((5, 3), 7),
    "one large number": np.full((5, 3), 1e300),
    "large unsigned": 2**63 + 2**30 * draw(2).astype(np.uint64),
    "zeros": np.zeros((5, 3)),
    "inbred triploid": draw(3, inbred=True),
    "inbred dodecaploid": draw(12, inbred=True),
    "a marker that is fixed": np.column_stack([draw(2, n=6, m=3), np.full(6, 6)]),
    "a year": np.column_stack([draw(2, n=6, m=3), [2019, 2019, 2020, 2020, 2021, 2021]]),
    "one class is absent": np.array([[0, 1], [2, 4], [1, 0]]),
    "two classes are absent": np.array([[0, 1, 2, 3], [3, 2, 1, 6], [0, 0, 1, 3]]),
}
SCALER, FILTER = GenotypeScaler(), MarkerFilter()


def plant(X, *codes, share=0.1, seed=9):
    """Genotypes with codes in the places of some, and where these are."""
    holes = np.random.default_rng(seed).uniform(size=X.shape) < share
    chosen = np.random.default_rng(seed).choice(codes, X.shape)
    dtype = float if X.dtype.kind == "f" else np.int64
    return np.where(holes, chosen, X).astype(dtype), holes


@pytest.mark.parametrize("X", [*GENOTYPES.values(), *OTHER_NUMBERS.values()])
@pytest.mark.parametrize("missing", [False, True])
def test_what_is_no_code(X, missing):
    if missing:
        holes = np.random.default_rng(3).uniform(size=X.shape) < 0.1
        X = np.where(holes & (np.arange(len(X)) > 1)[:, None], np.nan, X)
    if (X[0] != X).any():
        for transformer in (GenotypeScaler(), MarkerFilter()):
            transformer.fit(X).transform(X[len(X) // 2 :])


@pytest.mark.parametrize("name", GENOTYPES)
@pytest.mark.parametrize("code", [-9, -99, -128, -127.0, -1, -5, 9, 99, 127, 129, 255, 999])
def test_codes(name, code):
    genotypes = GENOTYPES[name]
    X, holes = plant(genotypes, code)
    is_legal = code == -1 and genotypes.max() <= 1
    is_legal |= code == 9 and genotypes.max() in (7, 8)
    if is_legal or code == -127:
        X = X.astype(float)
    for transformer in (SCALER, FILTER):
        if is_legal:
            transformer.fit(X)
            continue
        number = rf"{holes.sum()} genotypes {code:g} beside (counts|dosages)"
        with pytest.raises(ValueError, match=f"X has {number}"):
            transformer.fit(X)
        with pytest.raises(ValueError, match=rf"X has \d+ genotypes {code:g} beside"):
            transformer.fit(genotypes).transform(X[:3])


@pytest.mark.parametrize(
    "codes", [(-9, -1), (9, 5), (-99, 99), (98, 99), (-9, 9), (-4, -2, -1), (-1, 99, 255)]
)
@pytest.mark.parametrize("name", ["diploid", "dosages", "tetraploid"])
def test_several_codes(name, codes):
    codes = [99 if code == 5 and name == "tetraploid" else code for code in codes]
    X, _ = plant(GENOTYPES[name], *codes)
    with pytest.raises(ValueError, match=r"X has \d+ genotypes") as caught:
        SCALER.fit(X)
    for code in codes:
        assert f"{np.equal(X, code).sum()} genotypes {code} " in str(caught.value)


@pytest.mark.parametrize("code", [-2, -9, 9])
def test_codes_beside_the_coding_of_three_numbers(code):
    X, holes = plant(draw(2) - 1, code)
    for transformer in (SCALER, FILTER):
        with pytest.raises(
            ValueError, match=f"X has {holes.sum()} genotypes {code} beside counts"
        ):
            transformer.fit(X)


def test_codes_of_bytes():
    """-9 and -127 that went through uint8."""
    for code in (-9, -127):
        X, holes = plant(draw(2), code)
        with pytest.raises(
            ValueError, match=rf"X has {holes.sum()} genotypes {code + 256} beside"
        ):
            SCALER.fit(X.astype(np.uint8))
    np.testing.assert_array_equal(
        SCALER.fit_transform(X.astype(np.uint8).astype(np.int8)),
        SCALER.fit_transform(np.where(holes, np.nan, X)),
    )


@pytest.mark.parametrize("code", [-9, 9, 255])
@pytest.mark.parametrize("name", ["diploid", "inbred", "tetraploid", "dosages"])
def test_the_remedies(name, code):
    """NaN, or -127 among integers."""
    X, holes = plant(GENOTYPES[name], code)
    right = np.where(holes, np.nan, GENOTYPES[name].astype(float))
    expected = SCALER.fit_transform(right)
    with pytest.raises(ValueError, match="Use NaN, or -127 if all columns of X are integers"):
        SCALER.fit(X)
    replaced = X.astype(float)
    replaced[replaced == code] = np.nan
    np.testing.assert_array_equal(SCALER.fit_transform(replaced), expected)
    assert MarkerFilter(max_missing=0.1).fit(replaced).missing_rates_.sum() > 1
    if X.dtype.kind == "i":
        for dtype in (np.int8, np.int64):
            replaced = np.where(np.equal(X, code), -127, X).astype(dtype)
            np.testing.assert_array_equal(SCALER.fit_transform(replaced), expected)


def test_the_remedy_for_real_numbers():
    X = np.array([[-3.0, 0.5], [1.5, 2.0], [0.0, 7.25]])
    with pytest.raises(ValueError, match=r"real numbers instead of genotypes, use StandardScaler"):
        SCALER.fit(X)
    standardized_X = StandardScaler().fit_transform(X)
    np.testing.assert_allclose(SCALER.fit_transform(standardized_X) * np.sqrt(2), standardized_X)


def test_the_place_is_named():
    X = draw(2).astype(float)
    X[4, 7] = X[20, 1] = -9
    with pytest.raises(ValueError, match=r"2 genotypes -9 beside counts, .* first at X\[4, 7\]\."):
        SCALER.fit(X)


@pytest.mark.parametrize("name", GENOTYPES)
def test_new_rows_are_judged_by_what_was_seen(name):
    """A row by itself may hold -1 and 0 alone, or a number that looks as if it stood apart."""
    X = GENOTYPES[name]
    for transformer in (GenotypeScaler().fit(X), MarkerFilter().fit(X)):
        for row in range(5):
            transformer.transform(X[[row]])
            new = np.where(np.arange(M) == 3, 99, X[[row]])
            with pytest.raises(ValueError, match=r"X has 1 genotypes 99 beside .* at X\[0, 3\]"):
                transformer.transform(new)


def test_counts_that_were_seen_are_no_codes():
    scaler = GenotypeScaler().fit([[0, 4, 0], [4, 0, 4]])
    scaler.transform([[4, 1, 4]])
    with pytest.raises(ValueError, match="1 genotypes 9 beside"):
        scaler.transform([[4, 1, 9]])


def test_new_rows_in_another_coding():
    with pytest.raises(ValueError, match=r"0, 1, 2\. Use X \+ 1, or NaN in place of -1"):
        GenotypeScaler().fit([[0, 1, 2], [1, 2, 0]]).transform([[-1, 0, 1]])


def test_new_rows_of_any_numbers():
    for X in (OTHER_NUMBERS["integers"], OTHER_NUMBERS["standardized"]):
        for transformer in (GenotypeScaler().fit(X), MarkerFilter().fit(X)):
            transformer.transform(np.full((1, M), -9))


@pytest.mark.parametrize("code", [-9, -1, 5, 9, 255])
def test_matrices_say_the_same(code):
    X, holes = plant(draw(2), code)
    number = rf"{code} \({holes.sum()} times\) beside counts looks like a code for them"
    for function in (vanraden, centered, standardized, dominance, gaussian):
        with pytest.raises(ValueError, match=rf"between 0 and 2, .*{number}\. Put NaN there"):
            function(X, range(N))
        with pytest.raises(ValueError, match=number):
            function(X.astype(float), range(N), missing="mean")
        right = function(np.where(holes, np.nan, draw(2)), range(N), missing="mean").matrix
        replaced = np.where(np.equal(X, code), -127, X)
        np.testing.assert_array_equal(function(replaced, range(N), missing="mean").matrix, right)
    with pytest.raises(ValueError, match=rf"{number}, and count alleles as 0, 1, 2\.$"):
        ibs(X, range(N))


def test_matrices_of_other_codings():
    with pytest.raises(ValueError, match=r"0, 1, 2, which is 1 more than in the coding -1, 0, 1"):
        vanraden(draw(2) - 1, range(N))
    with pytest.raises(ValueError, match=r"= 3\. If they are counts of a polyploid, use"):
        vanraden(draw(4), range(N))
    with pytest.raises(ValueError, match=r"= nan\. Impute missing genotypes, and count alleles"):
        ibs(np.where(draw(2) == 1, np.nan, draw(2)), range(N))
    with pytest.raises(ValueError, match=r"= inf\. Impute"):
        vanraden(np.where(draw(2) == 1, np.inf, draw(2)), range(N), missing="mean")


def test_the_code_of_integers_among_other_columns():
    """One column of floats makes floats of all, in which -127 is a number."""
    X, holes = plant(draw(2), -127)
    frame = pd.DataFrame(X).astype({3: float})
    nullable = pd.DataFrame(X).astype("Int8")
    nullable.iloc[0, 0] = pd.NA
    for table in (frame, nullable):
        with pytest.raises(ValueError, match="or -127 if all columns are integers, such as int8"):
            vanraden(table, range(N), missing="mean")
    expected = vanraden(np.where(holes, np.nan, draw(2)), range(N), missing="mean").matrix
    for right in (frame.astype(np.int8), frame.replace(-127, np.nan)):
        found = vanraden(right, range(N), missing="mean").matrix
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("transformer", [GenotypeScaler("vanraden"), MarkerFilter(min_maf=0.1)])
@pytest.mark.parametrize("missing", [False, True])
def test_the_coding_of_three_numbers_where_counts_are_needed(transformer, missing):
    X = np.where(np.random.default_rng(3).uniform(size=(N, M)) < 0.1 * missing, np.nan, draw(2))
    with pytest.raises(
        ValueError, match=r"is -1\.0\. Count alleles as 0, 1, 2, which is 1 more than .* -1, 0, 1"
    ):
        transformer.fit(X - 1)
    found = transformer.fit_transform(X - 1 + 1)
    np.testing.assert_array_equal(found, transformer.fit_transform(X))
    with pytest.raises(
        ValueError, match=r"is 3\.0\. If they are counts of a polyploid, use 2 \* X"
    ):
        transformer.fit(draw(3).astype(float))


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=150, deadline=None)
@given(ploidy=st.integers(1, 12), n=st.integers(10, 40), m=st.integers(30, 60), seed=seeds)
def test_counts_of_any_ploidy(ploidy, n, m, seed):
    rng = np.random.default_rng(seed)
    X = rng.binomial(ploidy, rng.uniform(0, 1, m), (n, m))
    holes = rng.uniform(size=X.shape) < 0.05
    holes[0] = False
    for M in (X, np.where(holes, np.nan, X), np.where(holes, -127, X).astype(np.int8)):
        scaler = GenotypeScaler().fit(M)
        for row in range(3):
            scaler.transform(X[[row]])


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["standardized", "dosages", "three", "two"]),
    n=st.integers(2, 12),
    m=st.integers(1, 8),
    seed=seeds,
)
def test_few_rows_of_other_kinds(kind, n, m, seed):
    rng = np.random.default_rng(seed)
    X = rng.binomial(2, rng.uniform(0, 1, m), (n, m)).astype(float)
    X = {
        "standardized": StandardScaler().fit_transform(X),
        "dosages": np.clip(X + rng.choice([0, 0.3, -0.2], X.shape), 0, 2),
        "three": X - 1,
        "two": np.sign(X - 1),
    }[kind]
    GenotypeScaler().fit(X).transform(X[:1])
    if kind != "standardized":
        GenotypeScaler().fit(X[: n // 2]).transform(X[n // 2 :])


@settings(max_examples=150, deadline=None)
@given(
    ploidy=st.sampled_from([1, 2, 2, 2, 3, 4]),
    code=st.sampled_from([-99, -9, -5, -2, 9, 99, 129, 255]),
    n=st.integers(5, 30),
    m=st.integers(4, 30),
    share=st.floats(0.02, 0.5),
    seed=seeds,
)
def test_planted_codes(ploidy, code, n, m, share, seed):
    rng = np.random.default_rng(seed)
    X = rng.binomial(ploidy, rng.uniform(0.2, 0.8, m), (n, m))
    holes = rng.uniform(size=X.shape) < share
    assume(holes.any() and np.ptp(X[~holes]) > 0)
    planted = np.where(holes, code, X)
    for transformer in (SCALER, FILTER):
        with pytest.raises(ValueError, match=rf"X has {holes.sum()} genotypes {code} beside"):
            transformer.fit(planted)
    with pytest.raises(ValueError, match=rf"genotypes {code} beside"):
        GenotypeScaler().fit(X).transform(planted[holes.any(axis=1)][:1])


@pytest.mark.parametrize("code", [2, 3])
@pytest.mark.parametrize("dtype", [np.int8, int, float])
def test_a_code_that_is_rarer_than_the_coding_of_three_numbers(code, dtype):
    """-1 is as frequent as 1, and the code is what is left."""
    X, holes = plant(draw(2) - 1, code)
    X = X.astype(dtype)
    number = f"X has {holes.sum()} genotypes {code} beside -1, 0, 1, .* If it is the -1 that"
    right = np.where(code == X, np.nan, X)
    for transformer in (SCALER, FILTER):
        with pytest.raises(ValueError, match=number):
            transformer.fit(X)
        transformer.fit(right)
        with pytest.raises(ValueError, match=rf"X has \d+ genotypes {code} beside -1, 0, 1"):
            transformer.transform(X[:3])
    expected = SCALER.fit_transform(np.where(holes, np.nan, draw(2)))
    np.testing.assert_allclose(SCALER.fit_transform(right), expected, atol=1e-15)
    looks = rf"{code} \({holes.sum()} times\) beside -1, 0, 1 looks like .* add 1 to the others"
    with pytest.raises(ValueError, match=looks):
        vanraden(X, range(N))
    vanraden(right + 1, range(N), missing="mean")


def test_the_other_reading_of_the_rarer_number():
    """Few have two copies of the rare allele, and more are missing."""
    X = np.random.default_rng(3).binomial(2, 0.05, (N, M)).astype(float)
    X[np.random.default_rng(4).uniform(size=X.shape) < 0.2] = -1
    with pytest.raises(ValueError, match=r"genotypes 2 beside .* If it is the -1 that .* NaN in"):
        SCALER.fit(X)
    right = np.where(X == -1, np.nan, X)
    SCALER.fit(right)
    fitted = GenotypeScaler().fit(right)
    with pytest.raises(ValueError, match=rf"X has {(X == -1).sum()} genotypes -1 beside counts"):
        fitted.transform(X)


@pytest.mark.parametrize("code", [-1, -2, -3, -9])
def test_negative_codes_among_features_of_a_kernel(code):
    X, holes = plant(draw(2), code)
    with pytest.warns(
        UserWarning, match=f"have {holes.sum()} values {code} beside genotypes 0, 1"
    ):
        LMMRegressor(h=0.3).fit(X, np.arange(N))


def test_the_coding_of_three_numbers_among_features_of_a_kernel():
    X, holes = plant(draw(2) - 1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LMMRegressor(h=0.3).fit(draw(2) - 1, np.arange(N))
    with pytest.warns(UserWarning, match=f"{holes.sum()} values 2 beside genotypes -1, 0, 1, the"):
        LMMRegressor(h=0.3).fit(X, np.arange(N))


NOISE = np.random.default_rng(6).normal(0, 0.05, (N, M))
PLANTED_ALONE = {
    "haploid": (draw(1), 3),
    "dosages": (np.clip(draw(2) + NOISE, 0, 2), 3),
    "dosages with 4": (np.clip(draw(2) + NOISE, 0, 2), 4),
    "dosages of inbred lines": (np.clip(draw(1) + NOISE, 0, 1), 3),
}


@pytest.mark.parametrize("name", PLANTED_ALONE)
@pytest.mark.parametrize("dtype", [float, int])
def test_one_number_without_the_others_of_a_polyploid(name, dtype):
    """Triploids with 3 copies of an allele are beside others with 1 and with 2."""
    X, code = PLANTED_ALONE[name]
    if dtype is int and (np.floor(X) != X).any():
        return
    planted, holes = plant(X.astype(dtype), code, share=0.02)
    right = np.where(holes, np.nan, planted)
    for transformer in (GenotypeScaler(), MarkerFilter()):
        number = rf"X has {holes.sum()} genotypes {code} beside (counts|dosages), as if they"
        with pytest.raises(ValueError, match=number):
            transformer.fit(planted)
        transformer.fit(right)
        if name == "haploid":
            with pytest.raises(ValueError, match=rf"X has \d+ genotypes {code} beside counts"):
                transformer.transform(planted[:3])


@pytest.mark.parametrize("dtype", [np.int8, float])
def test_the_codes_of_a_bed_file(dtype):
    """0 and 3 are homozygous, 2 is heterozygous, and there is no missing one, which is 1."""
    X = np.choose(draw(2), [0, 2, 3]).astype(dtype)
    for transformer in (SCALER, FILTER):
        with pytest.raises(ValueError, match=r"where 3 has two copies, use sklmm.io.read_plink"):
            transformer.fit(X)


@pytest.mark.parametrize("share", [0.0, 0.1])
@pytest.mark.parametrize(("ploidy", "n"), [(3, 4), (3, 60), (4, 60)])
@pytest.mark.parametrize("largest", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("inbred", [False, True])
def test_polyploids_with_few_copies(share, ploidy, largest, inbred, n):
    """Of rare alleles, of inbred individuals, and with the means of markers in the gaps."""
    rng = np.random.default_rng(5)
    for _ in range(30):
        p = rng.uniform(0, largest, 200)
        X = rng.binomial(ploidy, p, (n, 200)).astype(float)
        if inbred:
            is_line = rng.uniform(size=X.shape) < 0.95
            X[is_line] = ploidy * rng.binomial(1, p, (n, 200))[is_line]
        X = np.where(rng.uniform(size=X.shape) < share, X.mean(axis=0), X)
        for transformer in (SCALER, FILTER):
            transformer.fit(X).transform(X[:2])
