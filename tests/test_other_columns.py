"""Columns among markers that are none: ages, lengths, ids, and those that PLINK writes."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer

from sklmm.io import write_plink
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import (
    centered,
    dominance,
    gaussian,
    ibs,
    leave_one_chromosome_out,
    standardized,
    vanraden,
    vanraden2,
)

N, M = 40, 60
TRANSFORMERS = [GenotypeScaler(), GenotypeScaler("standardized"), MarkerFilter()]


def draw(ploidy=2, n=N, m=M, seed=0):
    rng = np.random.default_rng(seed)
    return rng.binomial(ploidy, rng.uniform(0.2, 0.8, m), (n, m))


def rng():
    return np.random.default_rng(4)


STRAY = {
    "ages": rng().integers(18, 90, N),
    "a few ages": rng().integers(18, 26, N),
    "ages that repeat": np.arange(N) // 2 + 20,
    "heights": rng().normal(175, 8, N),
    "rounded heights": rng().normal(175, 8, N).round(1),
    "standardized": rng().normal(size=N),
    "lengths of repeats": rng().choice([180, 182, 184, 190, 196], N),
    "large numbers": rng().integers(0, 10**12, N) // 7 * 7.5,
    "changes": rng().integers(-30, 30, N),
    "with missing ones": np.where(rng().uniform(size=N) < 0.2, np.nan, rng().normal(175, 8, N)),
}


def put_in(X, *columns, at=7):
    for place, column in enumerate(columns):
        X = np.insert(X.astype(np.result_type(X, column)), at + place, column, axis=1)
    return X


@pytest.mark.parametrize("name", STRAY)
@pytest.mark.parametrize("code", [-9, 9, 255, -1])
@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_codes_beside_other_columns(name, code, transformer):
    X = put_in(draw(), STRAY[name])
    transformer.fit(X).transform(X)
    coded = X.copy()
    coded[5, 3] = coded[9, 50] = code
    found = rf"X has 2 genotypes {code} beside counts, .* the first at X\[5, 3\]"
    with pytest.raises(ValueError, match=found):
        transformer.fit(coded)
    transformer.fit(X)
    with pytest.raises(ValueError, match=rf"1 genotypes {code} beside .* at X\[0, 50\]"):
        transformer.transform(coded[9:10])
    with pytest.raises(ValueError, match=found):
        transformer.transform(coded)


def test_codes_beside_several_other_columns():
    X = put_in(draw(), *STRAY.values())
    X[5, 3] = X[5, 40] = -9
    with pytest.raises(ValueError, match=r"2 genotypes -9 beside counts, .* first at X\[5, 3\]"):
        GenotypeScaler().fit(X)
    X[X == -9] = np.nan
    assert np.isfinite(GenotypeScaler().fit_transform(X)).all()


@pytest.mark.parametrize("code", [-9, 255])
def test_another_column_that_is_new_in_new_rows(code):
    X = draw()
    fitted = GenotypeScaler().fit(X)
    X[:, 4] = np.arange(100, 100 + N)
    fitted.transform(X)
    X[6, 8] = code
    with pytest.raises(ValueError, match=rf"1 genotypes {code} beside .* at X\[6, 8\]"):
        fitted.transform(X)


@pytest.mark.parametrize("n_others", [30, 45, 60])
def test_features_of_any_kind_are_not_judged(n_others):
    """Half of the columns or more hold many numbers: those that hold few are no genotypes."""
    X = np.random.default_rng(1).normal(50, 20, (N, M)).round(1)
    X[:, n_others:] = np.random.default_rng(2).choice([0, 1, 2, 9], (N, M - n_others))
    for transformer in TRANSFORMERS:
        transformer.fit(X).transform(X[:3])


IDS = {
    "from 1001": np.arange(1001, 1001 + N),
    "from 1": np.arange(1, N + 1),
    "shuffled": np.random.default_rng(1).permutation(N),
    "large": np.random.default_rng(1).permutation(N) * 10**7 + 3 * 10**9,
    "floats": np.arange(500.0, 500 + N),
}


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("n", [10, N])
@pytest.mark.parametrize("ploidy", [1, 2, 4])
@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_ids_are_no_markers(name, n, ploidy, transformer):
    ids = np.arange(n) if name == "shuffled" else IDS[name][:n]
    X = put_in(draw(ploidy, n), ids)
    with pytest.raises(ValueError, match="Column 7 of X holds a whole number for each row"):
        transformer.fit(X)
    frame = pd.DataFrame(X).rename(columns=lambda place: f"m{place}" if place != 7 else "id")
    with pytest.raises(ValueError, match=r"Column 7 \('id'\) of X .* or let it pass by in a"):
        transformer.fit(frame)
    transformer.fit(frame.drop(columns="id"))
    transformer.fit(np.where(np.arange(n)[:, None] == n - 1, X[:1], X))


def test_ids_and_ages_are_no_markers():
    X = put_in(draw(), IDS["from 1001"], STRAY["heights"], at=0)
    with pytest.raises(ValueError, match=r"Column 0 of X .*, such as 1001 and 1002, .* up to 2"):
        GenotypeScaler().fit(X)


def test_the_remedy_for_ids():
    genotypes = draw()
    markers = [f"m{place}" for place in range(M)]
    frame = pd.DataFrame(genotypes, columns=markers)
    frame.insert(0, "id", IDS["from 1001"])
    with pytest.raises(ValueError, match=r'in a ColumnTransformer, with "passthrough"\.'):
        GenotypeScaler().fit(frame)
    scale = make_column_transformer(("passthrough", ["id"]), (GenotypeScaler(), markers))
    found = scale.fit_transform(frame)
    np.testing.assert_array_equal(found[:, 0], IDS["from 1001"])
    np.testing.assert_array_equal(found[:, 1:], GenotypeScaler().fit_transform(genotypes))


@pytest.mark.parametrize(
    "X",
    [
        np.column_stack([np.random.default_rng(seed).permutation(N) for seed in range(5)]),
        np.column_stack([IDS["from 1001"], draw(m=3)]),
        np.column_stack([IDS["from 1001"][:9], draw(n=9)]),
        np.column_stack([IDS["from 1001"] + 0.5, draw()]),
        np.column_stack([IDS["from 1001"] // 2, draw()]),
        np.column_stack([IDS["from 1001"], np.random.default_rng(1).normal(9, 9, (N, M))]),
        np.arange(N)[:, None],
        draw(12, n=10, m=200),
    ],
)
def test_what_are_no_ids(X):
    for transformer in TRANSFORMERS:
        transformer.fit(X).transform(X)


OF_PLINK = {
    "FID": [f"f{row}" for row in range(N)],
    "IID": np.arange(N),
    "PAT": np.zeros(N, dtype=int),
    "MAT": np.zeros(N, dtype=int),
    "SEX": np.arange(N) % 2 + 1,
    "PHENOTYPE": np.full(N, -9),
}


def without_chromosomes(genotypes, ids):
    return leave_one_chromosome_out(genotypes, ids, np.arange(np.shape(genotypes)[1]) % 3)[0]


FUNCTIONS = [vanraden, vanraden2, centered, standardized, dominance, gaussian, ibs]


@pytest.mark.parametrize(
    "titles", [list(OF_PLINK), ["SEX", "PHENOTYPE"], ["PAT", "MAT", "SEX"], ["FID", "IID"]]
)
@pytest.mark.parametrize("function", [*FUNCTIONS, without_chromosomes])
def test_columns_of_plink(titles, function):
    markers = pd.DataFrame(draw()).add_prefix("snp")
    frame = pd.concat([pd.DataFrame(OF_PLINK)[titles], markers], axis=1)
    ids = OF_PLINK["FID"]
    message = f"genotypes has columns that are no markers: '{titles[0]}', '{titles[1]}'"
    with pytest.raises(ValueError, match=message) as caught:
        function(frame, ids)
    assert str(caught.value).endswith(f"Leave them out: genotypes.drop(columns={titles}).")
    genotypes = frame
    found = function(genotypes.drop(columns=titles), ids).matrix
    np.testing.assert_array_equal(found, function(draw(), ids).matrix)


@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_columns_of_plink_in_transformers(transformer):
    markers = pd.DataFrame(draw()).add_prefix("snp")
    X = pd.concat([pd.DataFrame(OF_PLINK), markers], axis=1)
    with pytest.raises(ValueError, match=r"X has columns that are no markers: 'FID', 'IID'"):
        transformer.fit(X)
    found = transformer.fit_transform(X.drop(columns=list(OF_PLINK)))
    np.testing.assert_array_equal(found, transformer.fit_transform(markers))
    transformer.fit(markers.rename(columns={"snp3": "MAT"}))


@pytest.mark.parametrize("title", ["FID", "IID", "SEX", "PHENOTYPE", "#IID"])
@pytest.mark.parametrize("transformer", TRANSFORMERS)
def test_one_column_of_plink(transformer, title):
    markers = pd.DataFrame(draw()).add_prefix("snp")
    X = markers.assign(**{title: 1 + np.arange(len(markers)) % 2})
    with pytest.raises(ValueError, match=f"columns that are no markers: '{title}'"):
        transformer.fit(X)


def test_columns_of_plink_are_not_written(tmp_path):
    frame = pd.DataFrame(draw()).rename(columns={0: "SEX", 1: "PHENOTYPE"})
    with pytest.raises(ValueError, match=r"data has columns that are no markers: 'SEX'"):
        write_plink(tmp_path / "some", frame, range(N), feature_names=range(M))


def test_columns_of_plink_in_polars():
    polars = pytest.importorskip("polars")
    genotypes = polars.DataFrame({f"snp{place}": column for place, column in enumerate(draw().T)})
    genotypes = genotypes.with_columns(SEX=1, PHENOTYPE=-9)
    with pytest.raises(ValueError, match=r"genotypes\.drop\(\['SEX', 'PHENOTYPE'\]\)\.$"):
        vanraden(genotypes, range(N))
    right = vanraden(genotypes.drop(["SEX", "PHENOTYPE"]), range(N))
    np.testing.assert_array_equal(right.matrix, vanraden(draw(), range(N)).matrix)
