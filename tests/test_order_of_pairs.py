"""Whatever belongs to the rows in one call is in one order, also where X has no labels."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold

from sklmm import Kinship, LMMRegressor
from sklmm.metrics import dispersion, predictive_ability, predictive_accuracy, rank_ability
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import PredictionDisplay

N = 36
NAMES = np.array([f"an{number:02d}" for number in range(N)])
rng = np.random.default_rng(0)
MARKERS = rng.integers(0, 3, (N, 80)).astype(float)
K = np.cov(MARKERS) + 0.1 * np.eye(N)
Y = MARKERS[:, :9].sum(axis=1) + rng.standard_normal(N)
FAMILY = np.repeat(np.arange(N // 4), 4)
SHUFFLED = rng.permutation(N)
LITTERS = np.array([f"L{family}" for family in FAMILY])
BY_LITTER = LMMRegressor(
    Kinship(np.eye(N // 4) + 0.2, [f"L{family}" for family in range(N // 4)]), sample_id=0, h=0.5
)
LABELS = {
    "text": NAMES,
    "1001": np.arange(1001, 1001 + N),
    "1": np.arange(1, 1 + N),
    "named": pd.Index(np.arange(N), name="id"),
    "pairs": pd.MultiIndex.from_arrays([FAMILY, NAMES]),
}
CALLS = {
    "markers": (LMMRegressor(h=0.5), MARKERS),
    "frame": (LMMRegressor(h=0.5), pd.DataFrame(MARKERS)),
    "precomputed": (LMMRegressor(kernel="precomputed", h=0.5), K),
    "plain": (LMMRegressor(K, h=0.5), np.empty((N, 0))),
    "litters": (BY_LITTER, LITTERS[:, None]),
    "frame of litters": (BY_LITTER, pd.DataFrame({"litter": LITTERS})),
}
WITHOUT_INDEX = [name for name, (_, X) in CALLS.items() if not hasattr(X, "columns")]


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", CALLS)
def test_groups_and_y(name, kind):
    lmm, X = CALLS[name]
    if kind == "named" and name not in WITHOUT_INDEX:
        pytest.skip("in another order than the rows of X")
    y, groups = pd.Series(Y, index=LABELS[kind]), pd.Series(FAMILY, index=LABELS[kind])
    expected = cross_val_predict(lmm, X, Y, cv=GroupKFold(3), groups=FAMILY)
    for given in (y, y.to_frame()):
        found = cross_val_predict(lmm, X, given, cv=GroupKFold(3), groups=groups)
        np.testing.assert_allclose(np.ravel(found), expected, rtol=1e-8)
        with pytest.raises(ValueError, match=r"y and groups have different indexes.* Use groups"):
            cross_val_predict(lmm, X, given, cv=GroupKFold(3), groups=groups.iloc[SHUFFLED])


@pytest.mark.parametrize(
    "other", [pd.RangeIndex(N), SHUFFLED, [f"plot {row}" for row in range(N)]]
)
def test_groups_of_another_kind_of_index(other):
    """Numbers of rows, or names of something else."""
    y, groups = pd.Series(Y, index=NAMES), pd.Series(FAMILY, index=other)
    for one, two in ((y, groups), (y.set_axis(other), groups.set_axis(NAMES))):
        cross_val_predict(LMMRegressor(h=0.5), MARKERS, one, cv=GroupKFold(3), groups=two)


def test_part_of_the_groups_is_of_others():
    others = [*NAMES[SHUFFLED[:-1]], "somebody"]
    with pytest.raises(ValueError, match=r"y.index and the index of groups have the same labels"):
        cross_val_predict(
            LMMRegressor(h=0.5),
            MARKERS,
            pd.Series(Y, index=NAMES),
            cv=GroupKFold(3),
            groups=pd.Series(FAMILY, index=others),
        )


@pytest.mark.parametrize("kind", LABELS)
def test_weights_and_y_of_a_score(kind):
    lmm = LMMRegressor(h=0.5).fit(MARKERS, Y)
    y, weights = (pd.Series(values, index=LABELS[kind]) for values in (Y, 1.0 + FAMILY))
    assert lmm.score(MARKERS, y, weights) == lmm.score(MARKERS, Y, 1.0 + FAMILY)
    with pytest.raises(ValueError, match="y and sample_weight have different indexes"):
        lmm.score(MARKERS, y, weights.iloc[SHUFFLED])


@pytest.mark.parametrize("measure", [predictive_ability, rank_ability, dispersion])
def test_weights_and_predictions(measure):
    weights, predictions = pd.Series(1.0 + FAMILY, index=NAMES), pd.Series(Y**2, index=NAMES)
    expected = measure(Y, Y**2, sample_weight=1.0 + FAMILY)
    assert measure(Y, predictions, sample_weight=weights) == expected
    with pytest.raises(ValueError, match="y_pred and sample_weight have different indexes"):
        measure(Y, predictions, sample_weight=weights.iloc[SHUFFLED])


@pytest.mark.parametrize("frames", ["y_true", "y_pred"])
def test_names_of_traits(frames):
    Y2 = np.column_stack([Y, Y**2])
    tables = {"y_true": Y2, "y_pred": Y2 + FAMILY[:, None]}
    tables[frames] = pd.DataFrame(tables[frames], columns=["a", "b"])
    shares = pd.Series({"a": 0.9, "b": 0.1})
    predictive_ability(**tables, multioutput=shares)
    predictive_accuracy(**tables, heritability=shares)
    with pytest.raises(ValueError, match=f"{frames}.columns and the index of multioutput"):
        predictive_ability(**tables, multioutput=shares[::-1])
    with pytest.raises(ValueError, match=f"{frames}.columns and the index of heritability have"):
        predictive_accuracy(**tables, heritability=shares[::-1])


def test_reliabilities_and_predictions():
    shares, y_pred = pd.Series(np.linspace(0, 1, N), index=NAMES), pd.Series(Y, index=NAMES)
    with pytest.raises(ValueError, match="y_pred and reliability have different indexes"):
        PredictionDisplay.from_predictions(Y, y_pred, reliability=shares.iloc[SHUFFLED])
