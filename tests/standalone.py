"""Test the built wheel alone, in bare environments: oldest Python and NumPy, then newest.

    python tests/standalone.py dist/lossbook-*.whl

Each environment gets the wheel and NumPy; there `python -m lossbook` has to pass. Then come pytest
and what the tests below need. They run in a folder of their own, away from the sources.
Interpreters are those on the path and pyenv's; what is not there is named and left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
# The tests that need neither peers nor the repository, with what they import.
FILES = [
    *("test_bad_input", "test_check", "test_gradients", "test_precision"),
    *("test_properties", "test_grading", "test_selftest", "test_threads"),
]
HELPERS = ["cases", "mistakes", "selftest_table"]
NEEDED = ["pytest", "hypothesis", "mpmath"]
OLDEST_PYTHON, OLDEST_NUMPY = (3, 11), "2.0"
UV = [sys.executable, "-m", "uv", "--no-config", "--quiet"]


def interpreters() -> dict[tuple[int, int], str]:
    """Return an executable for each Python that is new enough, by its version."""
    named = [shutil.which(f"python3.{minor}") for minor in range(OLDEST_PYTHON[1], 30)]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = {}
    for command in [
        *named,
        *map(str, sorted(pyenv.glob("versions/*/bin/python3"))),
        sys.executable,
    ]:
        if command is None:
            continue
        show = [command, "-c", "import sys, venv; print(*sys.version_info[:2])"]
        asked = subprocess.run(show, capture_output=True, text=True)
        if asked.returncode == 0:  # a shim of pyenv's may lead nowhere
            major, minor = map(int, asked.stdout.split())
            if (major, minor) >= OLDEST_PYTHON:
                found.setdefault((major, minor), command)
    return found


def run(*command: str | Path, folder: Path) -> str:
    """Run a command in a folder from which the sources are not seen; return what it says."""
    alone = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


def check(wheel: Path, python: str, numpy: str, folder: Path) -> str:
    """Install the wheel for an interpreter, run its self-test and its tests; return a summary."""
    home = folder / "venv"
    run(*UV, "venv", "--python", python, home, folder=folder)
    own = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [*UV, "pip", "install", "--python", str(own)]
    run(*install, str(wheel), numpy, folder=folder)
    listed = run(*UV, "pip", "list", "--python", str(own), folder=folder)
    installed = {line.split()[0] for line in listed.splitlines()[2:]}
    if installed != {"lossbook", "numpy"}:
        sys.exit(f"expected lossbook and numpy alone, received {sorted(installed)}")
    said = run(own, "-m", "lossbook", folder=folder).splitlines()
    run(*install, *NEEDED, folder=folder)
    tests = folder / "tests"
    tests.mkdir()
    files = [f"{name}.py" for name in FILES if (TESTS / f"{name}.py").exists()]
    for name in [*files, *(f"{name}.py" for name in HELPERS)]:
        shutil.copy(TESTS / name, tests)
    passed = run(own, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests", folder=folder)
    counted = re.findall(r"\d+ passed.*", passed)[-1]
    return f"{said[0]}, {said[1].strip()}: {said[-1]} {counted}"


def main(wheel: str) -> None:
    """Check the wheel with the oldest and the newest that there is."""
    there = interpreters()
    newest = max(there)
    if OLDEST_PYTHON not in there:
        print(f"Python {'.'.join(map(str, OLDEST_PYTHON))} is not here: {min(there)} stands for it")
    for version, numpy in ((min(there), f"numpy=={OLDEST_NUMPY}.*"), (newest, "numpy")):
        with tempfile.TemporaryDirectory() as folder:
            print(check(Path(wheel).resolve(), there[version], numpy, Path(folder)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
