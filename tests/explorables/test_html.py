"""What Python passes on to an explorable; tests/site moves them in a browser."""

import json
import re

import numpy as np
import pytest

import lossbook as lb
from lossbook.explorables import FIGURES, FOLDER, KIT


def data_of(figure):
    html = figure._repr_html_()
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])


def test_each_script_registers_the_figure_of_its_name():
    assert FIGURES
    for name in FIGURES:
        assert f'lossbook.figure("{name}"' in (FOLDER / f"{name}.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_output_is_the_same_each_time_and_asks_nobody(name):
    html = lb.explorable(name)._repr_html_()
    assert html == lb.explorable(name)._repr_html_()
    # The only addresses are names of XML's own kinds.
    assert set(re.findall(r"https?://[^\s\"'`]+", html)) <= {
        "http://www.w3.org/1999/xhtml",
        "http://www.w3.org/2000/svg",
    }
    for script in (*KIT, name):
        assert (FOLDER / f"{script}.js").read_text(encoding="utf-8").strip() in html


def test_data_arrive_with_six_digits():
    figure = lb.explorable(
        "slope",
        x=np.array([1 / 3, 2.0]),
        y=[np.float64(1e-10), 123456789.0],
        names=("body mass", "score"),
        nested={"a": [np.int64(7), True]},
    )
    assert data_of(figure) == {
        "x": [0.333333, 2.0],
        "y": [1e-10, 123457000.0],
        "names": ["body mass", "score"],
        "nested": {"a": [7, True]},
    }


def test_text_cannot_end_the_script():
    figure = lb.explorable("quantile", name="</script><b>")
    assert "</script><b>" not in figure._repr_html_()
    assert data_of(figure) == {"name": "</script><b>"}


def test_repr_is_stable():
    assert repr(lb.explorable("logit", z=1)) == "explorable('logit')"


def test_unknown_name_says_which_there_are():
    with pytest.raises(ValueError, match=r"received 'residuals'; did you mean 'residual'\?"):
        lb.explorable("residuals")
    with pytest.raises(ValueError, match="expected one of batch, corner"):
        lb.explorable("qqqq")


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (np.nan, ValueError, "y: expected finite numbers, received nan"),
        ([1.0, np.inf], ValueError, "y: expected finite numbers, received inf"),
        (None, TypeError, "y: expected a number, a text, .* received NoneType"),
        ([1j], TypeError, "y: .* received complex"),
    ],
)
def test_what_cannot_be_drawn_is_refused(value, error, words):
    with pytest.raises(error, match=words):
        lb.explorable("quantile", y=value)
