"""Text that stands for "unknown" and is no label: what programs write where there is none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable

from .labels import as_plain_text

WORDS = {
    *("na", "nan", "nat", "nil", "none", "null", "void", "empty", "blank", "missing"),
    *("unk", "unkn", "unkw", "unknown", "undef", "undefined", "unspecified", "unidentified"),
    *("notknown", "notavailable", "notapplicable", "notrecorded", "nodata", "novalue"),
}
OF_A_PARENT = re.compile(
    r"(no|unk|unkn|unknown|missing|undefined)(sire|dam|father|mother|parent|male|female)s?"
)
NEGATIVE_NUMBER = re.compile(r"[-−‐–—]\d+([.,]\d*)?")
MISSING = {"", "na", "nan", "nat", "none"}
"""What is left of text for a missing value without its punctuation: of ".", "#N/A" or "<NA>"."""


def looks_like_unknown(label: Hashable) -> bool:
    """Whether a label looks like a code: no letter or digit, zeros alone, a negative number, or
    a word such as NA or unknown, with or without quotes, blanks and punctuation.

    Examples
    --------
    >>> [looks_like_unknown(label) for label in ("#N/A", "0000-0", -9, "unknown sire", "a0")]
    [True, True, True, True, False]
    """
    text = unicodedata.normalize("NFKC", as_plain_text(label)).casefold()
    if NEGATIVE_NUMBER.fullmatch(re.sub(r"[\s\"']", "", text)):
        return True
    core = "".join(character for character in text if character.isalnum())
    return not core.strip("0") or core in WORDS or bool(OF_A_PARENT.fullmatch(core))


def stands_for_missing(label: Hashable) -> bool:
    """Whether a label is text that files and programs have for a missing value.

    This is narrower than `looks_like_unknown`: a line may be called 0 or null.

    Examples
    --------
    >>> [stands_for_missing(label) for label in ("", " ", ".", "n/a", "<NA>", "0", "null", 0)]
    [True, True, True, True, True, False, False, False]
    """
    if not isinstance(label, str):
        return False
    text = unicodedata.normalize("NFKC", label).casefold()
    return "".join(character for character in text if character.isalnum()) in MISSING
