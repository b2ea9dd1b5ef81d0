"""Names and numbers of rows that have no title, as R and pandas write them."""

import shutil
import subprocess

import pandas as pd
import pytest
from tables import columns_of, write

from sklmm.io import join_tables

pytestmark = pytest.mark.filterwarnings("error")


def test_row_names_of_r(tmp_path):
    rows = ['"m 1" 1.5 "x"', '"m2" 2.5 "y"']
    found = {"id": ["m 1", "m2"], "y": [1.5, 2.5], "note": ["x", "y"]}
    for titles in ('"y" "note"', '"" "y" "note"', '"id" "y" "note"'):
        assert columns_of(write(tmp_path / "t.txt", titles, *rows)) == found
    path = write(tmp_path / "t.txt", '"y" "note"', *rows)
    assert columns_of(path, id_column="mouse") == {
        "mouse": found["id"],
        **dict(list(found.items())[1:]),
    }


@pytest.mark.parametrize("titles", ['"id" "y"', '"" "id" "y"'])
@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_of_r(tmp_path, titles, first):
    rows = [f'"{first}" "m1" 1.5', f'"{first + 1}" "m2" 2.5']
    path = write(tmp_path / "t.txt", titles, *rows)
    assert columns_of(path) == {"id": ["m1", "m2"], "y": [1.5, 2.5]}
    with pytest.raises(ValueError, match="has no column 'mouse', and its row names only count"):
        columns_of(path, id_column="mouse")
    found = columns_of(path, id_column="")
    assert found == {"": [str(first), str(first + 1)], "id": ["m1", "m2"], "y": [1.5, 2.5]}


@pytest.mark.parametrize("titles", ['"id" "y"', '"" "id" "y"'])
def test_row_numbers_of_r_that_were_sorted_or_left_out(tmp_path, titles):
    path = write(tmp_path / "t.txt", titles, '"7" "m1" 1.5', '"3" "m2" 2.5')
    assert columns_of(path) == {"id": ["m1", "m2"], "y": [1.5, 2.5]}


@pytest.mark.parametrize("title", ["ID", "Line", "Animal"])
@pytest.mark.parametrize("form", ["{}", '"{}"'])
@pytest.mark.parametrize("separator", [",", " "])
def test_row_numbers_with_gaps_are_no_labels(tmp_path, title, form, separator):
    rows = [["", title, "w"], ["1", "ant", "1.5"], ["3", "cat", "3"], ["5", "elk", "5"]]
    rows[0] = rows[0] if separator == "," else rows[0][1:]
    lines = [separator.join(map(form.format, fields)) for fields in rows]
    path = write(tmp_path / ("t.csv" if separator == "," else "t.txt"), *lines)
    with pytest.raises(ValueError, match=f"for example '{title}'; '' is the one without a title"):
        columns_of(path)
    if separator == " " and form == "{}":
        with pytest.raises(ValueError, match=r"write without, by row\.names=FALSE, or put"):
            columns_of(path, id_column=title)
    else:
        found = columns_of(path, id_column=title)
        assert found == {title: ["ant", "cat", "elk"], "w": [1.5, 3, 5]}


def test_two_words_and_a_title_in_another_case(tmp_path):
    path = write(tmp_path / "t.txt", "Name w", "John Smith 1", "Mary Jones 2")
    with pytest.raises(ValueError, match=r"has no column 'name', .* for example 'Name'"):
        columns_of(path, id_column="name")


def test_numbers_that_name_rows_are_labels_if_nothing_else_is(tmp_path):
    path = write(tmp_path / "t.csv", '"","y","sex"', '"101",1.5,"f"', '"205",2.5,"f"')
    assert columns_of(path) == {"id": ["101", "205"], "y": [1.5, 2.5], "sex": ["f", "f"]}


def test_two_tables_with_gaps_in_their_row_numbers(tmp_path):
    one = write(tmp_path / "a.csv", ",id,w", "1,a,1", "3,b,2")
    two = write(tmp_path / "b.csv", ",id,age", "0,b,7", "9,a,8")
    frame = join_tables({"one": one, "two": two}).frame
    assert frame.to_dict("list") == {"id": ["a", "b"], "w": [1, 2], "age": [8, 7]}


