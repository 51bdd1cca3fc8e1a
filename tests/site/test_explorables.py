"""Each explorable moves by mouse and keyboard, and what it shows is what lossbook computes."""

import json
import math
import re
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from conftest import CHAPTERS, ROOT, SITE, Tab, tab_opener
from sklearn.linear_model import QuantileRegressor

import lossbook as lb
from lossbook.explorables import FIGURES

mse, mae = lb.MeanSquaredError(), lb.MeanAbsoluteError()


def close(shown, expected, rel=1e-11):
    assert shown == pytest.approx(expected, rel=rel, abs=1e-12)


# --- what the figures should say: v holds the controls' values, d the data, n what is shown ------


def check_slope(v, d, n):
    x, y = np.array(d["x"], dtype=float), np.array(d["y"], dtype=float)
    guess = y.mean() + v["slope"] * (x - x.mean())
    value, gradient = mse.value_and_gradient(y, guess)
    close(n["loss"], value)
    close(n["gradient"], gradient @ (x - x.mean()), rel=1e-9)  # a sum that may cancel


def check_logit(v, d, n):
    y, z = [float(v["y"])], [v["z"]]
    p = lb.sigmoid(z)
    bce = lb.BinaryCrossentropy(from_logits=True)
    close(n["p"], p[0])
    close(n["cross_entropy"], bce(y, z))
    close(n["cross_entropy_push"], -bce.gradient(y, z)[0], rel=1e-9)
    close(n["squared"], mse(y, p), rel=1e-9)
    close(n["squared_push"], -(mse.gradient(y, p) * p * (1 - p))[0], rel=1e-9)


def check_corner(v, d, n):
    """Each point is where its objective is lowest: a step of descent does not move it."""
    gram, centre = np.array(d["gram"]), np.array(d["centre"])
    lasso, ridge = np.array([n["lasso1"], n["lasso2"]]), np.array([n["ridge1"], n["ridge2"]])
    step = 0.1
    moved = lasso - step * 2 * gram @ (lasso - centre)
    close(lb.L1(v["l1"]).proximal(moved, step), lasso, rel=1e-9)
    slope = 2 * gram @ (ridge - centre) + lb.L2(v["l2"]).gradient(ridge)
    assert np.abs(slope).max() < 1e-9


def check_expected(v, d, n):
    pi = v["pi"]

    def cost(loss, answer):
        return loss([1.0, 0.0], [answer] * 2, sample_weight=[pi, 1 - pi], reduction="sum")

    answers = np.linspace(0.001, 0.999, 501)
    for name, loss in (
        ("cross_entropy", lb.BinaryCrossentropy()),
        ("squared", mse),
        ("absolute", mae),
    ):
        best = 0.5 if n[name] == "any" else n[name]
        close(n[f"{name}_cost"], cost(loss, best))
        assert n[f"{name}_cost"] <= min(cost(loss, answer) for answer in answers) + 1e-12


def check_batch(v, d, n):
    rows = np.array(d["gradients"])
    exact = rows.mean(axis=0)
    variance = np.mean(np.sum((rows - exact) ** 2, axis=1))
    left = 1 if v["drawn"] == "with replacement" else (len(rows) - v["size"]) / (len(rows) - 1)
    close(n["noise"], np.sqrt(variance / v["size"] * left))
    close(n["exact"], np.linalg.norm(exact))
    # Of 200 draws: the spread of a measured spread is some 4 %.
    assert n["measured"] == pytest.approx(n["noise"], rel=0.2, abs=1e-9)


def walked(objective, start, v, momentum=0):
    """Return the path of descent, with the rate and the steps that the controls say."""
    path = [start]
    lb.minimize(
        objective,
        start,
        lb.SGD(v["rate"], momentum=momentum),
        steps=max(v["t"], 1),
        callback=lambda step, w, value: path.append(w),
    )
    return np.array(path[: int(v["t"]) + 1])


