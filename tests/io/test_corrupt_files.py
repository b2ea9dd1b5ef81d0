"""Cut, swapped and flipped files are errors or warnings that name the file, never silent."""

import gzip
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from noticed import how_noticed

from sklmm import Kinship
from sklmm.io import read_csv, read_grm, read_rel, read_text, write_csv, write_grm, write_rel
from sklmm.io import write_text as write_square

KINSHIP = Kinship(np.corrcoef(np.random.default_rng(0).standard_normal((6, 30))), list("abcdef"))

FORMATS = {
    "gcta": (lambda p: write_grm(p, KINSHIP, n_markers=3), ".grm.bin", lambda p: read_grm(p)),
    "plink": (lambda p: write_rel(p, KINSHIP), ".rel", lambda p: read_rel(f"{p}.rel")),
    "text": (
        lambda p: write_square(f"{p}.cXX.txt", KINSHIP),
        ".cXX.txt",
        lambda p: read_text(f"{p}.cXX.txt", ids=KINSHIP.ids),
    ),
    "csv": (lambda p: write_csv(f"{p}.csv", KINSHIP), ".csv", lambda p: read_csv(f"{p}.csv")),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_cut_is_seen(tmp_path, name):
    write, suffix, read = FORMATS[name]
    prefix = tmp_path / "k"
    write(prefix)
    path = tmp_path / f"k{suffix}"
    whole, pattern = path.read_bytes(), "k" + suffix.replace(".", r"\.")
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        found = how_noticed(lambda: read(prefix), pattern)
        is_in_last_line = name != "gcta" and b"\n" not in whole[length:-1]
        assert found == "error" or (found == "warning" and is_in_last_line)
    path.write_bytes(whole + (whole[-1:] if name == "gcta" else whole[-20:]))
    with pytest.raises(ValueError, match=pattern):
        read(prefix)


@pytest.mark.parametrize("name", ["plink", "text", "csv"])
@given(data=st.data())
def test_flipped_bytes_are_seen_where_they_can_be(tmp_path_factory, name, data):
    """A digit that has become another is noticed where the file has it twice: off the diagonal
    of a square matrix."""
    write, suffix, read = FORMATS[name]
    folder = tmp_path_factory.mktemp("flipped")
    write(folder / "k")
    path = folder / f"k{suffix}"
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".* may be cut off")
            found = read(folder / "k")
    except ValueError as error:
        if f"k{suffix}" not in str(error):
            raise
        return
    difference = np.abs(found.matrix - KINSHIP.matrix)
    assert np.count_nonzero(np.tril(difference)) <= 1
    if name != "plink":
        np.fill_diagonal(difference, 0)
        assert difference.max() < 1e-6


@pytest.mark.parametrize("name", ["text", "csv"])
def test_swapped_columns(tmp_path, name):
    write, suffix, read = FORMATS[name]
    write(tmp_path / "k")
    path = tmp_path / f"k{suffix}"
    separator = "," if name == "csv" else "\t"
    lines = [line.split(separator) for line in path.read_text().splitlines()]
    for line in lines[1:] if name == "csv" else lines:
        line[2], line[4] = line[4], line[2]
    path.write_text("\n".join(separator.join(line) for line in lines) + "\n")
    with pytest.raises(ValueError, match="must be symmetric"):
        read(tmp_path / "k")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("1 1_0\n10 1\n", "k.txt, line 1: field 2 is '1_0', not a finite number"),
        ("1 x\n0.5 1\n", "k.txt, line 1: field 2 is 'x', not a finite number"),
        ("1 0.5\nnan 1\n", "k.txt, line 2: field 1 is 'nan', not a finite number"),
        ("1 0.5\n0.5\n", "k.txt, line 2: 1 numbers, but there are 2 individuals"),
        ("1 0.5\n", "k.txt has 1 lines, but there are 2 individuals"),
        ("1 0.5\n\n0.5 1\n", "k.txt, line 2 is blank"),
        ("1 0.5\n\n", "k.txt has 1 lines, but there are 2 individuals"),
        ("1 0.5\n   \t\n\n0.5 1\n\n", "k.txt, line 2 is blank"),
        ("\n \n", "k.txt is empty"),
        ("", "k.txt is empty"),
        ("1 0.5\n0.4 1\n", "k.txt: matrix must be symmetric"),
    ],
)
def test_bad_text(tmp_path, content, message):
    path = tmp_path / "k.txt"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_text(path, ids=["a", "b"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,a,b\na,1\nb,0.5,1\n", "line 2: 2 fields, but the first line has 3. Is ',' the separ"),
        ("id,a,a\na,1,0.5\na,0.5,1\n", "'a' names 2 rows"),
        ("id,a,a\na,1,0.5\nb,0.5,1\n", "'a' names 2 columns"),
        ("id,a,c\na,1,0.5\nb,0.5,1\n", r"different names; 'b' \(and 1 more\)"),
        ("id,a\n", "no line below the one that names the columns"),
        ("# nothing\n", "no line below the one that names the columns"),
    ],
)
def test_bad_csv(tmp_path, content, message):
    path = tmp_path / "k.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_csv(path)


