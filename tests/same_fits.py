"""Two fits say the same."""

import numpy as np

FITTED = ("h_", "v_", "b_", "coef_", "intercept_", "log_likelihood_", "pve_")
OF_ROWS = ("dual_coef_", "random_effects_")


def assert_fits_equal(many, trait, one, rows=slice(None)):
    for name in FITTED:
        np.testing.assert_allclose(
            getattr(many, name)[trait], getattr(one, name), rtol=1e-9, atol=1e-11, err_msg=name
        )
    for name in OF_ROWS:
        np.testing.assert_allclose(
            getattr(many, name)[trait][rows], getattr(one, name), rtol=1e-8, atol=1e-10
        )
