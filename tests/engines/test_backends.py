"""The losses on arrays of other libraries: the same numbers as on NumPy's, and autodiff agrees."""

import subprocess
import sys

import numpy as np
import pytest
from cases import CASES, FAMILIES, IDS

import lossbook as lb
from lossbook._contracts.samples import REDUCTIONS

pytest.importorskip("array_api_compat")
from lossbook._contracts.libraries import on_host


def torch_array(values, **options):
    torch = pytest.importorskip("torch")
    return torch.asarray(values, **options)


def jax_array(values):
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_disable_most_optimizations", True)  # to compile takes longer than to run
    return jax.numpy.asarray(values)


def strict_array(values):
    return pytest.importorskip("array_api_strict").asarray(values)


def dask_array(values):
    dask = pytest.importorskip("dask.array")
    values = np.asarray(values)
    rows = max(3, len(values) // 4)
    return dask.from_array(values, chunks=(rows, *values.shape[1:]))


LIBRARIES = {"torch": torch_array, "jax": jax_array, "strict": strict_array, "dask": dask_array}
libraries = pytest.mark.parametrize("asarray", LIBRARIES.values(), ids=LIBRARIES)
concrete = pytest.mark.parametrize("asarray", [torch_array, jax_array, strict_array])
every = pytest.mark.parametrize("case", CASES, ids=IDS)


def same(received, expected, rtol=1e-12, what=""):
    assert received.shape == np.shape(expected), what
    received = on_host(received.compute() if hasattr(received, "compute") else received)
    scale = np.abs(np.asarray(expected)[np.isfinite(expected)]).max(initial=0.0)
    atol = 1e-15 * max(scale, 1e-300)
    np.testing.assert_allclose(received, expected, rtol=rtol, atol=atol, err_msg=what)


WAYS = [(reduction, weighted) for reduction in REDUCTIONS for weighted in (False, True)]


@libraries
@every
def test_numbers_are_numpys(case, asarray):
    """Where a call takes long, the parts are asked for alone in each way on one loss a family."""
    y, p = case.draw(np.random.default_rng(1), 7)
    weights = np.array([0.5, 2.0, 0.0, 1.0, 1.5, 0.25, 3.0])
    truth, predictions, theirs = map(asarray, (y, p, weights))
    quick = asarray in (torch_array, strict_array)
    results = []
    for reduction, weighted in WAYS:
        what, options = f"{reduction}, weighted: {weighted}", {"reduction": reduction}
        ours = weights if weighted else None
        expected = case.loss.value_and_gradient(y, p, sample_weight=ours, **options)
        options["sample_weight"] = theirs if weighted else None
        both = case.loss.value_and_gradient(truth, predictions, **options)
        assert type(both[0]) is type(both[1]) is type(predictions), what
        results += zip(both, expected, [what] * 2, strict=True)
        if quick or case in FAMILIES or (reduction, weighted) == ("weighted_mean", True):
            value = case.loss(truth, predictions, **options)
            slope = case.loss.gradient(truth, predictions, **options)
            results += zip((value, slope), expected, [f"{what}, alone"] * 2, strict=True)
    received, expected, ways = zip(*results, strict=True)
    if asarray is dask_array:
        import dask

        for one, other in zip(received, expected, strict=True):
            assert one.shape == np.shape(other)
        received = map(np.asarray, dask.compute(*received, scheduler="sync"))
    for one, other, what in zip(received, expected, ways, strict=True):
        same(one, other, what=what)


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
    short = [a.reshape(4, 5, *a.shape[1:]) for a in (y, p)]

    @jax.jit  # one program, for to compile is what takes long
    def results(truth, predictions, short):
        return (
            case.loss(truth, predictions),
            case.loss.gradient(truth, predictions),
            jax.grad(case.loss, argnums=1)(truth, predictions),
            jax.vmap(case.loss)(*short),
        )

    value, slope, found, values = results(jax_array(y), jax_array(p), [*map(jax_array, short)])
    same(value, case.loss(y, p))
    same(slope, case.loss.gradient(y, p))
    same(found, case.loss.gradient(y, p))
    same(values, np.array([case.loss(a, b) for a, b in zip(*short, strict=True)]))


@pytest.mark.parametrize("case", FAMILIES[::3], ids=lambda case: case.name)
def test_grad_and_vmap_of_jax_that_are_not_compiled(case):
    jax = pytest.importorskip("jax")
    y, p = case.draw(np.random.default_rng(1), 7)
    truth, predictions = jax_array(y), jax_array(p)
    same(jax.grad(case.loss, argnums=1)(truth, predictions), case.loss.gradient(y, p))
    values = jax.vmap(case.loss)(truth[:, None], predictions[:, None])
    same(values, case.loss(y, p, reduction="none"))


# --- autodiff where a formula treats two sides apart ----------------------------------------------

THIRD, LOGITS = 1 / 3, {"from_logits": True}
SMOOTH = [  # a loss, y, p: at 0, at ties, at the border of the domain; no kink among them
    (lb.BinaryCrossentropy(**LOGITS), [1.0, 0.0, 0.3], [0.0, 0.0, 0.0]),
    (lb.BinaryCrossentropy(), [1.0, 0.0, 0.0], [1.0 - 1e-9, 1e-9, 0.5]),
    (lb.CategoricalCrossentropy(**LOGITS), [[1.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]),
    (lb.CategoricalCrossentropy(**LOGITS), [[1.0, 0.0, 0.0]], [[2.0, 2.0, 1.0]]),
    (lb.CategoricalCrossentropy(**LOGITS), [[0.0, 1.0, 0.0]], [[-np.inf, 2.0, 1.0]]),
    (lb.CategoricalCrossentropy(), [[0.0, 1.0, 0.0]], [[0.0, 0.25, 0.75]]),
    (lb.SparseCategoricalCrossentropy(**LOGITS), [1, 2], [[2.0, 2.0, 1.0], [3.0, 1.0, 3.0]]),
    (lb.SparseCategoricalCrossentropy(), [1], [[0.0, 0.25, 0.75]]),
    (lb.BinaryFocalCrossentropy(**LOGITS), [1.0, 0.0, 0.3], [0.0, 0.0, 0.0]),
    (lb.CategoricalFocalCrossentropy(**LOGITS), [[1.0, 0.0, 0.0]], [[2.0, 2.0, 1.0]]),
    (lb.KLDivergence(), [[0.0, 1.0]], [[0.6, 0.4]]),
    (lb.KLDivergence(), [[0.0, 0.5, 0.5]], [[0.0, 0.4, 0.6]]),
    (lb.KLDivergence(), [[0.3, 0.7]], [[0.3, 0.7]]),
    (lb.CosineSimilarity(), [[1.0, 2.0]], [[3.0, 0.0]]),
    (lb.Poisson(), [0.0, 2.0], [0.0, 1.0]),
    (lb.LogCosh(), [1.0, 2.0], [2.0, 1.0]),
    (lb.Huber(), [1.0, 2.0], [1.0, 3.0]),
]
smooth = pytest.mark.parametrize(("loss", "y", "p"), SMOOTH)


@smooth
def test_autograd_of_pytorch_agrees_at_zero_and_at_ties(loss, y, p):
    torch = pytest.importorskip("torch")
    y, p = np.array(y), np.array(p)
    predictions = torch.tensor(p, requires_grad=True)
    loss(torch.tensor(y), predictions).backward()
    same(predictions.grad, loss.gradient(y, p))


@smooth
def test_grad_of_jax_agrees_at_zero_and_at_ties(loss, y, p):
    jax = pytest.importorskip("jax")
    y, p = np.array(y), np.array(p)
    same(jax.jit(jax.grad(loss, argnums=1))(jax_array(y), jax_array(p)), loss.gradient(y, p))


def test_the_gradient_at_zero_logits_is_the_probability_less_the_label():
    """The comparisons above are with our own gradient; this one is with what a hand finds."""
    torch = pytest.importorskip("torch")
    z = torch.zeros((1, 3), dtype=torch.float64, requires_grad=True)
    lb.SparseCategoricalCrossentropy(from_logits=True)([0], z).backward()
    same(z.grad, np.array([[THIRD - 1, THIRD, THIRD]]))


@pytest.mark.parametrize("x", [[0.0, 0.0], [2.0, 2.0, 1.0], [0.0, -3.0, 2.0]])
def test_derivatives_of_activations_at_ties(x):
    jax = pytest.importorskip("jax")
    x = np.array(x)
    p = np.exp(x - x.max()) / np.exp(x - x.max()).sum()
    softmax = np.diag(p) - np.outer(p, p)
    s = 1 / (1 + np.exp(-x))

    @jax.jit
    def derivatives(x):
        return (
            jax.jacrev(lb.softmax)(x),
            jax.jacfwd(lb.softmax)(x),
            jax.jacrev(lb.log_softmax)(x),
            jax.grad(lb.log_sum_exp)(x),
            jax.vmap(jax.grad(lb.sigmoid))(x),
        )

    backward, forward, of_logarithm, of_sum, of_sigmoid = derivatives(jax_array(x))
    same(backward, softmax, rtol=1e-11)
    same(forward, softmax, rtol=1e-11)
    same(of_logarithm, np.eye(len(x)) - p, rtol=1e-11)
    same(of_sum, p, rtol=1e-11)
    same(of_sigmoid, s * np.exp(-x) / (1 + np.exp(-x)))


def test_a_classifier_learns_from_weights_of_zero():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    X, labels = torch.tensor(rng.normal(size=(60, 4))), rng.integers(0, 3, 60)
    ours, theirs = (torch.zeros((4, 3), dtype=torch.float64, requires_grad=True) for _ in range(2))
    loss = lb.SparseCategoricalCrossentropy(from_logits=True)

    def peer(labels, scores):
        return torch.nn.functional.cross_entropy(scores, torch.tensor(labels))

    for _ in range(20):
        for w, mean in ((ours, loss), (theirs, peer)):
            (slope,) = torch.autograd.grad(mean(labels, X @ w), w)
            with torch.no_grad():
                w -= 0.5 * slope
    assert ours.abs().max() > 0.1
    same(ours.detach(), theirs.detach().numpy(), rtol=1e-10)


@every
def test_transformations_of_pytorch(case):
    torch = pytest.importorskip("torch")
    y, p = case.draw(np.random.default_rng(3), 20)
    truth, predictions = torch.tensor(y), torch.tensor(p)
    found = torch.func.grad(lambda p: case.loss(truth, p))(predictions)
    same(found, case.loss.gradient(y, p))
    four = truth.reshape(4, 5, *y.shape[1:]), predictions.reshape(4, 5, *p.shape[1:])
    rows = list(zip(*(part.numpy() for part in four), strict=True))
    for function in case.loss, case.loss.gradient:
        same(torch.func.vmap(function)(*four), np.array([function(a, b) for a, b in rows]))


# --- dtypes ---------------------------------------------------------------------------------------


@concrete
@every
def test_float32_stays_float32(case, asarray):
    y, p = case.draw(np.random.default_rng(4), 6)
    y = y if y.dtype.kind == "i" else y.astype(np.float32)
    call, given = case.loss.value_and_gradient, (asarray(y), asarray(p.astype(np.float32)))
    if asarray is jax_array:  # it knows the dtypes of what it has not computed
        value, slope = pytest.importorskip("jax").eval_shape(call, *given)
    else:
        value, slope = call(*given)
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
        (lb.MeanSquaredError(), [np.inf], [np.inf], {}),
        (
            lb.MeanSquaredError(),
            [1.0],
            [1.0],
            {"sample_weight": [0.0], "reduction": "weighted_mean"},
        ),
        (lb.SparseCategoricalCrossentropy(ignore_class=1), [1], [[0.5, 0.5]], {}),
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


@libraries
def test_activations_and_penalties_refuse_what_numpys_do(asarray):
    for function, x, options in (
        (lb.softmax, np.ones((2, 3)), {"axis": 2}),
        (lb.softmax, np.array(1.0), {}),
        (lb.softmax, np.ones(0), {}),
        (lb.log_sum_exp, np.ones((0, 3)), {}),
        (lb.sigmoid, np.ones(0), {}),
        (lb.L2(1.0), np.ones(0), {}),
    ):
        with pytest.raises(ValueError) as ours:
            function(x, **options)
        given = asarray(x) if x.ndim or asarray is not dask_array else dask_array([1.0])[0]
        with pytest.raises(ValueError) as theirs:
            function(given, **options)
        assert str(theirs.value) == str(ours.value)


def test_libraries_are_not_mixed():
    torch = pytest.importorskip("torch")
    loss, p = lb.MeanSquaredError(), torch_array([1.0])
    with pytest.raises(
        TypeError, match=r"y_true: expected an array of torch, .* received one of jax"
    ):
        loss(jax_array([1.0]), p)
    with pytest.raises(TypeError, match="sample_weight: expected an array of torch"):
        loss(p, p, sample_weight=dask_array([1.0]))
    with pytest.raises(ValueError, match=r"y_true: .* the device cpu.* received one on meta"):
        loss(torch.ones(1, device="meta"), p)


def test_what_dask_has_beside_arrays_is_refused():
    dask = pytest.importorskip("dask")
    bag = pytest.importorskip("dask.bag")
    loss, y = lb.MeanSquaredError(), dask_array([1.0, 2.0])
    for given in (bag.from_sequence([1.0, 2.0]), dask.delayed(np.ones(2))):
        for arguments in ((y, given), (given, y)):
            with pytest.raises(
                TypeError,
                match=r"y_\w+: expected a NumPy or a Dask array, received (Bag|Delayed); ",
            ):
                loss(*arguments)


def test_a_length_that_dask_does_not_know_is_asked_for():
    y = dask_array([1.0, 2.0, 3.0])
    some = y[y > 1]
    for call in (lambda: lb.MeanSquaredError()(some, some), lambda: lb.softmax(some)):
        with pytest.raises(ValueError, match=r"did you mean \w+\.compute_chunk_sizes\(\)"):
            call()
    assert float(lb.MeanSquaredError()(some.compute_chunk_sizes(), [2.0, 5.0])) == 2.0


@pytest.mark.parametrize(
    "values", [np.ones(2) * 1j, np.array(["1", "2"]), np.array([1, 2], "M8[s]")]
)
def test_dask_refuses_dtypes_though_it_does_not_look_at_numbers(values):
    loss, real = lb.MeanSquaredError(), dask_array([1.0, 2.0])
    for arguments in ((dask_array(values), real), (real, dask_array(values))):
        with pytest.raises(TypeError, match="expected an array of real numbers, received dtype"):
            loss(*arguments)
    with pytest.raises(TypeError, match="sample_weight: expected an array of real numbers"):
        loss(real, real, sample_weight=dask_array(values))


def test_numpys_numbers_are_checked_beside_lazy_ones():
    z = dask_array(np.zeros((2, 2)))
    loss = lb.SparseCategoricalCrossentropy(from_logits=True)
    with pytest.raises(ValueError, match=r"y_true\[1\]: expected a class index from 0 to 1"):
        loss(np.array([1, 7]), z)
    with pytest.raises(ValueError, match=r"sample_weight\[0\]: expected a finite weight"):
        loss(np.array([1, 0]), z, sample_weight=np.array([-1.0, 1.0]))
    with pytest.raises(ValueError, match=r"y_true\[0\]: expected a number, received nan"):
        lb.MeanSquaredError()(np.array([np.nan, 1.0]), z[:, 0])


@concrete
def test_lists_and_integers_beside_an_array(asarray):
    p = asarray(np.array([0.5, 1.0, 4.0]))
    same(lb.MeanSquaredError()([1, 2, 3], p), lb.MeanSquaredError()([1, 2, 3], [0.5, 1.0, 4.0]))
    whole = asarray(np.array([1, 2, 3]))
    same(lb.MeanSquaredError()(whole, whole + 2), 4.0)
    halves = asarray(np.array([0.5, 0.5]))
    same(lb.BinaryCrossentropy()(asarray(np.array([True, False])), halves), np.log(2))


@concrete
def test_numpys_numbers_keep_their_digits(asarray):
    p = asarray(np.array([1e9]))
    assert float(lb.MeanAbsoluteError()(np.array([1e9 + 1]), p)) == 1.0
    assert float(lb.MeanAbsoluteError()([1e9 + 1], p)) == 1.0
    weighted = lb.MeanSquaredError()(np.array([0.0]), p / 1e9, sample_weight=np.array([0.1]))
    assert float(weighted) == 0.1
    for half in (np.array([1.0], np.float16), np.ones(6)[::-2][:1], np.broadcast_to(1.0, 1)):
        assert float(lb.MeanSquaredError()(half, p / 1e9)) == 0.0


@libraries
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int32, np.float64])
def test_labels_of_a_narrow_dtype(asarray, dtype):
    z = np.random.default_rng(0).normal(size=(5, 300))
    labels = np.arange(5).astype(dtype)
    for options in ({}, {"ignore_class": 2}, {"ignore_class": -1}):
        loss = lb.SparseCategoricalCrossentropy(from_logits=True, **options)
        same(loss(asarray(labels), asarray(z)), loss(labels, z))
    bits = np.array([True, False])
    loss = lb.SparseCategoricalCrossentropy(from_logits=True)
    same(loss(asarray(bits), asarray(z[:2])), loss(bits, z[:2]))


