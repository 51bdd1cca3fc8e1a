"""The losses on arrays of other libraries: the same numbers as on NumPy's, and autodiff agrees."""

import subprocess
import sys

import numpy as np
import pytest
from cases import CASES, IDS

import lossbook as lb
from lossbook._loss import REDUCTIONS

pytest.importorskip("array_api_compat")
from lossbook._backends import on_host


def torch_array(values, **options):
    torch = pytest.importorskip("torch")
    return torch.asarray(values, **options)


def jax_array(values):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    return jax.numpy.asarray(values)


def strict_array(values):
    return pytest.importorskip("array_api_strict").asarray(values)


def dask_array(values):
    dask = pytest.importorskip("dask.array")
    values = np.asarray(values)
    return dask.from_array(values, chunks=(3, *values.shape[1:]))


LIBRARIES = {"torch": torch_array, "jax": jax_array, "strict": strict_array, "dask": dask_array}
libraries = pytest.mark.parametrize("asarray", LIBRARIES.values(), ids=LIBRARIES)
concrete = pytest.mark.parametrize("asarray", [torch_array, jax_array, strict_array])
every = pytest.mark.parametrize("case", CASES, ids=IDS)


def same(received, expected, rtol=1e-12):
    assert received.shape == np.shape(expected)
    received = on_host(received.compute() if hasattr(received, "compute") else received)
    scale = np.abs(np.asarray(expected)[np.isfinite(expected)]).max(initial=0.0)
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=1e-15 * max(scale, 1e-300))


@libraries
@every
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("weighted", [False, True])
def test_numbers_are_numpys(case, asarray, reduction, weighted):
    y, p = case.draw(np.random.default_rng(1), 7)
    weights = np.array([0.5, 2.0, 0.0, 1.0, 1.5, 0.25, 3.0])
    options = {"reduction": reduction}
    ours, theirs = dict(options), dict(options)
    if weighted:
        ours["sample_weight"], theirs["sample_weight"] = weights, asarray(weights)
    value, slope = case.loss.value_and_gradient(asarray(y), asarray(p), **theirs)
    assert type(value) is type(slope) is type(asarray(p))
    expected, expected_slope = case.loss.value_and_gradient(y, p, **ours)
    same(value, expected)
    same(slope, expected_slope)
    same(case.loss(asarray(y), asarray(p), **theirs), expected)
    same(case.loss.gradient(asarray(y), asarray(p), **theirs), expected_slope)


@every
def test_autograd_of_pytorch_agrees(case):
    torch = pytest.importorskip("torch")
    y, p = case.draw(np.random.default_rng(2), 20)
    predictions = torch.tensor(p, requires_grad=True)
    case.loss(torch.tensor(y), predictions).backward()
    same(predictions.grad, case.loss.gradient(y, p))


@every
def test_grad_and_jit_and_vmap_of_jax_agree(case):
    jax = pytest.importorskip("jax")
    y, p = case.draw(np.random.default_rng(3), 20)
    truth, predictions = jax_array(y), jax_array(p)

    def loss(predictions):
        return case.loss(truth, predictions)

    same(jax.grad(loss)(predictions), case.loss.gradient(y, p))
    same(jax.jit(loss)(predictions), case.loss(y, p))
    same(jax.jit(case.loss.gradient)(truth, predictions), case.loss.gradient(y, p))
    four = (4, 5, *p.shape[1:])
    values = jax.vmap(case.loss)(truth.reshape(4, 5, *y.shape[1:]), predictions.reshape(four))
    rows = zip(y.reshape(4, 5, *y.shape[1:]), p.reshape(four), strict=True)
    same(values, np.array([case.loss(a, b) for a, b in rows]))


@concrete
@every
def test_float32_stays_float32(case, asarray):
    y, p = case.draw(np.random.default_rng(4), 6)
    y = y if y.dtype.kind == "i" else y.astype(np.float32)
    value, slope = case.loss.value_and_gradient(asarray(y), asarray(p.astype(np.float32)))
    assert "float32" in str(value.dtype) and "float32" in str(slope.dtype)


@concrete
def test_logits_of_any_size(asarray):
    z = np.array([[1000.0, 0.0, -1000.0], [-1e308, 1e308, 0.0], [5.0, 5.0, 4.0]])
    labels, rows = np.array([1, 0, 2]), np.eye(3)[[1, 0, 2]]
    sparse = lb.SparseCategoricalCrossentropy(from_logits=True)
    categorical = lb.CategoricalCrossentropy(from_logits=True)
    for loss, y in ((sparse, labels), (categorical, rows)):
        for found, expected in zip(
            loss.value_and_gradient(asarray(y), asarray(z), reduction="none"),
            loss.value_and_gradient(y, z, reduction="none"),
            strict=True,
        ):
            same(found, expected)
    binary = lb.BinaryCrossentropy(from_logits=True)
    same(binary(asarray(labels[:2]), asarray(z[0, ::2].copy())), binary(labels[:2], z[0, ::2]))


