"""Tables of PLINK, R and R/qtl2 are joined as they are, or a message says how."""

import ast
import re
import subprocess
import warnings
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from tables import columns_of, write

from sklmm import Kinship, LMMRegressor
from sklmm.io import join_tables, read_csv


@pytest.fixture(autouse=True)
def nobody_is_left_out():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


EXPECTED = {"id": ["a", "b 1"], "y": [1.5, 2.5], "note": ["x", "y, z"]}


@pytest.mark.parametrize("above", [[], ["# my cross"], ["#", "# id,y,note", "", "# ,;"]])
@pytest.mark.parametrize(
    ("name", "separator", "options"),
    [
        ("t.csv", ",", {}),
        ("t.CSV", ",", {}),
        ("t.csv", ";", {"separator": ";"}),
        ("t.csv.gz", ",", {}),
        ("t.tsv", "\t", {}),
        ("t.txt", "\t", {}),
        ("t.txt.gz", " ", {}),
        ("t.txt", " ", {}),
        ("t.txt", "   ", {}),
        ("t.txt", " \t ", {"separator": " "}),
        ("t.pheno", " ", {}),
        ("t.dat", "\t", {}),
        ("t.dat", ",", {}),
        ("traits", ",", {}),
        ("traits", " ", {"separator": " "}),
        ("t.csv", " ", {"separator": " "}),
    ],
)
def test_separators_and_comments(tmp_path, above, name, separator, options):
    rows = [["id", "y", "note"], ['"a"', "1.5", "x"], ['"b 1"', "2.5", '"y, z"']]
    path = write(tmp_path / name, *above, *map(separator.join, rows))
    assert columns_of(path, **options) == EXPECTED


