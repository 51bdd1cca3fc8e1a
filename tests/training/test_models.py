"""Models: what they predict beside scikit-learn and Keras, their gradients, and what is refused."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPRegressor

import lossbook as lb

HIDDEN = ["relu", "tanh", "sigmoid", "identity"]
MODELS = {
    "linear": lb.LinearModel(3),
    "softmax": lb.LinearModel(3, 4),
    "no hidden layer": lb.MLP([3, 1]),
    **{f"{f}, one output": lb.MLP([3, 5, 1], activation=f) for f in HIDDEN},
    **{f"{f}, two hidden layers": lb.MLP([3, 6, 5, 4], activation=f) for f in HIDDEN},
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def data(n=7, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 3))


def parameters(model, seed=1):
    """Return parameters whose biases are not 0, unlike `init`'s."""
    return np.random.default_rng(seed).normal(size=model.n_parameters)


# --- gradients ------------------------------------------------------------------------------------


@every_model
def test_gradient_is_that_of_the_predictions(model):
    X, w = data(), parameters(model)
    saved = model._forward(w, X)[1]
    # Far from the kink of relu, next to which differences see both sides: what came into a layer
    # is a = max(z, 0), and its step of differences is about 6e-6.
    assert all(np.all((a == 0) | (np.abs(a) > 1e-4)) for _, a in saved)
    target = np.random.default_rng(2).normal(size=model.predict(w, X).shape)
    loss = lb.MeanSquaredError()
    assert lb.check_gradient(
        lambda w: loss(target, model.predict(w, X)),
        lambda w: model.gradient(w, X, loss.gradient(target, model.predict(w, X))),
        w,
    )


@every_model
def test_gradient_is_linear_in_the_output_gradient(model):
    X, w = data(), parameters(model)
    slope = np.random.default_rng(2).normal(size=model.predict(w, X).shape)
    received = model.gradient(w, X, 3 * slope) - 2 * model.gradient(w, X, slope)
    np.testing.assert_allclose(received, model.gradient(w, X, slope), rtol=1e-10, atol=1e-12)
    assert not model.gradient(w, X, 0 * slope).any()


def test_gradient_of_relu_at_its_kink_is_0():
    model = lb.MLP([1, 1, 1])
    w = model.flatten([([[1.0]], [0.0]), ([[1.0]], [0.0])])
    (dW, db), _ = model.unflatten(model.gradient(w, [[0.0]], [1.0]))
    assert dW == 0
    assert db == 0


# --- beside the peers -----------------------------------------------------------------------------


def as_keras(model, activation, w):
    peer = keras.Sequential([keras.Input((3,), dtype="float64")])
    pairs = model.unflatten(w)
    for layer, (_, b) in enumerate(pairs):
        f = activation if layer < len(pairs) - 1 else None
        peer.add(keras.layers.Dense(len(b), activation=f, dtype="float64"))
    peer.set_weights([part for pair in pairs for part in pair])
    return peer


@every_model
def test_keras(model):
    X, w = data(), parameters(model)
    activation = getattr(model, "activation", "identity")
    peer = as_keras(model, "linear" if activation == "identity" else activation, w)
    predictions = model.predict(w, X)
    slope = np.random.default_rng(2).normal(size=predictions.shape)
    with tf.GradientTape() as tape:
        expected = peer(tf.constant(X))
        total = tf.reduce_sum(tf.reshape(expected, slope.shape) * slope)
    slopes = tape.gradient(total, peer.trainable_variables)

    np.testing.assert_allclose(
        predictions, expected.numpy().reshape(predictions.shape), rtol=1e-12, atol=1e-13
    )
    np.testing.assert_allclose(
        model.gradient(w, X, slope),
        model.flatten([s.numpy() for s in slopes]),
        rtol=1e-11,
        atol=1e-12,
    )
    assert model.n_parameters == peer.count_params()
    np.testing.assert_array_equal(model.flatten(peer.get_weights()), w)


def test_sklearn_linear_regression():
    X = data(30)
    peer = LinearRegression().fit(X, X @ [1.0, -2.0, 0.5] + 3)
    model = lb.LinearModel(3)
    w = model.flatten([peer.coef_[:, None], [peer.intercept_]])
    np.testing.assert_allclose(model.predict(w, X), peer.predict(X), rtol=1e-12)


