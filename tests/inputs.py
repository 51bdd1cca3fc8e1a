"""Valid inputs of a loss as Hypothesis draws them: ties, zeros and usual numbers, by its kind.

Infinite losses are left to the tests of limits: where one sample is infinite, nothing is seen of
the others.
"""

from dataclasses import dataclass

import numpy as np
from cases import K, softmax
from hypothesis import strategies as st

NUMBERS = st.floats(-10, 10)
NOT_0 = st.floats(1e-3, 10) | st.floats(-10, -1e-3)  # a relative error has a size
VECTORS = st.lists(NUMBERS, min_size=K, max_size=K)
ONE_HOT = st.sampled_from(np.eye(K).tolist())
# None so small that a formula with an epsilon, 1e-7, raises it.
SCORES = st.lists(st.floats(-5, 5), min_size=K, max_size=K)
ROWS = SCORES.map(lambda z: softmax(np.array([z]))[0].tolist())
LABELS = st.sampled_from([0.0, 1.0])
AMOUNTS = st.floats(-0.9, 50)
WEIGHTS = st.floats(0.1, 3)

# The kinds of targets and of predictions in `cases`.
TARGETS = {
    "real": NOT_0,
    "unit": LABELS | st.floats(0, 1),
    "rows": ONE_HOT | ROWS,
    "index": st.integers(0, K - 1),
    "amount": AMOUNTS,
    "count": st.integers(0, 20),
    "sign": st.sampled_from([-1, 1]),
    "bit": st.sampled_from([0, 1]),
    "one-hot": ONE_HOT,
    "vectors": VECTORS,
}
PREDICTIONS = {
    "real": NUMBERS,
    "probability": st.floats(1e-6, 1 - 1e-6),
    "logit": st.floats(-40, 40),
    "rows": ROWS,
    "logit rows": VECTORS,
    "amount": AMOUNTS,
    "rate": st.floats(1e-3, 20),
    "log rate": NUMBERS,
    "score": NUMBERS,
    "scores": VECTORS,
    "vectors": VECTORS,
}


@dataclass(frozen=True)
class Samples:
    """Targets, predictions, weights, and how often each sample is repeated; the first one is."""

    y: np.ndarray
    p: np.ndarray
    w: np.ndarray
    times: np.ndarray


def samples(case):
    """Return a strategy of samples for a case: the first of them counts, others may be ignored."""
    targets = TARGETS[case.kind[0]]
    ignored = getattr(case.loss, "ignore_class", None)
    if ignored is not None:
        targets |= st.just(ignored)
    one = st.tuples(targets, PREDICTIONS[case.kind[1]], WEIGHTS, st.integers(0, 3))

    def arrays(drawn):
        y, p, w, times = map(np.array, zip(*drawn, strict=True))
        y[0] = abs(y[0]) if ignored is not None else y[0]
        times[0] = max(times[0], 1)
        return Samples(y, p, w, times)

    return st.lists(one, min_size=1, max_size=30).map(arrays)