def check_valley(v, d, n):
    hessian, bottom = np.array(d["hessian"]), np.array(d["bottom"])

    def cost(w):
        return (w - bottom) @ hessian @ (w - bottom) / 2, hessian @ (w - bottom)

    for points, excess, momentum in (
        ("points", "excess", v["momentum"]),
        ("plain", "plain_excess", 0),
    ):
        path = walked(cost, np.array(d["start"], dtype=float), v, momentum=momentum)
        scale = np.abs(path).max()
        assert np.abs(np.array(n[points]) - path).max() < 1e-10 * scale
        close(n[excess], cost(path[-1])[0], rel=1e-7)
    limit = 2 * (1 + v["momentum"]) / np.linalg.eigvalsh(hessian).max()
    close(n["limit"], limit)
    if abs(v["rate"] - limit) > 1e-6:
        assert n["state"] == ("converges" if v["rate"] < limit else "diverges")


def check_rate(v, d, n):
    def bowl(w):
        return w**2, 2 * w

    for rate, w in ((d["small"], "at_small"), (d["good"], "at_good"), (v["rate"], "w")):
        path = walked(bowl, float(d["start"]), {**v, "rate": rate})
        assert n[w] == pytest.approx(path[-1], rel=1e-9, abs=1e-14)
    assert n["cost"] == pytest.approx(n["w"] ** 2, rel=1e-9, abs=1e-14)
    close(n["factor"], walked(bowl, 1.0, {**v, "t": 1})[-1])
    words = {
        "from one side": 0 < n["factor"] < 1,
        "there in one step": abs(n["factor"]) < 1e-9,
        "from side to side": -1 < n["factor"] < 0,
        "back and forth for ever": abs(n["factor"] + 1) < 1e-9,
        "out of the bowl": n["factor"] < -1,
    }
    assert words[n["state"]]


def check_temperature(v, d, n):
    scores = np.array([[v["z1"], v["z2"], v["z3"]]]) / v["T"]
    p = lb.softmax(scores)
    close([n["p1"], n["p2"], n["p3"]], p[0])
    close(n["entropy"], lb.CategoricalCrossentropy()(p, p), rel=1e-9)
    loss = lb.SparseCategoricalCrossentropy(from_logits=True)
    close(n["loss"], loss([int(v["truth"]) - 1], scores), rel=1e-9)
    (exponents, *others), p = np.moveaxis(np.array(n["curves"]), 2, 0)
    assert np.all(exponents == others)
    close(p.T, lb.softmax(scores * v["T"] / 10 ** exponents[:, None]))


def check_residual(v, d, n):
    losses = {
        "squared": mse,
        "absolute": mae,
        "huber": lb.Huber(v["delta"]),
        "log_cosh": lb.LogCosh(),
        "quantile": lb.Quantile(v["q"]),
    }
    for name, loss in losses.items():
        value, gradient = loss.value_and_gradient([0.0], [v["r"]])
        close(n[name], value)
        close(n[f"{name}_slope"], gradient[0])


def check_outlier(v, d, n):
    """Each line is where the gradient of its loss is zero, or, for the absolute, the loss least."""
    x, y = np.array(d["x"], dtype=float), np.array(d["y"], dtype=float)
    y[d["moved"]] = v["target"]
    rows = np.c_[x - x.mean(), np.ones_like(x)]

    def guess(name):
        slope, level = n["lines"][name]
        return level + slope * x

    scale, unit = y.std(), d["delta"]
    smooth = {"squared": (mse, 1), "huber": (lb.Huber(unit), 1), "log_cosh": (lb.LogCosh(), unit)}
    assert set(d["losses"]) == set(n["lines"]) >= {"squared", "huber", "absolute"}
    for name, (loss, u) in smooth.items():
        if name not in d["losses"]:
            continue
        gradient = u * loss.gradient(y / u, guess(name) / u) @ rows
        assert np.abs(gradient).max() < 1e-7 * scale
    for name in d["losses"]:
        assert n[name] == n["lines"][name][0]
    for point in n["sweep"]:
        moved = np.where(np.arange(len(y)) == d["moved"], point["target"], y)
        close(point["squared"], np.polyfit(x, moved, 1)[0], rel=1e-9)
    peer = QuantileRegressor(quantile=0.5, alpha=0).fit(x[:, None], y)
    assert mae(y, guess("absolute")) <= mae(y, peer.predict(x[:, None])) + 1e-9 * scale


