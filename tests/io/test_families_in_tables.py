"""Individuals of tables: columns of ids, pairs of families and individuals."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import columns_of, write

from sklmm import Kinship, LMMRegressor
from sklmm.io import join_tables


def test_different_id_columns(tmp_path):
    traits = write(tmp_path / "t.csv", "mouse,y", "b,1", "a,2", "b,3")
    litters = pd.DataFrame({"id": ["a", "b"], "litter": [7, 9]})
    frame = join_tables(
        {"traits": traits, "litters": litters}, id_column={"traits": "mouse", "litters": "id"}
    ).frame
    assert frame.to_dict("list") == {"mouse": ["b", "a", "b"], "y": [1, 2, 3], "litter": [9, 7, 9]}
    clash = litters.assign(mouse=1)
    with pytest.raises(ValueError, match="litters: another table has a column 'mouse', too"):
        join_tables({"t": traits, "litters": clash}, id_column={"t": "mouse", "litters": "id"})


@pytest.mark.parametrize(
    ("id_column", "message"),
    [
        ({"traits": "id"}, "each name of tables, 'traits', 'litters'; 'litters' is in only one"),
        ({"traits": "id", "litters": "id", "x": "id"}, "'x' is in only one of them"),
        ({"traits": "id", "litters": ("id", "fid")}, "pairs of some tables and single labels"),
        (("a", "b", "c"), "id_column must be a title, or two of them"),
        (("fid", "id"), r"tables\['litters'\] must have one column 'fid'"),
        ("x", r"tables\['traits'\] must have one column 'x'"),
    ],
)
def test_bad_id_columns(id_column, message):
    traits = pd.DataFrame({"fid": ["F"], "id": ["a"], "y": [1]})
    litters = pd.DataFrame({"id": ["a"], "litter": [7]})
    with pytest.raises(ValueError, match=message):
        join_tables({"traits": traits, "litters": litters}, id_column=id_column)


def test_ids_in_the_index():
    frame = pd.DataFrame({"y": [1]}, index=pd.Index(["a"], name="id"))
    with pytest.raises(ValueError, match=r"It names the index: use its reset_index\(\)"):
        columns_of(frame)
    assert columns_of(frame.reset_index()) == {"id": ["a"], "y": [1]}


PAIRS = st.tuples(st.sampled_from("FG"), st.sampled_from("123"))


@given(st.lists(PAIRS, min_size=1), st.sets(PAIRS).map(sorted))
def test_pairs_have_the_values_of_their_individual(records, others):
    traits = pd.DataFrame(records, columns=["FID", "IID"]).assign(y=range(len(records)))
    other = pd.DataFrame(others, columns=["family", "IID"])
    other = other.assign(z=["".join(pair) for pair in others])
    both = [pair for pair in records if pair in others]
    columns = {"t": ("FID", "IID"), "o": ("family", "IID")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not both:
            with pytest.raises(ValueError, match="No individual is in all tables"):
                join_tables({"t": traits, "o": other}, id_column=columns)
            return
        frame = join_tables(
            {"t": traits, "o": other}, id_column=columns, ids=sorted(set(both))
        ).frame
    assert list(frame) == ["FID_IID", "y", "z"]
    assert list(frame["FID_IID"]) == both
    assert list(frame["z"]) == ["".join(pair) for pair in both]
    assert list(frame["y"]) == [row for row, pair in enumerate(records) if pair in others]


def test_pairs_lead_to_the_model(tmp_path):
    pairs = [(f, i) for f in "FG" for i in "12"]
    path = write(tmp_path / "t.pheno", "FID IID y", *(f"{f} {i} {ord(f)}" for f, i in pairs[::-1]))
    frame = join_tables({"t": path}, id_column=("FID", "IID"), ids=Kinship(np.eye(4), pairs)).frame
    lmm = LMMRegressor(Kinship(np.eye(4), pairs), sample_id="FID_IID", h=0.5)
    assert lmm.fit(frame[["FID_IID"]], frame["y"]).b_[0] == pytest.approx(ord("F") + 0.5)
    with pytest.raises(ValueError, match=r"the column 'FID_IID' is to hold the pairs. Rename it"):
        columns_of(frame.assign(FID="F", IID=list("abcd")), id_column=("FID", "IID"))


@pytest.mark.parametrize("title", ["FID", "#FID", "family", "Family_ID", "FamID"])
def test_one_id_in_several_families(tmp_path, title):
    lines = [f"{title} IID y", "F 1 1", "F 2 2", "G 1 3"]
    path = write(tmp_path / "t.txt", *lines)
    with pytest.raises(
        ValueError, match=r"t: the label '1' is in family 'F' and in 'G' of"
    ) as info:
        columns_of(path, id_column="IID")
    remedy = eval(re.search(r"by id_column=(\(.*?\));", str(info.value))[1])
    found = columns_of(path, id_column=remedy)
    assert list(found.values()) == [[("F", "1"), ("F", "2"), ("G", "1")], [1, 2, 3]]
    frame = pd.read_csv(path, sep=" ", dtype=str)
    with pytest.raises(ValueError, match="if it is one, leave the column out"):
        columns_of(frame, id_column="IID")
    assert columns_of(frame[["IID", "y"]], id_column="IID")["IID"] == ["1", "2", "1"]


def test_families_of_repeated_records():
    """One family for each individual, families as labels, and unknown ones."""
    frame = pd.DataFrame({"id": ["a", "b", "a", "a"], "family": ["F", "G", "F", None]})
    assert columns_of(frame)["id"] == ["a", "b", "a", "a"]
    frame = pd.DataFrame({"family": ["F", "G", "F"], "FID": ["F", "G", "F"]})
    assert columns_of(frame, id_column="family")["FID"] == ["F", "G", "F"]


def test_families_in_both_tables():
    tables = {
        "traits": pd.DataFrame({"FID": ["F"], "IID": ["1"], "y": [1]}),
        "covariates": pd.DataFrame({"FID": ["F"], "IID": ["1"], "sex": [2]}),
    }
    with pytest.raises(ValueError, match=r"a column 'FID', too. Rename one, or use it by") as info:
        join_tables(tables, id_column="IID")
    remedy = eval(re.search(r"by id_column=(\(.*?\))", str(info.value))[1])
    assert join_tables(tables, id_column=remedy).frame["sex"].tolist() == [2]


def test_pairs_among_single_labels():
    frame = pd.DataFrame({"FID": ["F"], "id": ["1"], "y": [1]})
    with pytest.raises(ValueError, match=r"Pairs are made by id_column=\('FID', 'IID'\)"):
        join_tables({"t": frame}, ids=[("F", "1")])
    found = join_tables({"t": frame}, ids=[("F", "1")], id_column=("FID", "id")).frame
    assert list(found["FID_id"]) == [("F", "1")]


def test_families_that_are_missing(tmp_path):
    """No separator makes them."""
    path = write(tmp_path / "t.pheno", "#IID\tw", "a\t1")
    with pytest.raises(
        ValueError, match=r"one column 'FID'; its columns are 'IID', 'w'.*by id_column=\.$"
    ):
        columns_of(path, id_column=("FID", "IID"))
    assert columns_of(path, id_column="IID") == {"IID": ["a"], "w": [1]}


def test_many_columns_beside_pairs(tmp_path):
    path = write(
        tmp_path / "t.raw", f"FID IID {' '.join(f's{n}' for n in range(150))}", "F a" + " 1" * 150
    )
    assert list(columns_of(path, id_column=("FID", "IID")))[:2] == ["FID_IID", "s0"]
