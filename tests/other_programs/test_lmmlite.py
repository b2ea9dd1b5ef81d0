"""Numbers in the test suite of kbroman/lmmlite, whose data are 261 mice with 26 traits."""

import numpy as np
import pandas as pd
import pytest

from sklmm import LMMRegressor

P = 2
FIRST_TRAIT = {
    # tests/testthat/test-lmmcpp.R (184e2888), method and h, None where it is estimated:
    # hsq, loglik, sigmasq, beta
    ("reml", 0.5): (
        0.5,
        -2333.44582306843,
        276158.504472848,
        (1413.98690713607, -28.1793101783314),
    ),
    ("ml", 0.5): (0.5, -2349.20302794088, 276158.504472848, (1413.98690713607, -28.1793101783314)),
    ("reml", None): (
        0.764284086070972,
        -2332.84011782658,
        295340.52598977,
        (1417.98330225743, -23.242180295058),
    ),
    ("ml", None): (
        0.720556143620898,
        -2348.79972912762,
        291566.300541588,
        (1417.33690798302, -23.9850529710706),
    ),
}
ALL_TRAITS = {
    # tests/testthat/test-lmm.R (dec169b0), loglik of traits of standard deviation 1 with tol=1e-8
    "reml": """
        -717.36543392394 -709.418741330077 -722.897901569321 -720.879424645344 -702.942205613331
        -723.593448507922 -705.338515083443 -717.006091655392 -713.114315040129 -706.417790512293
        -708.816703603788 -695.052386566824 -703.277728962375 -703.08076657326 -694.169485820958
        -691.70061732983 -695.386321272136 -694.046300667259 -703.137566586369 -711.280681974735
        -702.717286014442 -716.699340702028 -711.18856371976 -714.197176248473 -716.613423119153
        -597.754459379841""",
    "ml": """
        -720.850337242626 -713.005698950792 -725.106425525457 -722.70245478952 -706.483475248259
        -725.433374007404 -708.898289038603 -720.282696293113 -715.375480475209 -709.86210088569
        -712.078913802753 -698.601688983122 -706.712569405118 -706.654640590078 -697.711890575179
        -695.223734048965 -698.938232553319 -697.587743037467 -706.708749745274 -714.503558651465
        -706.237066443981 -720.066701880965 -714.649624587561 -717.383324924947 -718.45010139659
        -600.483468426093""",
}


@pytest.fixture(scope="module")
def mice(reference_data):
    folder = reference_data / "data" / "recla"
    with np.load(folder / "kinship.npz", allow_pickle=True) as stored:
        K = stored["K"]
    sex = pd.read_csv(folder / "covar.csv")[["sex"]].to_numpy(dtype=float)
    return K, sex, pd.read_csv(folder / "pheno.csv", index_col=0).to_numpy()


@pytest.mark.parametrize(("method", "h"), FIRST_TRAIT)
def test_first_trait(page, mice, method, h):
    hsq, loglik, sigmasq, beta = FIRST_TRAIT[method, h]
    K, sex, traits = mice
    y, n = traits[:, 0], len(traits)
    lmm = LMMRegressor(K, method=method, h=h).fit(sex, y)
    assert lmm.h_ == pytest.approx(hsq, abs=1e-4), "the default tolerance of fitLMM"
    there = LMMRegressor(K, method=method, h=hsq).fit(sex, y)
    np.testing.assert_allclose(there.b_, beta, rtol=1e-12)
    assert page.lmmlite_sigmasq(there.v_, method, n, P) == pytest.approx(sigmasq, rel=1e-12)
    for log_likelihood in (there.log_likelihood_, lmm.log_likelihood(hsq)):
        found = page.lmmlite_loglik(log_likelihood, method, n, P)
        assert found == pytest.approx(loglik, rel=1e-14)


@pytest.mark.parametrize("method", ALL_TRAITS)
def test_all_traits(page, mice, method):
    K, sex, traits = mice
    scaled = traits / np.nanstd(traits, axis=0, ddof=1)
    lmm = LMMRegressor(K, method=method, missing_y="drop").fit(sex, scaled)
    n = np.isfinite(traits).sum(axis=0)
    found = page.lmmlite_loglik(lmm.log_likelihood_, method, n, P)
    printed = np.array(ALL_TRAITS[method].split(), dtype=float)
    is_inside = (lmm.h_ > 0) & (lmm.h_ < 1)
    assert is_inside.sum() > 12
    np.testing.assert_allclose(found[is_inside], printed[is_inside], rtol=0, atol=3e-12)
    np.testing.assert_allclose(found, printed, rtol=0, atol=3e-7)  # it stops before 0 and 1
