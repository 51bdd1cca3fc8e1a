"""The listings that the book mends stay wrong in the way it says, and mended as it says."""

import keras
import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

import lossbook as lb


class TestListingA:
    """Mean squared error and log loss of labels 1, 0, 1, 1."""

    labels = np.array([1, 0, 1, 1])
    # As printed: the positive class first, though columns are read in the order of the labels.
    rows = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.5, 0.5]])
    of_class_1 = rows[:, 0]

    # By the definition: minus the mean logarithm of what each label was meant to have been given.
    meant = -np.log([0.9, 0.8, 0.7, 0.5]).mean()

    def test_mean_squared_error_is_right(self):
        predicted = [0.9, 0.1, 0.8, 0.6]
        assert mean_squared_error(self.labels, predicted) == pytest.approx(0.055, rel=1e-12)
        assert lb.MeanSquaredError()(self.labels, predicted) == pytest.approx(0.055, rel=1e-12)

    def test_wrong_column_order_gives_the_wrong_number(self):
        swapped = -np.log([0.1, 0.2, 0.3, 0.5]).mean()
        assert log_loss(self.labels, self.rows) == pytest.approx(swapped, rel=1e-12)
        assert round(swapped, 4) == 1.4523

    @pytest.mark.parametrize(
        "mended",
        [
            lambda rows, p, y: log_loss(y, rows[:, ::-1]),
            lambda rows, p, y: log_loss(y, p),
            lambda rows, p, y: lb.BinaryCrossentropy()(y, p),
            lambda rows, p, y: lb.SparseCategoricalCrossentropy()(y, rows[:, ::-1]),
            lambda rows, p, y: lb.CategoricalCrossentropy()(lb.one_hot(y, 2), rows[:, ::-1]),
        ],
    )
    def test_mended_it_gives_what_was_meant(self, mended):
        assert mended(self.rows, self.of_class_1, self.labels) == pytest.approx(
            self.meant, rel=1e-12
        )
        assert round(self.meant, 4) == 0.3446

    def test_log_loss_is_the_mean_and_not_a_value_for_each_sample(self):
        each = lb.BinaryCrossentropy()(self.labels, self.of_class_1, reduction="none")
        assert each.shape == (4,)
        assert np.ndim(log_loss(self.labels, self.of_class_1)) == 0
        assert log_loss(self.labels, self.of_class_1) == pytest.approx(each.mean(), rel=1e-12)


class TestListingB:
    """A penalty handed to the optimiser."""

    X = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
    y = (X @ [1.0, -2.0, 0.5]).astype(np.float32)
    w = np.array([0.5, 1.0, -1.0], np.float32)
    strength = 0.5

    def model(self, optimizer, regularizer=None):
        dense = keras.layers.Dense(1, use_bias=False, kernel_regularizer=regularizer)
        model = keras.Sequential([keras.Input((3,)), dense])
        model.compile(optimizer, loss="mean_squared_error", run_eagerly=True)
        model.set_weights([self.w[:, None]])
        return model

    def test_the_argument_is_not_recognised(self):
        with pytest.raises(ValueError, match=r"Argument\(s\) not recognized: {'l2': 0\.001}"):
            keras.optimizers.SGD(learning_rate=0.01, l2=0.001)

    def test_the_layers_penalty_has_no_half(self):
        model = self.model("sgd", keras.regularizers.L2(self.strength / 2))
        model(self.X)
        by_hand = self.strength / 2 * float(np.sum(self.w.astype(float) ** 2))
        assert float(sum(model.losses)) == pytest.approx(by_hand, rel=1e-6)
        assert lb.L2(self.strength)(self.w) == pytest.approx(by_hand, rel=1e-6)

    @pytest.mark.parametrize(
        ("optimizer", "same"), [(keras.optimizers.SGD, True), (keras.optimizers.Adam, False)]
    )
    def test_weight_decay_is_the_penalty_for_plain_descent_alone(self, optimizer, same):
        reached = []
        for decay, regularizer in (
            (None, keras.regularizers.L2(self.strength / 2)),
            (self.strength, None),
        ):
            model = self.model(optimizer(learning_rate=0.125, weight_decay=decay), regularizer)
            model.fit(self.X, self.y, batch_size=32, epochs=1, verbose=0)
            reached.append(model.get_weights()[0].ravel())
        assert np.allclose(*reached, atol=1e-6) == same