def check_quantile(v, d, n):
    y, loss = np.array(d["y"], dtype=float), lb.Quantile(v["q"])

    def mean_loss(c):
        return loss(y, np.full_like(y, c))

    close(n["loss"], mean_loss(n["best"]))
    assert n["loss"] <= min(mean_loss(c) for c in np.unique(y)) + 1e-12
    close(n["best"], np.quantile(y, v["q"], method="inverted_cdf"))
    close(n["below"], np.mean(y <= n["best"]))


def check_threshold(v, d, n):
    used = int(np.argmin(np.abs(np.array(d["thresholds"]) - v["threshold"])))
    for series, name in enumerate(d["misses"]):
        expected = v["ratio"] * d["misses"][name][used] + d["alarms"][name][used]
        close(n[f"cost{series}"], expected)
    # The threshold at which an alarm and no alarm cost the same: ratio * p = 1 - p.
    close(v["ratio"] * n["implied"], 1 - n["implied"])
    close(n["blind"], min(v["ratio"] * d["share"], 1 - d["share"]))


CHECKS = {
    name.removeprefix("check_"): check
    for name, check in globals().items()
    if name.startswith("check_")
}

# --- the pages -----------------------------------------------------------------------------------


@dataclass
class Figure:
    """One explorable on an open page."""

    tab: Tab
    name: str

    @property
    def node(self):
        return self.tab.page.locator(f'.explorable[data-figure="{self.name}"]')

    def script(self, body, *arguments):
        """Run JavaScript that knows the figure's host, its script, data and controls."""
        return self.node.evaluate(
            f"""(host, given) => {{
                const figure = lossbook.figures[host.dataset.figure];
                const json = host.querySelector('script').textContent;
                const data = {{ ...figure.data, ...JSON.parse(json) }};
                const controls = figure.controls(data);
                {body}
            }}""",
            list(arguments),
        )

    @property
    def data(self):
        return self.script("return data;")

    @property
    def controls(self):
        return self.script("return controls;")

    def numbers(self, values):
        """Compute the figure's numbers as its script does, for many values of its controls."""
        return self.script("return given[0].map((v) => figure.numbers(v, data));", values)

    def values(self):
        """Read the controls as they stand on the page."""
        return self.script(
            """return Object.fromEntries(controls.map(({ key, log, whole, choices }) => {
                if (choices) {
                    const group = [...host.querySelectorAll('input[type=radio]')]
                        .filter((input) => choices.map(String).includes(input.value));
                    return [key, choices[group.findIndex((input) => input.checked)]];
                }
                const raw = Number(host.querySelector(`input[name="${key}"]`).value);
                return [key, !log ? raw : whole ? Math.round(10 ** raw) : 10 ** raw];
            }));"""
        )

    def shown(self):
        """Read the numbers as a reader does, and check them against what the script computed."""
        cells = self.node.locator("b[data-key]").evaluate_all(
            "cells => cells.map(c => [c.dataset.key, c.dataset.value, c.textContent])"
        )
        numbers = {}
        for key, exact, text in cells:
            try:
                numbers[key] = float(exact)
            except ValueError:
                numbers[key] = text
                assert text == exact
                continue
            assert readable(text) == pytest.approx(numbers[key], rel=0.006, abs=0.0006)
        return numbers

    def verify(self):
        """Check what stands on the page, for the controls as they stand, with lossbook."""
        values, shown = self.values(), self.shown()
        computed = self.numbers([values])[0]
        for key, number in shown.items():
            assert number == computed[key] or number == pytest.approx(computed[key], rel=1e-12)
        CHECKS[self.name](values, self.data, computed)
        return values, shown


def readable(text):
    return float(text.replace("−", "-").replace("∞", "inf"))


def found():
    """Return every explorable of the built book, as (page, name)."""
    return [
        (page, name)
        for page in CHAPTERS
        for name in re.findall(
            r'class="explorable" data-figure="([\w-]+)"', (SITE / page).read_text(encoding="utf-8")
        )
    ]


@pytest.fixture(scope="module")
def page_tab(browser, server):
    """Open each page once for all tests that only move what is on it."""
    with ExitStack() as opened:
        open_one = tab_opener(browser, server, opened)

        @cache
        def tab_with(page):
            tab = open_one()
            tab.goto(page)
            return tab

        yield tab_with