@pytest.mark.parametrize("titles", ['"y" "id"', '"" "y" "id"'])
def test_row_names_of_r_that_repeat_labels(tmp_path, titles):
    path = write(tmp_path / "t.txt", titles, '"m 1" 1.5 "m 1"', '"m2" 2.5 "m2"')
    assert columns_of(path) == {"y": [1.5, 2.5], "id": ["m 1", "m2"]}


@pytest.mark.parametrize("separator", [" ", "\t"])
@pytest.mark.parametrize("names", [("1", "2", "3"), ("0", "1", "2"), ("ant", "bee", "cat")])
def test_rows_of_r_without_quotes(tmp_path, separator, names):
    """What R's read.table takes for row names, where nothing else is possible."""
    rows = zip(names, ("ant", "bee", "cat"), ("1", "2", "3.5"), strict=True)
    path = write(tmp_path / "t.txt", separator.join(["id", "w"]), *map(separator.join, rows))
    if separator == " " and names[0] == "ant":
        with pytest.raises(ValueError, match="or put a title for them, such as row, in front"):
            columns_of(path)
    else:
        assert columns_of(path) == {"id": ["ant", "bee", "cat"], "w": [1, 2, 3.5]}


@pytest.mark.parametrize("names", ["732", "135"])
def test_sorted_rows_of_r_between_tabs(tmp_path, names):
    rows = [f"{name}\t{w}\t{label}" for name, w, label in zip(names, "123", "abc", strict=True)]
    path = write(tmp_path / "t.txt", "w\tid", *rows)
    assert columns_of(path) == {"w": [1, 2, 3], "id": ["a", "b", "c"]}


@pytest.mark.parametrize(
    "lines",
    [
        ("rank id", "1 Karl Otto", "2 Kim Jong"),
        ("id w", "Karl Otto 1", "Kim Jong 2"),
        ("id w", "1 1 5", "2 2 5"),
        ("id\tsex", "1\tM\tgood", "2\tF\tgood", "3\tM\tbad"),
        ("id\tw", "1\t5.2\tgood", "2\t5.3\tbad"),
        ("id,w", "1,1,5", "2,2,5"),
    ],
)
def test_fields_that_may_be_others_are_no_row_names(tmp_path, lines):
    with pytest.raises(ValueError, match=r"3 fields, but the first line has 2\. .* as row, in"):
        columns_of(write(tmp_path / "t.txt", *lines))


@pytest.mark.external
@pytest.mark.parametrize("arguments", ["", ", row.names=FALSE", ", quote=FALSE"])
def test_a_part_of_a_table_of_r(tmp_path, arguments):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = f"rownames(d) <- NULL; write.table(d[2,], 't.txt'{arguments})"
    subprocess.run(["Rscript", "-e", R_FRAME + code], cwd=tmp_path, check=True)
    if "quote" in arguments:
        with pytest.raises(ValueError, match=r"put names of rows in front, .* row\.names=FALSE"):
            columns_of(tmp_path / "t.txt")
    else:
        assert columns_of(tmp_path / "t.txt")["id"] == ["a"]


@pytest.mark.parametrize(
    "lines",
    [
        ("id,y", "a,1,", "b,2,"),
        ("mouse,y", "a,1,", "b,2,"),
        ('"id","y"', '"a","1","x"', '"b","2","x"'),
        ("id,y", "1,a,1", "2,b,2"),
    ],
)
def test_surplus_fields_are_no_row_names(tmp_path, lines):
    with pytest.raises(ValueError, match="line 2: 3 fields, but the first line has 2"):
        columns_of(write(tmp_path / "t.csv", *lines))


def test_decimal_commas_are_no_row_names(tmp_path):
    path = write(tmp_path / "t.csv", "id;y", "a;1,5", "b;2,5")
    with pytest.raises(ValueError, match=r"t.csv, line 2: .* ';' would fit: separator=';'"):
        columns_of(path)
    assert columns_of(path, separator=";") == {"id": ["a", "b"], "y": ["1,5", "2,5"]}


