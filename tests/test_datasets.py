import numpy as np
import pandas as pd

from sklmm import datasets


def test_mice(mice):
    assert mice.data.shape == (1940, 12226)
    assert mice.data.dtype == np.int8
    np.testing.assert_array_equal(np.unique(mice.data), [0, 1, 2])
    assert mice.target.shape == (1940, 2)
    assert mice.target_names == ["CD8", "MCH"]
    np.testing.assert_array_equal(np.sum(~np.isnan(mice.target), axis=0), [1410, 1580])
    assert mice.ids[0] == "A048005080"
    assert len(set(mice.ids)) == 1940
    assert mice.feature_names[0] == "rs3683945"
    assert len(set(mice.feature_names)) == 12226
    assert mice.chromosome.shape == mice.position.shape == (12226,)
    np.testing.assert_array_equal(np.unique(mice.chromosome), np.arange(1, 20))
    assert set(mice.position[mice.position <= 0]) == {-9}
    assert set(mice.sex) == {"male", "female"}
    assert mice.father.shape == mice.mother.shape == (1940,)
    assert mice.frame is None
    assert "Valdar" in mice.DESCR


def test_mice_are_those_of_the_source(mice, reference_data):
    with np.load(reference_data / "data" / "hs1940" / "markers.npz") as stored:
        np.testing.assert_array_equal(mice.data, stored["M"])
        np.testing.assert_array_equal(mice.ids, stored["ids"])
        np.testing.assert_array_equal(mice.feature_names, stored["snps"])
        np.testing.assert_array_equal(mice.chromosome, stored["chrom"].astype(int))
        np.testing.assert_array_equal(mice.position, stored["bp"])
    traits = pd.read_csv(reference_data / "data" / "hs1940" / "pheno.csv", index_col=0)
    np.testing.assert_array_equal(traits.index, mice.ids)
    np.testing.assert_allclose(mice.target, traits[["p1_CD8", "p6_MCH"]], rtol=1e-12)


def test_sibs_are_alike(mice, mice_kinship):
    """Rows of genotypes, ids and parents belong together."""
    parents = np.char.add(mice.father, mice.mother)
    are_sibs = parents[:, None] == parents[None, :]
    np.fill_diagonal(are_sibs, False)
    assert mice_kinship.matrix[are_sibs].mean() > mice_kinship.matrix.mean() + 0.3


def test_mice_as_frames(mice):
    frames = datasets.load_mice(as_frame=True)
    assert list(frames.data.index) == list(frames.target.index) == list(mice.ids)
    assert list(frames.data.columns) == list(mice.feature_names)
    assert list(frames.target.columns) == ["CD8", "MCH"]
    np.testing.assert_array_equal(frames.data, mice.data)
    assert (frames.data.dtypes == np.int8).all()
    assert frames.frame.shape == (1940, 12228)
    np.testing.assert_array_equal(frames.frame["MCH"], mice.target[:, 1])
    assert frames.sex.loc["A048006063"] == "male"
    assert frames.chromosome.loc["rs3683945"] == 1
    assert frames.position.loc["rs3683945"] == 3197400


def test_loading_twice_gives_fresh_arrays(mice):
    again = datasets.load_mice()
    again.data[0, 0] = 9
    assert mice.data[0, 0] != 9
