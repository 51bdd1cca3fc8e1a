"""Say whether a function that somebody wrote is right and, if not, what is wrong with it.

A plain function is enough. Each check tries it on small inputs, compares the answers with
lossbook's and returns a :class:`Report`: pass or fail, the smallest input found to fail with the
answers expected and received, and, where they match a common mistake, its name and the section
of the book that explains it.

A check runs the function in this process, without a time limit. For grading,
:mod:`lossbook.check.grading` runs submissions in a process of their own.

Examples
--------
>>> import lossbook as lb
>>> def absolute_error(y_true, y_pred):
...     return abs(y_true - y_pred).sum()
>>> lb.check.loss(absolute_error, like=lb.MeanAbsoluteError())
FAIL: absolute_error against MeanAbsoluteError(), 6 inputs tried
  the smallest input that fails
    y_true         [1, 3]
    y_pred         [1.5, 1]
    expected       1.25
    received       2.5
  The sum in place of the mean.
    The answer is the right one times the number of samples: the losses were added and not
    averaged. Divide by the number of samples, or a larger batch would have a larger loss.
    See: chapter 1, “From many residuals to one number”; common mistakes, “forgot-mean”
"""

from lossbook.check._mistakes import MISTAKES, Mistake
from lossbook.check._report import CheckError, Failure, Report
from lossbook.check.activations import activation
from lossbook.check.descent import descent
from lossbook.check.losses import gradient, loss
from lossbook.check.optimizers import optimizer
from lossbook.check.penalties import penalty
from lossbook.check.schedules import schedule

__all__ = [
    "MISTAKES",
    "CheckError",
    "Failure",
    "Mistake",
    "Report",
    "activation",
    "descent",
    "gradient",
    "loss",
    "optimizer",
    "penalty",
    "schedule",
]
