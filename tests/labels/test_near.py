"""Two spellings of one name are recognized; two names are not taken for one."""

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sklmm._labels import NearLabels, hint_of_near_match, near_key

SPELLINGS = [
    ("bull", "bull "),
    ("bull", "\tbull"),
    ("bull", "bull\u00a0"),
    ("bull", "\u2003bull\u200b"),
    ("bull", "\ufeffbull"),
    ("bull", "bull\r\n"),
    ("bull", "bu\u00adll"),
    ("bull", "BULL"),
    ("straße", "STRASSE"),
    ("bull", '"bull"'),
    ("bull", "'bull'"),
    ("bull", "“bull”"),
    ("bull 7", "bull  7"),
    ("bull7", "bull 7"),
    ("Müller", "Mu\u0308ller"),
    ("A-1", "A–1"),
    ("A-1", "A\u22121"),
    ("7", "007"),
    ("7", "7.0"),
    ("7", "7."),
    ("7", "7,00"),
    ("7", "+7"),
    ("7", "７"),
    ("A7", "A007"),
    ("line-7-3", "line-07-003"),
    (7, "7"),
    (7, " 7"),
    (7, 7.0),
    (7, "7.000"),
    (b"bull", "bull"),
    ("100000", "1e+05"),
    ("3927518502234", "3.92752E+12"),
    ("3927518502234", "3.9275e12"),
    (3927518502234, "3.93E+12"),
    (("F1", "7"), ("F1", "007")),
    (("F1", "7"), ("f1 ", "7")),
    (("F1", "7"), "7"),
    (("F1", "7"), 7),
    (("F1", "7"), ("7", "F1")),
    ("0123456789012345678901234567890123456789", "123456789012345678901234567890123456789"),
]


@pytest.mark.parametrize(("label", "other"), SPELLINGS)
def test_spellings_of_one_name(label, other):
    assert NearLabels(["cow", label, "calf"]).find(other) == label
    assert NearLabels(["cow", other, "calf"]).find(label) == other
    hint = hint_of_near_match(["nobody", other], [label])
    assert hint.startswith(f" {other!r} nearly matches {label!r}: write both in the same way")
    assert ("normalize" in hint) == ("\u0308" in str(other))
    assert hint.endswith(".")


NAMES = [
    ("bull", "bull2"),
    ("7", "70"),
    ("7", "7.5"),
    ("7", "-7"),
    ("A70", "A7"),
    ("A.1", "A1"),
    ("1-1", "11"),
    ("1.10", "11"),
    ("12345678901234567890123456789012", "12345678901234567890123456789013"),
    ("3927518502234", "3.92753E+12"),
    ("104233", "1E5"),
    ("bull", b"cow"),
    (("F1", "7"), ("F2", "7")),
    (("F1", "7"), ("F1", "8")),
    (("F1", "7"), "F1"),
]


@pytest.mark.parametrize(("label", "other"), NAMES)
def test_different_names(label, other):
    assert NearLabels([label]).find(other) is None
    assert NearLabels([other]).find(label) is None
    assert hint_of_near_match([other], [label]) == ""


WORDS = st.text(string.ascii_letters + string.digits + "-_äß", min_size=1, max_size=8)


@given(WORDS, st.sampled_from(["", " ", "\t", "\u00a0", "\u2009", "\ufeff", "\n"]), st.booleans())
def test_blanks_and_case_change_no_key(word, blank, is_upper):
    assume(word.upper().lower() == word.lower())
    assert near_key(blank + (word.upper() if is_upper else word) + blank) == near_key(word)


@given(st.integers(0, 10**30), st.integers(1, 5))
def test_forms_of_a_number(number, n_zeros):
    for form in (number, f"{number}", "0" * n_zeros + f"{number}", f"{number}." + "0" * n_zeros):
        assert near_key(form) == near_key(str(number))
    assert near_key(number + 1) != near_key(number)


@given(st.integers(10**9, 10**20), st.integers(2, 8))
def test_numbers_that_a_spreadsheet_has_rounded(number, digits):
    shown = f"{number:.{digits - 1}E}"
    assert NearLabels([str(number)]).find(shown) == str(number)
    assert NearLabels([shown]).find(str(number)) == shown


def test_an_exact_label_is_its_own():
    near = NearLabels(["001", "1", "Bull", "bull"])
    assert near.find("1") == "001"
    assert near.find("2") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("1E4", "10E3"), ("1 11", "11 1"), ("1 11", "111"), (("4", "1"), ("1", "4"))],
)
def test_two_names_that_share_their_digits(one, other):
    known = [one, ("4", "2")] if isinstance(one, tuple) else [one]
    assert NearLabels(known).find(one) == one
    assert NearLabels([one] if isinstance(one, str) else [one, other]).find(other) != one


def test_pairs_of_known_families_are_not_turned_round():
    known = [(family, individual) for family in "1234" for individual in "12"]
    assert NearLabels(known).find(("2", "3")) is None
    assert NearLabels([("F1", "7")]).find(("7", "F1")) == ("F1", "7")
