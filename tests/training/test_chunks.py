"""`fit` on Dask arrays: the same run as in memory, over chunks that stay where they are."""

import numpy as np
import pytest

import lossbook as lb

da = pytest.importorskip("dask.array")
from lossbook.training.chunks import Chunks  # noqa: E402

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
        ({"y": AMOUNTS.astype(str)}, TypeError, ("y", "real numbers", "<U32")),
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


def test_labels_that_are_no_numbers_are_refused():
    y = chunked(np.where(LABELS, "yes", "no"))
    with pytest.raises(TypeError, match="y: expected an array of real numbers, received dtype <U3"):
        lb.fit(lb.LinearModel(4), chunked(X), y, loss=lb.Hinge(), optimizer=lb.SGD(0.1))


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


def test_targets_and_weights_of_unknown_length_are_refused_with_the_remedy():
    model, y, loss = REGRESSION
    lazy = chunked(WEIGHT)
    for name in ("y", "sample_weight"):
        given = {"y": y, name: lazy[lazy >= 0]}
        with pytest.raises(ValueError, match=rf"{name}: .* {name}\.compute_chunk_sizes\(\)"):
            lb.fit(model, chunked(X), **given, loss=loss, optimizer=lb.SGD(0.1))


def test_chunks_without_rows_are_passed_over():
    """Such as a selection leaves behind, once its `compute_chunk_sizes` is asked."""

    def selected(array):
        lazy = chunked(array)[chunked(np.arange(N)) >= ROWS].compute_chunk_sizes()
        assert lazy.chunks[0] == (0, 16, 16, 12)
        return lazy

    for name in ("linear regression", "hinge", "softmax regression"):
        model, y, loss = PROBLEMS[name]
        options = {"loss": loss, "optimizer": lb.SGD(0.1), "shuffle": False}
        for size in (None, ROWS):
            expected = lb.fit(model, X[ROWS:], y[ROWS:], batch_size=size, **options)
            for targets in (y[ROWS:], selected(y)):
                received = lb.fit(model, selected(X), targets, batch_size=size, **options)
                same_run(received, expected)
        lazy = model.predict(expected.w, selected(X))
        np.testing.assert_allclose(lazy, model.predict(expected.w, X[ROWS:]), rtol=1e-12)


def test_no_rows_at_all_are_refused_as_in_memory():
    model, y, loss = REGRESSION
    for empty in (X[:0], da.zeros((0, 4))):
        with pytest.raises(ValueError, match=r"X: expected at least one value, .* \(0, 4\)"):
            lb.fit(model, empty, y[:0], loss=loss, optimizer=lb.SGD(0.1))
        with pytest.raises(ValueError, match=r"X: expected at least one value, .* \(0, 4\)"):
            model.predict(model.init(), empty)


@pytest.mark.parametrize("name", ["X", "y", "sample_weight"])
def test_other_collections_of_dask_are_refused(name):
    from dask import bag, delayed

    model, y, loss = REGRESSION
    options = {"loss": loss, "optimizer": lb.SGD(0.1)}
    with pytest.raises(TypeError, match=rf"{name}: .* received Delayed; .*from_delayed\({name}, "):
        lb.fit(model, **{"X": chunked(X), "y": y, name: delayed(y)}, **options)
    with pytest.raises(TypeError, match=rf"{name}: .* received Bag; .* {name}\.to_dataframe\(\)"):
        given = bag.from_sequence(y.tolist())
        lb.fit(model, **{"X": chunked(X), "y": y, name: given}, **options)


def in_chunks_of(kind, array):
    return chunked(array).map_blocks(kind, dtype=array.dtype, meta=np.empty((0,) * array.ndim))


@pytest.mark.parametrize("name", ["X", "y", "sample_weight"])
def test_masked_chunks_are_refused(name):
    model, y, loss = REGRESSION
    given = {"X": chunked(X), "y": y, "sample_weight": WEIGHT}
    given[name] = da.ma.masked_greater(chunked({"X": X, "y": y, "sample_weight": WEIGHT}[name]), 1)
    with pytest.raises(TypeError, match=f"^{name}: expected a plain array, received a masked one"):
        lb.fit(model, **given, loss=loss, optimizer=lb.SGD(0.1))


