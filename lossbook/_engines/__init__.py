"""How a formula is walked over data: NumPy in blocks, other libraries in one piece."""
