"""Models whose parameters are one flat vector w: predictions, and the chain rule back to w."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lossbook._contracts.arrays import as_finite_array
from lossbook._contracts.dtypes import Array
from lossbook._contracts.libraries import is_chunked
from lossbook._contracts.parameters import check_count
from lossbook.activations import _sigmoid
from lossbook.training import protocols


class Activation(NamedTuple):
    """A function of each element, and its derivative, told from the function's result."""

    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]


ACTIVATIONS = {
    "relu": Activation(lambda z: np.maximum(z, 0), lambda a: a > 0),  # at the kink, 0
    "tanh": Activation(np.tanh, lambda a: 1 - a * a),
    "sigmoid": Activation(_sigmoid, lambda a: a * (1 - a)),
    "identity": Activation(lambda z: z, np.ones_like),
}
_SYNONYMS = {"linear": "identity", "logistic": "sigmoid", "none": "identity"}

# What the forward pass of layers leaves for the way back: each one's matrix, and what came into it.
Saved = list[tuple[Array, Array]]


class Model:
    """What models have in common; derive your own from it.

    Write `n_parameters`, the length of w, and :meth:`init`, :meth:`predict` and
    :meth:`gradient`. Where w holds biases, which a penalty leaves alone, also write `is_weight`.
    :func:`fit` gives :meth:`predict` and :meth:`gradient` arrays of floating-point numbers that
    are finite, and checks what they return.

    Attributes
    ----------
    n_parameters : int
        The length of the parameter vector w.
    is_weight : ndarray of bool, shape (n_parameters,)
        Which entries of w are weights; here, all.

    Examples
    --------
    >>> import lossbook as lb
    >>> import numpy as np
    >>> class Growth(lb.Model):  # w[0] · exp(w[1] x)
    ...     n_parameters = 2
    ...
    ...     def init(self, seed=0):
    ...         return np.array([1.0, 0.0])
    ...
    ...     def predict(self, w, X):
    ...         return w[0] * np.exp(w[1] * X[:, 0])
    ...
    ...     def gradient(self, w, X, output_gradient):
    ...         x = X[:, 0]
    ...         grown = output_gradient * np.exp(w[1] * x)
    ...         return np.array([grown.sum(), (w[0] * x * grown).sum()])
    >>> X = [[0.0], [1.0], [2.0]]
    >>> result = lb.fit(
    ...     Growth(), X, [2.0, 6.0, 18.0], loss=lb.MeanSquaredError(), optimizer=lb.Adam(0.1),
    ...     epochs=1000,
    ... )
    >>> result.w.round(3)  # 2 · 3 ** x
    array([2.   , 1.099])
    """

    if TYPE_CHECKING:  # a subclass may have it as an attribute, a field or a property

        @property
        def n_parameters(self) -> int: ...

    @property
    def is_weight(self) -> Array:
        """A mask of w: True where an entry is a weight, which penalties act on."""
        return np.ones(self.n_parameters, bool)

    def init(self, seed: int = 0) -> Array:
        """Return parameters to start from.

        Parameters
        ----------
        seed : int
            At least 0; the same seed gives the same parameters.

        Returns
        -------
        ndarray, shape (n_parameters,)
        """
        raise NotImplementedError(f"{type(self).__name__}.init(seed) has still to be written")

    def predict(self, w: ArrayLike, X: ArrayLike) -> Array:
        """Return the predictions: amounts, or logits where the loss has ``from_logits=True``.

        Parameters
        ----------
        w : array_like, shape (n_parameters,)
            The parameters.
        X : array_like, shape (n, …)
            A row for each sample.

        Returns
        -------
        ndarray, shape (n,) for one output, otherwise (n, n_outputs)
        """
        raise NotImplementedError(f"{type(self).__name__}.predict(w, X) has still to be written")

    def gradient(self, w: ArrayLike, X: ArrayLike, output_gradient: ArrayLike) -> Array:
        """Return d loss / d w, given d loss / d predictions: the chain rule.

        Parameters
        ----------
        w, X
            As for :meth:`predict`.
        output_gradient : array_like, of the shape of the predictions
            The derivative of the loss with respect to them: a loss's ``gradient(y, predictions)``.

        Returns
        -------
        ndarray of the shape of `w`
        """
        raise NotImplementedError(
            f"{type(self).__name__}.gradient(w, X, output_gradient) has still to be written"
        )


def check_parameters(name: str, w: ArrayLike, model: protocols.Model) -> Array:
    """Return parameters as a finite array, if it is one for the model."""
    array = as_finite_array(name, w)
    expected = getattr(model, "n_parameters", array.size)
    if array.shape != (expected,):
        raise ValueError(
            f"{name}: expected the parameters of {model!r} as one vector, "
            f"shape ({expected},), received {array.shape}"
        )
    return array