@pytest.mark.parametrize("right", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.txt", "t.pheno"])
def test_other_separators(tmp_path, name, right):
    path = write(tmp_path / name, right.join(["mouse", "y"]), right.join("a1"), right.join("b2"))
    try:
        found = columns_of(path, id_column="mouse")
    except ValueError as error:
        remedy = re.search(r"would fit: separator=('.*')\.", str(error))[1]
        found = columns_of(path, id_column="mouse", separator=eval(remedy))
    assert found == {"mouse": ["a", "b"], "y": [1, 2]}


def test_comments_stand_above_the_titles(tmp_path):
    path = write(tmp_path / "t.csv", "id,y", "a,1", "#b,2")
    with pytest.raises(ValueError, match=r"t.csv, line 3 starts with #, .* above the titles"):
        columns_of(path)
    path = write(tmp_path / "t.csv", "id,y", "a,1", '"#b",2')
    assert columns_of(path) == {"id": ["a", "#b"], "y": [1, 2]}
    path = write(tmp_path / "t.csv", "id,y", "a,1")
    assert columns_of(path) == {"id": ["a"], "y": [1]}
    path = write(tmp_path / "t.csv", "#id,y", "a,1")
    with pytest.raises(
        ValueError, match=r"must have one column 'id'.*Line 1 starts with # and is"
    ):
        columns_of(path)
    assert columns_of(path, id_column="#id") == {"#id": ["a"], "y": [1]}
    with pytest.raises(ValueError, match="has no titles: all of its lines start with #"):
        columns_of(write(tmp_path / "t.csv", "# nothing"))


@pytest.mark.parametrize("titles", ["#FID IID y", "FID IID y", "#IID y", "#FID\tIID\ty"])
def test_titles_of_plink_2(tmp_path, titles):
    row = "F a 1.5" if "FID" in titles else "a 1.5"
    path = write(tmp_path / "t.pheno", titles, row.replace(" ", "\t" if "\t" in titles else " "))
    found = columns_of(path, id_column="IID")
    assert found.pop("FID", ["F"]) == ["F"]
    assert found == {"IID": ["a"], "y": [1.5]}
    if "FID" in titles:
        assert columns_of(path, id_column=("FID", "IID")) == {"FID_IID": [("F", "a")], "y": [1.5]}


@pytest.mark.parametrize("code", ["-", ".", "x", "-9", "*"])
def test_codes_of_missing_traits(tmp_path, code):
    path = write(tmp_path / "t.csv", "id,liver,spleen", f"1,10.5,{code}", f"{code},NA,1", "3,9,2")
    ids = ["1", code, "3"]
    frame = join_tables({"t": path}, ids=ids, na_values=code).frame
    np.testing.assert_array_equal(frame["liver"], [10.5, np.nan, 9])
    np.testing.assert_array_equal(frame["spleen"], [np.nan, 1, 2])
    assert list(frame["id"]) == ids
    kinship = Kinship(np.eye(3), frame["id"])
    lmm = LMMRegressor(kinship, sample_id="id", missing_y="drop", h=0.5)
    assert lmm.fit(frame[["id"]], frame["liver"]).b_[0] == pytest.approx(9.75)
    frame = join_tables({"t": path}, ids=ids, na_values={"spleen": [code]}).frame
    assert np.isnan(frame["spleen"][0])
    frame = join_tables({"t": path}, ids=ids, na_values={"spleen": [code], "id": [code]}).frame
    assert list(frame["id"]) == ids
    what = pytest.warns(UserWarning, match=r"line 2: .* in the column 'spleen' is no finite")
    with nullcontext() if code == "-9" else what:
        assert str(join_tables({"t": path}, ids=ids).frame["spleen"][0]) == code


def test_options_that_do_nothing(tmp_path):
    path = write(tmp_path / "t.csv", "id,y", "a,1")
    with pytest.raises(ValueError, match="na_values has 'liver', which no table has"):
        columns_of(path, na_values={"liver": "-"})
    for options in ({"na_values": "-"}, {"separator": ";"}):
        with pytest.raises(ValueError, match=r"is for files, and all tables are data frames"):
            columns_of(pd.DataFrame({"id": ["a"], "y": ["-"]}), **options)
    for wrong in ("", "::", 3):
        with pytest.raises(ValueError, match="separator must be one character"):
            columns_of(path, separator=wrong)


def test_text_stays_text(tmp_path):
    path = write(tmp_path / "t.csv", "id,y", "a,1", "b,1_1", "c,-")
    assert columns_of(path)["y"] == ["1", "1_1", "-"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "leave",
    [
        lambda lines, s: [*lines, s * 2, s * 2],
        lambda lines, s: [line + s for line in lines],
        lambda lines, s: [*(f"{line}{s}{s}" for line in lines), s * 4],
        lambda lines, s: [f"sep={s}", *lines],
        lambda lines, s: [f"sep={s}", "# weights", *(line + s for line in lines), s],
    ],
)
def test_what_excel_leaves(tmp_path, separator, leave):
    lines = [separator.join(fields) for fields in (["id", "y", "z"], ["a", "1", ""], "b23")]
    path = write(tmp_path / "t.csv", *leave(lines, separator))
    found = columns_of(path, separator=separator)
    assert list(found) == ["id", "y", "z"]
    assert (found["id"], found["y"]) == (["a", "b"], [1, 2])
    np.testing.assert_array_equal(found["z"], [np.nan, 3])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("id,y,z", "a,1,", ",,3", "b,2,"), "line 3: the label in column 'id' is missing"),
        (("id,y,", "a,1,2", "b,2"), "line 3: 2 fields, but the first line has 3"),
        (("id,y", "a,1,", "b,2,"), "line 2: 3 fields, but the first line has 2"),
    ],
)
def test_what_is_no_leftover(tmp_path, lines, message):
    with pytest.raises(ValueError, match=message):
        columns_of(write(tmp_path / "t.csv", *lines))


def test_columns_without_values_stay_if_they_have_a_title(tmp_path):
    found = columns_of(write(tmp_path / "t.csv", "id,y,later", "a,1,", "b,2,"))
    assert list(found) == ["id", "y", "later"]
    found = columns_of(write(tmp_path / "t.csv", "id,y,", "a,1,", "b,2,x"))
    assert len(found) == 3


@pytest.mark.parametrize(("name", "named"), [("t.csv", ";"), ("t.csv", "\t"), ("t.tsv", ",")])
def test_separators_that_excel_names(tmp_path, name, named):
    path = write(tmp_path / name, f"sep={named}", *map(named.join, (["id", "y"], "a1", "b2")))
    with pytest.raises(ValueError, match=f"{name}, line 1 names .* as the separator") as info:
        columns_of(path)
    remedy = re.search(r"Pass separator=('.*')\.", str(info.value))[1]
    assert columns_of(path, separator=eval(remedy)) == {"id": ["a", "b"], "y": [1, 2]}


