"""An explorable also moves in JupyterLab, where its output brings its script along."""

import re
import subprocess
import sys
from contextlib import suppress

import nbformat
import pytest
from playwright.sync_api import TimeoutError

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@pytest.fixture
def lab(tmp_path):
    """Start JupyterLab on a folder with one notebook; give its address."""
    cells = [
        nbformat.v4.new_code_cell("import lossbook as lb\nlb.explorable('logit')"),
        nbformat.v4.new_code_cell("lb.explorable('temperature', T=2)"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    nbformat.write(notebook, tmp_path / "try.ipynb")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--allow-root"]
    settings = [
        "--ServerApp.root_dir=.",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    process = subprocess.Popen(
        [*command, *settings], cwd=tmp_path, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        for line in process.stderr:
            if found := re.search(r"(http://127\.0\.0\.1:\d+/)lab\?token=(\w+)", line):
                yield found[1], found[2]
                break
        else:
            pytest.fail("JupyterLab did not start")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_explorables_move_in_jupyterlab(open_tab, lab):
    address, token = lab
    tab = open_tab(base=address)
    page = tab.page
    page.goto(f"{address}lab/tree/try.ipynb?token={token}")
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=60_000)
    for cell, name, first in ((0, "logit", "p"), (1, "temperature", "p1")):
        figure = page.locator(f'.explorable.live[data-figure="{name}"]')
        drawn = figure.locator("svg[data-panel] text").first
        for _ in range(12):  # what is run before the kernel has answered is dropped
            cells.nth(cell).locator(".jp-InputArea-editor").click()
            page.keyboard.press("Shift+Enter")
            with suppress(TimeoutError):
                drawn.wait_for(timeout=5_000)
                break
        number = figure.locator(f'b[data-key="{first}"]')
        before = number.text_content()
        figure.locator("input[type=range]").first.focus()
        page.keyboard.press("ArrowRight")
        assert number.text_content() != before
        figure.locator("input[type=radio]").last.check()
    # The first did not lose its choice to the second.
    assert page.locator(".explorable input[type=radio]:checked").count() == 2
    assert tab.external == []
