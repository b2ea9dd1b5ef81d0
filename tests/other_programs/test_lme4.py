"""Numbers of lme4 1.1-31, nlme 3.1-162 and lmerTest 3.1-3 in R 4.2.2.

With library(lmerTest), options(digits = 15) and the data below::

    tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12))
    m <- lmer(gain ~ dose + (1 | herd), REML = TRUE, control = tight)
    logLik(m); VarCorr(m); coef(summary(m)); ranef(m)
    logLik(lme(gain ~ dose, random = ~ 1 | herd, method = "REML"))
    sleep <- lmer(Reaction ~ Days + (1 | Subject), sleepstudy, control = tight)
    logLik(sleep); coef(summary(sleep))
    logLik(lme(Reaction ~ Days, random = ~ 1 | Subject, data = sleepstudy))

and the same with REML = FALSE and method = "ML". lmer and lme print the same likelihoods.
"""

import numpy as np
import pandas as pd
import pytest

from sklmm import Kinship, LMMRegressor
from sklmm.inference import t_test

HERDS = list("abcde")
HERD = np.repeat(HERDS, 3)
DOSE = np.array([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2])
GAIN = np.array([5.1, 6.3, 7.9, 4.2, 2.9, 4.4, 8.8, 10.1, 6.6, 7.2, 9.9, 5.6, 3.1, 6.0, 7.4])
GROWTH = {
    "reml": {
        "logLik": -29.0087493048995,
        "VarCorr": (1.93085132796486, 2.25202628774279),
        "Estimate": (5.133967829539420, 0.880499169376605),
        "Std. Error": (0.901517414691169, 0.375546063337433),
        "df": (7.90577482522053, 9.75603244428216),
        "ranef": (
            0.301607513657697,
            -1.781876370228921,
            1.367051820637313,
            0.483662449308691,
            -0.370445413374780,
        ),
    },
    "ml": {
        "logLik": -29.4678605232533,
        "VarCorr": (1.44103567324039, 2.03744912448522),
        "Estimate": (5.122218425106556, 0.888891601114366),
        "Std. Error": (0.820183731894235, 0.356187492033890),
        "df": (10.3285318097953, 10.8580157094311),
        "ranef": (
            0.286974362223053,
            -1.681564626231526,
            1.288863507749397,
            0.453115143706630,
            -0.347388387447562,
        ),
    },
}
SLEEP = {
    "reml": {"logLik": -893.232542697461, "df": (22.8101983055464, 161.0000001994537)},
    "ml": {"logLik": -897.039321502613, "df": (24.4905444532335, 162.0000000658657)},
}


@pytest.mark.parametrize("method", GROWTH)
def test_random_intercept(page, method):
    printed = GROWTH[method]
    unrelated = Kinship(np.eye(len(HERDS)), HERDS)
    records = np.column_stack([HERD.astype(object), DOSE])
    lmm = LMMRegressor(unrelated, sample_id=0, method=method).fit(records, GAIN)
    X = np.column_stack([np.ones(len(GAIN)), DOSE])
    loglik = page.lme4_loglik(lmm.log_likelihood_, method, X)
    assert loglik == pytest.approx(printed["logLik"], rel=1e-14)
    variances = lmm.h_ * lmm.v_, (1 - lmm.h_) * lmm.v_
    np.testing.assert_allclose(variances, printed["VarCorr"], rtol=1e-7)
    levels = np.array([[level, 0] for level in HERDS], dtype=object)
    np.testing.assert_allclose(lmm.predict_random(levels), printed["ranef"], rtol=1e-7)
    tests = t_test(lmm)
    np.testing.assert_allclose(tests.estimate, printed["Estimate"], rtol=1e-8)
    np.testing.assert_allclose(tests.standard_error, printed["Std. Error"], rtol=1e-7)
    df = page.lmertest_df(tests.df, method, *X.shape)
    np.testing.assert_allclose(df, printed["df"], rtol=2e-7)


@pytest.mark.parametrize("method", SLEEP)
def test_sleepstudy(page, reference_data, method):
    """A balanced design: the effect of days has 180 − 18 or 180 − 19 degrees of freedom."""
    printed = SLEEP[method]
    table = pd.read_csv(reference_data / "data" / "lme4" / "sleepstudy.csv")
    subjects = table["Subject"].unique().tolist()
    unrelated = Kinship(np.eye(len(subjects)), subjects)
    lmm = LMMRegressor(unrelated, sample_id="Subject", method=method)
    lmm.fit(table[["Subject", "Days"]], table["Reaction"])
    X = np.column_stack([np.ones(len(table)), table["Days"]])
    loglik = page.lme4_loglik(lmm.log_likelihood_, method, X)
    assert loglik == pytest.approx(printed["logLik"], rel=1e-14)
    df = page.lmertest_df(t_test(lmm).df, method, *X.shape)
    np.testing.assert_allclose(df, printed["df"], rtol=1e-7)
