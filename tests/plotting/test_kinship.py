import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklmm import Kinship, LMMRegressor
from sklmm.plotting import KinshipDisplay

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")


def families(n_families, size, seed=0):
    """Families of sibs in no order, and a Kinship."""
    rng = np.random.default_rng(seed)
    family = rng.permutation(np.repeat(np.arange(n_families), size))
    K = (np.equal.outer(family, family) + np.eye(len(family))) / 2
    return family, Kinship(K, [f"sib {place}" for place in range(len(family))])


def n_changes(values):
    return int(np.sum(values[1:] != values[:-1]))


@pytest.mark.parametrize("n_families", [7, 100])
def test_sibs_are_beside_each_other(n_families):
    family, kinship = families(n_families, 5)
    display = KinshipDisplay.from_kinship(kinship)
    assert_array_equal(np.sort(display.order), np.arange(len(kinship)))
    assert n_changes(family[display.order]) == n_families - 1
    expected = kinship.matrix[np.ix_(display.order, display.order)]
    assert_array_equal(display.image_.get_array(), expected)


def test_inbred_sibs_are_beside_each_other():
    """Distances do not depend on how inbred families are."""
    family, kinship = families(10, 4)
    scale = np.sqrt(1 + family)
    display = KinshipDisplay.from_kinship(
        Kinship(kinship.matrix * np.outer(scale, scale), kinship.ids)
    )
    assert n_changes(family[display.order]) == 9


def test_given_order():
    _, kinship = families(5, 4)
    display = KinshipDisplay.from_kinship(kinship, order="given")
    assert_array_equal(display.order, np.arange(20))
    assert_array_equal(display.image_.get_array(), kinship.matrix)
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == list(kinship.ids)


def test_labels_follow_the_order():
    family, kinship = families(5, 4)
    display = KinshipDisplay.from_kinship(kinship, labels=family.tolist())
    shown = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert shown == [str(number) for number in family[display.order]]


def test_labels_are_left_out_where_they_have_no_room():
    _, kinship = families(50, 4)
    display = KinshipDisplay.from_kinship(kinship)
    assert display.ax_.get_xlabel() == "sample"
    assert len(display.ax_.get_xticks()) < 20


def test_colors_of_relationships_from_0():
    _, kinship = families(20, 4)
    display = KinshipDisplay.from_kinship(kinship)
    assert display.image_.get_clim() == (0, 0.5)
    assert display.colorbar_.extend == "max"


def test_colors_of_centered_relationships():
    _, kinship = families(20, 4)
    centered = kinship.matrix - 0.05
    display = KinshipDisplay.from_kinship(Kinship(centered, kinship.ids))
    assert_allclose(display.image_.get_clim(), (-0.45, 0.45))
    assert display.image_.get_cmap().name == "RdBu_r"


def test_a_pair_of_duplicates_does_not_take_the_scale():
    _, kinship = families(20, 4)
    K = kinship.matrix.copy()
    K[0, 1] = K[1, 0] = 30.0
    display = KinshipDisplay.from_kinship(Kinship(K, kinship.ids))
    assert display.image_.get_clim() == (0, 0.5)


def test_rounding_is_not_negative():
    _, kinship = families(5, 4)
    noise = np.full((20, 20), -1e-15)
    display = KinshipDisplay.from_kinship(Kinship(kinship.matrix + noise, kinship.ids))
    assert display.image_.get_clim()[0] == 0


@pytest.mark.parametrize("matrix", [[[1.0]], np.eye(3), np.zeros((2, 2)), [[0.0, 1], [1, -1]]])
def test_odd_matrices(matrix):
    display = KinshipDisplay.from_kinship(Kinship(matrix, range(len(matrix))))
    display.figure_.canvas.draw()
    assert display.image_.norm.vmin < display.image_.norm.vmax


