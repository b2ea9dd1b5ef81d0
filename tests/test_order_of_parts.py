"""Labels of families and individuals in one text, and labels with other separators."""

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship, LMMRegressor

N = 40
NAMES = [f"L{number:03d}" for number in range(N)]
NUMBERS = [str(number) for number in range(1, N + 1)]
rng = np.random.default_rng(0)
Z = rng.standard_normal((N, 80))
VALUES = Z[:, 0] + rng.standard_normal(N) / 10
ORDER = rng.permutation(N)
WAYS = {
    "family_individual": lambda name: f"{name}_{name}",
    "other families": lambda name: f"F{int(name[1:]) % 7}_{name}",
    "colon": lambda name: f"F1:{name}",
    "hyphen": lambda name: f"F1-{name}",
    "L-007": lambda name: f"{name[0]}-{name[1:]}",
    "l_007": lambda name: f"l_{name[1:]}",
    "L 7": lambda name: f"L {int(name[1:])}",
}


def model(labels):
    return LMMRegressor(Kinship(Z @ Z.T / 80, labels), sample_id="id")


@pytest.mark.parametrize("is_in_X", [False, True], ids=["of y", "of X"])
@pytest.mark.parametrize("way", WAYS)
def test_another_spelling_in_another_order(way, is_in_X):
    written = [WAYS[way](name) for name in NAMES]
    labels, of_y = (written, NAMES) if is_in_X else (NAMES, written)
    X, y = pd.DataFrame({"id": labels}), pd.Series(VALUES, index=of_y)
    lmm = model(labels).fit(X, y)
    weights = pd.Series(np.arange(1.0, N + 1), index=of_y)
    lmm.score(X, y, sample_weight=weights)
    message = "same labels in different orders.* Write the labels in the same way in both"
    for use in (lmm.fit, lmm.score):
        with pytest.raises(ValueError, match=message):
            use(X, y.iloc[ORDER])
    with pytest.raises(ValueError, match="different"):
        lmm.score(X, VALUES, sample_weight=weights.iloc[ORDER])


def test_families_of_numbers():
    """PLINK writes 7_7 for an individual without a family."""
    X = pd.DataFrame({"id": NUMBERS})
    y = pd.Series(VALUES, index=[f"{name}_{name}" for name in NUMBERS])
    lmm = model(NUMBERS).fit(X, y)
    with pytest.raises(ValueError, match="same labels in different orders"):
        lmm.fit(X, y.iloc[ORDER])


@pytest.mark.parametrize("way", ["plot_{}", "plot {}", "block-{}", "H1:{}"])
def test_numbers_of_plots(way):
    """They are as many as the individuals, and in another order."""
    X = pd.DataFrame({"id": [NUMBERS[row] for row in ORDER]})
    expected = model(NUMBERS).fit(X, VALUES).h_
    assert model(NUMBERS).fit(X, pd.Series(VALUES, index=map(way.format, NUMBERS))).h_ == expected


def test_rows_and_columns_of_a_field():
    places = [f"{row}-{column}" for row in range(1, 9) for column in range(1, 6)]
    labels = [place.replace("-", "") for place in places]
    X = pd.DataFrame({"id": [labels[row] for row in ORDER]})
    model(labels).fit(X, pd.Series(VALUES, index=places))


@pytest.mark.parametrize("parent", [0, 1])
def test_crosses_of_a_full_diallel(parent):
    """Each parent is as often the first one as the second: either may be in the column."""
    pairs = [(one, other) for one in NAMES[:7] for other in NAMES[:7] if one != other]
    pairs = [pairs[row] for row in rng.permutation(len(pairs))]
    X = pd.DataFrame({"id": [pair[parent] for pair in pairs]})
    y = pd.Series(rng.standard_normal(len(pairs)), index=["_".join(pair) for pair in pairs])
    model(NAMES).fit(X, y)
