"""An explorable also moves in JupyterLab, where its output brings its script along."""

import re
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = ("import lossbook as lb\nlb.explorable('logit')", "lb.explorable('temperature', T=2)")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """Start JupyterLab on a folder with a notebook that its reader has run; give its address."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))  # keeps what is trusted
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    NotebookClient(notebook, kernel_name="python3").execute()
    nbformat.write(notebook, tmp_path / "try.ipynb")
    jupyter = [sys.executable, "-m", "jupyter"]
    subprocess.run([*jupyter, "trust", "try.ipynb"], cwd=tmp_path, check=True)
    process = subprocess.Popen(
        [*jupyter, "lab", "--no-browser", "--port=0", "--allow-root", *QUIET],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        for line in process.stderr:
            if found := re.search(r"(http://127\.0\.0\.1:\d+/)lab\?token=(\w+)", line):
                yield found[1], found[2]
                break
        else:
            pytest.fail("JupyterLab did not start")
    finally:
        process.kill()  # it would ask its kernels first
        process.communicate()


def test_explorables_move_in_jupyterlab(open_tab, lab):
    address, token = lab
    tab = open_tab(base=address)
    page = tab.page
    # Lab may ask for a kernel; none is needed to move what is shown.
    page.add_locator_handler(
        page.locator("dialog.jp-Dialog"), lambda: page.keyboard.press("Escape"), no_wait_after=True
    )
    page.goto(f"{address}lab/tree/try.ipynb?token={token}")
    for name, first in (("logit", "p"), ("temperature", "p1")):
        figure = page.locator(f'.explorable.live[data-figure="{name}"]')
        figure.locator("svg[data-panel] text").first.wait_for(timeout=60_000)
        number = figure.locator(f'b[data-key="{first}"]')
        before = number.text_content()
        figure.locator("input[type=range]").first.press("ArrowRight")
        assert number.text_content() != before
        figure.locator("input[type=radio]").last.check()
    # The first did not lose its choice to the second.
    assert page.locator(".explorable input[type=radio]:checked").count() == 2
    assert tab.external == []
