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

from lossbook._threads import set_threads
from lossbook.activations import log_softmax, log_sum_exp, one_hot, sigmoid, softmax
from lossbook.agreement import AgreementCheck, check_agreement
from lossbook.classification import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from lossbook.descent import DescentResult, History, fit, minimize
from lossbook.distributions import CosineSimilarity, KLDivergence, Poisson
from lossbook.focal import BinaryFocalCrossentropy, CategoricalFocalCrossentropy
from lossbook.gradients import GradientCheck, check_gradient, numerical_gradient
from lossbook.margins import CategoricalHinge, Hinge, SquaredHinge
from lossbook.models import MLP, LinearModel
from lossbook.optimizers import SGD, Adagrad, Adam, AdamW, RMSprop
from lossbook.penalties import L1, L2, ElasticNet
from lossbook.regression import (
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Quantile,
)
from lossbook.schedules import (
    ConstantSchedule,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    ReduceLROnPlateau,
    StepDecay,
    Warmup,
)
from lossbook.verdicts import Verdict, judge

__version__ = "0.1.0"

__all__ = [
    "L1",
    "L2",
    "MLP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "AgreementCheck",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "ConstantSchedule",
    "CosineDecay",
    "CosineSimilarity",
    "DescentResult",
    "ElasticNet",
    "ExponentialDecay",
    "GradientCheck",
    "Hinge",
    "History",
    "Huber",
    "InverseTimeDecay",
    "KLDivergence",
    "LinearModel",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "PiecewiseConstantDecay",
    "Poisson",
    "PolynomialDecay",
    "Quantile",
    "RMSprop",
    "ReduceLROnPlateau",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "StepDecay",
    "Verdict",
    "Warmup",
    "check_agreement",
    "check_gradient",
    "fit",
    "judge",
    "log_softmax",
    "log_sum_exp",
    "minimize",
    "numerical_gradient",
    "one_hot",
    "set_threads",
    "sigmoid",
    "softmax",
]