def test_sparse_chunks_are_refused():
    sparse = pytest.importorskip("scipy.sparse")
    model, y, loss = REGRESSION
    with pytest.raises(TypeError, match=r"^X: expected an array of real numbers, .* csr_arr"):
        lb.fit(model, in_chunks_of(sparse.csr_array, X), y, loss=loss, optimizer=lb.SGD(0.1))


def test_chunks_of_another_library_are_computed_with_numpy():
    torch = pytest.importorskip("torch")
    model, y, loss = REGRESSION
    options = {"loss": loss, "optimizer": lb.SGD(0.1)}
    lazy = [in_chunks_of(torch.tensor, array) for array in (X, y, WEIGHT)]
    expected = lb.fit(model, X, y, sample_weight=WEIGHT, **options)
    same_run(lb.fit(model, *lazy[:2], sample_weight=lazy[2], **options), expected)


def test_infinite_features_are_seen_where_a_layer_bounds_what_comes_of_them():
    model, y, loss = PROBLEMS["a network"]
    options = {"loss": loss, "optimizer": lb.SGD(0.1)}
    for activation, entry in (("tanh", np.inf), ("sigmoid", np.inf), ("relu", -np.inf)):
        model = lb.MLP([4, 5, 1], activation=activation)
        infinite = chunked(with_entry(X, (20, 1), entry))
        with pytest.raises(ValueError, match=r"rows 16:32, X\[4, 1\]: expected a finite number"):
            lb.fit(model, infinite, y, **options)
        with pytest.raises(
            ValueError, match=r"rows 16:32, validation\[0\]\[4, 1\]: expected a fin"
        ):
            lb.fit(model, chunked(X), y, validation=(infinite, y), **options)


def test_only_the_mean_has_to_be_finite():
    """The sum of these losses overflows, in a chunk and over all of them."""
    model, y, loss = lb.LinearModel(4), np.full(N, 5e153), lb.MeanSquaredError()
    options = {"loss": loss, "optimizer": lb.SGD(1e-3), "epochs": 2}
    expected = lb.fit(model, X, y, **options)
    assert expected.message == "finished 2 epochs"
    same_run(lb.fit(model, chunked(X), y, validation=(chunked(X), y), **options), expected)


def test_a_chunk_without_any_sample_that_counts_adds_nothing():
    model, _, loss = PROBLEMS["a class that does not count"]
    y = np.where(np.arange(N) < ROWS, loss.ignore_class, CLASSES)
    options = {"loss": loss, "optimizer": lb.SGD(0.1), "sample_weight": WEIGHT}
    same_run(lb.fit(model, chunked(X), y, **options), lb.fit(model, X, y, **options))


def test_a_step_makes_tasks_for_its_own_chunks_only():
    made = {}
    for rows in (1, 3):  # 60 chunks, and 20
        lazy = chunked(X, rows)
        data = Chunks(("X", "y"), REGRESSION[0], lazy, AMOUNTS, REGRESSION[2])
        graph = data._graph(np.zeros(5), np.array([1, 3]), slope=True).dask
        made[rows] = sum(len(tasks) for tasks in graph.layers.values())
    assert made[1] == made[3]


def test_a_chunk_is_read_in_the_task_that_sums_it():
    """Elsewhere it might be read by one worker and summed by another."""
    from samples import FEATURES, lazily

    data = Chunks(("X", "y"), lb.LinearModel(FEATURES), *lazily(6), lb.MeanSquaredError())
    for chunks in ([1], [3, 1], range(6)):
        graph = data._graph(np.zeros(FEATURES + 1), np.array(chunks), slope=True)
        tasks = graph.__dask_optimize__(graph.dask, graph.__dask_keys__())
        assert not any("features" in str(key) or "targets" in str(key) for key in tasks)


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