@pytest.mark.parametrize("name", ["t.csv", "t.txt"])
@pytest.mark.parametrize(
    "lines", [("mouse, w", "a, 1"), ("w ,mouse", "1 ,a"), ("w,  mouse ,z", "1,  a ,3")]
)
def test_blanks_around_separators(tmp_path, name, lines):
    path = write(tmp_path / name, *lines)
    asked_for = "w" if "  " not in lines[0] else "mouse"
    with pytest.raises(ValueError, match="must have one column") as info:
        columns_of(path, id_column=asked_for, separator=",")
    assert "would fit" not in str(info.value)
    assert "Blanks stand around ','" in str(info.value)
    code = re.search(r"by sed '(.*?)'\.", str(info.value))[1]
    done = subprocess.run(["sed", code, path], check=True, capture_output=True)
    path.write_bytes(done.stdout)
    found = columns_of(path, id_column="mouse")
    assert (found["mouse"], found["w"]) == (["a"], [1])


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("t.csv", ("id,y",)),
        ("t.csv", ("id,y", ",")),
        ("t.txt", ("id y",)),
        ("t.tsv", ("mouse\ty",)),
        ("t.csv", ("# made by hand", "id,y")),
        ("t.csv", ("sep=,", "id,y")),
        ("t.csv", ('"y"',)),
    ],
)
def test_titles_alone(tmp_path, name, lines):
    with pytest.raises(ValueError, match=rf"{name} has no rows below its titles, .* in line \d"):
        columns_of(write(tmp_path / name, *lines))


def test_codes_in_other_columns_stay_text(tmp_path):
    """A number has no leading zeros, and as a float no 17 digits."""
    path = write(
        tmp_path / "t.csv", "id,herd,sire,dam,n", "a,01,84000312345678901,001,7", "b,1,,2,8"
    )
    found = columns_of(path)
    assert found["herd"] == ["01", "1"]
    assert found["sire"][0] == "84000312345678901"
    assert pd.isna(found["sire"][1])
    assert (found["dam"], found["n"]) == (["001", "2"], [7, 8])


@pytest.mark.parametrize("lines", [("F0 I0 0.5", "F1 I1 0.7"), ("A A 0.5", "B B 0.7")])
def test_files_without_titles(tmp_path, lines):
    path = write(tmp_path / "x.eigenvec", *lines)
    with pytest.raises(ValueError, match="first line is data, put a line of titles above it"):
        columns_of(path, id_column=("FID", "IID"))
    found = columns_of(write(path, "FID IID PC1", *lines), id_column=("FID", "IID"))
    assert found == {"FID_IID": [tuple(line.split()[:2]) for line in lines], "PC1": [0.5, 0.7]}


def test_empty_columns_anywhere(tmp_path):
    path = write(tmp_path / "t.csv", ",id,,w,,", ",a,,1,,", ",b,,2,,", ",,,,,")
    assert columns_of(path) == {"id": ["a", "b"], "w": [1, 2]}


@pytest.mark.parametrize(("name", "separator"), [("t.csv", ";"), ("t.csv", " "), ("t.tsv", ",")])
def test_quotes_and_another_separator(tmp_path, name, separator):
    path = write(
        tmp_path / name, separator.join(('"id"', '"w"')), separator.join(('"a b"', '"1"'))
    )
    with pytest.raises(ValueError, match=f"{separator!r} would fit: separator={separator!r}"):
        columns_of(path)
    assert columns_of(path, separator=separator) == {"id": ["a b"], "w": [1]}


@pytest.mark.parametrize("level", ["None", "null", "NULL"])
def test_words_that_pandas_takes_for_missing_are_levels_among_texts(tmp_path, level):
    path = write(tmp_path / "t.csv", "id,treat,w", f"a,{level},1", "b,drug,2", f"c,NA,{level}")
    frame = join_tables({"t": path}).frame
    assert frame["treat"].tolist()[:2] == [level, "drug"]
    assert frame["treat"].isna().tolist() == [False, False, True]
    np.testing.assert_array_equal(frame["w"], [1, 2, np.nan])


