"""The losses on the package's page, from what each declares: no list to keep beside the code."""

from __future__ import annotations

import inspect
from dataclasses import astuple
from typing import ClassVar

from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import lossbook as lb
from lossbook.losses.base import Loss

LIBRARIES = ("scikit-learn", "Keras", "PyTorch", "optax")


def losses(family: str = "") -> list[type[Loss]]:
    """Return the public losses, of one family or all, in the order in which they are written."""
    public = (getattr(lb, name) for name in lb.__all__)
    found = [c for c in public if inspect.isclass(c) and issubclass(c, Loss)]
    found = [
        c for c in found if c.__module__ != Loss.__module__
    ]  # what one derives from
    found = [c for c in found if family in ("", c.family)]
    return sorted(found, key=lambda c: (c.__module__, inspect.getsourcelines(c)[1]))


class LossClasses(SphinxDirective):
    """The documentation of each loss of a family; the first with what all losses have."""

    required_arguments = 1
    option_spec: ClassVar = {"members": str}

    def run(self) -> list[Node]:
        """Return what Sphinx makes of the classes' documentation."""
        lines = []
        for number, loss in enumerate(losses(self.arguments[0])):
            lines += [f".. autoclass:: {loss.__name__}"]
            if number == 0 and "members" in self.options:
                lines += [
                    f"   :members: {self.options['members']}",
                    "   :inherited-members:",
                ]
            lines += [""]
        return self.parse_text_to_nodes("\n".join(lines))


class LossPeers(SphinxDirective):
    """A table of what other libraries call each loss."""

    def run(self) -> list[Node]:
        """Return the table."""
        lines = [".. list-table::", "   :header-rows: 1", "   :class: names", ""]
        lines += ["   * - lossbook", *(f"     - {name}" for name in LIBRARIES)]
        for loss in losses():
            lines += [f"   * - :class:`~lossbook.{loss.__name__}`"]
            lines += [
                f"     - {f'``{name}``' if name else ''}"
                for name in astuple(loss.peers)
            ]
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("loss-classes", LossClasses)
    app.add_directive("loss-peers", LossPeers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