class TestListingC:
    """A learning rate that is changed by hand."""

    def test_reading_the_old_attribute_fails(self):
        with pytest.raises(AttributeError, match="'lr'"):
            _ = keras.optimizers.Adam(learning_rate=0.01).lr

    def test_writing_it_changes_nothing(self):
        optimizer = keras.optimizers.Adam(learning_rate=0.01)
        optimizer.lr = 0.005
        assert float(optimizer.learning_rate) == pytest.approx(0.01, rel=1e-6)

    def test_ten_times_the_default(self):
        assert float(keras.optimizers.Adam().learning_rate) == pytest.approx(0.001, rel=1e-6)

    @pytest.mark.parametrize(
        ("epoch", "rate"), [(0, 0.01), (50, 0.01), (51, 0.005), (100, 0.005), (101, 0.001)]
    )
    def test_mended_it_changes_after_epochs_50_and_100(self, epoch, rate):
        arguments = [50, 100], [0.01, 0.005, 0.001]
        assert lb.PiecewiseConstantDecay(*arguments)(epoch) == rate
        peer = keras.optimizers.schedules.PiecewiseConstantDecay(*arguments)
        assert float(peer(epoch)) == pytest.approx(rate, rel=1e-6)


class TestListingD:
    """Logits taken for probabilities."""

    scores = np.array([[-1, 2, 0], [1, 0, -1], [0, 1, 0], [-1, 1, 1]], np.float32)
    rows = np.eye(3, dtype=np.float32)[[0, 2, 1, 0]]
    # log sum exp(z) - z_c, by hand.
    meant = np.log(np.exp(scores.astype(float)).sum(axis=1)) - scores[range(4), [0, 2, 1, 0]]

    def test_without_from_logits_the_numbers_are_wrong(self):
        wrong = keras.losses.categorical_crossentropy(self.rows, self.scores).numpy()
        assert wrong.shape == (4,)  # a value for each sample, and not the mean
        np.testing.assert_allclose(wrong, [16.118, np.nan, 1.19e-7, 16.118], rtol=2e-3)

    def test_lossbook_refuses(self):
        with pytest.raises(ValueError, match="did you mean from_logits=True"):
            lb.CategoricalCrossentropy()(self.rows, self.scores)

    def test_mended(self):
        peer = keras.losses.categorical_crossentropy(self.rows, self.scores, from_logits=True)
        ours = lb.CategoricalCrossentropy(from_logits=True)
        np.testing.assert_allclose(peer.numpy(), self.meant, rtol=1e-6)
        np.testing.assert_allclose(
            ours(self.rows, self.scores, reduction="none"), self.meant, rtol=1e-6
        )
        np.testing.assert_allclose(self.meant, [3.1698, 2.4076, 0.5514, 2.7586], atol=6e-5)


class TestListingE:
    """The pseudo-code of gradient descent, with a rule for stopping."""

    @staticmethod
    def bowl(w):
        return float(w @ w) / 2, w

    def test_it_stops_where_the_gradient_is_small(self):
        result = lb.minimize(
            self.bowl,
            [3.0, 4.0],
            lb.SGD(0.5),
            steps=1000,
            callback=lambda step, w, value: np.linalg.norm(w) <= 1e-6,
        )
        # From length 5, halved at each step: 5 / 2**23 is the first below 1e-6.
        assert len(result.history.loss) == 23
        assert "stopped by the callback" in result.message

    def test_it_stops_where_it_diverges(self):
        result = lb.minimize(self.bowl, [3.0, 4.0], lb.SGD(1e3), steps=10_000)
        assert result.diverged
        assert np.isfinite(result.w).all()
