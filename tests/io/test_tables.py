"""Tables are joined by label, and nobody is left out in silence."""

import gzip
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklmm import Kinship
from sklmm.io import join_tables

TRAITS = pd.DataFrame({"id": ["c", "a", "b", "a"], "weight": [3.0, 1.0, 2.0, 1.5]})
LITTERS = pd.DataFrame({"id": ["a", "b", "c"], "litter": [1, 2, 3]})


def test_repeated_records_get_the_covariates_of_their_individual():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        joined = join_tables({"traits": TRAITS, "litters": LITTERS}, ids=["a", "b", "c"])
    assert joined.frame.to_dict("list") == {
        "id": ["c", "a", "b", "a"],
        "weight": [3.0, 1.0, 2.0, 1.5],
        "litter": [3, 1, 2, 1],
    }
    assert joined.left_out == {"traits": [], "litters": [], "ids": []}


def test_who_is_left_out_is_said():
    with pytest.warns(UserWarning, match=r"2 .* joined; .* 1 of traits \('c'\), 1 of ids \('z'\)"):
        joined = join_tables({"traits": TRAITS, "litters": LITTERS[:2]}, ids=["a", "z", "b"])
    assert list(joined.frame["id"]) == ["a", "b", "a"]
    assert joined.left_out == {"traits": ["c"], "litters": [], "ids": ["z"]}


INDIVIDUALS = st.sets(st.integers(0, 9)).map(sorted)


@given(st.lists(st.integers(0, 9), min_size=1), INDIVIDUALS, INDIVIDUALS)
def test_every_row_has_the_values_of_its_label(records, first, second):
    traits = pd.DataFrame({"id": records, "t": [10 * i for i in records]})
    a = pd.DataFrame({"id": first, "a": [i + 100 for i in first]})
    b = pd.DataFrame({"id": second, "b": [i + 200 for i in second]})[::-1]
    expected = [i for i in records if i in first and i in second]
    if not expected:
        with pytest.raises(ValueError, match="No individual is in all tables"):
            join_tables({"t": traits, "a": a, "b": b})
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = join_tables({"t": traits, "a": a, "b": b}).frame
    assert list(frame["id"]) == expected
    np.testing.assert_array_equal(frame["t"], np.multiply(expected, 10))
    np.testing.assert_array_equal(frame["a"], np.add(expected, 100))
    np.testing.assert_array_equal(frame["b"], np.add(expected, 200))


def test_files_keep_labels_as_text(tmp_path):
    (tmp_path / "traits.csv").write_text("id,weight\n007,3\n08,\n")
    (tmp_path / "litters.tsv").write_text("id\tlitter\n08\t1\n007\t2\n")
    paths = {"traits": tmp_path / "traits.csv", "litters": str(tmp_path / "litters.tsv")}
    frame = join_tables(paths, ids=["007", "08"]).frame
    assert list(frame["id"]) == ["007", "08"]
    assert list(frame["litter"]) == [2, 1]
    assert np.isnan(frame["weight"][1])


def test_tables_stay_as_they_are():
    traits, litters = TRAITS.copy(), LITTERS.copy()
    frame = join_tables({"traits": traits, "litters": litters}).frame
    frame.loc[0, "litter"] = 99
    pd.testing.assert_frame_equal(traits, TRAITS)
    pd.testing.assert_frame_equal(litters, LITTERS)


