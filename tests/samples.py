"""Samples in chunks that workers make where they need them; light, for workers import this."""

import dask.array as da
import numpy as np

ROWS, FEATURES = 8_000, 100


def samples(chunk):
    """Return the features and the targets of a chunk, always the same."""
    rng = np.random.default_rng(chunk)
    X = rng.standard_normal((ROWS, FEATURES))
    return X, X[:, 0] + 2 * X[:, 1] + rng.standard_normal(ROWS)


def lazily(n_chunks, fate=lambda: None):
    """Return the samples as Dask arrays whose chunks are made where and when they are needed."""

    def features(block_id):
        fate()
        return samples(block_id[0])[0]

    def targets(block_id):
        return samples(block_id[0])[1]

    rows = (ROWS,) * n_chunks
    X = da.map_blocks(features, chunks=(rows, (FEATURES,)), dtype=float, meta=np.empty((0, 0)))
    return X, da.map_blocks(targets, chunks=(rows,), dtype=float, meta=np.empty(0))


def in_memory(n_chunks):
    X, y = zip(*map(samples, range(n_chunks)), strict=True)
    return np.concatenate(X), np.concatenate(y)