@pytest.mark.parametrize("name", ["plink", "text", "csv"])
def test_flipped_bytes_of_gzipped_files(tmp_path, name):
    write, suffix, _ = FORMATS[name]
    write(tmp_path / "k")
    packed = gzip.compress((tmp_path / f"k{suffix}").read_bytes())
    path = tmp_path / f"k{suffix}.gz"
    readers = {
        "plink": read_rel,
        "text": lambda path: read_text(path, ids=KINSHIP.ids),
        "csv": read_csv,
    }
    for place in range(10, len(packed)):
        path.write_bytes(packed[:place] + bytes([packed[place] ^ 0x55]) + packed[place + 1 :])
        with pytest.raises(ValueError, match=rf"k{suffix}.gz"):
            readers[name](path)


@pytest.mark.parametrize("separator", ["", None, ";;", 5, "\n", '"'])
def test_separators(tmp_path, separator):
    with pytest.raises(ValueError, match=r"separator must be one character, .* got"):
        write_csv(tmp_path / "k.csv", KINSHIP, separator=separator)
    write_csv(tmp_path / "k.csv", KINSHIP)
    with pytest.raises(ValueError, match=r"separator must be one character, .* got"):
        read_csv(tmp_path / "k.csv", separator=separator)


def test_paths():
    for call in (read_csv, read_rel, lambda path: read_text(path, ids=["a"])):
        with pytest.raises(TypeError, match="path must be a string or a path, got None"):
            call(None)
    with pytest.raises(TypeError, match="prefix must be a string or a path, got 3"):
        read_grm(3)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "k.txt"
    path.write_bytes(b"1 0.5\n\xff\xfe\n")
    with pytest.raises(ValueError, match=r"k.txt is not in UTF-8 \(byte 6\): convert it, for"):
        read_text(path, ids=["a", "b"])
    zipped = tmp_path / "k.txt.gz"
    zipped.write_bytes(b"1 0.5\n0.5 1\n")
    with pytest.raises(ValueError, match=r"k.txt.gz is cut off, corrupt or no gzip file"):
        read_text(zipped, ids=["a", "b"])


def test_files_of_other_individuals(tmp_path):
    write_grm(tmp_path / "k", KINSHIP, n_markers=3)
    (tmp_path / "k.grm.id").write_text("a a\nb b\n")
    with pytest.raises(ValueError, match=r"k.grm.bin has 84 bytes, but .* 2 individuals .* 12"):
        read_grm(tmp_path / "k")
    (tmp_path / "k.grm.id").write_text("a\n")
    with pytest.raises(
        ValueError, match=r"k.grm.id, line 1: a family and an individual are needed"
    ):
        read_grm(tmp_path / "k")
    with pytest.raises(FileNotFoundError):
        read_grm(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"path must end in .rel, .rel.gz or .rel.bin, got '"):
        read_rel(tmp_path / "k.grm")


def test_a_file_of_comments_alone(tmp_path):
    path = tmp_path / "k.csv"
    path.write_text("# nothing\n# more\n")
    with pytest.raises(ValueError, match=r"k.csv has no line that is not a comment"):
        read_csv(path, header=False)