@pytest.fixture
def figure(page_tab, where):
    page, name = where
    tab = page_tab(page)
    yield Figure(tab, name)
    assert (tab.errors, tab.external) == ([], [])


every = pytest.mark.parametrize("where", found(), ids=lambda w: f"{Path(w[0]).stem[:2]}-{w[1]}")


def some_values(controls, count=40):
    """Return the ends of every control, and values drawn between them."""
    rng = np.random.default_rng(0)

    def draw(control, part):
        if "choices" in control:
            return control["choices"][int(part * (len(control["choices"]) - 1e-9))]
        low, high = control["min"], control["max"]
        value = low * (high / low) ** part if control.get("log") else low + part * (high - low)
        whole = control.get("whole") or control.get("step") == 1
        return round(value) if whole else value

    rows = [[part] * len(controls) for part in (0, 0.5, 1)] + list(
        rng.random((count, len(controls)))
    )
    return [{c["key"]: draw(c, p) for c, p in zip(controls, row, strict=True)} for row in rows]


def test_each_chapter_has_one_and_each_has_a_check():
    pages = {page for page, _ in found()}
    numbered = [page for page in CHAPTERS if re.search(r"/0[1-9]-", page)]
    assert len(numbered) == 9
    assert set(numbered) <= pages
    assert set(CHECKS) == set(FIGURES) == {name for _, name in found()}


@every
def test_its_formulas_are_those_of_lossbook(figure):
    values = some_values(figure.controls)
    data = figure.data
    for v, n in zip(values, figure.numbers(values), strict=True):
        CHECKS[figure.name](v, data, n)


@every
def test_it_moves_by_keyboard(figure):
    _, before = figure.verify()
    inputs = figure.node.locator("input[type=range]")
    for i in range(inputs.count()):
        slider = inputs.nth(i)
        start = float(slider.input_value())
        slider.focus()
        for _ in range(3):
            figure.tab.page.keyboard.press(
                "ArrowLeft" if start > 0.9 * float(top(slider)) else "ArrowRight"
            )
        assert float(slider.input_value()) != start
        assert slider.get_attribute("aria-valuetext")
        figure.verify()
    radios = figure.node.locator("input[type=radio]")
    if radios.count():
        radios.first.focus()
        figure.tab.page.keyboard.press("ArrowDown")
        assert not radios.first.is_checked()
    _, after = figure.verify()
    assert after != before


def top(slider):
    return slider.get_attribute("max")


@every
def test_it_moves_by_mouse(figure):
    for slider in figure.node.locator("input[type=range]").all():
        box = slider.bounding_box()
        seen = []
        for part in (0.3, 0.8):
            slider.click(position={"x": box["width"] * part, "y": box["height"] / 2})
            seen.append((float(slider.input_value()), figure.verify()[1]))
        (low, numbers), (high, others) = seen
        assert low < high and numbers != others


@every
def test_its_mark_can_be_dragged_where_it_has_one(figure):
    drag = figure.script("return figure.drag ?? null;")
    if drag is None:
        assert figure.node.locator(".explorable-drag").count() == 0
        return
    panel = figure.node.locator(".explorable-drag")
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    mouse = figure.tab.page.mouse
    values = []
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    for part in (0.4, 0.6):
        mouse.move(box["x"] + part * box["width"], box["y"] + part * box["height"], steps=3)
        values.append(figure.verify()[0])
    mouse.up()
    mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    key = drag.get("x") or drag["y"]
    assert (values[0][key] < values[1][key]) == ("x" in drag)
    assert figure.values() == values[1]  # let go


@pytest.mark.parametrize(
    "where",
    [w for w in found() if w[1] in ("valley", "rate")],
    ids=lambda w: w[1],
)
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_it_plays(open_tab, where, motion):
    tab = open_tab(reduced_motion=motion)
    tab.goto(where[0])
    figure = Figure(tab, where[1])
    last = figure.script("return controls.find(({ key }) => key === 't').max;")

    def press(name):
        figure.node.get_by_role("button", name=name, exact=True).click()
        return figure.verify()[0]["t"]

    assert press("Restart") == 0
    assert press("Step") == 1
    if motion == "reduce":
        assert press("Play") == last
        return
    press("Play")
    figure.node.locator("input[name=t]").evaluate(
        """slider => new Promise((resolve) => {
            const look = () => slider.value >= 4 ? resolve() : setTimeout(look, 20);
            look();
        })"""
    )
    stopped = press("Pause")
    assert 4 <= stopped < last
    tab.page.wait_for_timeout(500)
    assert figure.verify()[0]["t"] == stopped