@libraries
def test_the_wider_dtype_is_computed_in(asarray):
    y, p = np.array([16777217.0, 0.1]), np.array([16777217.0, 0.2], np.float32)
    value, slope = lb.MeanSquaredError().value_and_gradient(asarray(y), asarray(p))
    expected, expected_slope = lb.MeanSquaredError().value_and_gradient(y, p)
    same(value, expected)
    same(slope, expected_slope)
    assert "float32" in str(slope.dtype)


@libraries
def test_half_precision_is_computed_in_float32(asarray):
    if asarray is strict_array:
        pytest.skip("the standard has no float16")
    y, p = np.zeros(70_000, np.float16), np.full(70_000, 300, np.float16)
    for loss in (lb.MeanSquaredError(), lb.MeanAbsoluteError()):
        same(loss(asarray(y), asarray(p)), loss(y, p), rtol=1e-6)
        weights = np.full(len(p), 0.5)
        options = {"sample_weight": weights, "reduction": "weighted_mean"}
        same(loss(asarray(y), asarray(p), **options), loss(y, p, **options), rtol=1e-6)
        each = loss.gradient(asarray(y), asarray(p), reduction="sum")
        assert "float16" in str(each.dtype)
        same(each, loss.gradient(y, p, reduction="sum"))
    flat = lb.softmax(asarray(np.zeros((1, 700), np.float16)))
    assert "float16" in str(flat.dtype)
    same(flat, lb.softmax(np.zeros((1, 700), np.float16)))


