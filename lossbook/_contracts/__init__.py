"""What may come in, and how it is refused: arrays, domains of values, parameters, weights."""