@every
def test_a_static_figure_stands_in_its_place(open_tab, page_tab, where):
    page, name = where
    tab = page_tab(page)
    host = Figure(tab, name).node
    picture = tab.page.locator(f'figure:has(.explorable[data-figure="{name}"]) img')
    assert host.is_visible() and not picture.is_visible()
    tab.page.emulate_media(media="print")
    assert picture.is_visible() and not host.is_visible()
    tab.page.emulate_media(media="screen")

    without = open_tab(java_script_enabled=False)
    without.page.goto(without.base + page)
    picture = without.page.locator(f'figure:has(.explorable[data-figure="{name}"]) img')
    assert picture.is_visible()
    assert len(picture.get_attribute("alt").split()) > 8


@every
def test_it_follows_the_theme_and_fits_a_phone(open_tab, where):
    page, name = where
    tab = open_tab(width=390)
    tab.goto(page)
    figure = Figure(tab, name)

    def ink():
        return figure.node.locator("svg path[stroke^=var]").first.evaluate(
            "path => getComputedStyle(path).stroke"
        )

    colours = []
    for theme in ("light", "dark"):
        tab.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        colours.append(ink())
    assert len(set(colours)) == 2
    for node in figure.node.locator("svg, input, button, b").all():
        box = node.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390


# --- what they show before anybody moves them: what the text and the static figure say ------------


@dataclass
class Opening:
    """A figure on a page that was just opened, and what the page and its source say of it."""

    figure: Figure
    source: dict[str, str]

    def __post_init__(self):
        self.data = self.figure.data
        self.values, self.shown = self.figure.verify()
        self.numbers = self.figure.numbers([self.values])[0]
        page = self.figure.tab.page
        self.text = page.locator("article").inner_text().replace("\u00a0", " ")
        holder = page.locator(f'figure:has([data-figure="{self.figure.name}"])')
        self.caption = holder.locator("figcaption").inner_text()

    def said(self, pattern):
        """Return the numbers that the page says in this sentence."""
        (found,) = re.findall(pattern, self.text)
        return [float(number) for number in found]


@pytest.fixture
def opening(open_tab):
    def opened(page, name):
        tab = open_tab()
        tab.goto(f"book/{page}.html")
        cells = json.loads((ROOT / "book" / f"{page}.ipynb").read_text(encoding="utf-8"))["cells"]
        return Opening(Figure(tab, name), {cell["id"]: "".join(cell["source"]) for cell in cells})

    return opened


def test_rate_opens_with_three_walks_that_crawl_arrive_and_leave(opening):
    one = opening("06-learning-rate", "rate")
    static = re.findall(r'"([\d.]+): (too small|good|too large)"', one.source["fig-three"])
    assert [name for _, name in static] == ["too small", "good", "too large"]
    rates = [one.data["small"], one.data["good"], one.values["rate"]]
    assert rates == [float(rate) for rate, _ in static]
    assert "Eight steps" in one.caption and one.values["t"] == 8
    crawls, arrives, leaves = np.abs(one.numbers["paths"])
    assert crawls[0] > crawls[-1] > crawls[0] / 2
    assert arrives[-1] < 0.01 * arrives[0]
    assert "At rate 1.05 each step is longer" in one.text and rates[2] == 1.05
    assert np.all(np.diff(np.abs(np.diff(one.numbers["paths"][2]))) > 0) and leaves[-1] > leaves[0]


