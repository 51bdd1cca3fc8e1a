"""The losses: each is a declaration and its formulas."""