@libraries
def test_activations_and_penalties(asarray):
    x = np.array([[2.0, -1.0, 0.5], [-700.0, 0.25, 710.0], [3.0, 3.0, 3.0]])
    for function in (lb.sigmoid, lb.softmax, lb.log_softmax, lb.log_sum_exp):
        same(function(asarray(x)), function(x))
    if asarray is not dask_array:  # whose axis of classes has to be in one piece
        same(lb.softmax(asarray(x), axis=0), lb.softmax(x, axis=0))
    for penalty in (lb.L1(0.3), lb.L2(0.3), lb.ElasticNet(0.1, 0.2), lb.L1(0.0), lb.L2(0.0)):
        same(penalty(asarray(x)), penalty(x))
        same(penalty.gradient(asarray(x)), penalty.gradient(x))
        same(penalty.proximal(asarray(x), 0.5), penalty.proximal(x, 0.5))


@concrete
@pytest.mark.parametrize(
    ("loss", "y", "p", "options"),
    [
        (lb.MeanSquaredError(), [1.0, 2.0], [1.0, np.nan], {}),
        (lb.MeanSquaredError(), [1.0, 2.0], [1.0], {}),
        (lb.MeanSquaredError(), [1.0], [[1.0]], {}),
        (lb.MeanSquaredError(), [1.0], [1.0], {"reduction": "average"}),
        (lb.MeanSquaredError(), [1.0], [1.0], {"sample_weight": [-1.0]}),
        (lb.MeanSquaredError(), [1.0], [1.0], {"sample_weight": [1.0, 1.0]}),
        (lb.BinaryCrossentropy(), [1.0], [1.7], {}),
        (lb.BinaryCrossentropy(), [2.0], [0.5], {}),
        (lb.CategoricalCrossentropy(), [[1.0, 0.0]], [[0.7, 0.7]], {}),
        (lb.SparseCategoricalCrossentropy(), [2], [[0.5, 0.5]], {}),
        (lb.SparseCategoricalCrossentropy(), [0.5], [[0.5, 0.5]], {}),
        (lb.SparseCategoricalCrossentropy(), [[1.0, 0.0]], [[0.5, 0.5]], {}),
        (lb.CategoricalCrossentropy(), [0], [[0.5, 0.5]], {}),
        (lb.Hinge(), [-1.0, 0.0], [0.5, 0.5], {}),
        (lb.Poisson(), [-1.0], [0.5], {}),
    ],
)
def test_bad_input_gets_the_same_message(asarray, loss, y, p, options):
    with pytest.raises(ValueError) as ours:
        loss(np.array(y), np.array(p), **options)
    with pytest.raises(ValueError) as theirs:
        loss(asarray(np.array(y)), asarray(np.array(p)), **options)
    assert str(theirs.value) == str(ours.value)


@concrete
def test_empty_and_complex_are_refused(asarray):
    with pytest.raises(ValueError, match="expected at least one sample"):
        lb.MeanSquaredError()(asarray(np.empty(0)), asarray(np.empty(0)))
    with pytest.raises(TypeError, match="y_pred: expected an array of real numbers"):
        lb.MeanSquaredError()(asarray(np.ones(1)), asarray(np.ones(1) * 1j))


@concrete
def test_lists_and_integers_beside_an_array(asarray):
    p = asarray(np.array([0.5, 1.0, 4.0]))
    same(lb.MeanSquaredError()([1, 2, 3], p), lb.MeanSquaredError()([1, 2, 3], [0.5, 1.0, 4.0]))
    whole = asarray(np.array([1, 2, 3]))
    same(lb.MeanSquaredError()(whole, whole + 2), 4.0)
    halves = asarray(np.array([0.5, 0.5]))
    same(lb.BinaryCrossentropy()(asarray(np.array([True, False])), halves), np.log(2))


def test_device_stays():
    """The meta device has shapes and no numbers: nothing may be fetched from it, or mixed in."""
    torch = pytest.importorskip("torch")
    predictions = torch.ones(3, device="meta")
    assert lb.MeanSquaredError().gradient(torch.ones(3, device="meta"), predictions).is_meta


def test_dask_is_lazy_and_needs_one_pass():
    dask = pytest.importorskip("dask.array")
    read = []

    def load(block, block_info=None):
        read.append(block_info[0]["chunk-location"] if block_info else None)
        return block

    y, p = np.random.default_rng(0).normal(size=(2, 12))
    data = dask.from_array(p, chunks=3).map_blocks(load, dtype=float, meta=np.empty(0))
    value, slope = lb.Huber().value_and_gradient(dask.from_array(y, chunks=3), data)
    assert read == []
    import dask as scheduler

    value, slope = scheduler.compute(value, slope)
    assert sorted(read) == [(0,), (1,), (2,), (3,)]
    same(np.asarray(value), lb.Huber()(y, p))
    same(slope, lb.Huber().gradient(y, p))


def test_without_the_extra_it_is_said():
    code = (
        "import sys; sys.modules['array_api_compat'] = None\n"
        "import lossbook as lb, array_api_strict as xp\n"
        "lb.MeanSquaredError()(xp.asarray([1.0]), xp.asarray([1.0]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert 'pip install "lossbook[arrays]"' in done.stderr
