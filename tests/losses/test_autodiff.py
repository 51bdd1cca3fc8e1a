"""Automatic differentiation through the formulas where only it tells two ways to write them apart.

What is expected is the derivative by hand; PyTorch differentiates the value.
"""

import math

import pytest

import lossbook as lb

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")


def slope(loss, y, p):
    predictions = torch.tensor(p, dtype=torch.float64, requires_grad=True)
    loss(torch.tensor(y), predictions, reduction="sum").backward()
    return predictions.grad


@pytest.mark.parametrize("residual", [-1e5, -800.0, -1.0, -0.25, 0.0, 1e-9, 0.999, 3.0, 1e300])
def test_log_cosh_of_any_residual(residual):
    assert slope(lb.LogCosh(), [0.0], [residual]).item() == pytest.approx(math.tanh(residual))


@pytest.mark.parametrize(("y", "expected"), [(1.0, -1.0), (0.0, 1.0)])
def test_a_certain_right_prediction_is_not_clipped(y, expected):
    # -1 / p at p = 1, and 1 / (1 - p) at p = 0
    assert slope(lb.BinaryCrossentropy(), [y], [y]).item() == expected


def test_a_certain_right_class_is_not_clipped():
    assert slope(lb.CategoricalCrossentropy(), [[1.0, 0.0]], [[1.0, 0.0]]).tolist() == [[-1, 0]]
    received = slope(lb.SparseCategoricalCrossentropy(), [0], [[1.0, 0.0]])
    assert received.tolist() == [[-1, 0]]


@pytest.mark.parametrize("y", [0.0, 0.25, 1.0])
def test_binary_crossentropy_of_a_logit_of_0(y):
    assert slope(lb.BinaryCrossentropy(from_logits=True), [y], [0.0]).item() == 0.5 - y


@pytest.mark.parametrize("z", [[0.0, 0.0], [1.0, -0.5], [-0.5, 1.0], [3.0, 3.0]])
def test_focal_loss_of_two_logits(z):
    # L = -m² log p, with p = 1 / (1 + e^-d) for d = z0 - z1, m = 1 - p and dp/dd = p m.
    p = 1 / (1 + math.exp(z[1] - z[0]))
    m = 1 - p
    expected = p * m * (2 * m * math.log(p) - m**2 / p)
    received = slope(lb.CategoricalFocalCrossentropy(from_logits=True), [[1.0, 0.0]], [z])
    assert received[0].tolist() == pytest.approx([expected, -expected], rel=1e-12)
