"""What a check found: in words for the terminal, as a small table in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from lossbook.check._mistakes import Mistake


def show(value: Any) -> str:
    """Return numbers in few digits, as one would type them."""
    if callable(value):
        return str(getattr(value, "__name__", "a function"))
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        return repr(value)
    if array.size > 60:
        return f"{array.size} numbers, shape {array.shape}"
    text = _nested(array.tolist())
    return text if array.dtype.kind == "f" or array.ndim == 0 else f"{text} ({array.dtype})"


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_nested, value)) + "]"
    return format(value, ".6g") if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Failure:
    """The smallest input found to fail, and the mistake that explains it, if one does."""

    arguments: Mapping[str, str]
    expected: str
    received: str
    mistake: Mistake | None

    def rows(self) -> list[tuple[str, str]]:
        return [*self.arguments.items(), ("expected", self.expected), ("received", self.received)]

    def title(self) -> str:
        """Return the mistake, or else what came in place of what, in one line."""
        if self.mistake:
            return self.mistake.title
        return f"expected {self.expected}, received {self.received}"


class CheckError(AssertionError):
    """What :meth:`Report.require` raises; ``report`` says what failed."""

    def __init__(self, report: Report) -> None:
        super().__init__("\n" + str(report))
        self.report = report


@dataclass(frozen=True, repr=False)
class Report:
    """What a check found; it is true where the function passed, and shows in words.

    ``passed`` says whether; ``failure`` has the smallest failing input with the answers expected
    and received, and the ``mistake`` recognised, if any; ``remarks`` are such failures on inputs
    that are outside of what was asked for, and count for nothing.
    """

    name: str
    against: str
    trials: int
    failure: Failure | None
    remarks: tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the function gave the right answer everywhere."""
        return self.failure is None

    @property
    def mistake(self) -> Mistake | None:
        """The mistake that explains the answers, where one of the known does."""
        return self.failure.mistake if self.failure else None

    def __bool__(self) -> bool:
        return self.passed

    def require(self) -> Report:
        """Raise a CheckError with this report where the function failed; else return it."""
        if not self.passed:
            raise CheckError(self)
        return self

    @property
    def _head(self) -> str:
        verdict = "pass" if self.passed else "FAIL"
        count = f"{self.trials} input{'s' if self.trials > 1 else ''}"
        return f"{verdict}: {self.name} against {self.against}, {count} tried"

    def __repr__(self) -> str:
        lines = [self._head]
        if self.failure:
            lines.append("  the smallest input that fails")
            lines += [f"    {name:<14} {text}" for name, text in self.failure.rows()]
            if self.failure.mistake:
                lines.append(f"  {self.failure.mistake.title}")
                lines += [f"    {line}" for line in self.failure.mistake.lines(88)]
                lines.append(f"    See: {self.failure.mistake.where()}")
        for remark in self.remarks:
            lines.append(f"  A remark, which does not count. {remark.title()}")
            lines.append("    " + ", ".join(f"{name} {text}" for name, text in remark.rows()))
            if remark.mistake:
                lines.append(f"    See: {remark.mistake.where()}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        mark = "✓" if self.passed else "✗"
        parts = [f"<p><strong>{mark} {escape(self._head[:4])}</strong>{escape(self._head[4:])}</p>"]
        if self.failure:
            rows = "".join(
                f'<tr><th scope="row" style="text-align: left">{escape(name)}</th>'
                f'<td style="text-align: left"><code>{escape(text)}</code></td></tr>'
                for name, text in self.failure.rows()
            )
            table = f'<table style="margin: 0 0 1em 0">{rows}</table>'
            parts.append(f"<p>The smallest input that fails:</p>{table}")
            if self.failure.mistake:
                parts.append(self.failure.mistake.html())
        for remark in self.remarks:
            shown = (f"{name} <code>{escape(text)}</code>" for name, text in remark.rows())
            parts.append(f"<p>A remark, which does not count: {', '.join(shown)}.</p>")
            if remark.mistake:
                parts.append(remark.mistake.html())
        return f'<div class="lossbook-report">{"".join(parts)}</div>'
