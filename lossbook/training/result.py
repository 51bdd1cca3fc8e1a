"""What a run of descent gives: where it got to, and what it recorded on the way."""

from __future__ import annotations

from dataclasses import dataclass

from lossbook._contracts.dtypes import Array


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What a run of :func:`fit` or :func:`minimize` recorded, as arrays ready to plot.

    Attributes
    ----------
    loss, learning_rate, gradient_norm : ndarray, shape (epochs completed,)
        For each epoch: the mean loss with penalty over its samples, each taken before the step it
        was used in (what Keras reports); the learning rate of its last step, NaN where an
        optimiser of your own does not tell; the mean of the gradients' Euclidean norms. In
        :func:`minimize`, an epoch is one step.
    validation_loss : ndarray, shape (epochs completed,), or None
        The loss on the validation data after each epoch, without penalty.
    step_loss, step_learning_rate, step_gradient_norm : ndarray, shape (steps completed,)
        The same for each step: the loss of its batch with penalty, before the step.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.minimize(lambda w: (w**2, 2 * w), 8.0, lb.SGD(0.25), steps=3).history
    History(3 epochs, 3 steps, loss 64 to 4)
    """

    loss: Array
    learning_rate: Array
    gradient_norm: Array
    validation_loss: Array | None
    step_loss: Array
    step_learning_rate: Array
    step_gradient_norm: Array

    def __repr__(self) -> str:
        epochs, steps = counted(len(self.loss), "epoch"), counted(len(self.step_loss), "step")
        shown = f"History({epochs}, {steps}"
        if len(self.loss):
            shown += f", loss {self.loss[0]:.6g} to {self.loss[-1]:.6g}"
        return shown + ")"


@dataclass(frozen=True, eq=False, repr=False)
class DescentResult:
    """What :func:`fit` and :func:`minimize` return.

    Attributes
    ----------
    w : ndarray
        The parameters reached. After a divergence: the last whose loss was finite.
    history : History
        What was recorded on the way.
    diverged : bool
        Whether the run was stopped by a value that is not finite.
    message : str
        How the run ended, and why.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.minimize(lambda w: (w**2, 2 * w), 8.0, lb.SGD(0.25), steps=3)
    DescentResult(finished 3 steps; History(3 epochs, 3 steps, loss 64 to 4))
    """

    w: Array
    history: History
    diverged: bool
    message: str

    def __repr__(self) -> str:
        return f"DescentResult({self.message}; {self.history!r})"


def counted(n: int, unit: str) -> str:
    """Return a number and its unit, as one reads them."""
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"
