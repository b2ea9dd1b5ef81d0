"""Models that are saved and loaded, and compact ones, predict the same."""

import gc
import pickle
from types import ModuleType

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.gaussian_process.kernels import RBF
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklmm import Kinship, LMMRegressor

WAYS = [
    "labels",
    "labels, several traits",
    "order",
    "linear",
    "lowrank",
    "rbf",
    "object",
    "precomputed",
    "gaps",
]


@pytest.fixture(params=WAYS)
def fitted(request, population):
    """A model, rows that it can predict, and its X and y."""
    y, markers = population.y, population.markers
    several = np.column_stack([y, y**2])
    gaps = several.copy()
    gaps[:9, 1] = np.nan
    labeled = LMMRegressor(population.kinship, sample_id=0)
    lmm, X, y = {
        "labels": (labeled, population.array, y),
        "labels, several traits": (labeled, population.array, several),
        "order": (LMMRegressor(population.K), population.covariates, y),
        "linear": (LMMRegressor(kernel="linear", solver="band"), markers, y),
        "lowrank": (LMMRegressor(kernel="linear", solver="lowrank"), markers[:, :20], y),
        "rbf": (LMMRegressor(kernel="rbf", covariates=[0]), markers, y),
        "object": (LMMRegressor(kernel=RBF(5.0)), markers, y),
        "precomputed": (LMMRegressor(kernel="precomputed"), population.K, y),
        "gaps": (clone(labeled).set_params(missing_y="drop"), population.array, gaps),
    }[request.param]
    if request.param in ("order", "precomputed"):
        return lmm.fit(X, y), X, X, y
    return lmm.fit(X[:45], y[:45]), X, X[:45], y[:45]


def through_joblib(lmm, folder):
    joblib.dump(lmm, folder / "model.joblib")
    return joblib.load(folder / "model.joblib", mmap_mode="r")


def through_pickle(lmm, folder):
    return pickle.loads(pickle.dumps(lmm))


def through_skops(lmm, folder):
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    skops.dump(lmm, folder / "model.skops")
    types = skops.get_untrusted_types(file=folder / "model.skops")
    return skops.load(folder / "model.skops", trusted=types)


@pytest.mark.parametrize("save_and_load", [through_pickle, through_joblib, through_skops])
def test_saved_models_do_the_same(fitted, tmp_path, save_and_load):
    lmm, X, *_ = fitted
    loaded = save_and_load(lmm, tmp_path)
    np.testing.assert_array_equal(loaded.predict(X), lmm.predict(X))
    np.testing.assert_array_equal(loaded.log_likelihood(0.3), lmm.log_likelihood(0.3))
    if lmm.kernel != "precomputed":
        _, std = loaded.predict(X, return_std=True)
        np.testing.assert_array_equal(std, lmm.predict(X, return_std=True)[1])


@pytest.mark.parametrize("save_and_load", [through_pickle, through_joblib, through_skops])
def test_loaded_models_can_be_fitted_again(fitted, tmp_path, save_and_load):
    lmm, _, X, y = fitted
    expected = lmm.predict(X)
    again = clone(save_and_load(lmm, tmp_path)).fit(X, y)
    np.testing.assert_allclose(again.predict(X), expected, rtol=1e-12)


@pytest.mark.parametrize("save_and_load", [through_pickle, through_joblib, through_skops])
def test_compact_models_predict_the_same(fitted, tmp_path, save_and_load):
    lmm, X, *_ = fitted
    small = save_and_load(lmm.compact(), tmp_path)
    np.testing.assert_allclose(small.predict(X), lmm.predict(X), rtol=1e-10, atol=1e-12)
    for part in ("predict_fixed", "predict_random"):
        found, expected = getattr(small, part)(X), getattr(lmm, part)(X)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(small.compact().predict(X), small.predict(X), rtol=0)


def arrays_in(thing):
    """All arrays that an object holds, by whatever way, and what they are views of."""
    seen, left = {}, [thing]
    while left:
        one = left.pop()
        if id(one) not in seen and not isinstance(one, type | ModuleType):
            seen[id(one)] = one
            left += gc.get_referents(vars(one) if hasattr(one, "__dict__") else one)
            left += [one.base] if isinstance(one, np.ndarray) else []
    return [one for one in seen.values() if isinstance(one, np.ndarray)]


def test_compact_models_hold_no_K(fitted):
    lmm, *_ = fitted
    n_rows = len(np.atleast_2d(lmm.dual_coef_).T)
    assert not [array for array in arrays_in(lmm.compact()) if array.shape == (n_rows, n_rows)]


def test_the_original_is_not_changed_by_compact(fitted):
    lmm, X, *_ = fitted
    before = lmm.predict(X), lmm.log_likelihood(0.4), lmm.kinship
    lmm.compact()
    np.testing.assert_array_equal(lmm.predict(X), before[0])
    np.testing.assert_array_equal(lmm.log_likelihood(0.4), before[1])
    assert lmm.kinship is before[2]


