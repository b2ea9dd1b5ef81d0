"""A label comes back from a file as it was, or is refused by name."""

import enum

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sklmm import Kinship
from sklmm.io import (
    read_csv,
    read_grm,
    read_plink,
    read_rel,
    write_csv,
    write_grm,
    write_plink,
    write_rel,
)

pytest.importorskip("bed_reader")

NASTY = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\x00\x07\x7f\ud800\udfff"
SPECIAL = "\ufeff\xa0\u3000\u200b#\"', ;|0ab.-ü甲😀"
CHARACTERS = st.one_of(st.sampled_from(NASTY + SPECIAL), st.characters(exclude_categories=[]))
LABELS = st.lists(st.text(CHARACTERS, max_size=4), min_size=1, max_size=5, unique=True)
PAIRS = st.lists(
    st.tuples(st.text(CHARACTERS, max_size=3), st.text(CHARACTERS, max_size=3)),
    min_size=1,
    max_size=4,
    unique=True,
)
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("labels") / "k"


def kinship_of(labels):
    return Kinship(np.eye(len(labels)), labels)


def as_csv(path, labels, separator, suffix):
    path = path.with_suffix(suffix)
    write_csv(path, kinship_of(labels), separator=separator)
    return read_csv(path, separator=separator).ids


def as_grm(path, labels, which="iid"):
    write_grm(path, kinship_of(labels), n_markers=1)
    return read_grm(path, labels=which).ids


def as_rel(path, labels, which="iid"):
    write_rel(path, kinship_of(labels))
    return read_rel(f"{path}.rel", labels=which).ids


def as_plink(path, labels, which="iid"):
    write_plink(path, np.ones((len(labels), 1), dtype=int), labels, feature_names=["s"])
    return read_plink(path, labels=which).ids


def as_markers(path, labels):
    write_plink(path, np.ones((1, len(labels)), dtype=int), ["a"], feature_names=labels)
    return read_plink(path).feature_names


def comes_back_or_is_named(labels, through, *arguments):
    try:
        found = through(*arguments)
    except ValueError as error:
        if not any(repr(label) in str(error) for label in labels):
            raise
        return
    assert list(found) == labels


@given(LABELS, st.sampled_from(",;\t |'a0-.\x1f"), st.sampled_from([".csv", ".csv.gz", ".txt"]))
def test_csv(path, labels, separator, suffix):
    """What is written can be read, too."""
    path = path.with_suffix(suffix)
    try:
        write_csv(path, kinship_of(labels), separator=separator)
    except ValueError as error:
        if not any(repr(label) in str(error) for label in labels):
            raise
        return
    assert list(read_csv(path, separator=separator).ids) == labels


@pytest.mark.parametrize("label", ["a\tb", "\ta", "a\t", 'a"\tb', "a\t b", "\t"])
def test_tabs_in_csv(path, label):
    for separator in " \t,":
        assert list(as_csv(path, ["x", label, '"'], separator, ".csv")) == ["x", label, '"']


@pytest.mark.parametrize("through", [as_grm, as_rel, as_plink, as_markers])
@given(labels=LABELS)
def test_columns_between_blanks(path, through, labels):
    comes_back_or_is_named(labels, through, path, labels)


@pytest.mark.parametrize("through", [as_grm, as_rel, as_plink])
@given(labels=PAIRS)
@example(labels=[("0", "0"), ("1", "00")])
@example(labels=[("FID", "IID")])
@example(labels=[("iid", "0")])
def test_families(path, through, labels):
    comes_back_or_is_named(labels, through, path, labels, "fid_iid")


WRITERS = {
    "csv": lambda path, labels: as_csv(path, labels, ",", ".csv"),
    "grm": as_grm,
    "rel": as_rel,
    "plink": as_plink,
}
every_writer = pytest.mark.parametrize("through", WRITERS.values(), ids=WRITERS)


@every_writer
@pytest.mark.parametrize("character", LINE_BREAKS, ids=ascii)
@pytest.mark.parametrize("form", ["a{}", "{}a", "a{}b"])
def test_line_breaks(path, through, character, form):
    label = form.format(character)
    with pytest.raises(ValueError, match="has a line break in it") as refusal:
        through(path, ["b", label])
    assert repr(label) in str(refusal.value)
    assert f"(U+{ord(character):04X})" in str(refusal.value)


@every_writer
@pytest.mark.parametrize(
    ("label", "fault"),
    [
        ("", "is empty|is missing"),
        ("a\x00", "Remove the NUL"),
        ("\x7fa", r"has a control character in it \(U\+007F\)"),
        ("a\ud800", r"has half of a surrogate pair in it \(U\+D800\)"),
        ("\ufeffa", r"starts with a byte-order mark \(U\+FEFF\)"),
        (b"\xff", r"is bytes that are not UTF-8. Make text of it by .decode\(encoding\)"),
    ],
)
def test_what_no_file_holds(path, through, label, fault):
    with pytest.raises(ValueError, match=fault) as refusal:
        through(path, ["b", label])
    assert repr(label) in str(refusal.value)


