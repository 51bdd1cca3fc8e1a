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

from importlib import import_module

__version__ = "0.1.0"

# A module is loaded when one of its names is first used, so that importing the package costs
# nothing. `__init__.pyi` tells type checkers the same.
_MODULES = {
    "_threads": "set_threads",
    "activations": "log_softmax log_sum_exp one_hot sigmoid softmax",
    "agreement": "AgreementCheck check_agreement",
    "check": "",
    "classification": ("BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy"),
    "descent": "DescentResult History fit minimize",
    "distributions": "CosineSimilarity KLDivergence Poisson",
    "explorables": "explorable",
    "focal": "BinaryFocalCrossentropy CategoricalFocalCrossentropy",
    "gradients": "GradientCheck check_gradient numerical_gradient",
    "margins": "CategoricalHinge Hinge SquaredHinge",
    "models": "MLP LinearModel",
    "optimizers": "SGD Adagrad Adam AdamW RMSprop",
    "penalties": "L1 L2 ElasticNet",
    "regression": (
        "Huber LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError "
        "MeanSquaredLogarithmicError Quantile"
    ),
    "schedules": (
        "ConstantSchedule CosineDecay ExponentialDecay InverseTimeDecay "
        "PiecewiseConstantDecay PolynomialDecay ReduceLROnPlateau StepDecay Warmup"
    ),
    "verdicts": "Verdict judge",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
