"""`make` says before it installs anything when its Python cannot build the book, and what to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Answers as the interpreter of a version would, and writes down what it is asked to do beside that.
STAND_IN = """#!/bin/sh
case "$1 $2" in
"-c "*version_info*) echo {version} ;;
"-c "*) ;;
*) echo "$@" >> {calls}; exit 9 ;;
esac
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")


def make(tmp_path, version):
    """Run make in a fresh clone with a stand-in; return what it said and what it tried to do."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    calls = tmp_path / "calls"
    python = tmp_path / "python"
    python.write_text(STAND_IN.format(version=version, calls=calls))
    python.chmod(0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    command = ["make", f"PYTHON={python}", "book"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode
    return done.stdout, calls.read_text() if calls.exists() else ""


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_python_with_a_tensorflow_is_taken(tmp_path, version):
    said, calls = make(tmp_path, version)
    assert "The book needs" not in said
    assert calls == "-m venv .venv\n"


@pytest.mark.parametrize("version", ["3.14", "3.10", "3.15", "2.7"])
def test_another_is_refused_before_anything_is_installed(tmp_path, version):
    said, calls = make(tmp_path, version)
    assert calls == ""
    assert not (tmp_path / ".venv").exists()
    assert f"python is {version}" in said
    assert "make PYTHON=python3.13" in said and "uv python find 3.13" in said


def test_no_python_at_all_is_said(tmp_path):
    done = subprocess.run(
        ["sh", ROOT / ".ci" / "python-version"],
        env={**os.environ, "PYTHON": str(tmp_path / "nowhere")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "is none" in done.stdout


def test_the_versions_are_those_of_the_workflow():
    """The oldest and the newest that the gate lets through are what the workflow runs."""
    assert 'python: ["3.11", "3.13"]' in (ROOT / ".github/workflows/ci.yml").read_text()