@pytest.mark.parametrize(
    ("tables", "ids", "error", "message"),
    [
        ({"a": TRAITS}, [1, 2], ValueError, "No individual is in all tables. a: 'c', 'a', 'b', …"),
        (
            {"a": TRAITS.assign(id=[1, 2, 3, 4])},
            ["1", 2],
            ValueError,
            "The label '1' of ids is of",
        ),
        ({"b": LITTERS, "a": TRAITS}, None, ValueError, "a: the label 'a' is repeated. Only 'b'"),
        ({"a": TRAITS}, ["a", "a"], ValueError, "ids: the label 'a' is repeated"),
        (
            {"a": TRAITS, "b": LITTERS.rename(columns={"litter": "weight"})},
            None,
            ValueError,
            "b: another table has a column 'weight', too",
        ),
        (
            {"a": TRAITS.rename(columns={"id": "x"})},
            None,
            ValueError,
            r"tables\['a'\] must have one column 'id'; its columns are 'x', 'weight'",
        ),
        ({"a": TRAITS.assign(id=["a", None, "b", "c"])}, None, ValueError, "row 1 is missing"),
        (
            {"a": [1]},
            None,
            TypeError,
            r"tables\['a'\] must be a pandas DataFrame or a path, got list",
        ),
        ([TRAITS], None, TypeError, "tables must be a dict from names .* got list"),
        ({}, None, TypeError, "tables must be a dict"),
    ],
)
def test_what_cannot_be_joined(tables, ids, error, message):
    with pytest.raises(error, match=message):
        join_tables(tables, ids=ids)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("id,weight\n1,2,31.5\n2,1,28\n", "line 2: 3 fields, but the first line has 2"),
        ("id,weight,height\na,1,2,\nb,3,4,\n", "line 2: 4 fields, but the first line has 3"),
        ("id,a,b\na,1,2\nb,3\n", "line 3: 2 fields, but the first line has 3"),
        ("id,a,a\na,1,2\n", "line 1: 2 columns are called 'a'\\. Rename them"),
        ("id,a\n a,1\n", "the label ' a' starts or ends with a blank"),
        ('id,a\n"a,1\n', "line 2: a quote is opened, but not closed"),
    ],
)
def test_bad_files(tmp_path, content, message):
    path = tmp_path / "traits.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"traits.csv.*{message}"):
        join_tables({"traits": path})


def test_legitimate_files(tmp_path):
    path = tmp_path / "traits.csv"
    path.write_text('id,note\nS1,"a, b"\n\nS1.0,c\x0cd\u2028e\n\n', encoding="utf-8")
    frame = join_tables({"traits": path}).frame
    assert list(frame["id"]) == ["S1", "S1.0"]
    assert list(frame["note"]) == ["a, b", "c\x0cd\u2028e"]


def test_corrupt_gzip(tmp_path):
    path = tmp_path / "traits.tsv.gz"
    whole = gzip.compress(b"id\ta\nx\t1\n")
    path.write_bytes(whole)
    assert join_tables({"traits": path}).frame.to_dict("list") == {"id": ["x"], "a": [1]}
    for content in (whole[:-9], b"id\ta\n", whole[:14] + b"\xff" + whole[15:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"traits.tsv.gz is cut off, corrupt or no gzip file"):
            join_tables({"traits": path})


def test_a_kinship_says_who_is_wanted():
    kinship = Kinship(np.eye(3), ["a", "b", "c"])
    assert len(join_tables({"traits": TRAITS}, ids=kinship).frame) == 4


@pytest.mark.parametrize("code", ["", " ", "NA", ".", "-", "nan", "None", "#N/A", "<NA>"])
@pytest.mark.parametrize("n_rows", [1, 2])
def test_labels_that_stand_for_missing_ones(code, n_rows):
    one = pd.DataFrame({"id": ["a", "b", *[code] * n_rows], "y": np.arange(2.0 + n_rows)})
    other = pd.DataFrame({"id": ["a", "b", code], "z": [1, 2, 3]})
    with pytest.raises(ValueError, match="the label in row 2 is missing"):
        join_tables({"one": one, "other": other})
    if n_rows == 1 and code.strip():
        frame = join_tables({"one": one, "other": other}, ids=["a", "b", code]).frame
        assert list(frame["z"]) == [1, 2, 3]


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bull", "bull"), ("7", "007"), ("cow ", "cow"), ("A–1", "A-1"), (7, 7.5), ("a", "b")],
)
def test_labels_that_nearly_match(one, other):
    traits = pd.DataFrame({"id": ["x" if isinstance(one, str) else 1, one], "trait": [1.0, 2.0]})
    litters = traits.rename(columns={"trait": "litter"}).assign(id=[traits["id"][0], other])
    if one in (7, "a"):
        with pytest.warns(UserWarning, match="left out are 1 of traits"):
            join_tables({"traits": traits, "litters": litters})
        return
    message = f"The label {one!r} of traits nearly matches {other!r} of litters. Write both in"
    with pytest.raises(ValueError, match=message):
        join_tables({"traits": traits, "litters": litters})
    with pytest.raises(ValueError, match=r"nearly matches .* of ids"):
        join_tables({"traits": traits}, ids=list(litters["id"]))
    litters["id"] = traits["id"]
    assert len(join_tables({"traits": traits, "litters": litters}).frame) == 2
    with pytest.warns(UserWarning, match="left out are 1 of traits"):
        join_tables({"traits": traits, "litters": litters[:1]})


