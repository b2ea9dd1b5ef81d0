"""Columns of numbers whose texts say that they are codes, or thousands of another country."""

import re
import warnings

import numpy as np
import pytest
from tables import columns_of, write

CODES = "put a letter before each in the file, such as 'x"
THOUSANDS = "If the point separates thousands, remove it in the file: "


def told(path, texts, separator=",", **options):
    """What is said of a column."""
    write(path, f"id{separator}w", *(f"a{row}{separator}{text}" for row, text in enumerate(texts)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        columns_of(path, separator=separator, **options)
    return "".join(str(warning.message) for warning in caught)


def plots(blocks, first, last):
    return [f"{block}.{plot}" for block in blocks for plot in range(first, last + 1)]


COUNTED = {
    "one block": plots([1], 8, 11),
    "several blocks": plots([1, 2, 3], 3, 12),
    "in any order": plots([2, 1], 5, 20)[::-1],
    "with gaps": [*plots([1, 2], 7, 13), "NA", "", "2.20"],
    "of a hundred": plots([12], 95, 103),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_plots_that_are_counted(tmp_path, name, separator):
    texts = [text or "NA" for text in COUNTED[name]] if separator == " " else COUNTED[name]
    found = told(tmp_path / "t.csv", texts, separator)
    first = next(text for text in texts if re.fullmatch(r"\d+\.\d+0", text))
    assert f"column 'w': {first!r} becomes {float(first)!r}" in found
    assert f"{CODES}{first}'" in found
    assert not told(
        tmp_path / "t.csv", [f"x{text}" if text[:1].isdigit() else text for text in texts]
    )


THOUSAND = {
    "two": ["1.234", "987", "1.045"],
    "more": ["12.500", "1.234", "NA", "870", "9.999", "950"],
}


@pytest.mark.parametrize("name", THOUSAND)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_points_between_thousands(tmp_path, name, separator):
    """The two remedies, for thousands and for decimals."""
    texts = THOUSAND[name]
    found = told(tmp_path / "t.csv", texts, separator)
    assert f"{THOUSANDS}{texts[0].replace('.', '')}. If not, give all numbers as many" in found
    assert not told(tmp_path / "t.csv", [text.replace(".", "") for text in texts], separator)
    whole = [f"{text}.000" if text.isdigit() else text for text in texts]
    assert f", such as {next(filter(str.isdigit, texts))}.000." in found
    assert not told(tmp_path / "t.csv", whole, separator)


rng = np.random.default_rng(3)
WEIGHTS = rng.normal(31, 4, 40)
MEASURED = {
    "one decimal": [f"{w:.1f}" for w in WEIGHTS],
    "two decimals": [f"{w:.2f}" for w in WEIGHTS],
    "three decimals": [f"{w:.3f}" for w in WEIGHTS],
    "as short as possible": [repr(round(w, 2)) for w in WEIGHTS],
    "three and short": [repr(round(w, 3)).removesuffix(".0") for w in [*WEIGHTS, 31, 28]],
    "half of them rounded": [f"{w:.{place % 2 + 1}f}" for place, w in enumerate(WEIGHTS + 0.003)],
    "by hand": ["5.5", "6.25", "5.10", "4.75"],
    "by hand, whole as well": ["5", "6.25", "5.10", "4.75"],
    "negative": ["-1.8", "-1.9", "-1.10", "1.11"],
    "a step below one": ["1.8", "1.9", "2.0", "2.1"],
    "decimals below one": ["0.8", "0.9", "0.10", "0.11", "0.05"],
    "small and large": ["1.234", "2", "1.045"],
    "shares": ["0.234", "0.987", "1"],
    "whole": ["987", "1045", "1234"],
    "thousands and more": ["1.234", "987", "1.045", "12.5"],
    "doses": ["1E5", "2E5", "3E7"],
    "years": ["2019.5", "2020.25", "2021"],
    "missing": ["NA", "NA", "1.5"],
}


@pytest.mark.parametrize("name", MEASURED)
def test_measured_numbers(tmp_path, name):
    assert not told(tmp_path / "t.csv", MEASURED[name])


@pytest.mark.parametrize("n", [4, 10, 40])
@pytest.mark.parametrize("scale", [0.3, 3, 30])
def test_how_often_measured_numbers_are_taken_for_others(tmp_path, n, scale):
    """Of digits as somebody types them: some round numbers are short, and others end in zero."""
    rng = np.random.default_rng(5)
    n_told = 0
    for _ in range(100):
        digits = rng.integers(0, 4, n)
        values = np.unique(np.round(np.abs(rng.normal(scale * 5, scale, n)), 3))
        texts = [f"{w:.{d}f}" for w, d in zip(values, digits, strict=False)]
        found = told(tmp_path / "t.csv", texts)
        n_told += "counts up" in found or "thousands" in found
    assert n_told <= 2