@every_writer
@pytest.mark.parametrize(
    ("labels", "texts"),
    [
        (np.array([b"a", b"b"]), ["a", "b"]),
        ([b"a", "M\xfcller".encode(), "\u7532"], ["a", "M\xfcller", "\u7532"]),
        ([b"\xff".decode("latin-1"), "a"], ["\xff", "a"]),
        (np.array([1, 2]), ["1", "2"]),
        ([7.0, 7.5, 10], ["7", "7.5", "10"]),
        (np.array([3, 4], dtype=np.float32), ["3", "4"]),
        (pd.Series(["x", "y"], dtype="string"), ["x", "y"]),
        (np.array(["2020-01-31"], dtype="datetime64[D]"), ["2020-01-31"]),
        ([enum.Enum("Kind", {"a": "mouse"}, type=str).a], ["mouse"]),
        (["a\ufeff", "a\u200b"], ["a\ufeff", "a\u200b"]),
    ],
    ids=repr,
)
def test_what_a_label_is_as_text(path, through, labels, texts):
    assert list(through(path, labels)) == texts


@every_writer
@pytest.mark.parametrize("labels", [[7, "7"], [7.0, b"7"], ["a", b"a"], [1.5, "1.5"]])
def test_labels_that_are_the_same_text(path, through, labels):
    with pytest.raises(
        ValueError, match="two labels are the same when they are written as text, "
    ) as refusal:
        through(path, ["b", *labels])
    assert all(repr(label) in str(refusal.value) for label in labels)


@pytest.mark.parametrize("through", [as_grm, as_rel, as_plink])
@pytest.mark.parametrize("blank", " \t\xa0\u2003\u3000", ids=ascii)
def test_blanks(path, through, blank):
    for label in (f"a{blank}b", f"{blank}a", ("f", f"a{blank}"), (f"f{blank}", "a")):
        with pytest.raises(ValueError, match=r"ids: .* has a blank in it \(U\+") as refusal:
            through(path, [label])
        assert repr(label) in str(refusal.value)
    assert list(as_csv(path, [f"a{blank}b"], ",", ".csv")) == [f"a{blank}b"]


@pytest.mark.parametrize("through", [as_grm, as_rel, as_plink])
def test_parts_of_pairs(path, through):
    for missing in (None, np.nan, pd.NA):
        with pytest.raises(ValueError, match=r"ids: the label in row 0 is missing"):
            through(path, [("f", missing)])
    with pytest.raises(ValueError, match=r"ids: \('#f', 'a'\) starts with #"):
        through(path, [("#f", "a")])
    found = through(path, [(np.int64(1), 7.0), (b"f", "#a")], "fid_iid")
    assert list(found) == [("1", "7"), ("f", "#a")]


@pytest.mark.parametrize("through", [as_grm, as_rel, as_plink])
@pytest.mark.parametrize("first", [("FID", "IID"), ("fid", "Iid"), ("IID", "a"), ("iid", "FID")])
def test_labels_that_are_titles(path, through, first):
    """In the first line; below it they are labels."""
    with pytest.raises(ValueError, match=r"ids: .* would be taken for the titles of columns"):
        through(path, [first, ("F", "a")], "fid_iid")
    assert list(through(path, [("F", "a"), first], "fid_iid")) == [("F", "a"), first]
    for label in (first[1], (f"{first[0]}1", first[1])):
        assert list(through(path, [label])) == [first[1]]


def test_families_that_are_titles(path):
    with pytest.raises(ValueError, match=r"ids: 'iid' would be taken for the titles of columns"):
        write_plink(path, [[1]], ["iid"], feature_names=["s"], family=["FID"])


@pytest.mark.parametrize("through", [as_grm, as_rel, as_plink])
@pytest.mark.parametrize("label", [("a", "b", "c"), ("a",), ()])
def test_tuples_that_are_no_pairs(path, through, label):
    with pytest.raises(ValueError, match=rf"is a tuple of {len(label)}, and a line holds a fam"):
        through(path, [label])


@settings(max_examples=25, deadline=None)  # of six files
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True))
def test_families_alike(path, numbers):
    """One string is an individual of family 0 in every file, and a pair is both."""
    labels = [f"a{i}" if i % 2 else (f"f{i}", f"a{i}") for i in numbers]
    pairs = [("0", label) if isinstance(label, str) else label for label in labels]
    for through in (as_grm, as_rel, as_plink):
        assert list(through(path, labels, "fid_iid")) == pairs
        assert list(through(path, labels)) == [iid for _, iid in pairs]