def test_valley_opens_without_and_with_momentum(opening):
    one = opening("05-gradient-descent", "valley")
    static = r'"momentum": lb\.SGD\(([\d.]+), momentum=([\d.]+)\)'
    (found,) = re.findall(static, one.source["momentum-run"])
    assert [one.values["rate"], one.values["momentum"]] == [float(number) for number in found]
    steps, momentum = re.search(r"first (\d+) steps.*momentum ([\d.]+\d)", one.caption).groups()
    assert (one.values["t"], one.values["momentum"]) == (int(steps), float(momentum))
    bottom = np.array(one.data["bottom"])
    plain, quick = (np.array(one.numbers[name]) for name in ("plain", "points"))
    assert np.linalg.norm(plain[-1] - bottom) > 10 * np.linalg.norm(quick[-1] - bottom)
    lengths = np.linalg.norm(np.diff(plain, axis=0), axis=1)
    assert np.all(np.diff(lengths) < 0)  # it creeps, with steps that get shorter


def test_temperature_opens_with_the_scores_of_the_text(opening):
    one = opening("07-classification-losses", "temperature")
    scores = json.loads(re.search(r"some = np\.array\((.*?)\)", one.source["properties"])[1])
    assert [one.values[key] for key in ("z1", "z2", "z3")] == scores and one.values["T"] == 1
    table = one.said(r"lossbook\s+(0\.\d+), (0\.\d+), (0\.\d+)")
    assert [one.shown[key] for key in ("p1", "p2", "p3")] == pytest.approx(table, abs=5e-7)
    p = np.array(one.numbers["curves"])[..., 1]
    assert np.all(np.diff(p, axis=0) < 0)  # the order never changes
    assert np.all(np.diff(p[0]) < 0) and p[0, 0] > 0.999 and p[0, -1] < 0.36  # the confidence does


def test_outlier_opens_with_what_dragging_does_to_each_slope(opening):
    one = opening("08-regression-losses", "outlier")
    assert f"line through {len(one.data['x'])} people" in one.caption
    assert "by four losses" in one.source["influence"] and len(one.data["losses"]) == 4
    assert one.values["target"] == one.data["y"][one.data["moved"]]  # nobody has dragged it
    sentence = r"From (\d+) points on, the slope of the squared-error fit grew by ([\d.]+)"
    start, grown = one.said(sentence)
    early, late = one.figure.numbers([{"target": t} for t in (start, one.data["top"])])
    assert late["squared"] - early["squared"] == pytest.approx(grown, abs=0.1)
    others = [name for name in one.data["losses"] if name != "squared"]
    assert all(abs(late[name] - early[name]) < 0.01 * grown for name in others)
    # The second panel has for each target what the figure shows once the point is there.
    sweep = one.numbers["sweep"]
    there = one.figure.numbers([{"target": point["target"]} for point in sweep])
    assert sweep[-1]["target"] == one.data["top"]
    assert all(p[name] == n[name] for p, n in zip(sweep, there, strict=True) for name in n["lines"])


def show(tab, *explorables):
    """Open a page of their own with explorables as a notebook has them."""
    body = "".join(one._repr_html_() for one in explorables)
    tab.page.route(
        "**/try.html",
        lambda route: route.fulfill(
            body=f"<!doctype html><body>{body}</body>", content_type="text/html; charset=utf-8"
        ),
    )
    tab.page.goto(tab.base + "try.html")
    tab.settle()


def test_a_wrong_name_is_said_on_the_page(open_tab):
    tab = open_tab()
    show(tab, lb.explorable("residual", dleta=1))
    said = tab.page.get_by_role("alert").inner_text()
    assert "dleta" in said and "delta" in said


def test_two_in_one_notebook_do_not_disturb_each_other(open_tab):
    """There each output carries the whole script."""
    tab = open_tab()
    show(tab, lb.explorable("temperature"), lb.explorable("logit", z=2))
    for name in ("temperature", "logit"):
        Figure(tab, name).verify()
    clips = tab.page.locator("clipPath").evaluate_all("clips => clips.map(clip => clip.id)")
    assert len(clips) == len(set(clips)) == 3  # one for each panel
    assert Figure(tab, "logit").values() == {"z": 2, "y": 1}
    assert not math.isnan(Figure(tab, "temperature").shown()["loss"])
    assert tab.errors == []


def test_data_reach_the_page_unharmed(open_tab):
    tab = open_tab()
    name = "</script><b>bold</b> & 'more'"
    show(tab, lb.explorable("quantile", y=[1, 2, 3], name=name))
    assert Figure(tab, "quantile").data["name"] == name
    assert json.dumps(Figure(tab, "quantile").data["y"]) == "[1, 2, 3]"
