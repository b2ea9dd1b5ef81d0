"""Wherever genotypes come from, a scan of them is the same, and reads them block by block."""

import os
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.utils import Bunch

from sklmm import Kinship, LMMRegressor
from sklmm._door import fitted_model
from sklmm.association import _sources, scan
from sklmm.association._rows import find_rows, labels_of_files
from sklmm.association._sources import open_source
from sklmm.io import _plink, read_plink, write_plink

ROWS = np.array([5, 0, 5, 9, 31])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """So that there are several."""
    monkeypatch.setattr(_sources, "NUMBERS_AT_A_TIME", 400)


def blocks(source, rows=ROWS):
    return np.hstack([source.block(rows, markers) for markers in source.batches(len(rows))])


class Sliced:
    """What a library of chunked arrays has: no array, but slices of one."""

    def __init__(self, array):
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.ndim, self.n_read = array.ndim, []

    def __getitem__(self, key):
        part = self.array[key]
        self.n_read.append(part.size)
        return part


def in_a_file(G, folder):
    np.save(folder / "genotypes.npy", G)
    return np.load(folder / "genotypes.npy", mmap_mode="r")


def with_ids(table):
    return lambda data, order, folder: (table(data.G[order], data, folder), {"order": order})


def frame(data, order, dtype):
    ids = [data.ids[row] for row in order]
    return pd.DataFrame(data.G[order], index=ids, columns=data.names).astype(dtype)


