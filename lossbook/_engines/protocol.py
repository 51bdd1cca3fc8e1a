"""What an engine is given: the formulas of a loss, and one call's arguments, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from lossbook._contracts.domains import Domain
from lossbook._contracts.dtypes import Array


class Formulas(Protocol):
    """The slots that a loss fills. An engine asks for these, and never which loss it is."""

    class_axis: ClassVar[bool]  # whether the formulas see a first axis of classes: (K, samples)

    @property
    def targets(self) -> Domain:
        """What y_true may hold."""

    @property
    def predictions(self) -> Domain:
        """What y_pred may hold."""

    def _check_shapes(self, y_true: Any, y_pred: Any) -> None:
        """Refuse shapes that do not go together; numbers are not looked at."""

    def _counted(self, y_true: Any) -> Any:
        """Return which samples count, or None where all do."""

    def _shared(self, p: Any) -> Any:
        """Return what the formulas get as p; what they have in common is computed here, once."""

    def _value(self, y: Any, p: Any) -> Any:
        """Return the loss of each element, or of each row of classes."""

    def _derivative(self, y: Any, p: Any) -> Any:
        """Return the derivative of each with respect to each prediction."""


@dataclass(slots=True)
class Request:
    """One call, its arguments checked: what every block of the walk over the data needs."""

    y_true: Any
    y_pred: Any
    weight: Any  # one non-negative number a sample, or None
    divisor: Any  # what the sum over the samples is divided by
    terms: int  # of how many of the formula's results a sample's loss is the mean
    dtype: Any  # to compute in
    domains: tuple[Domain, Domain]
    value: bool  # whether it is asked for
    values: Array | None = None  # where each sample's goes, for reduction="none"
    slopes: Array | None = None  # where the gradient goes, if it is asked for