@pytest.mark.parametrize("na_values", ["None", ["-", "None"], {"treat": "None"}])
def test_such_words_are_missing_where_that_is_said(tmp_path, na_values):
    path = write(tmp_path / "t.csv", "id,treat", "a,None", "b,drug")
    frame = join_tables({"t": path}, na_values=na_values).frame
    assert frame["treat"].isna().tolist() == [True, False]


def test_a_parent_of_none_among_codes_is_missing(tmp_path):
    path = write(tmp_path / "t.csv", "id,sire", "a,007", "b,None")
    assert join_tables({"t": path}).frame["sire"].isna().tolist() == [False, True]


def test_codes_that_are_one_number_are_told(tmp_path):
    lines = ["id,batch,w", "01,1.10,2.0", "02,1.1,3.5", "03,2.3,2.0"]
    path = write(tmp_path / "t.csv", *lines)
    with pytest.warns(UserWarning, match="column 'batch': '1.10' and '1.1' become one") as caught:
        join_tables({"t": path})
    assert "put a letter before each in the file, such as 'x1.1'" in str(caught[0].message)
    path = write(path, lines[0], *(re.sub(",(.*,)", r",x\1", line) for line in lines[1:]))
    assert columns_of(path)["batch"] == ["x1.10", "x1.1", "x2.3"]


def test_a_level_NA_of_R(tmp_path):
    lines = ['"","id",,"land","w",', '9,"a",,"UK",NA,', '3,"b",,"NA",2,', '1,"c",,NA,"NA",']
    path = write(tmp_path / "t.csv", *lines)
    with pytest.warns(UserWarning, match="line 3: 'NA' in the column 'land' is in quotes") as told:
        frame = join_tables({"t": path}).frame
    assert len(told) == 1
    assert frame["land"].isna().tolist() == [False, True, True]
    remedy = re.search(r"na_values=({.*})", str(told[0].message))[1]
    assert remedy == "{'land': 'NA'}"
    assert join_tables({"t": path}, na_values={"land": "NA"}).frame.equals(frame)
    renamed = write(tmp_path / "u.csv", *(line.replace('"NA"', '"nam"') for line in lines[:3]))
    assert join_tables({"t": renamed}).frame["land"].tolist() == ["UK", "nam"]


@pytest.mark.parametrize("name", ["NA", "null", "n/a"])
def test_individuals_whose_names_pandas_takes_for_missing(tmp_path, name):
    path = write(tmp_path / "t.csv", "id,w", "a,1", f"{name},2")
    frame = join_tables({"t": path}, ids=Kinship(np.eye(2), [name, "a"])).frame
    assert frame["id"].tolist() == ["a", name]


@pytest.mark.parametrize("name", ["t.txt", "t.tsv", "t.csv"])
def test_blanks_within_titles_separate_nothing(tmp_path, name):
    separator = "," if name == "t.csv" else "\t"
    rows = ["Line name", "w", "x"], ["L 1", "2", "3"], ["L 2", "4", "5"]
    path = write(tmp_path / name, *map(separator.join, rows))
    with pytest.raises(ValueError, match=r"Name the one with the labels by id_column=\.$"):
        columns_of(path, id_column="Line")
    assert columns_of(path, id_column="Line name")["Line name"] == ["L 1", "L 2"]


@pytest.mark.parametrize("cell", ["x\ny", "x\n\ny", "\n#x", "x,\n", 'a ""b""\nc', "id\n"])
@pytest.mark.parametrize("title", ["note", "note\n(free text)"])
@pytest.mark.parametrize(("name", "separator"), [("t.csv", ","), ("t.tsv", "\t"), ("t.txt", " ")])
def test_cells_with_line_breaks(tmp_path, cell, title, name, separator):
    rows = ["id", f'"{title}"', "w"], ["a", f'"{cell}"', "1"], ["b", "z", "2"], ["c", '5"', "3"]
    path = write(tmp_path / name, *map(separator.join, rows))
    expected = pd.read_csv(path, sep=separator, dtype={"id": str})
    pd.testing.assert_frame_equal(join_tables({"t": path}).frame, expected)
    rows[3].append("4")
    path = write(tmp_path / name, *map(separator.join, rows))
    line = 4 + title.count("\n") + cell.count("\n")
    with pytest.raises(ValueError, match=f"line {line}: 4 fields"):
        columns_of(path)


