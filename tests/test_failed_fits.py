"""A fit that fails leaves the estimator as it was, and what is not fitted says so."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import sklmm.inference
import sklmm.plotting
from sklmm import Kinship, LMMRegressor
from sklmm.preprocessing import GenotypeScaler, MarkerFilter

N = 24
rng = np.random.default_rng(3)
A = rng.standard_normal((N, 2 * N))
KINSHIP = Kinship(A @ A.T / N, range(N))
Y = A @ rng.standard_normal(2 * N) / 5 + rng.standard_normal(N)
FRAME = pd.DataFrame({"id": np.arange(N), "age": rng.uniform(1, 9, N)})
WIDER = FRAME.assign(sex=rng.integers(0, 2, N), herd=rng.standard_normal(N))


def failing_kernel(A, B):
    raise RuntimeError("this kernel fails")


def state(model):
    return {name: value for name, value in vars(model).items() if name not in model.get_params()}


def refuse_warnings(model, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, y)


FAILURES = {
    "parameter": ({"method": "mle"}, WIDER, Y),
    "missing label": ({}, WIDER.assign(id=WIDER.id + 5), Y),
    "no such column": ({"sample_id": "name"}, WIDER, Y),
    "text in X": ({}, WIDER.assign(sex="f"), Y),
    "nan in X": ({}, WIDER.assign(sex=np.nan), Y),
    "nan in y": ({}, WIDER, np.where(np.arange(N) == 4, np.nan, Y)),
    "lengths": ({}, WIDER, Y[:-1]),
    "order of y": ({}, WIDER, pd.Series(Y, index=np.arange(N)[::-1])),
    "given h": ({"h": [0.1, 0.2]}, WIDER, Y),
    "too few rows": ({}, WIDER[:3], Y[:3]),
    "solver": ({"solver": "lowrank"}, WIDER, Y),
    "memory": ({"memory": "\0"}, WIDER, Y),
    "kernel": ({"kernel": failing_kernel, "kinship": None, "sample_id": None}, WIDER, Y),
    "kinship of another size": ({"kinship": np.eye(4), "sample_id": None}, WIDER, Y),
    "warning at the end": ({}, WIDER, 3 + 0 * Y),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("first", ["labels", "linear", "several"])
def test_a_fit_that_fails_changes_nothing(failure, first):
    X, y = FRAME, Y
    lmm = LMMRegressor(KINSHIP, sample_id="id")
    if first == "linear":
        lmm, X = LMMRegressor(covariates=["age"]), FRAME.assign(x=Y**2, z=A[:, 0])
    elif first == "several":
        y = np.column_stack([Y, Y**2])
    lmm.fit(X, y)
    before, expected = state(lmm), lmm.predict(X, return_std=True)
    parameters, fails_for, fails_with = FAILURES[failure]
    fitted_with = lmm.get_params(deep=False)
    lmm.set_params(**{"kinship": KINSHIP, "sample_id": "id", "covariates": None, **parameters})
    with pytest.raises(Exception):  # noqa: B017, PT011
        refuse_warnings(lmm, fails_for, fails_with)
    assert state(lmm).keys() == before.keys()
    assert all(state(lmm)[name] is before[name] for name in before)
    lmm.set_params(**fitted_with)
    np.testing.assert_array_equal(lmm.predict(X, return_std=True), expected)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_first_fit_that_fails_leaves_nothing(failure):
    parameters, X, y = FAILURES[failure]
    lmm = LMMRegressor(KINSHIP, sample_id="id").set_params(**parameters)
    with pytest.raises(Exception):  # noqa: B017, PT011
        refuse_warnings(lmm, X, y)
    assert not state(lmm)
    with pytest.raises(NotFittedError):
        lmm.predict(X)


def test_an_interrupt_changes_nothing(monkeypatch):
    lmm = LMMRegressor(KINSHIP, sample_id="id").fit(FRAME, Y)
    before = state(lmm)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("sklmm._regressor.warn_of_ids", interrupted)
    with pytest.raises(KeyboardInterrupt):
        lmm.fit(WIDER, Y**2)
    assert all(state(lmm)[name] is before[name] for name in before)


@pytest.mark.parametrize("transformer", [GenotypeScaler(), MarkerFilter()])
def test_failing_transformers_stay_as_they_were(transformer):
    genotypes = rng.integers(0, 3, (N, 7)).astype(float)
    model = clone(transformer).fit(genotypes)
    before, expected = state(model), model.transform(genotypes)
    coded = np.where(genotypes == 2, -9, genotypes)[:, :3]
    for refused in (np.full((5, 3), "x"), np.full((N, 3), np.inf), coded):
        with pytest.raises(ValueError):  # noqa: PT011
            model.fit(refused)
    assert state(model).keys() == before.keys()
    assert model.n_features_in_ == 7
    np.testing.assert_array_equal(model.transform(genotypes), expected)


X = FRAME.to_numpy()
METHODS = {
    "predict": lambda lmm: lmm.predict(X),
    "return_std": lambda lmm: lmm.predict(X, return_std=True),
    "return_cov": lambda lmm: lmm.predict(X, return_cov=True),
    "predict_fixed": lambda lmm: lmm.predict_fixed(X),
    "predict_random": lambda lmm: lmm.predict_random(X),
    "score": lambda lmm: lmm.score(X, Y),
    "log_likelihood": lambda lmm: lmm.log_likelihood(0.5),
    "compact": lambda lmm: lmm.compact(),
}
FURTHER = {
    "prediction_errors": (X,),
    "wald_test": ([[0, 1]],),
    "LikelihoodProfileDisplay": (),
    "KinshipDisplay": (X,),
    "PredictionDisplay": (X, Y),
    "RandomEffectsDisplay": (X,),
}
"""Arguments after the model."""


def questions():
    for name, method in METHODS.items():
        yield pytest.param(method, id=name)
    fitted = LMMRegressor(KINSHIP, sample_id=0, method="ml").fit(X, Y)
    for name in sklmm.inference.__all__:
        ask = getattr(sklmm.inference, name)
        if name == "likelihood_ratio_test":
            yield pytest.param(lambda lmm, ask=ask: ask(lmm, fitted), id=f"{name}, smaller")
            yield pytest.param(lambda lmm, ask=ask: ask(fitted, lmm), id=f"{name}, larger")
        elif not isinstance(ask, type):
            further = FURTHER.get(name, ())
            yield pytest.param(lambda lmm, a=ask, more=further: a(lmm, *more), id=name)
    for name in sklmm.plotting.__all__:
        if hasattr(getattr(sklmm.plotting, name), "from_scan"):
            continue  # of a result, and not of a model
        draw = getattr(sklmm.plotting, name).from_estimator
        yield pytest.param(lambda lmm, a=draw, more=FURTHER[name]: a(lmm, *more), id=name)


@pytest.mark.parametrize("ask", list(questions()))
@pytest.mark.parametrize(
    "lmm",
    [
        LMMRegressor(),
        LMMRegressor(KINSHIP, sample_id=0),
        LMMRegressor(KINSHIP, sample_id=0, store_reduction=False),
        clone(LMMRegressor(KINSHIP, sample_id=0).fit(X, Y)),
        LMMRegressor(np.eye(N)),
        LMMRegressor(kernel="rbf", missing_y="drop"),
    ],
)
def test_what_is_not_fitted_says_so(ask, lmm):
    with pytest.raises(NotFittedError, match="LMMRegressor instance is not fitted yet"):
        ask(lmm)


@pytest.mark.parametrize("ask", list(questions()))
def test_a_failed_first_fit_is_not_fitted(ask):
    lmm = LMMRegressor(KINSHIP, sample_id=0)
    with pytest.raises(ValueError, match="NaN"):
        lmm.fit(X, np.full(N, np.nan))
    with pytest.raises(NotFittedError):
        ask(lmm)