# --- models of layers -----------------------------------------------------------------------------


class Layers(Model):
    """Layers a ↦ f(aW + b), the last without f; `LinearModel` has one layer, `MLP` any number.

    All entries of all W and b lie in one flat vector w: W of the first layer row by row, its b,
    W of the second layer, and so on. A model holds the shapes alone, never w itself.
    """

    @property
    def _sizes(self) -> tuple[int, ...]:
        """Return the number of features, of units in each hidden layer, and of outputs."""
        raise NotImplementedError

    @property
    def _activation(self) -> Activation:
        return ACTIVATIONS["identity"]

    # --- the formulas -----------------------------------------------------------------------------

    def _forward(self, w: Array, X: Array) -> tuple[Array, Saved]:
        """Return the predictions, and what `_backward` needs to know of the way to them."""
        saved: Saved = []
        a = X
        for W, b in self._layers(w):
            if saved:
                a = self._activation.function(a)
            saved.append((W, a))
            a = a @ W
            a += b
        return (a[:, 0] if a.shape[1] == 1 else a), saved

    def _backward(self, saved: Saved, slope: Array) -> Array:
        """Return d loss / d w from `slope`, d loss / d predictions: the chain rule, backwards.

        With z = aW + b and δ = d loss / dz, a layer has d loss / dW = aᵀδ and d loss / db = Σ δ
        over the samples. The layer before gets d loss / da = δWᵀ, times the derivative of f.
        """
        gradient = np.empty(self.n_parameters, saved[0][0].dtype)
        delta = slope.reshape(len(slope), -1)
        for layer in reversed(range(len(saved))):
            W, a = saved[layer]
            dW, db = self._layer(gradient, layer)
            np.matmul(a.T, delta, out=dW)
            np.add.reduce(delta, axis=0, out=db)
            if layer:
                delta = (delta @ W.T) * self._activation.derivative(a)
        return gradient

    # --- where a layer lies in w ------------------------------------------------------------------

    @cached_property
    def _places(self) -> list[tuple[slice, tuple[int, int], slice]]:
        """Return for each layer where W is, its shape (inputs, outputs), and where b is."""
        places, start = [], 0
        for shape in pairwise(self._sizes):
            middle = start + shape[0] * shape[1]
            end = middle + shape[1]
            places.append((slice(start, middle), shape, slice(middle, end)))
            start = end
        return places

    def _layer(self, w: Array, layer: int) -> tuple[Array, Array]:
        weights, shape, biases = self._places[layer]
        return w[weights].reshape(shape), w[biases]

    def _layers(self, w: Array) -> list[tuple[Array, Array]]:
        return [self._layer(w, layer) for layer in range(len(self._places))]

    @cached_property
    def n_parameters(self) -> int:
        """The length of w."""
        return sum((inputs + 1) * outputs for inputs, outputs in pairwise(self._sizes))

    @cached_property
    def is_weight(self) -> Array:
        """A mask of w, read-only: True at weights, False at biases, which penalties leave alone."""
        mask = np.zeros(self.n_parameters, bool)
        for weights, _, _ in self._places:
            mask[weights] = True
        mask.flags.writeable = False
        return mask

    # --- what users call --------------------------------------------------------------------------

    def init(self, seed: int = 0) -> Array:
        r"""Return parameters to start from: random weights, biases of 0.

        A layer's weights are uniform in ±\ :math:`\sqrt{6 / (\text{inputs} + \text{outputs})}`,
        "Glorot uniform", the default of Keras's dense layers. It keeps the size of signals and
        slopes alike from layer to layer.

        Parameters
        ----------
        seed : int
            At least 0; the same seed gives the same parameters.

        Returns
        -------
        ndarray, shape (n_parameters,), float64

        Raises
        ------
        TypeError
            If `seed` is not an integer.
        ValueError
            If `seed` is negative.

        References
        ----------
        Glorot, X. & Bengio, Y. (2010). Understanding the difficulty of training deep feedforward
        neural networks. AISTATS, 249-256.
        """
        check_count("seed", seed, at_least=0)
        rng = np.random.default_rng(seed)
        w = np.zeros(self.n_parameters)
        for weights, shape, _ in self._places:
            limit = np.sqrt(6 / sum(shape))
            w[weights] = rng.uniform(-limit, limit, shape[0] * shape[1])
        return w

    def predict(self, w: ArrayLike, X: ArrayLike) -> Array:
        """Return the predictions: amounts, or logits where the loss has ``from_logits=True``.

        Parameters
        ----------
        w : array_like, shape (n_parameters,)
            The parameters.
        X : array_like or Dask array, shape (n, n_features)
            A row for each sample.

        Returns
        -------
        ndarray, shape (n,) for one output, otherwise (n, n_outputs)
            float32 where `w` and `X` are. For a Dask array another one, not yet computed.

        Raises
        ------
        TypeError
            If an argument is not an array of real numbers.
        ValueError
            If a shape is not the expected one, or an entry is not finite.
        """
        w = check_parameters("w", w, self)
        if is_chunked(X):
            from lossbook._engines import rows

            lazy = rows.whole("X", X)
            self._check_features("X", lazy.shape)
            return rows.mapped(self.predict, w, lazy, self._sizes[-1])
        X = self._features("X", X)
        with np.errstate(all="ignore"):  # where it overflows, infinity is the answer
            return self._forward(w, X)[0]

    def gradient(self, w: ArrayLike, X: ArrayLike, output_gradient: ArrayLike) -> Array:
        """Return d loss / d w, given d loss / d predictions: the chain rule, or backpropagation.

        Parameters
        ----------
        w, X
            As for :meth:`predict`.
        output_gradient : array_like, of the shape of the predictions
            The derivative of the loss with respect to them: a loss's ``gradient(y, predictions)``.

        Returns
        -------
        ndarray of the shape and dtype of `w` (float64 for integers)

        Raises
        ------
        TypeError, ValueError
            As for :meth:`predict`.

        References
        ----------
        Rumelhart, D. E., Hinton, G. E. & Williams, R. J. (1986). Learning representations by
        back-propagating errors. Nature 323, 533-536.
        """
        w, X = check_parameters("w", w, self), self._features("X", X)
        slope = as_finite_array("output_gradient", output_gradient)
        with np.errstate(all="ignore"):
            predictions, saved = self._forward(w, X)
            if slope.shape != predictions.shape:
                raise ValueError(
                    "output_gradient: expected the shape of the predictions, "
                    f"{predictions.shape}, received {slope.shape}"
                )
            return self._backward(saved, slope)

    def unflatten(self, w: ArrayLike) -> list[tuple[Array, Array]]:
        """Return (W, b) of each layer, W of shape (inputs, outputs), as views of `w`.

        Parameters
        ----------
        w : array_like, shape (n_parameters,)
            The parameters.

        Returns
        -------
        list of pairs of ndarray
            What is written to them is written to `w`, if that is an array of floats.

        Raises
        ------
        TypeError, ValueError
            As for :meth:`predict`.
        """
        return self._layers(check_parameters("w", w, self))

    def flatten(self, layers: Iterable[Any]) -> Array:
        """Return w from the W and b of each layer, such as another library has found.

        Parameters
        ----------
        layers : list
            Pairs (W, b), as :meth:`unflatten` gives them, or W, b, W, b, … in one list, as
            ``get_weights()`` of a Keras model does. The ``coef_`` of scikit-learn is W transposed.

        Returns
        -------
        ndarray, shape (n_parameters,)

        Raises
        ------
        TypeError
            If an entry is not an array of real numbers.
        ValueError
            If there are more or fewer, a shape is not the layer's, or an entry is not finite.
        """
        received = list(layers)
        if len(received) == 2 * len(self._places):
            received = list(zip(received[::2], received[1::2], strict=True))
        if len(received) != len(self._places) or any(len(pair) != 2 for pair in received):
            raise ValueError(
                f"layers: expected (W, b) for each of {len(self._places)} layers, "
                f"received a list of {len(received)}"
            )
        parts = []
        for layer, (pair, (_, shape, _)) in enumerate(zip(received, self._places, strict=True)):
            for part, values, expected in zip("Wb", pair, (shape, shape[1:]), strict=True):
                name = f"layers, {part} of layer {layer}"
                array = as_finite_array(name, values)
                if array.shape != expected:
                    hint = "; did you mean its transpose?" if array.T.shape == expected else ""
                    raise ValueError(
                        f"{name}: expected shape {expected}, received {array.shape}{hint}"
                    )
                parts.append(array.ravel())
        return np.concatenate(parts)

    # --- what is refused --------------------------------------------------------------------------

    def _features(self, name: str, X: ArrayLike) -> Array:
        array = as_finite_array(name, X)
        self._check_features(name, array.shape)
        return array

    def _check_features(self, name: str, shape: tuple[int, ...]) -> None:
        expected = self._sizes[0]
        if len(shape) != 2 or shape[1] != expected:
            hint = ""
            if len(shape) == 1 and expected == 1:
                hint = f"; did you mean {name}[:, None]?"
            elif shape == (expected,):
                hint = f"; for one sample, {name}[None, :]"
            elif len(shape) == 2 and shape[0] == expected:
                hint = "; did you mean its transpose?"
            raise ValueError(f"{name}: expected shape (n, {expected}), received {shape}{hint}")


