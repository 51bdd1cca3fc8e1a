"""What the test of a claim found: the claim, the rule, the result and the verdict, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lossbook._contracts.parameters import check_flag


@dataclass(frozen=True, repr=False)
class Verdict:
    """What :func:`judge` found; in a notebook it shows as a table, and the ledger reads it."""

    claim: int
    statement: str
    rule: str
    found: str
    verdict: str

    def __repr__(self) -> str:
        return (
            f"Claim {self.claim}: {self.statement}\n"
            f"Rule: {self.rule}\nFound: {self.found}\nVerdict: {self.verdict}"
        )

    def _repr_mimebundle_(
        self, include: Sequence[str] | None = None, exclude: Sequence[str] | None = None
    ) -> tuple[dict[str, str], dict[str, object]]:
        rows = [("rule", self.rule), ("found", self.found), ("verdict", f"**{self.verdict}**")]
        lines = [f"| claim {self.claim} | {self.statement} |", "|:--|:--|"]
        lines += [f"| {name} | {text} |" for name, text in rows]
        shown = {"text/plain": repr(self), "text/markdown": "\n".join(lines)}
        return shown, {"lossbook": asdict(self)}  # metadata of the output, for the ledger


def judge(
    claim: int,
    statement: str,
    *,
    rule: str,
    found: str,
    holds: bool,
    condition: str = "",
    holds_then: bool = False,
) -> Verdict:
    """Return the verdict on a claim from what an experiment has found.

    Parameters
    ----------
    claim : int
        Its number in the ledger.
    statement : str
        The claim, in the book's words.
    rule : str
        What has to come out for which verdict.
    found : str
        What came out, with its spread: computed, never typed.
    holds : bool
        Whether the claim came out true as it stands.
    condition : str
        Under what condition it was tested too, such as "for a linear model".
    holds_then : bool
        Whether it came out true under that condition.

    Returns
    -------
    Verdict
        Whose ``verdict`` is "holds", "holds with a condition: …" or "does not hold".

    Raises
    ------
    TypeError
        If an outcome is not a single True or False.

    Examples
    --------
    >>> import lossbook as lb
    >>> gaps = [0.02, 0.05, 0.03]
    >>> print(lb.judge(3, "A before B", rule="in every run", found="0.02 to 0.05",
    ...                holds=min(gaps) > 0))
    Claim 3: A before B
    Rule: in every run
    Found: 0.02 to 0.05
    Verdict: holds
    """
    check_flag("holds", holds)
    check_flag("holds_then", holds_then)
    if holds:
        verdict = "holds"
    elif holds_then:
        verdict = f"holds with a condition: {condition}"
    else:
        verdict = "does not hold"
    return Verdict(claim, statement, rule, found, verdict)