def test_compact_models_are_small(population):
    X = population.array
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, population.y)
    assert len(pickle.dumps(lmm.compact())) < len(pickle.dumps(lmm)) / 4
    markers = LMMRegressor(kernel="linear").fit(population.markers, population.y)
    assert len(pickle.dumps(markers.compact())) < population.markers.nbytes / 10


@pytest.mark.parametrize("save_and_load", [through_pickle, through_joblib, through_skops])
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("way", ["labels", "order", "rbf", "linear", "precomputed", "eigh"])
def test_models_over_files(way, mode, population, tmp_path, save_and_load):
    np.save(tmp_path / "K.npy", population.K)
    np.save(tmp_path / "markers.npy", population.markers)
    K = np.load(tmp_path / "K.npy", mmap_mode=mode)
    markers = np.load(tmp_path / "markers.npy", mmap_mode=mode)
    labeled = LMMRegressor(Kinship(K, population.kinship.ids), sample_id=0)
    lmm, X = {
        "labels": (labeled, population.array),
        "order": (LMMRegressor(K), population.covariates),
        "rbf": (LMMRegressor(kernel="rbf"), markers),
        "linear": (LMMRegressor(kernel="linear", solver="band"), markers),
        "precomputed": (LMMRegressor(kernel="precomputed"), K),
        "eigh": (clone(labeled).set_params(solver="eigh"), population.array),
    }[way]
    expected = lmm.fit(X, population.y).predict(X)
    kinship = lmm.kinship
    loaded = save_and_load(lmm, tmp_path)
    np.testing.assert_array_equal(loaded.predict(X), expected)
    assert lmm.kinship is kinship
    assert way != "order" or isinstance(lmm.kinship, np.memmap)
    (tmp_path / "mapped").mkdir()
    mapped = through_joblib(lmm, tmp_path / "mapped")
    np.testing.assert_array_equal(save_and_load(mapped, tmp_path).predict(X), expected)
    if way == "labels":
        fitted_again = clone(mapped).fit(X, population.y)
        np.testing.assert_allclose(fitted_again.predict(X), expected, rtol=1e-12)


@pytest.mark.parametrize("save_and_load", [through_pickle, through_joblib, through_skops])
def test_a_kinship_over_a_file(population, tmp_path, save_and_load):
    np.save(tmp_path / "K.npy", population.K)
    kinship = Kinship(np.load(tmp_path / "K.npy", mmap_mode="r"), population.kinship.ids)
    loaded = save_and_load(kinship, tmp_path)
    (tmp_path / "K.npy").unlink()
    np.testing.assert_array_equal(loaded.matrix, population.K)
    assert list(loaded.ids) == list(population.kinship.ids)
    assert isinstance(kinship.matrix, np.memmap)
    assert not loaded.matrix.flags.writeable


def test_what_compact_models_cannot_do(population):
    X, y = population.array, population.y
    small = LMMRegressor(population.kinship, sample_id=0).fit(X, y).compact()
    with pytest.raises(ValueError, match=r"neither store_reduction=False nor compact\(\) keeps"):
        small.predict(X, return_std=True)
    with pytest.raises(ValueError, match="log_likelihood needs the reduction"):
        small.log_likelihood(0.5)
    with pytest.raises(ValueError, match=r"This model is compact: .* Fit the original"):
        small.fit(X, y)
    stranger = X.copy()
    stranger[3, 0] = "nobody"
    with pytest.raises(ValueError, match="'nobody' is not in Kinship"):
        small.predict(stranger)
    other_order = LMMRegressor(population.K).fit(population.covariates, y).compact()
    with pytest.raises(ValueError, match="is not the X of fit"):
        other_order.predict(population.covariates[::-1])
    with pytest.raises(ValueError, match="This model is compact"):
        clone(other_order).fit(population.covariates, y)
    assert clone(other_order).set_params(kinship=population.K).fit(population.covariates, y).h_


def test_models_without_fit_have_no_compact_form(population):
    with pytest.raises(ValueError, match="not fitted yet"):
        LMMRegressor(population.kinship, sample_id=0).compact()


def test_memory_mapped_models_in_parallel(population, tmp_path):
    X, y = population.array, population.y
    lmm = LMMRegressor(population.kinship, sample_id=0).fit(X, y)
    loaded = through_joblib(lmm, tmp_path)
    found = cross_val_predict(loaded, X, y, cv=3, n_jobs=2)
    np.testing.assert_allclose(found, cross_val_predict(lmm, X, y, cv=3), rtol=1e-12)


def test_a_pipeline(population, tmp_path):
    model = make_pipeline(StandardScaler(), LMMRegressor(kernel="rbf")).fit(
        population.markers, population.y
    )
    loaded = through_joblib(model, tmp_path)
    expected = model.predict(population.markers)
    np.testing.assert_array_equal(loaded.predict(population.markers), expected)
