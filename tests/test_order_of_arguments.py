"""Labels of groups, weights, parents, genotypes and other arguments in another order."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GroupKFold,
)
from sklearn.pipeline import make_pipeline

from sklmm import Kinship, LMMRegressor
from sklmm.metrics import predictive_ability, predictive_accuracy
from sklmm.model_selection import cross_val_predict
from sklmm.plotting import PredictionDisplay
from sklmm.preprocessing import GenotypeScaler, MarkerFilter
from sklmm.relationship import leave_one_chromosome_out, numerator, vanraden

N = 40
NAMES = np.array([f"line{number:02d}" for number in range(N)])


def relationships(ids):
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((len(ids), 2 * len(ids)))
    return Kinship(Z @ Z.T / Z.shape[1], ids)


def values_of(ids):
    return np.random.default_rng(1).standard_normal(len(ids))


def test_groups_and_weights():
    X, y = NAMES[:, None], values_of(NAMES)
    lmm = LMMRegressor(relationships(NAMES), sample_id=0).fit(X, y)
    groups = pd.Series(np.arange(N) % 4, index=NAMES)
    cross_val_predict(lmm, X, y, cv=GroupKFold(4), groups=groups)
    with pytest.raises(ValueError, match="the index of groups have the same labels"):
        cross_val_predict(lmm, X, y, cv=GroupKFold(4), groups=groups[::-1])
    weights = pd.Series(1.0 + np.arange(N), index=NAMES)
    lmm.score(X, y, weights)
    with pytest.raises(ValueError, match="the index of sample_weight have the same labels"):
        lmm.score(X, y, weights[::-1])


def test_predictions_and_observations():
    y = pd.Series(values_of(NAMES), index=NAMES)
    with pytest.raises(ValueError, match="y_true and y_pred have different indexes"):
        predictive_ability(y, (y + 1)[::-1])


def test_columns_of_a_pedigree():
    pedigree = pd.DataFrame(
        {"father": [None, None, "a"], "mother": [None, None, "b"]}, index=["a", "b", "c"]
    )
    ids = pd.Series(pedigree.index, index=pedigree.index)
    numerator(ids, pedigree["father"], pedigree["mother"])
    for columns, names in (
        ((ids, pedigree["father"][::-1], pedigree["mother"]), "ids and father"),
        ((ids, pedigree["father"], pedigree["mother"][::-1]), "ids and mother"),
        ((list(ids), pedigree["father"], pedigree["mother"][::-1]), "father and mother"),
    ):
        with pytest.raises(ValueError, match=f"{names} have different indexes"):
            numerator(*columns)


def test_labels_in_the_index_alone():
    X = pd.DataFrame({"age": np.arange(N)}, index=pd.Index(NAMES, name="id"))
    lmm = LMMRegressor(relationships(NAMES), sample_id="id")
    with pytest.raises(ValueError, match=r"It is the name of the index of X: use X.reset_index"):
        lmm.fit(X, values_of(NAMES))
    lmm.fit(X.reset_index(), values_of(NAMES))
    message = r"The index of X has labels of the kinship: use X.assign\(label=X.index\) and"
    with pytest.raises(ValueError, match=message):
        LMMRegressor(relationships(NAMES), sample_id=0).fit(X, values_of(NAMES))


def test_other_estimators_take_the_same_rows():
    """The rule of scikit-learn, rows by position, is kept where no label contradicts it."""
    X, y = np.arange(N)[:, None], pd.Series(values_of(NAMES), index=NAMES)
    kernel = LMMRegressor(kernel="linear").fit(X.astype(float), y)
    assert kernel.n_features_in_ == LinearRegression().fit(X, y).n_features_in_


def test_pairs_beside_individuals():
    pairs = [("f", name) for name in NAMES]
    X = np.empty((N, 1), dtype=object)
    X[:, 0] = pairs
    y = pd.Series(values_of(NAMES), index=NAMES)
    lmm = LMMRegressor(relationships(pairs), sample_id=0).fit(X, y)
    with pytest.raises(ValueError, match="same labels in different orders"):
        lmm.fit(X, y[::-1])
    flat = pd.Series(y.to_numpy(), index=pd.Index(pairs, tupleize_cols=False))
    alone = LMMRegressor(relationships(NAMES), sample_id=0).fit(NAMES[:, None], flat)
    with pytest.raises(ValueError, match="same labels in different orders"):
        alone.fit(NAMES[:, None], flat[::-1])


def test_parents_beside_ids_without_an_index():
    pedigree = pd.DataFrame(
        {"father": [None, None, None, None, "a", "c"], "mother": [None] * 4 + ["b", "d"]},
        index=list("abcdef"),
    )
    other = pedigree.loc[list("abcdfe")]
    for ids in (list("abcdef"), np.array(list("abcdef")), pd.Series(list("abcdef"))):
        right = numerator(ids, pedigree["father"], pedigree["mother"])
        assert right.matrix[4, 0] == 0.5
        message = r"ids and the index of father have the same.*Use father.loc\[ids\]"
        with pytest.raises(ValueError, match=message):
            numerator(ids, other["father"], other["mother"])


def test_columns_of_y_in_another_order():
    Y = pd.DataFrame({"a": values_of(NAMES), "b": -(values_of(NAMES) ** 2)}, index=NAMES)
    X = NAMES[:, None]
    lmm = LMMRegressor(relationships(NAMES), sample_id=0).fit(X, Y)
    lmm.score(X, Y)
    for call in (lmm.score, lambda X, Y: PredictionDisplay.from_estimator(lmm, X, Y, trait=0)):
        with pytest.raises(ValueError, match=r"The columns of y are \['b', 'a'\], but were"):
            call(X, Y[["b", "a"]])
    h = pd.Series({"a": 0.1, "b": 0.9})
    np.testing.assert_array_equal(lmm.set_params(h=h).fit(X, Y).h_, [0.1, 0.9])
    with pytest.raises(ValueError, match=r"y.columns and the index of h .*h.loc\[y.columns\]"):
        lmm.set_params(h=h[::-1]).fit(X, Y)
    predictions = Y + 1
    predictive_accuracy(Y, predictions, heritability=h)
    with pytest.raises(ValueError, match=r"y_true.columns and the index of heritability"):
        predictive_accuracy(Y, predictions, heritability=h[::-1])


def test_weights_of_metrics():
    y = pd.Series(values_of(NAMES), index=NAMES)
    weights = pd.Series(1.0 + np.arange(N), index=NAMES)
    predictive_ability(y, y**3, sample_weight=weights)
    with pytest.raises(ValueError, match="y_true and sample_weight have different indexes"):
        predictive_ability(y, y**3, sample_weight=weights[::-1])


@pytest.mark.parametrize("transformer", [GenotypeScaler(), MarkerFilter()])
def test_pipelines_of_transformers_that_lose_the_index(transformer):
    genotypes = np.random.default_rng(0).integers(0, 3, (N, 30))
    frame = pd.DataFrame(genotypes, index=NAMES)
    y = pd.Series(values_of(NAMES), index=NAMES)
    frame.columns = [f"m{number}" for number in range(30)]
    pipeline = make_pipeline(transformer, LMMRegressor(kernel="linear", h=0.3)).fit(frame, y)
    with pytest.raises(ValueError, match="X and y have different indexes"):
        pipeline.fit(frame, y[::-1])


def test_labels_of_genotypes():
    genotypes = pd.DataFrame(np.random.default_rng(0).integers(0, 3, (N, 30)))
    ids = pd.Series(NAMES)
    vanraden(genotypes, ids)
    with pytest.raises(ValueError, match="genotypes and ids have different indexes"):
        vanraden(genotypes, ids[::-1])


def test_names_of_markers_with_their_alleles():
    markers = [f"rs{number}" for number in range(40)]
    genotypes = pd.DataFrame(
        np.random.default_rng(0).binomial(2, 0.4, (10, 40)), columns=[f"{m}_A" for m in markers]
    )
    chromosomes = pd.Series(np.arange(40) % 3, index=markers)
    leave_one_chromosome_out(genotypes, list("abcdefghij"), chromosomes)
    with pytest.raises(ValueError, match="the index of chromosomes have the same labels in diff"):
        leave_one_chromosome_out(genotypes, list("abcdefghij"), chromosomes[::-1])
