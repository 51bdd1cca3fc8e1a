"""The public face of every loss; what a loss says of itself; and the two families.

A loss is a declaration and a few formulas. Which data it takes, what its parameters are and what
others call it is declared on its class; `_value` and `_derivative` are written with plain
arithmetic and the functions of `ops`, on arrays that are already checked, of one floating-point
dtype. How the formulas are walked over the data is the engines' business.

A formula is written so that automatic differentiation finds the derivative wherever there is one:
a case that is left out with `where` has to be harmless as well, because it is differentiated, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, overload

from numpy.typing import ArrayLike

from lossbook._contracts.domains import REAL, REAL_ROWS, Domain
from lossbook._contracts.dtypes import Array
from lossbook._engines import pick
from lossbook._engines.vocabulary import check_vocabulary


@dataclass(frozen=True)
class Peers:
    """What other libraries call a loss; empty where they have none, or only pieces of one.

    The names stand in sklearn.metrics, keras.losses, torch.nn and optax.losses.
    """

    sklearn: str = ""
    keras: str = ""
    torch: str = ""
    optax: str = ""


def either(parameter: str, domain: Domain, otherwise: Domain) -> Any:
    """Return the domain of predictions of a loss with such a parameter: True, or False."""
    return property(lambda loss: domain if getattr(loss, parameter) else otherwise)


@dataclass(frozen=True)
class Loss:
    """What all losses share: call, gradient, weights, reductions, errors.

    A loss of your own derives from one of the two families, :class:`ElementwiseLoss` or
    :class:`ClassLoss`, which say of what shape the data are. Derive from `Loss` itself only to add
    a family: it then also says which shapes go together, in `_check_shapes`.

    Attributes
    ----------
    targets, predictions : Domain
        What `y_true` and `y_pred` may hold; any real numbers, unless the class says otherwise.
    family : str
        Where the package's page has the loss.
    peers : Peers
        What other libraries call it.

    Examples
    --------
    >>> import lossbook as lb
    >>> isinstance(lb.Huber(), lb.Loss)
    True
    >>> class Absolute(lb.Loss):
    ...     def _check_shapes(self, y_true, y_pred):
    ...         if y_true.shape != y_pred.shape:
    ...             raise ValueError("y_true and y_pred: expected the same shape")
    ...
    ...     def _value(self, y, p):
    ...         return lb.ops.abs(p - y)
    >>> Absolute()([1.0, 2.0], [1.5, 4.0])
    1.25
    """

    family: ClassVar[str] = "regression"  # where it stands on the package's page
    peers: ClassVar[Peers] = Peers()
    class_axis: ClassVar[bool] = False  # whether the formulas see a first axis of classes

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_vocabulary(cls)

    @property
    def __name__(self) -> str:
        """The name of the class, under which scikit-learn and boosting libraries list the loss."""
        return str(type(self).__name__)

    @overload
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: Literal["none"],
    ) -> Array: ...

    @overload
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: Literal["mean", "weighted_mean", "sum"] = "mean",
    ) -> float: ...

    @overload
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> Any: ...

    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> Any:
        """Return the loss.

        Parameters
        ----------
        y_true, y_pred : array_like
            Targets and predictions, in this order; shapes as the class says. Integers and
            booleans compute in float64. Neither array is modified.
        sample_weight : array_like, shape (n,), optional
            Non-negative weights, one per sample.
        reduction : {"mean", "weighted_mean", "sum", "none"}
            ``"mean"`` is the weighted sum divided by n; ``"weighted_mean"`` divides by the sum
            of the weights; ``"none"`` gives one value per sample.

        Returns
        -------
        float, or ndarray of shape (n,) for ``reduction="none"``

        Raises
        ------
        TypeError
            If an argument is not an array of real numbers.
        ValueError
            If shapes, values, weights or the reduction are not what the class expects.
        """
        engine = pick(y_pred, y_true, sample_weight)
        return engine.evaluate(self, y_true, y_pred, sample_weight, reduction, True, False)[0]

    def gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> Array:
        """Return the derivative of the loss with respect to `y_pred`.

        Parameters
        ----------
        y_true, y_pred, sample_weight
            As for the loss itself.
        reduction : {"mean", "weighted_mean", "sum", "none"}
            Of which the derivative is taken; for ``"none"``, that of the sum.

        Returns
        -------
        ndarray of the shape and dtype of `y_pred` (float64 for integers)

        Raises
        ------
        TypeError, ValueError
            As for the loss itself.
        """
        engine = pick(y_pred, y_true, sample_weight)
        return engine.evaluate(self, y_true, y_pred, sample_weight, reduction, False, True)[1]

    @overload
    def value_and_gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: Literal["none"],
    ) -> tuple[Array, Array]: ...

    @overload
    def value_and_gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: Literal["mean", "weighted_mean", "sum"] = "mean",
    ) -> tuple[float, Array]: ...

    @overload
    def value_and_gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> Any: ...

    def value_and_gradient(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        reduction: str = "mean",
    ) -> tuple[Any, Array]:
        """Return the loss and its derivative from one pass over the data.

        Parameters, results and errors are those of the loss and of :meth:`gradient`; the results
        equal theirs to the last bit.
        """
        engine = pick(y_pred, y_true, sample_weight)
        return engine.evaluate(self, y_true, y_pred, sample_weight, reduction, True, True)

    # --- what a loss says -------------------------------------------------------------------------

    @property
    def targets(self) -> Domain:
        """What y_true may hold."""
        return REAL

    @property
    def predictions(self) -> Domain:
        """What y_pred may hold."""
        return REAL

    def _value(self, y: Array, p: Any) -> Array:
        """Return the loss of each element, or of each row of classes."""
        raise NotImplementedError

    def _derivative(self, y: Array, p: Any) -> Array:
        """Return the derivative of each with respect to each prediction."""
        raise NotImplementedError

    def _shared(self, p: Array) -> Any:
        """Return what the two formulas get as p; what both would compute is computed here, once."""
        return p

    def _counted(self, y_true: Array) -> Any:
        """Return which samples count, or None where all do."""
        return None

    # --- what a family says -----------------------------------------------------------------------

    def _check_shapes(self, y_true: Array, y_pred: Array) -> None:
        """Refuse shapes that do not go together; numbers are not looked at."""
        raise NotImplementedError


class ElementwiseLoss(Loss):
    """A loss of each target and its prediction; y_true and y_pred have the same shape.

    A subclass writes two formulas, `_value(y, p)` and `_derivative(y, p)`, of each element: with
    plain arithmetic and the functions of ``lossbook.ops``, so that they hold for the arrays of
    every library. Weights, reductions, dtypes, blocks and errors are there already. A sample of
    (n, d) data is a row, and its loss is the mean over the row. Parameters are fields of a frozen
    dataclass.

    Examples
    --------
    >>> import lossbook as lb
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class PseudoHuber(lb.ElementwiseLoss):
    ...     delta: float = 1.0
    ...
    ...     def _value(self, y, p):
    ...         r = (p - y) / self.delta
    ...         return self.delta**2 * r * (r / (1 + lb.ops.hypot(1, r)))
    ...
    ...     def _derivative(self, y, p):
    ...         return (p - y) / lb.ops.hypot(1, (p - y) / self.delta)
    >>> PseudoHuber(delta=2.0)([0.0, 0.0], [0.0, 1.5], sample_weight=[1, 2])
    1.0
    >>> X, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    >>> model = lb.LinearModel(1)
    >>> result = lb.fit(model, X, y, loss=PseudoHuber(), optimizer=lb.SGD(0.3), epochs=500)
    >>> result.w.round(6)  # y = 2x + 1
    array([2., 1.])
    """

    def _check_shapes(self, y_true: Array, y_pred: Array) -> None:
        if y_true.shape != y_pred.shape:
            raise ValueError(
                "y_true and y_pred: expected the same shape (nothing is broadcast), received "
                f"{y_true.shape} and {y_pred.shape}{_shape_hint(y_true, y_pred)}"
            )
        if y_pred.ndim not in (1, 2):
            raise ValueError(
                f"y_true and y_pred: expected shape (n,) or (n, d), received {y_pred.shape}"
            )


class ClassLoss(Loss):
    """A loss of a row of K predictions, one per class; `_value` gives one number a row.

    A subclass writes `_value(y, p)`, one number a row, and `_derivative(y, p)`, of the shape of p.
    The formulas see the classes first: y and p have shape (K, samples), and ``lossbook.ops.sum``
    adds up over the classes.

    Examples
    --------
    >>> import lossbook as lb
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Brier(lb.ClassLoss):
    ...     def _value(self, y, p):
    ...         return lb.ops.sum((p - y) ** 2)
    ...
    ...     def _derivative(self, y, p):
    ...         return 2.0 * (p - y)
    >>> Brier()([[0, 1]], [[0.25, 0.75]])
    0.125
    >>> Brier().gradient([[0, 1]], [[0.25, 0.75]])
    array([[ 0.5, -0.5]])
    """

    family = "classification"
    class_axis = True
    targets = REAL_ROWS
    predictions = REAL_ROWS

    _for_indices: ClassVar[str] = (
        "; for class indices use lossbook.one_hot(y_true, n_classes), or, of the losses, "
        "SparseCategoricalCrossentropy"
    )

    def _check_shapes(self, y_true: Array, y_pred: Array) -> None:
        if y_true.ndim == 1 and y_pred.ndim == 2:
            raise ValueError(
                "y_true: expected a row for each sample, of the shape of y_pred "
                f"{y_pred.shape}, received {y_true.shape}{self._for_indices}"
            )
        if y_true.shape != y_pred.shape or y_pred.ndim != 2:
            raise ValueError(
                "y_true and y_pred: expected the same shape (n, K), received "
                f"{y_true.shape} and {y_pred.shape}"
            )


def _shape_hint(y_true: Array, y_pred: Array) -> str:
    for name, array, other in (("y_pred", y_pred, y_true), ("y_true", y_true, y_pred)):
        if array.shape == (*other.shape, 1):
            return f"; did you mean {name}[:, 0]?"
    return ""