@pytest.mark.parametrize("case", [c for c in CASES if c.kind[1] != "rows"], ids=lambda c: c.name)
def test_bfloat16(case):
    torch = pytest.importorskip("torch")
    y, p = case.draw(np.random.default_rng(4), 6)
    short = torch.tensor(p).to(torch.bfloat16)
    truth = torch.tensor(y)
    value, slope = case.loss.value_and_gradient(truth, short)
    assert slope.dtype == torch.bfloat16
    expected, expected_slope = case.loss.value_and_gradient(y, short.double().numpy())
    same(value, expected, rtol=1e-5)
    # Eight binary digits are kept of the gradient.
    np.testing.assert_allclose(slope.double(), expected_slope, rtol=2**-8, atol=1e-6)
    jax = pytest.importorskip("jax")
    shortened = jax_array(short.double().numpy()).astype(jax.numpy.bfloat16)
    same(jax.jit(case.loss)(jax_array(y), shortened), expected, rtol=1e-5)


@libraries
def test_a_penalty_of_strength_0_is_0_for_any_weights(asarray):
    with np.errstate(over="ignore"):
        w = asarray(np.array([3e38, 3e38], np.float32))
        assert float(lb.L2(0.0)(w)) == 0.0
    assert float(lb.L1(0.0)(asarray(np.array([np.inf])))) == 0.0