def with_families(title, families, value):
    frame = pd.DataFrame({"IID": ["a", "b"][: len(families)], value: range(len(families))})
    return frame.assign(**{title: families})


@pytest.mark.parametrize("other", ["fid", "#fid", "family", "Family_ID", "FamID"])
@pytest.mark.parametrize("in_another_place", [False, True])
def test_families_that_contradict_each_other(other, in_another_place):
    tables = {
        "traits": with_families("FID", ["f", "g"], "y"),
        "litters": with_families(other, ["f", "h"], "z"),
    }
    if in_another_place:
        tables = {"ages": TRAITS.rename(columns={"id": "IID"}).iloc[1:3], **tables}
    with pytest.raises(
        ValueError, match=r"label 'b' is in family 'g' of traits and in 'h' of litters"
    ) as info:
        join_tables(tables, id_column="IID")
    remedy = eval(re.search(r"apart by id_column=(\{.*?\})", str(info.value))[1])
    assert ("after adding 'FID', the families, to 'ages'" in str(info.value)) == in_another_place
    if in_another_place:
        tables["ages"] = tables["ages"].assign(FID=["f", "g"])
    with pytest.warns(UserWarning, match="left out are"):
        frame = join_tables(tables, id_column=remedy).frame
    assert list(frame.iloc[:, list(frame).index("FID_IID")]) == [("f", "a")]
    if not in_another_place:
        with pytest.warns(UserWarning, match="left out are"):
            joined = join_tables(tables, id_column="IID", ids=["a"])
        assert list(joined.frame["IID"]) == ["a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["f", "g"], ["f", "g"]),
        (["f", "g"], ["0", "0"]),
        (["f", "g"], ["a", "b"]),
        (["f", "g"], [None, "g"]),
        (["007", "8"], [7, 8]),
        ([7, 8], [7.0, np.nan]),
    ],
)
def test_families_that_agree(one, other):
    tables = {
        "traits": with_families("FID", one, "y"),
        "litters": with_families("fid", other, "z"),
    }
    assert list(join_tables(tables, id_column="IID").frame["z"]) == [0, 1]
    columns = dict.fromkeys(tables, "IID")
    assert len(join_tables(tables, id_column=columns).frame) == 2


def test_families_under_another_title_mean_something_else():
    tables = {
        "traits": with_families("FID", ["f", "g"], "y"),
        "litters": with_families("FID_b", ["f", "h"], "z"),
    }
    assert len(join_tables(tables, id_column="IID").frame) == 2


def test_two_columns_of_one_name():
    table = pd.concat([LITTERS, LITTERS[["litter"]]], axis=1)
    with pytest.raises(ValueError, match=r"tables\['b'\] has 2 columns that are called 'litter'"):
        join_tables({"a": TRAITS, "b": table})
    join_tables({"a": TRAITS, "b": table.set_axis(["id", "litter", "other"], axis=1)})


def test_families_of_one_table_alone():
    traits = pd.DataFrame({"FID": ["F", "G"], "IID": ["1", "2"], "y": [3.0, 4.0]})
    for families in (["0", "0"], ["1", "2"]):
        sizes = pd.DataFrame({"FID": families, "IID": ["1", "2"], "size": [5.0, 6.0]})
        message = (
            "sizes has no families: leave out its column 'FID' and use "
            "id_column={'traits': 'IID', 'sizes': 'IID'}"
        )
        with pytest.raises(ValueError, match=re.escape(message)):
            join_tables({"traits": traits, "sizes": sizes}, id_column=("FID", "IID"))
        tables = {"traits": traits, "sizes": sizes.drop(columns="FID")}
        frame = join_tables(tables, id_column={"traits": "IID", "sizes": "IID"}).frame
        assert frame.to_numpy().tolist() == [["F", "1", 3, 5], ["G", "2", 4, 6]]


def test_labels_of_two_types():
    traits = pd.DataFrame({"id": pd.to_datetime(["2020-01-01", "2020-02-01"]), "y": [1, 2]})
    sizes = pd.DataFrame({"id": ["2020-01-01", "2020-02-01"], "size": [3, 4]})
    with pytest.raises(ValueError, match=r"differ in type, Timestamp and str: .*astype\(str\)"):
        join_tables({"traits": traits, "sizes": sizes})
    frame = join_tables({"traits": traits.astype({"id": str}), "sizes": sizes}).frame
    assert frame[["y", "size"]].to_numpy().tolist() == [[1, 3], [2, 4]]
