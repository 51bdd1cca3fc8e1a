"""The listings that the book mends stay wrong in the way it says, and mended as it says."""

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
