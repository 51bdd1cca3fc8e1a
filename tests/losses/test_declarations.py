"""What a loss declares of itself is true of the libraries that it names, and of its formulas."""

import inspect
from operator import attrgetter

import pytest

import lossbook as lb
from lossbook._engines import ops
from lossbook.losses.base import ClassLoss, ElementwiseLoss, Loss

LOSSES = [
    c
    for c in (getattr(lb, name) for name in lb.__all__)
    if inspect.isclass(c) and issubclass(c, Loss) and c.__module__ != Loss.__module__
]
LIBRARIES = {
    "sklearn": "sklearn.metrics",
    "keras": "keras.losses",
    "torch": "torch.nn",
    "optax": "optax.losses",
}


def test_there_are_losses():
    assert len(LOSSES) >= 18
    assert {loss.family for loss in LOSSES} == {"regression", "classification", "distributions"}


@pytest.mark.parametrize("library", LIBRARIES)
def test_peers_have_these_names(library):
    module = pytest.importorskip(LIBRARIES[library])
    names = [name for loss in LOSSES if (name := getattr(loss.peers, library))]
    assert len(names) > 5
    for name in names:
        assert callable(attrgetter(name)(module)), name


def test_a_loss_has_the_name_of_its_class():
    for loss in LOSSES:
        assert loss().__name__ == loss.__name__


# --- what a formula may use -----------------------------------------------------------------------


def test_a_formula_of_numpy_is_refused_with_the_name_to_use():
    import numpy as np

    with pytest.raises(TypeError, match=r"^Mine._value: .*received np.hypot; did you mean ops.hy"):

        class Mine(ElementwiseLoss):
            def _value(self, y, p):
                return np.hypot(1.0, p - y)

    with pytest.raises(TypeError, match=r"^Mine._derivative: .*np.clip; did you mean ops.clip\?"):

        class Mine(ElementwiseLoss):
            def _derivative(self, y, p):
                return self._cut(y, p)

            def _cut(self, y, p):
                return np.clip(p - y, -1, 1)


def test_a_function_imported_from_numpy_is_refused():
    exp = __import__("numpy").exp
    namespace = {"exp": exp, "ElementwiseLoss": ElementwiseLoss}
    code = "class Mine(ElementwiseLoss):\n    def _value(self, y, p):\n        return exp(p - y)\n"
    with pytest.raises(TypeError, match=r"received exp; did you mean ops.exp\?"):
        exec(code, namespace)


def test_a_helper_beside_the_class_and_a_lambda_are_looked_at():
    code = (
        "import numpy as np\n"
        "def helper(r):\n    return (lambda: np.tanh(r))()\n"
        "class Mine(ElementwiseLoss):\n    def _value(self, y, p):\n        return helper(p - y)\n"
    )
    with pytest.raises(TypeError, match=r"received np.tanh; did you mean ops.tanh\?"):
        exec(code, {"ElementwiseLoss": ElementwiseLoss})


@pytest.mark.parametrize(
    ("formula", "received"),
    [
        ("(p - y).clip(-1, 1)", "clip of Python or of the array; did you mean ops.clip"),
        ("(y * p).sum(axis=0)", "sum of Python or of the array; did you mean ops.sum"),
        ("max(p - y, 0)", "max of Python or of the array; did you mean ops.max"),
        ("(p > y).astype(p.dtype)", "astype of Python or of the array; did you mean ops.indicator"),
    ],
)
def test_methods_of_arrays_and_builtins_are_refused(formula, received):
    code = f"class Mine(ClassLoss):\n    def _value(self, y, p):\n        return {formula}\n"
    with pytest.raises(TypeError, match=received):
        exec(code, {"ClassLoss": ClassLoss})


def test_a_formula_may_name_its_own_class_where_that_is_defined_in_a_function():
    class Mine(ElementwiseLoss):
        @staticmethod
        def square(r):
            return r * r

        def _value(self, y, p):
            return Mine.square(p - y)  # a name without a value while the class is being made

    assert Mine()([0.0, 1.0], [1.0, 3.0]) == 2.5


def test_plain_arithmetic_and_ops_are_accepted():
    class Mine(ElementwiseLoss):
        def _value(self, y, p):
            return ops.sqrt(1.0 + (p - y) ** 2) - 1.0 if p.shape else -y

    assert Mine()([0.0], [0.75]) == 0.25