@pytest.mark.parametrize(
    "lines",
    [
        ['a,"x,1', "b,y,2", 'c,z",3'],
        ['a,"x,1', 'b,y",2'],
        ['a,"x,1', *["b,y,2"] * 300],
        ['a,x,"1'],
    ],
)
def test_a_quote_that_nothing_ends(tmp_path, lines):
    path = write(tmp_path / "t.csv", "id,note,w", *lines)
    with pytest.raises(ValueError, match=r"line 2: a quote is opened, but not closed\. Close it"):
        columns_of(path)


def test_a_label_with_a_line_break(tmp_path):
    path = write(tmp_path / "t.csv", "w,id", '1,"a', 'b"')
    with pytest.raises(ValueError, match=r"label 'a\\nb' has a line break in it"):
        columns_of(path)


@pytest.mark.parametrize("n_empty", [1, 2])
@pytest.mark.parametrize("empty", ["", ",,", ",,,"])
def test_empty_rows_above_the_titles(tmp_path, n_empty, empty):
    path = write(tmp_path / "t.csv", *[empty] * n_empty, ",id,w", ",a,1", ",b,2", ",,")
    assert columns_of(path) == {"id": ["a", "b"], "w": [1, 2]}
    path = write(tmp_path / "k.csv", *[empty] * n_empty, ",id,a,b", ",a,1,0", ",b,0,1", ",,,")
    assert list(read_csv(path).ids) == ["a", "b"]


@pytest.mark.parametrize("end", ["\r\r\n", "\n\n", "\r\n \r\n"])
def test_blank_lines_between(tmp_path, end):
    path = tmp_path / "k.csv"
    path.write_text(end.join(["id,a,b", "a,1,0.5", "b,0.5,1", ""]), newline="")
    np.testing.assert_array_equal(read_csv(path).matrix, [[1, 0.5], [0.5, 1]])
    assert columns_of(path)["b"] == [0.5, 1]


@pytest.mark.parametrize("one", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("other", [",", ";", "\t"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_files_with_separators_of_their_own(tmp_path, one, other, quote):
    titles = {"a": ["id", "u", "v"], "b": ["id", "w", "x"]}
    tables = {
        name: write(
            tmp_path / f"{name}.csv",
            separator.join(f"{quote}{title}{quote}" for title in titles[name]),
            separator.join([f"{quote}A 1{quote}" if quote else "A1", "2", "3"]),
        )
        for name, separator in (("a", one), ("b", other))
    }
    separator = None
    for _ in range(3):
        try:
            frame = join_tables(tables, separator=separator).frame
            break
        except ValueError as error:
            separator = ast.literal_eval(re.search(r"separator=(.*?})\.", str(error))[1])
    assert frame.to_numpy().tolist() == [["A 1" if quote else "A1", 2, 3, 2, 3]]
    tables["c"] = frame
    with pytest.raises(ValueError, match="separator has 'c', which is no file of tables"):
        join_tables(tables, separator={"c": ","})


def test_titles_again(tmp_path):
    path = write(tmp_path / "t.csv", "id,w", "a,1", "id,w", "b,2")
    with pytest.raises(ValueError, match="line 3 has the titles again"):
        columns_of(path)
    path = write(tmp_path / "t.csv", "id,w", "a,1", "b,2")
    assert columns_of(path)["w"] == [1, 2]


def test_a_file_without_titles_does_not_advise_to_name_one(tmp_path):
    path = write(tmp_path / "t.txt", "F0 I0 0.5 0.2", "F1 I1 0.3 0.1")
    with pytest.raises(ValueError, match=r"'F0', 'I0', '0.5', …\. If its first line is data, put"):
        join_tables({"t": path}, id_column=("FID", "IID"))


def test_frames_of_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"id": ["a"], "w": [1]})
    with pytest.raises(TypeError, match=r"got polars DataFrame\. Use its to_pandas\(\)\."):
        join_tables({"t": frame})
    as_pandas = pd.DataFrame(frame.to_dict(as_series=False))
    assert join_tables({"t": as_pandas}).frame["w"].tolist() == [1]


def test_a_well_that_is_a_number_in_full(tmp_path):
    path = write(tmp_path / "t.csv", "id,plot", "a,1E5", "b,1E6", "c,100000")
    with pytest.warns(UserWarning, match="'1E5' and '100000' become one number"):
        join_tables({"t": path})
