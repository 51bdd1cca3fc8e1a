"""What parameters may be: numbers in an interval, whole numbers, flags; checked once, when given.

Every message names the parameter, what was expected and what was received.
"""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral, Real

import numpy as np


def check_number(
    name: str,
    value: object,
    *,
    at_least: float = -np.inf,
    at_most: float = np.inf,
    above: float = -np.inf,
    below: float = np.inf,
) -> None:
    """Refuse a parameter that is not a real number in the interval given."""
    interval = (f"({above}" if above > -np.inf else f"[{at_least}") + ", "
    interval += f"{at_most}]" if at_most < np.inf else f"{below})"  # never infinity itself
    expected = f"{name}: expected a number in {interval}, received "
    if isinstance(value, bool | np.bool) or not isinstance(value, Real):
        raise TypeError(f"{expected}{type(value).__name__} {value!r}")
    number = float(value)
    inside = at_least <= number <= at_most and above < number < below
    if not inside:  # also where it is NaN
        raise ValueError(f"{expected}{value!r}")


def check_flag(name: str, value: object) -> None:
    """Refuse a parameter that is not True or False."""
    if not isinstance(value, bool | np.bool):
        raise TypeError(
            f"{name}: expected True or False, received {type(value).__name__} {value!r}"
        )


def _plain(name: str, value: float, **interval: float) -> float:
    """Check a number; return it as Python's own: NumPy's would decide the dtype of a product."""
    check_number(name, value, **interval)
    return value if type(value) in (int, float) else float(value)


def store_number(owner: object, name: str, **interval: float) -> None:
    """Check a parameter of a frozen dataclass, by the bounds of `check_number`, and keep it."""
    object.__setattr__(owner, name, _plain(name, getattr(owner, name), **interval))


def store_numbers(owner: object, name: str, **interval: float) -> None:
    """Check a parameter that is several numbers, and keep it as a tuple."""
    values = getattr(owner, name)
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(
            f"{name}: expected several numbers, received {type(values).__name__} {values!r}"
        )
    numbers = tuple(_plain(f"{name}[{i}]", value, **interval) for i, value in enumerate(values))
    object.__setattr__(owner, name, numbers)


def store_rates(owner: object, *names: str) -> None:
    """Check parameters that are learning rates, or what learning rates are multiplied by."""
    for name in names:
        store_number(owner, name, at_least=0)


def check_count(
    name: str, value: object, *, at_least: int | None = None, or_none: bool = False
) -> None:
    """Refuse a parameter that is not a whole number, of at least so much where that is given."""
    if or_none and value is None:
        return
    bound = "" if at_least is None else f" of at least {at_least}"
    expected = f"{name}: expected an integer{bound}{' or None' * or_none}, received "
    if isinstance(value, bool | np.bool) or not isinstance(value, Integral):
        raise TypeError(f"{expected}{type(value).__name__} {value!r}")
    if at_least is not None and value < at_least:
        raise ValueError(f"{expected}{value!r}")
