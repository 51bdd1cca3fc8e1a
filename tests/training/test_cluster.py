"""Two worker processes: the same numbers, more data than their memory, and one that is lost."""

import logging
import os

import numpy as np
import pytest
from cases import CASES, IDS

import lossbook as lb

pytest.importorskip("array_api_compat")
da = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")
from samples import FEATURES, ROWS, in_memory, lazily  # noqa: E402

LIMIT = 350_000_000  # bytes of each worker; one that holds more is killed
CHUNKS = 64
LINEAR = lb.LinearModel(FEATURES), lb.MeanSquaredError()
SOFTMAX = lb.LinearModel(FEATURES, 3), lb.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            memory_limit=LIMIT,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def descend(problem, X, y, **options):
    model, loss = problem
    if problem is SOFTMAX:
        y = (y > -1).astype(int) + (y > 1)
    return lb.fit(model, X, y, loss=loss, optimizer=lb.SGD(0.3), epochs=4, **options)


def sent(client):
    """Return how many bytes the workers have sent."""
    return sum(client.run(lambda dask_worker: dask_worker.transfer_outgoing_bytes_total).values())


def pids(client):
    return set(client.run(os.getpid).values())


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_losses_are_numpys(case, client):
    y, p = case.draw(np.random.default_rng(1), 7)
    weight = np.array([0.5, 2.0, 0.0, 1.0, 1.5, 0.25, 3.0])
    true, pred, weights = (da.from_array(a, chunks=(3, *a.shape[1:])) for a in (y, p, weight))
    lazy, expected = [], []
    for given, ours in ((None, None), (weights, weight)):
        lazy += case.loss.value_and_gradient(true, pred, sample_weight=given)
        expected += case.loss.value_and_gradient(y, p, sample_weight=ours)
    for received, wanted in zip(client.compute(lazy, sync=True), expected, strict=True):
        np.testing.assert_allclose(received, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("problem", [LINEAR, SOFTMAX], ids=["linear", "softmax"])
@pytest.mark.parametrize("batch_size", [None, 2 * ROWS])
def test_descent_is_that_in_memory_and_the_data_stay(client, problem, batch_size):
    options = {"batch_size": batch_size, "shuffle": False}
    expected = descend(problem, *in_memory(8), **options)
    before = sent(client)
    received = descend(problem, *lazily(8), **options)
    moved = sent(client) - before
    np.testing.assert_allclose(received.w, expected.w, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(received.history.step_loss, expected.history.step_loss, rtol=1e-12)
    # w to each chunk and a row of sums from it, even if none of them met on the same worker
    parameters = 8 * (problem[0].n_parameters + 2)
    assert 0 < moved < 4 * 8 * 4 * parameters < 8 * ROWS * FEATURES


def test_data_larger_than_the_memory(client):
    X, y = lazily(CHUNKS)
    assert X.nbytes > LIMIT
    before = pids(client)
    received = descend(LINEAR, X, y)
    assert pids(client) == before  # none had to be restarted
    expected = descend(LINEAR, *in_memory(CHUNKS))
    np.testing.assert_allclose(received.history.loss, expected.history.loss, rtol=1e-12)
    np.testing.assert_allclose(received.w, expected.w, rtol=1e-12, atol=1e-12)


def test_a_worker_that_is_lost(client, tmp_path):
    """In the middle of the third step a worker dies at once; the run goes on to the same end."""
    countdown, ended = tmp_path / "reads", tmp_path / "ended"

    def fate():
        with countdown.open("a") as reads:
            reads.write(".")
        if countdown.stat().st_size > 2 * 8 + 3 and not ended.exists():
            ended.touch()
            os._exit(1)

    before = pids(client)
    received = descend(SOFTMAX, *lazily(8, fate))
    assert ended.exists()
    client.wait_for_workers(2)
    assert len(before & pids(client)) == 1
    expected = descend(SOFTMAX, *in_memory(8))
    assert received.message == expected.message == "finished 4 epochs"
    np.testing.assert_allclose(received.w, expected.w, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(received.history.loss, expected.history.loss, rtol=1e-12)


def test_a_chunk_that_is_refused_is_told_here(client):
    X, y = lazily(4)
    y = da.where(da.arange(len(y), chunks=y.chunks) == ROWS + 5, np.nan, y)
    with pytest.raises(ValueError, match=rf"rows {ROWS}:{2 * ROWS}, y, .*y_true\[5\]"):
        descend(LINEAR, X, y)