@dataclass(frozen=True)
class LinearModel(Layers):
    r"""A linear model, :math:`\hat y = XW + b`: of amounts, or of logits.

    With :class:`MeanSquaredError` it is linear regression, with
    ``BinaryCrossentropy(from_logits=True)`` logistic regression, and with `n_outputs` = K and
    ``SparseCategoricalCrossentropy(from_logits=True)`` softmax regression.

    Parameters
    ----------
    n_features : int
        The number of columns of X.
    n_outputs : int
        The number of predictions for a sample; for 1, predictions have shape (n,).

    Attributes
    ----------
    n_parameters : int
        The length of the parameter vector w.
    is_weight : ndarray of bool, shape (n_parameters,)
        Which entries of w are weights, not biases.

    Examples
    --------
    >>> import lossbook as lb
    >>> model = lb.LinearModel(2)
    >>> w = [3.0, 5.0, 1.0]  # two weights and the bias
    >>> model.predict(w, [[0.0, 0.0], [1.0, 10.0]])
    array([ 1., 54.])
    >>> model.gradient(w, [[0.0, 0.0], [1.0, 10.0]], [0.5, 0.25])
    array([0.25, 2.5 , 0.75])

    References
    ----------
    Legendre, A.-M. (1805), as for :class:`MeanSquaredError`.
    """

    n_features: int
    n_outputs: int = 1

    def __post_init__(self) -> None:
        check_count("n_features", self.n_features, at_least=1)
        check_count("n_outputs", self.n_outputs, at_least=1)

    @property
    def _sizes(self) -> tuple[int, ...]:
        return self.n_features, self.n_outputs


