"""`fit` on Dask arrays: the same run as in memory, over chunks that stay where they are."""

import numpy as np
import pytest

import lossbook as lb

da = pytest.importorskip("dask.array")

N, ROWS = 60, 16  # the last chunk is a smaller one
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, 4))
AMOUNTS = X @ [2.0, -1.0, 0.5, 0.0] + 0.1 * RNG.standard_normal(N) + 3
LABELS = (AMOUNTS > 3).astype(int)
CLASSES = np.digitize(AMOUNTS, [1.5, 4.5])
WEIGHT = RNG.uniform(0, 2, N)

REGRESSION = lb.LinearModel(4), AMOUNTS, lb.MeanSquaredError()
SOFTMAX = lb.LinearModel(4, 3), CLASSES, lb.SparseCategoricalCrossentropy(from_logits=True)
PROBLEMS = {
    "linear regression": REGRESSION,
    "softmax regression": SOFTMAX,
    "logistic regression": (
        lb.LinearModel(4),
        LABELS,
        lb.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
    ),
    "hinge": (lb.LinearModel(4), 2 * LABELS - 1, lb.SquaredHinge()),
    "one-hot rows": (
        lb.LinearModel(4, 3),
        lb.one_hot(CLASSES, 3),
        lb.CategoricalCrossentropy(from_logits=True),
    ),
    "a class that does not count": (
        lb.LinearModel(4, 3),
        CLASSES,
        lb.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1),
    ),
    "a network": (lb.MLP([4, 5, 1], activation="tanh"), AMOUNTS, lb.Huber(1.0)),
}
every = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def chunked(array, rows=ROWS):
    return da.from_array(array, chunks=(rows, *array.shape[1:]))


def same_run(received, expected, rtol=1e-12):
    assert received.message == expected.message
    assert received.w.dtype == expected.w.dtype
    np.testing.assert_allclose(received.w, expected.w, rtol=rtol, atol=rtol)
    for name in ("loss", "learning_rate", "gradient_norm", "step_loss", "step_gradient_norm"):
        np.testing.assert_allclose(
            getattr(received.history, name), getattr(expected.history, name), rtol=rtol, atol=rtol
        )


@every
@pytest.mark.parametrize("batch_size", [None, ROWS, 2 * ROWS])
def test_run_is_that_in_memory(problem, batch_size):
    model, y, loss = problem
    options = {
        "loss": loss,
        "optimizer": lb.Adam(0.1),
        "penalty": lb.L2(0.01),
        "batch_size": batch_size,
        "epochs": 5,
        "shuffle": False,
    }
    same_run(
        lb.fit(model, chunked(X), chunked(y), **options),
        lb.fit(model, X, y, **options),
    )


@every
def test_weights_count(problem):
    model, y, loss = problem
    options = {"loss": loss, "optimizer": lb.SGD(0.1), "epochs": 5}
    expected = lb.fit(model, X, y, sample_weight=WEIGHT, **options)
    for weight in (WEIGHT, chunked(WEIGHT)):
        same_run(lb.fit(model, chunked(X), y, sample_weight=weight, **options), expected)