@concrete
def test_a_weight_of_0_silences_even_an_infinite_loss(asarray):
    y, p, w = (asarray(np.array(numbers)) for numbers in ([0.0, 1.0], [1e200, 3.0], [0.0, 1.0]))
    value, slope = lb.MeanSquaredError().value_and_gradient(y, p, sample_weight=w)
    same(value, np.array(2.0))
    same(slope, np.array([0.0, 2.0]))


# --- one array of the library is enough -----------------------------------------------------------


@libraries
def test_a_foreign_target_or_weight_beside_numpys_predictions(asarray):
    y, p, w = np.array([1.0, 2.0]), np.array([1.5, 3.0]), np.array([1.0, 3.0])
    loss = lb.MeanSquaredError()
    for found in (
        loss(asarray(y), p, sample_weight=w),
        loss(y, p, sample_weight=asarray(w)),
        loss(asarray(y), p, sample_weight=asarray(w)),
    ):
        assert type(found) is type(asarray(y))
        same(found, loss(y, p, sample_weight=w))


def test_a_traced_target_or_weight_beside_numpys_predictions():
    jax = pytest.importorskip("jax")
    p, loss = np.array([1.5, 3.0]), lb.MeanSquaredError()
    same(jax.jit(lambda y: loss(y, p))(jax_array([1.0, 2.0])), loss([1.0, 2.0], p))
    weighted = jax.jit(lambda w: loss([1.0, 2.0], p, sample_weight=w))
    same(weighted(jax_array([1.0, 3.0])), loss([1.0, 2.0], p, sample_weight=[1.0, 3.0]))


def test_tensors_that_want_a_gradient_are_taken_everywhere():
    torch = pytest.importorskip("torch")
    one = torch.ones(2, requires_grad=True)
    value = lb.MeanSquaredError()(one, np.zeros(2, np.float32), sample_weight=one)
    assert value.detach() == 1.0
    model = lb.LinearModel(1)
    options = {"loss": lb.MeanSquaredError(), "optimizer": lb.SGD(0.1), "epochs": 1}
    result = lb.fit(model, one[:, None], one, **options)
    assert np.isfinite(result.w).all()


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
    assert (
        "array_api_strict arrays need array-api-compat: pip install array-api-compat" in done.stderr
    )
