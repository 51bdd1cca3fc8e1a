"""How the blocks lie that a formula of classes is given: class by class, if these are few."""

from dataclasses import dataclass

import numpy as np
import pytest

from lossbook._contracts.domains import Domain
from lossbook._engines import ops
from lossbook.losses.base import ClassLoss

blocks = []


def look(block):
    blocks.append(block)
    return True


@dataclass(frozen=True)
class Total(ClassLoss):
    """The sum of the predictions, whose domain looks at each block."""

    predictions = Domain("a number", bad=np.isnan, holds=look)

    def _value(self, y, p):
        return ops.sum(p)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("classes", [2, 64, 65, 200])
def test_up_to_64_classes_are_each_one_piece_of_memory(classes, order):
    rows = np.asarray(np.arange(3.0 * classes).reshape(3, classes), order=order)
    blocks.clear()
    assert Total()(rows, rows, reduction="sum") == rows.sum()
    (block,) = blocks
    assert block.shape == (classes, 3)
    assert block.flags.c_contiguous == (classes <= 64)
    assert block.flags.f_contiguous == (classes > 64)