R_FRAME = (
    "d <- data.frame(id=c('b 2', 'a'), y=c(1.5, NA), s=c('x', 'y')); rownames(d) <- c('r', 'q'); "
)


@pytest.mark.external
@pytest.mark.parametrize(
    ("code", "name", "options"),
    [
        ("write.table(d['y'], file=F)", "t.txt", {}),
        ("write.table(d['y'], sep='\\t', file=F)", "t.txt", {}),
        ("write.table(d['y'], sep='\\t', quote=FALSE, file=F)", "t.tsv", {}),
        ("write.csv(d['y'], file=F)", "t.csv", {}),
        ("write.table(d['y'], sep=',', file=F)", "t.csv", {}),
        ("write.csv2(d['y'], file=F, row.names=TRUE)", "t.csv", {"separator": ";"}),
    ],
)
def test_tables_of_r(tmp_path, code, name, options):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    subprocess.run(["Rscript", "-e", f"F <- '{name}'; {R_FRAME}{code}"], cwd=tmp_path, check=True)
    found = columns_of(tmp_path / name, **options)
    assert found["id"] == ["r", "q"]
    assert found["y"][0] in (1.5, "1,5")
    assert pd.isna(found["y"][1])


@pytest.mark.external
@pytest.mark.parametrize("code", ["write.table(d, 't.txt')", "write.csv(d, 't.txt')"])
def test_tables_of_r_with_row_numbers(tmp_path, code):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    code = f"{R_FRAME}rownames(d) <- NULL; {code}"
    subprocess.run(["Rscript", "-e", code], cwd=tmp_path, check=True)
    found = columns_of(tmp_path / "t.txt")
    assert found["id"] == ["b 2", "a"]
    assert list(found) == ["id", "y", "s"]


@pytest.mark.parametrize("name", ["t.txt", "t.tsv", "t.dat"])
@pytest.mark.parametrize("quote", ['"', ""])
@pytest.mark.parametrize("options", [{}, {"separator": "\t"}])
def test_row_names_between_tabs(tmp_path, name, quote, options):
    """Blanks would give the same fields, so they are no other reading."""
    rows = [["w", "s"], ["a", "2", "1"], ["b", "3", "4"]]
    lines = [
        "\t".join(field if field.isdigit() else f"{quote}{field}{quote}" for field in fields)
        for fields in rows
    ]
    found = columns_of(write(tmp_path / name, *lines), **options)
    assert found == {"id": ["a", "b"], "w": [2, 3], "s": [1, 4]}


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("t.csv", ("Tier;Gewicht", "Kuh 1;512,5", "Kuh 2;498,0")),
        ("t.csv", ("Line;sex;w", "a;M;1,5", "b;F;2,5")),
        ("t.csv", ("Line,w", "a,1,5", "b,2,5")),
        ("t.txt", ("Tier;Stall", "Kuh 1;A", "Kuh 2;B")),
        ("t.txt", ("Tier,Gewicht", "Kuh 1,512", "Kuh 2,498")),
        ("t.txt", ("Tier Gewicht", "Kuh 1 512", "Kuh 2 498")),
    ],
)
def test_one_field_too_many_is_no_row_name(tmp_path, name, lines):
    with pytest.raises(ValueError, match=r"fields, but the first line|must have one column"):
        columns_of(write(tmp_path / name, *lines))


@pytest.mark.parametrize("numbers", [(3, 7), (12, 390), (240, 399)])
def test_a_small_part_of_numbered_rows_beside_other_numbers(tmp_path, numbers):
    rows = [f"{number},{101 + place},1.5" for place, number in enumerate(numbers)]
    path = write(tmp_path / "t.csv", ",animal,w", *rows)
    with pytest.raises(ValueError, match="Name the column with the labels by id_column=, for exa"):
        columns_of(path)
    assert columns_of(path, id_column="animal")["animal"] == ["101", "102"]
    assert columns_of(path, id_column="")[""] == [str(number) for number in numbers]
