"""Every public name and its module: type checkers read it, and so does `__init__.py`."""

from lossbook import check as check
from lossbook._engines import ops as ops
from lossbook._engines.threads import (
    set_threads as set_threads,
)
from lossbook.activations import (
    log_softmax as log_softmax,
    log_sum_exp as log_sum_exp,
    one_hot as one_hot,
    sigmoid as sigmoid,
    softmax as softmax,
)
from lossbook.evidence.agreement import (
    AgreementCheck as AgreementCheck,
    check_agreement as check_agreement,
)
from lossbook.evidence.gradients import (
    GradientCheck as GradientCheck,
    check_gradient as check_gradient,
    numerical_gradient as numerical_gradient,
)
from lossbook.evidence.verdicts import (
    Verdict as Verdict,
    judge as judge,
)
from lossbook.explorables import (
    explorable as explorable,
)
from lossbook.losses.base import (
    ClassLoss as ClassLoss,
    ElementwiseLoss as ElementwiseLoss,
    Loss as Loss,
)
from lossbook.losses.classification import (
    BinaryCrossentropy as BinaryCrossentropy,
    CategoricalCrossentropy as CategoricalCrossentropy,
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from lossbook.losses.custom import (
    custom_loss as custom_loss,
)
from lossbook.losses.distributions import (
    CosineSimilarity as CosineSimilarity,
    KLDivergence as KLDivergence,
    Poisson as Poisson,
)
from lossbook.losses.focal import (
    BinaryFocalCrossentropy as BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy as CategoricalFocalCrossentropy,
)
from lossbook.losses.margins import (
    CategoricalHinge as CategoricalHinge,
    Hinge as Hinge,
    SquaredHinge as SquaredHinge,
)
from lossbook.losses.regression import (
    Huber as Huber,
    LogCosh as LogCosh,
    MeanAbsoluteError as MeanAbsoluteError,
    MeanAbsolutePercentageError as MeanAbsolutePercentageError,
    MeanSquaredError as MeanSquaredError,
    MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
    Quantile as Quantile,
)
from lossbook.penalties import (
    L1 as L1,
    L2 as L2,
    ElasticNet as ElasticNet,
    Penalty as Penalty,
)
from lossbook.training.descent import (
    fit as fit,
    minimize as minimize,
)
from lossbook.training.models import (
    MLP as MLP,
    LinearModel as LinearModel,
    Model as Model,
)
from lossbook.training.optimizers import (
    SGD as SGD,
    Adagrad as Adagrad,
    Adam as Adam,
    AdamW as AdamW,
    Optimizer as Optimizer,
    RMSprop as RMSprop,
)
from lossbook.training.result import (
    DescentResult as DescentResult,
    History as History,
)
from lossbook.training.schedules import (
    ConstantSchedule as ConstantSchedule,
    CosineDecay as CosineDecay,
    ExponentialDecay as ExponentialDecay,
    InverseTimeDecay as InverseTimeDecay,
    PiecewiseConstantDecay as PiecewiseConstantDecay,
    PolynomialDecay as PolynomialDecay,
    ReduceLROnPlateau as ReduceLROnPlateau,
    Schedule as Schedule,
    StepDecay as StepDecay,
    Warmup as Warmup,
)

__version__: str
__all__: list[str]
