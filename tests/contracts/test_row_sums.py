"""How far a row of probabilities may sum from 1: 1e-5, or ten units of its dtype if that is more.

Values in half precision next to 0.5 are 2^-11 apart and its unit is 2^-10, so that ten units are
exactly twenty steps.
"""

import numpy as np
import pytest

import lossbook as lb

LOSSES = [lb.CategoricalCrossentropy(), lb.CategoricalFocalCrossentropy(), lb.KLDivergence()]
STEP = 2.0**-11


def rows(off, dtype):
    return np.array([[0.5, 0.5]], dtype), np.array([[0.5, 0.5 + off]], dtype)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize(
    ("dtype", "off"),
    [
        *[(dtype, off) for dtype in (np.float64, np.float32) for off in (9.8e-6, -9.8e-6)],
        *[(np.float16, steps * STEP) for steps in (20, -20)],
    ],
)
def test_a_row_that_nearly_sums_to_1(loss, dtype, off):
    y, p = rows(off, dtype)
    assert np.isfinite(loss(y, p))
    assert np.isfinite(loss(p, y))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize(
    ("dtype", "off"),
    [
        *[(dtype, off) for dtype in (np.float64, np.float32) for off in (1.02e-5, -1.02e-5)],
        *[(np.float16, steps * STEP) for steps in (21, -22)],
    ],
)
def test_a_row_that_does_not(loss, dtype, off):
    y, p = rows(off, dtype)
    with pytest.raises(ValueError, match=r"y_pred\[0\]: expected probabilities .* sum to 1"):
        loss(y, p)
    with pytest.raises(ValueError, match=r"y_true\[0\]: expected probabilities .* sum to 1"):
        loss(p, y)
