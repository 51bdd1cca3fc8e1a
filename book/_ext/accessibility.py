"""The Sphinx extension that mends what keeps a page from keyboards and screen readers.

A solution becomes a native disclosure, which opens by any means and without a script; a control is
named by the words it shows; roles and ids are valid. `_static/accessibility.css` is its style, and
`_static/accessibility.js` lets the keyboard scroll a wide formula.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.writers._html_base import HTMLTranslator
from myst_nb.sphinx_ import (
    HideCodeCellNode,
    depart_HideCellInput,
    visit_HideCellInput,
)
from sphinx.application import Sphinx
from sphinx_exercise.nodes import (
    depart_solution_node,
    is_extension_node,
    solution_node,
    visit_solution_node,
)


def prepare_exercises(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make ids unique, and give each solution that is a dropdown the title of a disclosure."""
    for node in doctree.findall(is_extension_node):
        for content in node.findall(nodes.section):
            if content["ids"] in (["exercise-content"], ["solution-content"]):
                content["ids"] = [f"{node['ids'][0]}-content"]
        if isinstance(node, solution_node) and "dropdown" in node["classes"]:
            # Without its class no script turns it into a dropdown.
            node["classes"].remove("dropdown")
            # Its exercise stands just above; a link in a title that is clicked to open misleads.
            title = node.pop(node.first_child_matching_class(nodes.title))
            node["summary"] = title.astext()


def visit_solution(self: HTMLTranslator, node: nodes.Element) -> None:
    """Open a disclosure."""
    if "summary" not in node:
        visit_solution_node(self, node)
        return
    self.body.append(self.starttag(node, "details", CLASS="admonition"))
    self.body.append(
        f'<summary class="admonition-title">{self.encode(node["summary"])}</summary>\n'
    )


def depart_solution(self: HTMLTranslator, node: nodes.Element) -> None:
    """Close it."""
    if "summary" not in node:
        depart_solution_node(self, node)
        return
    self.body.append("</details>\n")


def visit_hidden_code(self: HTMLTranslator, node: HideCodeCellNode) -> None:
    """Let the words that a reader sees name the control, as one who speaks to it will say them."""
    start = len(self.body)
    visit_HideCellInput(self, node)
    label = ' aria-label="Toggle hidden content"'
    self.body[start:] = [part.replace(label, "") for part in self.body[start:]]


def visit_citation(self: HTMLTranslator, node: nodes.citation) -> None:
    """Make an entry of the bibliography an item of its list; the role it has is deprecated."""
    HTMLTranslator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace("doc-biblioentry", "listitem")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx; its own extensions have to be there first."""
    app.setup_extension("myst_nb")
    app.setup_extension("sphinx_exercise")
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    app.add_node(
        HideCodeCellNode, override=True, html=(visit_hidden_code, depart_HideCellInput)
    )
    app.add_node(
        nodes.citation,
        override=True,
        html=(visit_citation, HTMLTranslator.depart_citation),
    )
    app.add_css_file("accessibility.css")
    app.add_js_file("accessibility.js")
    app.connect("doctree-resolved", prepare_exercises, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
