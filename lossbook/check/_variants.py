"""Losses, optimisers and schedules with one thing changed: a parameter, or a method of theirs."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any, TypeVar

Original = TypeVar("Original")


def parameters_of(original: object) -> dict[str, Any]:
    """Return the parameters of a dataclass; of another object none is known."""
    known = fields(original) if is_dataclass(original) else ()
    return {field.name: getattr(original, field.name) for field in known}


def defaults_of(original: object) -> dict[str, Any]:
    """Return what the parameters of a dataclass are by themselves, where they are something."""
    known = fields(original) if is_dataclass(original) else ()
    return {field.name: field.default for field in known if field.default is not MISSING}


def changed(original: Any, **parameters: Any) -> Any:
    """Return an object that does as the original does with other parameters."""
    if is_dataclass(original):
        return replace(original, **parameters)  # type: ignore[type-var]
    variant = copy(original)  # a reader's own class
    vars(variant).update(parameters)
    return variant


def altered(original: Original, **methods: Callable[..., Any]) -> Original:
    """Return an object that does as the original does, but for some methods of its class."""
    variant, kind = copy(original), type(original)
    object.__setattr__(variant, "__class__", type(kind.__name__, (kind,), methods))
    return variant