@pytest.mark.parametrize("size", [ROWS, 2 * ROWS])
def test_shuffling_is_of_chunks(size):
    """Equivalent to a loop over chunks in the order of `rng.permutation`."""
    model, y, loss = SOFTMAX
    optimizer = lb.SGD(0.1, momentum=0.9)
    result = lb.fit(
        model, chunked(X), y, loss=loss, optimizer=optimizer, batch_size=size, epochs=3, seed=5
    )
    rng, w = np.random.default_rng(5), model.init(5)
    state = optimizer.init(w)
    starts = np.arange(0, N, ROWS)
    values = []
    for _ in range(3):
        order = starts[rng.permutation(len(starts))]
        for chunks in np.split(order, range(size // ROWS, len(order), size // ROWS)):
            rows = np.concatenate([np.arange(s, min(s + ROWS, N)) for s in chunks])
            value, slope = loss.value_and_gradient(y[rows], model.predict(w, X[rows]))
            values.append(value)
            w, state = optimizer.update(w, model.gradient(w, X[rows], slope), state)
    np.testing.assert_allclose(result.w, w, rtol=1e-12)
    np.testing.assert_allclose(result.history.step_loss, values, rtol=1e-12)


def test_options_are_those_in_memory():
    model, y, loss = REGRESSION
    seen = []
    plateau = lb.ReduceLROnPlateau(0.2, factor=0.5, patience=1)
    options = {
        "loss": loss,
        "optimizer": lb.SGD(plateau),
        "penalty": lb.L1(0.3),
        "proximal": True,
        "epochs": 8,
        "w0": [0.0, 1.0, 2.0, 3.0, 4.0],
        "callback": lambda epoch, w, value: seen.append((epoch, value)) or epoch == 6,
    }
    unseen = X[::2], AMOUNTS[::2]
    expected = lb.fit(model, X, y, validation=unseen, **options)
    for pair in (unseen, (chunked(unseen[0]), unseen[1])):
        received = lb.fit(model, chunked(X), chunked(y), validation=pair, **options)
        same_run(received, expected)
        np.testing.assert_allclose(
            received.history.validation_loss, expected.history.validation_loss, rtol=1e-12
        )
    assert np.count_nonzero(received.w) < len(received.w)
    np.testing.assert_allclose(seen[:7], seen[7:14], rtol=1e-12)


def test_float32_is_computed_in_float32():
    model, y, loss = SOFTMAX
    options = {"loss": loss, "optimizer": lb.SGD(0.1), "epochs": 5}
    small = X.astype(np.float32)
    received = lb.fit(model, chunked(small), y, **options)
    same_run(received, lb.fit(model, small, y, **options), rtol=1e-5)
    assert received.w.dtype == np.float32
    same_run(  # integers compute in float64
        lb.fit(model, chunked((8 * X).astype(int)), y, **options),
        lb.fit(model, (8 * X).astype(int), y, **options),
    )


def test_chunks_of_columns_are_joined_and_targets_are_chunked_alike():
    model, y, loss = REGRESSION
    options = {"loss": loss, "optimizer": lb.SGD(0.1), "epochs": 3}
    expected = lb.fit(model, X, y, **options)
    same_run(lb.fit(model, da.from_array(X, chunks=(7, 3)), chunked(y, 13), **options), expected)


def test_predictions_are_lazy():
    for model, y, loss in (REGRESSION, SOFTMAX):
        w = model.init(1)
        lazy = model.predict(w, chunked(X))
        assert isinstance(lazy, da.Array)
        expected = model.predict(w, X)
        assert lazy.shape == expected.shape
        assert lazy.dtype == expected.dtype
        np.testing.assert_allclose(lazy.compute(), expected, rtol=1e-12)
        value = loss(chunked(y), lazy)
        np.testing.assert_allclose(value.compute(), loss(y, expected), rtol=1e-12)


def test_divergence_is_told_as_in_memory():
    model, y, loss = REGRESSION
    options = {"loss": loss, "optimizer": lb.SGD(1e200), "epochs": 5}
    expected = lb.fit(model, X, y, **options)
    received = lb.fit(model, chunked(X), y, **options)
    assert received.diverged and expected.diverged
    np.testing.assert_allclose(received.w, expected.w, rtol=1e-12)
    assert received.message.startswith("diverged at step 1")


def with_entry(array, place, value):
    array = array.astype(float)
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("changed", "kind", "words"),
    [
        ({"X": with_entry(X, (20, 1), np.nan)}, ValueError, ("rows 16:32", "X[4, 1]", "nan")),
        ({"X": with_entry(X, (20, 1), np.inf)}, ValueError, ("rows 16:32", "X[4, 1]", "finite")),
        ({"X": X[:, :3]}, ValueError, ("X", "(n, 4)", "(60, 3)")),
        ({"X": X.astype(complex)}, TypeError, ("X", "real numbers", "complex")),
        ({"y": with_entry(AMOUNTS, 59, np.nan)}, ValueError, ("rows 48:60", "y_true[11]", "nan")),
        ({"y": AMOUNTS[:59]}, ValueError, ("y", "60 rows", "(59,)")),
        ({"y": AMOUNTS[:, None]}, ValueError, ("y_true", "same shape", "(16, 1)")),
        ({"sample_weight": WEIGHT[1:]}, ValueError, ("sample_weight", "(60,)", "(59,)")),
        (
            {"sample_weight": with_entry(WEIGHT, 17, -1)},
            ValueError,
            ("rows 16:32", "sample_weight[1]", "-1"),
        ),
        ({"batch_size": 20}, ValueError, ("batch_size", "16 rows", "received 20", "mean 16,")),
        ({"batch_size": 0}, ValueError, ("batch_size", "at least 1")),
    ],
)
def test_bad_input_is_told_with_its_chunk(changed, kind, words):
    model, y, loss = REGRESSION
    given = {"X": X, "y": y, "loss": loss, "optimizer": lb.SGD(0.1), **changed}
    given["X"] = chunked(given["X"])
    with pytest.raises(kind) as caught:
        lb.fit(model, **given)
    for word in words:
        assert word in str(caught.value)


def test_labels_of_two_codings_in_different_chunks_are_refused():
    y = np.where(np.arange(N) < ROWS, LABELS, 2 * LABELS - 1)
    assert {*y[:ROWS]} == {0, 1} and {*y[ROWS:]} == {-1, 1}
    with pytest.raises(ValueError, match="received both -1 and 0"):
        lb.fit(lb.LinearModel(4), chunked(X), y, loss=lb.Hinge(), optimizer=lb.SGD(0.1))


def test_a_loss_without_any_sample_that_counts():
    loss = lb.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
    with pytest.raises(ValueError, match="y: expected a sample that counts"):
        lb.fit(lb.LinearModel(4, 3), chunked(X), 0 * CLASSES, loss=loss, optimizer=lb.SGD(0.1))


def test_chunks_of_different_or_unknown_sizes():
    model, y, loss = REGRESSION
    options = {"loss": loss, "optimizer": lb.SGD(0.1)}
    uneven = da.from_array(X, chunks=((10, 20, 30), 4))
    lb.fit(model, uneven, y, **options)
    with pytest.raises(ValueError, match=r"10, 20, 30.*rechunk\(\{0: 10\}\)"):
        lb.fit(model, uneven, y, batch_size=10, **options)
    lazy = chunked(X)
    with pytest.raises(ValueError, match="compute_chunk_sizes"):
        lb.fit(model, lazy[lazy[:, 0] > 0], y, **options)


def test_other_collections_of_dask_are_refused():
    from dask import delayed

    model, y, loss = REGRESSION
    with pytest.raises(TypeError, match="expected a Dask array, received Delayed"):
        lb.fit(model, delayed(X), y, loss=loss, optimizer=lb.SGD(0.1))


def test_each_chunk_is_read_once_a_step_and_never_joined():
    reads = []

    def read(block):
        if block.size:  # Dask tries functions on arrays without entries
            reads.append(block.shape)
        return block

    model, y, loss = REGRESSION
    lazy = chunked(X).map_blocks(read, dtype=float, meta=np.empty((0, 0)))
    lb.fit(model, lazy, y, loss=loss, optimizer=lb.SGD(0.1), epochs=3)
    assert sorted(reads) == 3 * [(12, 4)] + 9 * [(16, 4)]
