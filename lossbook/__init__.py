"""Loss functions for teaching: values and gradients, exact and tested, on NumPy alone.

Examples
--------
>>> import lossbook as lb
>>> loss = lb.MeanSquaredError()
>>> loss([1.0, 0.0, 1.0, 1.0], [0.9, 0.1, 0.8, 0.5])
0.0775
>>> loss.gradient([1.0, 0.0, 1.0, 1.0], [0.9, 0.1, 0.8, 0.5])
array([-0.05,  0.05, -0.1 , -0.25])
"""

from lossbook.activations import log_softmax, log_sum_exp, one_hot, sigmoid, softmax
from lossbook.agreement import AgreementCheck, check_agreement
from lossbook.classification import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from lossbook.gradients import GradientCheck, check_gradient, numerical_gradient
from lossbook.regression import MeanAbsoluteError, MeanSquaredError

__version__ = "0.1.0"

__all__ = [
    "AgreementCheck",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "GradientCheck",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "check_agreement",
    "check_gradient",
    "log_softmax",
    "log_sum_exp",
    "numerical_gradient",
    "one_hot",
    "sigmoid",
    "softmax",
]