def test_many_samples_are_means_of_blocks():
    _, kinship = families(500, 5)
    display = KinshipDisplay.from_kinship(kinship, order="given")
    cells = display.image_.get_array()
    assert cells.shape == (1000, 1000)
    starts = np.append(np.arange(1000) * 5 // 2, 2500)
    for i, j in [(0, 0), (1, 0), (3, 998), (999, 999)]:
        block = kinship.matrix[starts[i] : starts[i + 1], starts[j] : starts[j + 1]]
        assert cells[i, j] == pytest.approx(block.mean())
    assert list(display.image_.get_extent()) == [-0.5, 2499.5, 2499.5, -0.5]


def test_blocks_hold_relatives():
    family, kinship = families(500, 5)
    display = KinshipDisplay.from_kinship(kinship)
    assert n_changes(family[display.order]) == 499
    assert np.trace(display.image_.get_array()) > 0.5 * 1000


def test_from_estimator(lmm, population):
    rows = [4, 2, 4, 9]
    display = KinshipDisplay.from_estimator(lmm, population.array[rows], order="given")
    assert_array_equal(display.image_.get_array(), population.K[np.ix_(rows, rows)])
    assert list(display.labels) == list(population.ids[rows])


def test_from_estimator_with_a_kernel(population):
    lmm = LMMRegressor(kernel="rbf", gamma=0.01).fit(population.markers, population.y)
    display = KinshipDisplay.from_estimator(lmm, population.markers[:10])
    assert_allclose(display.image_.get_array().diagonal(), 1)
    assert sorted(map(int, display.labels)) == list(range(10))


def test_nothing_is_kept_by_a_compact_model(lmm, population):
    with pytest.raises(ValueError, match=r"lmm was made by compact\(\)"):
        KinshipDisplay.from_estimator(lmm.compact(), population.array)


def test_style():
    display = KinshipDisplay.from_kinship(
        families(5, 4)[1],
        image_kwargs={"cmap": "cividis", "vmax": 2.0},
        colorbar_kwargs={"label": "coancestry"},
    )
    assert display.image_.get_cmap().name == "cividis"
    assert display.image_.get_clim() == (0, 2)
    assert display.colorbar_.ax.get_ylabel() == "coancestry"
    assert display.colorbar_.extend == "neither"


@pytest.mark.parametrize(
    ("style", "limits"),
    [
        ({"norm": plt.Normalize(-1, 3)}, (-1, 3)),
        ({"norm": "log"}, (0.5, 1)),
        ({"clim": (-1, 3)}, (-1, 3)),
        ({"vmin": -1}, (-1, 0.5)),
    ],
)
def test_norm_takes_the_place_of_limits(style, limits):
    display = KinshipDisplay.from_kinship(families(5, 4)[1], image_kwargs=style)
    display.figure_.canvas.draw()
    assert display.image_.get_clim() == limits


def test_colorizer_takes_the_place_of_map_and_limits():
    module = pytest.importorskip("matplotlib.colorizer", reason="of matplotlib 3.10")
    colorizer = module.Colorizer(cmap="cividis", norm=plt.Normalize(-1, 3))
    style = {"colorizer": colorizer}
    display = KinshipDisplay.from_kinship(families(5, 4)[1], image_kwargs=style)
    assert display.image_.get_cmap().name == "cividis"
    assert display.image_.get_clim() == (-1, 3)


def test_color_bar_of_all_axes():
    figure, axes = plt.subplots(1, 2, layout="constrained")
    kinship = families(5, 4)[1]
    display = KinshipDisplay.from_kinship(kinship, ax=axes[0], colorbar_kwargs={"ax": axes})
    figure.canvas.draw()
    assert display.colorbar_.ax.get_position().x0 > axes[1].get_position().x1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"order": "alphabet"}, "order='alphabet' is unknown. Use one of"),
        ({"labels": ["a"]}, "labels must have one label for each of the 20 samples, got 1"),
    ],
)
def test_what_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        KinshipDisplay.from_kinship(families(5, 4)[1], **parameters)


def test_appearance_that_is_refused():
    kinship = families(5, 4)[1]
    with pytest.raises(TypeError, match=r"ax must be a matplotlib Axes, got Figure\."):
        KinshipDisplay.from_kinship(kinship, ax=plt.figure())
    with pytest.raises(TypeError, match=r"image_kwargs must be a dict or None, got 1\."):
        KinshipDisplay.from_kinship(kinship, image_kwargs=1)


def test_what_is_no_kinship():
    with pytest.raises(TypeError, match=r"kinship must be a Kinship, got ndarray\. Make it of"):
        KinshipDisplay.from_kinship(np.eye(3))
