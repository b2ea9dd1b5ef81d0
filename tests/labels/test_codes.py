"""What stands for "unknown", and what is a name."""

import re

import numpy as np
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm._labels import looks_like_unknown

CODES = [
    *(0, 0.0, "0", "00", "000000", "0.0", "0000-0", "0/0", '"0"', "'0'", " 0 ", "０"),
    *("", " ", "\u00a0", ".", "-", "--", "---", "*", "?", "??", "#", "_", "/", "n/a", "N/A"),
    *("NA", "na", "n.a.", "N. A.", "#N/A", "#N/A N/A"[:4], "<NA>", "NaN", "nan", "NaT", "null"),
    *("NULL", "None", "nil", "(none)", "[unknown]", "unk", "UNK.", "Unkn", "Unknown", "missing"),
    *("not known", "not available", "no data", "UNKNOWN_SIRE", "unknown dam", "no father"),
    *(-1, -9, -99.0, "-9", "-999", " -9", "−9", "–9", "-9.0", "'-9'", b"0", b"NA"),
]
NAMES = [
    *(1, 7, 10, 100, "1", "10", "007", "a0", "0a", "A-0-1", "0-0-1", "bull", "B73", "Nan Hua 11"),
    *("Unkel", "unknown_12", "Noor", "Nora", "nana", "Missingham", "x", "-bull", "9", 999, "UNK1"),
    *("Null-Arbor", "none such", "Zero", "Ø", "李", "N22"),
]


@pytest.mark.parametrize("code", CODES, ids=repr)
def test_codes(code):
    assert looks_like_unknown(code)


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_names(name):
    assert not looks_like_unknown(name)


@pytest.mark.parametrize("text", ["nan", "None", "NaT", "<NA>", "NA", "n/a", ".", "-", "#N/A"])
def test_records_without_a_label(text):
    """Otherwise they would all be records of one individual, if one of K has no label either."""
    lmm = LMMRegressor(Kinship(np.eye(4) + 0.5, ["a", "b", "c", text]), sample_id=0, h=0.5)
    X = np.array([["a"], [text], ["b"], [text], ["c"]])
    message = rf"has the label '{re.escape(text)}' 2 times, .* missing value. Leave these rows out"
    with pytest.raises(ValueError, match=message):
        lmm.fit(X, np.arange(5.0))
    lmm.fit(X[[0, 2, 4]], np.arange(3.0))
    lmm.fit(X[:3], np.arange(3.0))


@pytest.mark.parametrize("label", ["a\0", "\0a", "a\0b", b"a\0"])
def test_nul(label):
    message = r"ids: the label in row 1 is .*\\x00.*\. Remove the NUL"
    with pytest.raises(ValueError, match=message):
        Kinship(np.eye(2), ["a", label])
    replaced = label.replace(b"\0", b"x") if isinstance(label, bytes) else label.replace("\0", "x")
    assert replaced in Kinship(np.eye(2), ["a", replaced])


@pytest.mark.parametrize("text", ["0", "null", "NA12878", "Nan-1", "blank"])
def test_repeated_records_of_labels_that_are_no_codes(text):
    lmm = LMMRegressor(Kinship(np.eye(4) + 0.5, ["a", "b", "c", text]), sample_id=0, h=0.5)
    lmm.fit(np.array([["a"], [text], ["b"], [text], ["c"]]), np.arange(5.0))


@pytest.mark.parametrize("text", ["", " ", "   "])
def test_blank_labels_of_a_kinship(text):
    with pytest.raises(ValueError, match="ids: the label in row 1 is missing"):
        Kinship(np.eye(2), ["a", text])


@pytest.mark.parametrize("text", ["NA", ".", "None"])
def test_a_line_with_the_name_of_a_code(text):
    kinship = Kinship(np.eye(2) + 0.5, ["a", text])
    assert list(
        LMMRegressor(kinship, sample_id=0, h=0.5).fit([["a"], [text]], [1, 2]).predict([[text]])
    ) != [1]
