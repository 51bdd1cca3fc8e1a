"""Whether numbers and claims hold: numerical gradients, agreement, verdicts, the self-test."""
