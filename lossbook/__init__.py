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
    "_engines.threads": "set_threads",
    "activations": "log_softmax log_sum_exp one_hot sigmoid softmax",
    "check": "",
    "evidence.agreement": "AgreementCheck check_agreement",
    "evidence.gradients": "GradientCheck check_gradient numerical_gradient",
    "evidence.verdicts": "Verdict judge",
    "explorables": "explorable",
    "losses.base": "ClassLoss ElementwiseLoss Loss",
    "losses.classification": (
        "BinaryCrossentropy CategoricalCrossentropy SparseCategoricalCrossentropy"
    ),
    "losses.custom": "custom_loss",
    "losses.distributions": "CosineSimilarity KLDivergence Poisson",
    "losses.focal": "BinaryFocalCrossentropy CategoricalFocalCrossentropy",
    "losses.margins": "CategoricalHinge Hinge SquaredHinge",
    "losses.regression": (
        "Huber LogCosh MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError "
        "MeanSquaredLogarithmicError Quantile"
    ),
    "penalties": "L1 L2 ElasticNet Penalty",
    "training.descent": "fit minimize",
    "training.models": "MLP LinearModel Model",
    "training.optimizers": "SGD Adagrad Adam AdamW Optimizer RMSprop",
    "training.result": "DescentResult History",
    "training.schedules": (
        "ConstantSchedule CosineDecay ExponentialDecay InverseTimeDecay "
        "PiecewiseConstantDecay PolynomialDecay ReduceLROnPlateau Schedule StepDecay Warmup"
    ),
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
    rooms = (module.partition(".")[0] for module in _MODULES)
    return sorted({*globals(), *__all__, *(room for room in rooms if room[0] != "_")})