def in_plink(data, order, folder):
    ids = [data.ids[row] for row in order]
    places = {"chromosome": [1 + j // 20 for j in range(data.m)], "position": range(data.m)}
    write_plink(folder / "cows", data.G[order], ids, feature_names=data.names, **places)
    return folder / "cows"


KINDS = {
    "int8": with_ids(lambda G, *_: G),
    "in the order of Fortran": with_ids(lambda G, *_: np.asfortranarray(G)),
    "every second of more": with_ids(lambda G, *_: np.repeat(G, 2, axis=1)[:, ::2]),
    "uint8": with_ids(lambda G, *_: G.astype(np.uint8)),
    "big-endian int16": with_ids(lambda G, *_: G.astype(">i2")),
    "int64": with_ids(lambda G, *_: G.astype(np.int64)),
    "float16": with_ids(lambda G, *_: G.astype(np.float16)),
    "float32": with_ids(lambda G, *_: G.astype(np.float32)),
    "objects": with_ids(lambda G, *_: G.astype(object)),
    "lists": with_ids(lambda G, *_: G.tolist()),
    "memmap": with_ids(lambda G, _, folder: in_a_file(G, folder)),
    "slices": with_ids(lambda G, *_: Sliced(G)),
    "polars": with_ids(lambda G, data, _: pl.DataFrame(G, schema=data.names)),
    "pandas": lambda data, order, _: (frame(data, order, np.int8), {}),
    "pandas' Int8": lambda data, order, _: (frame(data, order, "Int8"), {}),
    "pandas of two types": lambda data, order, _: (
        frame(data, order, np.int8).astype({"rs3": float, "rs8": "Float64"}),
        {},
    ),
    "a Bunch": lambda data, order, folder: (read_plink(in_plink(data, order, folder)), {}),
    "a prefix": lambda data, order, folder: (in_plink(data, order, folder), {}),
    "a .bed file": lambda data, order, folder: (f"{in_plink(data, order, folder)}.bed", {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_scan_is_the_same(crossed, tmp_path, kind):
    if kind in ("a Bunch", "a prefix", "a .bed file"):
        pytest.importorskip("bed_reader")
    order = np.random.default_rng(3).permutation(crossed.n)
    genotypes, given = KINDS[kind](crossed, order, tmp_path)
    if "order" in given:
        given = {"ids": [crossed.ids[row] for row in order]}
    found = scan(crossed.lmm, genotypes, **given)
    known = scan(crossed.lmm, crossed.G.astype(float), ids=crossed.ids)
    np.testing.assert_allclose(found.beta, known.beta, rtol=1e-12)
    np.testing.assert_allclose(found.neg_log10_pvalue, known.neg_log10_pvalue, rtol=1e-12)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("rows", [np.arange(70), np.arange(10, 30), ROWS])
def test_a_block_is_a_new_array_in_the_order_of_Fortran(crossed, dtype, order, rows):
    G = np.array(crossed.G, dtype=dtype, order=order)
    source = open_source(G)
    for markers in (slice(0, 7), slice(59, 60), slice(None), np.array([4, 2, 2])):
        block = source.block(rows, markers)
        assert block.flags.f_contiguous
        assert block.dtype == np.float64
        assert not np.shares_memory(block, G)
        np.testing.assert_array_equal(block, crossed.G[rows][:, markers])


def test_batches_are_all_markers_once():
    source = open_source(np.zeros((10, 23)))
    markers = list(source.batches(100))
    np.testing.assert_array_equal(
        np.concatenate([np.arange(23)[one] for one in markers]), range(23)
    )
    sizes = [one.stop - one.start for one in markers]
    assert max(sizes) <= 4
    assert max(sizes) - min(sizes) <= 1
    assert len(list(source.batches(10**9))) == 23


@pytest.mark.parametrize(
    ("missing", "dtype", "code"),
    [("mean", np.int8, -127), ("drop", float, np.nan), ("drop", np.float32, np.nan)],
)
def test_missing_genotypes_are_nan(crossed, missing, dtype, code):
    G = crossed.G.astype(dtype)
    G[5, 3] = G[9, 40] = code
    expected = crossed.G[ROWS].astype(float)
    expected[[0, 2], 3] = expected[3, 40] = np.nan
    np.testing.assert_array_equal(blocks(open_source(G, missing=missing)), expected)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_missing_genotypes_of_data_frames_are_nan(crossed, make):
    columns = {f"rs{j}": crossed.G[:, j].tolist() for j in range(6)}
    columns["rs2"][9] = None
    table = make(columns)
    table = table.astype("Int16") if make is pd.DataFrame else table
    expected = crossed.G[ROWS, :6].astype(float)
    expected[3, 2] = np.nan
    np.testing.assert_array_equal(blocks(open_source(table, missing="mean")), expected)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, Sliced])
def test_some_markers_of_a_table(crossed, make):
    markers = np.array([40, 2, 41])
    expected = crossed.G[ROWS][:, markers]
    np.testing.assert_array_equal(open_source(make(crossed.G)).block(ROWS, markers), expected)


def test_rows_that_the_fit_does_not_have_may_miss_genotypes(crossed):
    G = crossed.G.astype(float)
    G[np.setdiff1d(np.arange(crossed.n), crossed.rows)] = np.nan
    found = scan(crossed.lmm, G, ids=crossed.ids)
    known = scan(crossed.lmm, crossed.G, ids=crossed.ids)
    np.testing.assert_allclose(found.beta, known.beta, rtol=1e-12)


@pytest.mark.parametrize("make", [lambda G, _: Sliced(G), in_a_file])
def test_nothing_is_read_before_it_is_needed(crossed, tmp_path, make):
    genotypes = make(np.tile(crossed.G, 200), tmp_path)
    tracemalloc.start()
    source = open_source(genotypes, crossed.ids)
    block = source.block(ROWS, slice(0, 10))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert block.shape == (5, 10)
    assert peak < 100_000 < genotypes.shape[0] * genotypes.shape[1]
    if isinstance(genotypes, Sliced):
        assert sum(genotypes.n_read) == 70 * 10


# .bed files


def test_a_bed_file_is_read_by_blocks(crossed, tmp_path, monkeypatch):
    bed_reader = pytest.importorskip("bed_reader")
    shapes = []

    class Spied(bed_reader.open_bed):
        def read(self, *arguments, **parameters):
            counts = super().read(*arguments, **parameters)
            shapes.append(counts.shape)
            return counts

    prefix = in_plink(crossed, np.arange(crossed.n), tmp_path)
    monkeypatch.setattr(bed_reader, "open_bed", Spied)
    found = scan(crossed.lmm, prefix)
    assert len(found) == crossed.m
    assert sum(markers for _, markers in shapes) == crossed.m
    assert max(rows * markers for rows, markers in shapes) <= 400
    assert {rows for rows, _ in shapes} == {len(set(crossed.rows))}


def test_the_memory_of_a_bed_file_is_that_of_a_block(tmp_path):
    pytest.importorskip("bed_reader")
    peaks, ids = [], [f"i{number}" for number in range(399)]
    for m in (2_000, 20_000):
        G = np.tile(np.random.default_rng(1).integers(0, 3, (399, 500)).astype(np.int8), m // 500)
        write_plink(tmp_path / f"{m}", G, ids, feature_names=[f"s{j}" for j in range(m)])
        source = open_source(tmp_path / f"{m}")
        tracemalloc.start()
        n_read = sum(
            source.block(np.arange(399), slice(start, start + 500)).shape[1]
            for start in range(0, m, 500)
        )
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert n_read == m
    assert peaks[1] < 1.2 * peaks[0]
    assert peaks[1] < 5 * 399 * 500 * 8


def test_a_bed_file_that_is_changed_while_it_is_read(crossed, tmp_path):
    pytest.importorskip("bed_reader")
    prefix = in_plink(crossed, np.arange(crossed.n), tmp_path)
    source = open_source(prefix)
    before = source.block(ROWS, slice(0, 5))
    os.utime(f"{prefix}.bed", ns=(1, 1))
    with pytest.raises(
        ValueError, match=r"cows\.bed was changed while it was read\. Read it anew"
    ):
        source.block(ROWS, slice(5, 10))
    np.testing.assert_array_equal(open_source(prefix).block(ROWS, slice(0, 5)), before)


def test_files_give_pairs_to_models_of_pairs(crossed, tmp_path):
    pytest.importorskip("bed_reader")
    pairs = [("1" if label < "s35" else "2", label) for label in crossed.ids]
    pair_of = dict(zip(crossed.ids, pairs, strict=True))
    X = pd.DataFrame({"id": [pair_of[label] for label in crossed.X[:, 0]]})
    lmm = LMMRegressor(Kinship(crossed.K, pairs), sample_id="id").fit(X, crossed.y)
    write_plink(tmp_path / "cows", crossed.G, pairs, feature_names=crossed.names)
    known = scan(crossed.lmm, crossed.G, ids=crossed.ids)
    for model, kind in ((lmm, "fid_iid"), (crossed.lmm, "iid")):
        assert labels_of_files(fitted_model(model)) == kind
        found = scan(model, tmp_path / "cows")
        np.testing.assert_allclose(found.beta, known.beta, rtol=1e-12)


def test_what_plink_knows_of_markers(crossed, tmp_path):
    pytest.importorskip("bed_reader")
    prefix = in_plink(crossed, np.arange(crossed.n), tmp_path)
    bunch = read_plink(prefix)
    for genotypes in (bunch, prefix):
        found = scan(crossed.lmm, genotypes)
        assert found.names.tolist() == crossed.names
        assert found.chromosomes.tolist() == [str(1 + j // 20) for j in range(crossed.m)]
        assert found.positions.tolist() == list(range(crossed.m))
        np.testing.assert_array_equal(found.effect_alleles, bunch.allele_1)
        np.testing.assert_array_equal(found.other_alleles, bunch.allele_2)


def test_a_missing_bed_file_is_named(tmp_path):
    pytest.importorskip("bed_reader")
    with pytest.raises(FileNotFoundError, match=r"genotypes: .*nobody"):
        open_source(tmp_path / "nobody")


def test_a_prefix_that_ends_in_bed(crossed, tmp_path):
    pytest.importorskip("bed_reader")
    prefix = in_plink(crossed, np.arange(crossed.n), tmp_path)
    for ending in (".bed", ".bim", ".fam"):
        os.rename(f"{prefix}{ending}", tmp_path / f"x.bed{ending}")
    found = open_source(tmp_path / "x.bed")
    np.testing.assert_array_equal(blocks(found), crossed.G[ROWS])
    assert _plink.BedFile(tmp_path / "x.bed.bed", "genotypes").shape == (70, 60)


# Maps


CHROMOSOMES = [1] * 30 + [2] * 20 + ["X"] * 10
POSITIONS = np.arange(60) * 1000


def in_another_order(crossed):
    order = np.random.default_rng(5).permutation(60)
    index = pd.Index([crossed.names[place] for place in order] + ["other"], name="snp")
    chromosomes = [CHROMOSOMES[place] for place in order] + [9]
    return pd.DataFrame(
        {"Chr": pd.Series(chromosomes, dtype=object).to_numpy(), "bp": [*POSITIONS[order], 7]},
        index=index,
    )


@pytest.mark.parametrize(
    "given",
    [
        lambda crossed: {"chromosomes": CHROMOSOMES, "positions": POSITIONS},
        lambda crossed: {"marker_map": in_another_order(crossed)},
        lambda crossed: {"marker_map": in_another_order(crossed).reset_index()},
        lambda crossed: {
            "chromosomes": in_another_order(crossed)["Chr"],
            "positions": in_another_order(crossed)["bp"],
        },
        lambda crossed: {"chromosomes": pd.Series(CHROMOSOMES), "positions": list(POSITIONS)},
    ],
)
def test_places_are_joined_by_name(crossed, given):
    found = scan(crossed.lmm, crossed.G, ids=crossed.ids, names=crossed.names, **given(crossed))
    assert found.names.tolist() == crossed.names
    assert found.chromosomes.tolist() == CHROMOSOMES
    np.testing.assert_array_equal(found.positions, POSITIONS)
    assert found.positions.dtype == np.int64


def test_a_map_of_polars(crossed):
    table = in_another_order(crossed).reset_index().astype({"Chr": str})
    columns = {name: values.tolist() for name, values in table.items()}
    found = open_source(crossed.G, names=crossed.names, marker_map=pl.DataFrame(columns))
    assert found.chromosomes.tolist() == list(map(str, CHROMOSOMES))
    np.testing.assert_array_equal(found.positions, POSITIONS)


def test_what_is_given_beside_a_bunch_counts(crossed):
    bunch = Bunch(
        data=crossed.G, ids=crossed.ids, feature_names=crossed.names, chromosome=["1"] * 60
    )
    assert open_source(bunch).chromosomes.tolist() == ["1"] * 60
    assert open_source(bunch, chromosomes=CHROMOSOMES).chromosomes.tolist() == CHROMOSOMES
    renamed = [f"id {label}" for label in crossed.ids]
    assert open_source(bunch, renamed).labels == renamed


def test_the_mice_as_a_frame_know_their_markers():
    from sklmm.datasets import load_mice

    plain, framed = load_mice(), load_mice(as_frame=True)
    source, other = open_source(plain), open_source(framed)
    assert source.labels == other.labels
    for name in ("names", "chromosomes", "positions"):
        np.testing.assert_array_equal(getattr(source, name), getattr(other, name))
    np.testing.assert_array_equal(blocks(source)[:, :50], blocks(other)[:, :50])


# Founders


def probabilities(n=70, k=4, m=12):
    return np.random.default_rng(2).dirichlet(np.ones(k), size=(n, m)).transpose(0, 2, 1)


@pytest.mark.parametrize("make", [np.array, np.asfortranarray, np.ndarray.tolist, Sliced])
def test_founders_of_a_locus_are_next_to_each_other(crossed, make):
    P = probabilities()
    source = open_source(make(P), crossed.ids, founders=list("ABCD"))
    assert (source.n_rows, source.n_markers, source.width) == (70, 12, 4)
    assert source.founders == list("ABCD")
    block = source.block(ROWS, slice(2, 5))
    assert block.flags.f_contiguous
    np.testing.assert_array_equal(block.reshape(5, 3, 4), P[ROWS, :, 2:5].transpose(0, 2, 1))
    assert blocks(source).shape == (5, 48)


def test_a_locus_without_all_its_probabilities_is_missing(crossed):
    P = probabilities()
    P[9, 1, 3] = np.nan
    block = open_source(P, crossed.ids, missing="drop").block(ROWS, slice(2, 5)).reshape(5, 3, 4)
    assert np.isnan(block[3, 1]).all()
    assert np.isnan(block).sum() == 4


@pytest.mark.parametrize("decimals", [3, 4])
def test_rounded_probabilities(crossed, decimals):
    P = probabilities(k=8).round(decimals)
    assert np.abs(P.sum(axis=1) - 1).max() > 1e-4
    np.testing.assert_array_equal(
        blocks(open_source(P)).reshape(5, 12, 8), P[ROWS].transpose(0, 2, 1)
    )


# Models without labels


def test_models_without_labels_take_the_order_of_fit(crossed):
    rows, G = crossed.rows[:40], crossed.G[crossed.rows[:40]]
    K = crossed.K[np.ix_(rows, rows)]
    labeled = LMMRegressor(Kinship(crossed.K, crossed.ids), sample_id=0)
    labeled.fit(crossed.X[:40], crossed.y[:40])
    known = scan(labeled, crossed.G, ids=crossed.ids)
    plain = LMMRegressor(K).fit(np.empty((40, 0)), crossed.y[:40])
    precomputed = LMMRegressor(kernel="precomputed").fit(K, crossed.y[:40])
    for lmm in (plain, precomputed):
        for genotypes in (G, pd.DataFrame(G, index=[f"plot {row}" for row in range(40)])):
            np.testing.assert_allclose(scan(lmm, genotypes).beta, known.beta, rtol=1e-6)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_kernels_take_the_order_of_fit(crossed, kernel):
    features = crossed.G[:, :20].astype(float)
    y = np.random.default_rng(0).standard_normal(70)
    lmm = LMMRegressor(kernel=kernel, h=0.4).fit(features, y)
    fitted = fitted_model(lmm)
    assert fitted.n_training_rows == 70
    np.testing.assert_array_equal(find_rows(fitted, open_source(crossed.G)), np.arange(70))


def test_rows_in_which_no_trait_is_measured_need_no_genotypes(crossed):
    y = crossed.y.copy()
    y[:5] = np.nan
    lmm = LMMRegressor(Kinship(crossed.K, crossed.ids), sample_id=0, missing_y="drop")
    lmm.fit(crossed.X, y)
    used = np.unique(crossed.rows[5:])
    known = scan(lmm, crossed.G, ids=crossed.ids)
    found = scan(lmm, crossed.G[used], ids=[crossed.ids[row] for row in used])
    np.testing.assert_allclose(found.beta, known.beta, rtol=1e-12)
    rows = find_rows(fitted_model(lmm), open_source(crossed.G[used], np.array(crossed.ids)[used]))
    unmeasured = [row for row in range(5) if crossed.rows[row] not in crossed.rows[5:]]
    assert (rows[:5] == len(used)).all()
    assert len(unmeasured) > 0