def test_sklearn_logistic_regression():
    X = data(60)
    peer = LogisticRegression().fit(X, np.argmax(X, axis=1))
    model = lb.LinearModel(3, 3)
    w = model.flatten([(peer.coef_.T, peer.intercept_)])
    np.testing.assert_allclose(model.predict(w, X), peer.decision_function(X), rtol=1e-12)
    np.testing.assert_allclose(
        lb.softmax(model.predict(w, X)), peer.predict_proba(X), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("activation", HIDDEN)
@pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")
def test_sklearn_mlp(activation):
    X = data(30)
    name = "logistic" if activation == "sigmoid" else activation
    peer = MLPRegressor(hidden_layer_sizes=(5, 4), activation=name, max_iter=3, random_state=0)
    peer.fit(X, np.sin(X[:, 0]))
    model = lb.MLP([3, 5, 4, 1], activation=activation)
    w = model.flatten(zip(peer.coefs_, peer.intercepts_, strict=True))
    np.testing.assert_allclose(model.predict(w, X), peer.predict(X), rtol=1e-11, atol=1e-13)


# --- where to start -------------------------------------------------------------------------------


def test_init_is_glorot_uniform_as_in_keras():
    model = lb.MLP([300, 200, 100])
    peer = keras.initializers.GlorotUniform(seed=0)
    for W, b in model.unflatten(model.init(seed=3)):
        limit = (6 / sum(W.shape)) ** 0.5
        for values in (W, keras.ops.convert_to_numpy(peer(W.shape))):
            # Of 20,000 or more uniform draws: the standard deviation of their own standard
            # deviation is 0.3 % of it, and the extreme is within 0.1 % of the limit.
            assert np.abs(values).max() <= limit * (1 + 1e-6)
            assert np.abs(values).max() >= limit * 0.999
            assert values.std() == pytest.approx(limit / 3**0.5, rel=0.015)
            assert abs(values.mean()) < limit * 0.02
        assert not b.any()


@every_model
def test_init_is_the_same_for_a_seed_and_another_for_another(model):
    np.testing.assert_array_equal(model.init(seed=5), model.init(seed=5))
    assert model.init(5).shape == (model.n_parameters,)
    assert np.all(model.init(5)[model.is_weight] != model.init(6)[model.is_weight])


# --- one flat vector ------------------------------------------------------------------------------


def test_where_a_layer_lies():
    model = lb.MLP([2, 3, 1])
    (W1, b1), (W2, b2) = model.unflatten(np.arange(13.0))
    np.testing.assert_array_equal(W1, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(b1, [6, 7, 8])
    np.testing.assert_array_equal(W2, [[9], [10], [11]])
    np.testing.assert_array_equal(b2, [12])
    np.testing.assert_array_equal(np.flatnonzero(~model.is_weight), [6, 7, 8, 12])


@every_model
def test_flatten_undoes_unflatten(model):
    w = parameters(model)
    pairs = model.unflatten(w)
    np.testing.assert_array_equal(model.flatten(pairs), w)
    np.testing.assert_array_equal(model.flatten([part for pair in pairs for part in pair]), w)
    assert model.n_parameters == sum(W.size + b.size for W, b in pairs)
    assert model.is_weight.sum() == sum(W.size for W, _ in pairs)


def test_unflatten_gives_views():
    model = lb.LinearModel(2)
    w = np.zeros(3)
    [(W, b)] = model.unflatten(w)
    W[1, 0], b[0] = 5, 7
    np.testing.assert_array_equal(w, [0, 5, 7])
    with pytest.raises(ValueError, match="read-only"):
        model.is_weight[0] = False


# --- what comes out of what comes in --------------------------------------------------------------


@every_model
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(model, dtype):
    X, w = data().astype(dtype), parameters(model).astype(dtype)
    predictions = model.predict(w, X)
    gradient = model.gradient(w, X, predictions)
    assert predictions.dtype == gradient.dtype == dtype
    exact = model.predict(w.astype(float), X.astype(float))
    np.testing.assert_allclose(predictions, exact, rtol=1e-4, atol=1e-5)


def test_lists_and_integers_compute_in_float64():
    model = lb.LinearModel(2, 2)
    predictions = model.predict([1, 2, 3, 4, 5, 6], [[1, 0], [0, 1], [10, 1]])
    np.testing.assert_array_equal(predictions, [[6, 8], [8, 10], [18, 30]])
    assert predictions.dtype == float
    assert model.predict(np.ones(6, np.uint8), np.full((1, 2), 200, np.uint8))[0, 0] == 401


@every_model
def test_inputs_are_not_modified_and_may_lie_anyhow(model):
    X, w = data(), parameters(model)
    expected = model.predict(w, X)
    gradient = model.gradient(w, X, expected)
    strided = np.repeat(w, 2)[::2]
    for array in (X, w, expected, strided):
        array.flags.writeable = False
    for other in (X, np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2]):
        np.testing.assert_allclose(model.predict(strided, other), expected, rtol=1e-13)
        np.testing.assert_allclose(
            model.gradient(strided, other, expected), gradient, rtol=1e-12, atol=1e-13
        )


def test_overflow_is_infinity_and_no_warning():
    model = lb.LinearModel(1)
    assert model.predict([1e308, 0.0], [[10.0], [-10.0]]).tolist() == [np.inf, -np.inf]


def test_a_model_is_frozen_comparable_and_says_its_shape():
    for model in (lb.LinearModel(3, 2), lb.MLP([3, 5, 1], activation="tanh")):
        assert model.n_parameters  # what is cached plays no part
        assert eval(repr(model), vars(lb)) == model
        assert hash(eval(repr(model), vars(lb))) == hash(model)
    assert lb.MLP([3, 5, 1]) == lb.MLP(np.array([3, 5, 1]))
    assert lb.MLP([3, 5, 1]) != lb.MLP([3, 5, 1], activation="tanh")


# --- bad input ------------------------------------------------------------------------------------

LINEAR, NET = lb.LinearModel(3), lb.MLP([3, 5, 2])
X, W = np.ones((4, 3)), np.ones(4)
NAN = np.where(np.eye(4, 3), np.nan, 1.0)

BAD = {
    "no features": (lambda: lb.LinearModel(0), ValueError, ("n_features", "at least 1", "0")),
    "half a feature": (lambda: lb.LinearModel(1.5), TypeError, ("n_features", "integer", "1.5")),
    "the data itself": (lambda: lb.LinearModel(X), TypeError, ("n_features", "ndarray")),
    "true outputs": (lambda: lb.LinearModel(3, True), TypeError, ("n_outputs", "integer", "True")),
    "no outputs": (lambda: lb.LinearModel(3, 0), ValueError, ("n_outputs", "at least 1", "0")),
    "one number": (lambda: lb.MLP(64), TypeError, ("layers", "[n_features", "int 64")),
    "a word": (lambda: lb.MLP("64"), TypeError, ("layers", "[n_features", "str '64'")),
    "one layer": (lambda: lb.MLP([64]), ValueError, ("layers", "at least two", "[64]")),
    "an empty layer": (lambda: lb.MLP([3, 0, 1]), ValueError, ("layers[1]", "at least 1", "0")),
    "half a unit": (lambda: lb.MLP([3, 2.5, 1]), TypeError, ("layers[1]", "integer", "2.5")),
    "unknown activation": (
        lambda: lb.MLP([3, 1], activation="swish"),
        ValueError,
        ("activation", "'relu', 'tanh', 'sigmoid', 'identity'", "received 'swish'"),
    ),
    "scikit-learn's name": (
        lambda: lb.MLP([3, 1], activation="logistic"),
        ValueError,
        ("activation", "received 'logistic'; did you mean 'sigmoid'?"),
    ),
    "Keras's name": (
        lambda: lb.MLP([3, 1], activation="linear"),
        ValueError,
        ("activation", "did you mean 'identity'?"),
    ),
    "a function": (
        lambda: lb.MLP([3, 1], activation=np.tanh),
        ValueError,
        ("activation", "'tanh'", "received <ufunc 'tanh'>"),
    ),
    "ReLU in capitals": (
        lambda: lb.MLP([3, 1], activation="ReLU"),
        ValueError,
        ("activation", "received 'ReLU'; did you mean 'relu'?"),
    ),
    "negative seed": (lambda: LINEAR.init(-1), ValueError, ("seed", "at least 0", "-1")),
    "no seed": (lambda: LINEAR.init(None), TypeError, ("seed", "integer", "None")),
    "short w": (
        lambda: LINEAR.predict(np.ones(3), X),
        ValueError,
        ("w", "LinearModel(n_features=3, n_outputs=1)", "shape (4,)", "received (3,)"),
    ),
    "w as a column": (lambda: LINEAR.predict(np.ones((4, 1)), X), ValueError, ("w", "(4, 1)")),
    "NaN in w": (
        lambda: LINEAR.predict([1, np.nan, 1, 1], X),
        ValueError,
        ("w[1]", "a number", "nan"),
    ),
    "infinite w": (
        lambda: LINEAR.predict([1, 1, np.inf, 1], X),
        ValueError,
        ("w[2]", "finite", "inf"),
    ),
    "a feature too many": (
        lambda: LINEAR.predict(W, np.ones((5, 4))),
        ValueError,
        ("X", "expected shape (n, 3)", "received (5, 4)"),
    ),
    "X transposed": (
        lambda: LINEAR.predict(W, np.ones((3, 5))),
        ValueError,
        ("X", "(3, 5)", "did you mean its transpose?"),
    ),
    "one sample": (
        lambda: LINEAR.predict(W, np.ones(3)),
        ValueError,
        ("X", "(n, 3)", "received (3,)", "X[None, :]"),
    ),
    "one feature": (
        lambda: lb.LinearModel(1).predict([1, 1], np.ones(5)),
        ValueError,
        ("X", "(n, 1)", "received (5,)", "did you mean X[:, None]?"),
    ),
    "no sample": (lambda: LINEAR.predict(W, X[:0]), ValueError, ("X", "at least one", "(0, 3)")),
    "NaN in X": (lambda: LINEAR.predict(W, NAN), ValueError, ("X[0, 0]", "a number", "nan")),
    "words": (lambda: LINEAR.predict(W, X.astype(str)), TypeError, ("X", "real numbers", "<U")),
    "no X": (lambda: LINEAR.predict(W, None), TypeError, ("X", "real numbers", "NoneType")),
    "output gradient as a column": (
        lambda: LINEAR.gradient(W, X, np.ones((4, 1))),
        ValueError,
        ("output_gradient", "shape of the predictions, (4,)", "received (4, 1)"),
    ),
    "NaN in the output gradient": (
        lambda: LINEAR.gradient(W, X, [1, 1, np.nan, 1]),
        ValueError,
        ("output_gradient[2]", "a number", "nan"),
    ),
    "unflatten too long": (lambda: LINEAR.unflatten(np.ones(5)), ValueError, ("w", "(4,)", "(5,)")),
    "a layer too few": (
        lambda: NET.flatten([(np.ones((3, 5)), np.ones(5))]),
        ValueError,
        ("layers", "(W, b) for each of 2 layers", "a list of 1"),
    ),
    "no biases": (
        lambda: NET.flatten([[np.ones((3, 5))], [np.ones((5, 2))]]),
        ValueError,
        ("layers", "(W, b) for each of 2 layers"),
    ),
    "W transposed": (
        lambda: NET.flatten([np.ones((5, 3)), np.ones(5), np.ones((5, 2)), np.ones(2)]),
        ValueError,
        ("layers, W of layer 0", "(3, 5)", "received (5, 3)", "did you mean its transpose?"),
    ),
    "b of another layer": (
        lambda: NET.flatten([np.ones((3, 5)), np.ones(5), np.ones((5, 2)), np.ones(5)]),
        ValueError,
        ("layers, b of layer 1", "(2,)", "received (5,)"),
    ),
}


@pytest.mark.parametrize(("call", "error", "words"), BAD.values(), ids=BAD)
def test_bad_input(call, error, words):
    with pytest.raises(error) as raised:
        call()
    assert all(word in str(raised.value) for word in words), raised.value