@dataclass(frozen=True)
class MLP(Layers):
    r"""A multilayer perceptron: layers :math:`a \mapsto f(aW + b)`, the last one without f.

    Parameters
    ----------
    layers : sequence of int
        The number of features, of units in each hidden layer, and of outputs; for one output,
        predictions have shape (n,).
    activation : {"relu", "tanh", "sigmoid", "identity"}
        f, of the hidden layers. The derivative of ``"relu"`` at its kink is taken as 0.

    Attributes
    ----------
    n_parameters : int
        The length of the parameter vector w.
    is_weight : ndarray of bool, shape (n_parameters,)
        Which entries of w are weights, not biases.

    Examples
    --------
    >>> import lossbook as lb
    >>> model = lb.MLP([2, 3, 1], activation="tanh")
    >>> w = model.init(seed=0)
    >>> [(W.shape, b.shape) for W, b in model.unflatten(w)]
    [((2, 3), (3,)), ((3, 1), (1,))]
    >>> model.predict(w, [[0.0, 0.0], [1.0, 10.0]]).shape
    (2,)

    References
    ----------
    Rumelhart, D. E., Hinton, G. E. & Williams, R. J. (1986). Learning representations by
    back-propagating errors. Nature 323, 533-536.
    """

    layers: Sequence[int]
    activation: str = "relu"

    def __post_init__(self) -> None:
        if isinstance(self.layers, str) or not isinstance(self.layers, Iterable):
            raise TypeError(
                "layers: expected the sizes [n_features, …, n_outputs], "
                f"received {type(self.layers).__name__} {self.layers!r}"
            )
        sizes = tuple(self.layers)
        if len(sizes) < 2:
            raise ValueError(
                "layers: expected at least two sizes, [n_features, …, n_outputs], "
                f"received {list(sizes)}"
            )
        for i, size in enumerate(sizes):
            check_count(f"layers[{i}]", size, at_least=1)
        object.__setattr__(self, "layers", sizes)
        if self.activation not in ACTIVATIONS:
            name = str(self.activation).lower()
            meant = name if name in ACTIVATIONS else _SYNONYMS.get(name)
            hint = f"; did you mean {meant!r}?" if meant else ""
            raise ValueError(
                f"activation: expected one of {', '.join(map(repr, ACTIVATIONS))}, "
                f"received {self.activation!r}{hint}"
            )

    @property
    def _sizes(self) -> tuple[int, ...]:
        return tuple(self.layers)

    @property
    def _activation(self) -> Activation:
        return ACTIVATIONS[self.activation]
