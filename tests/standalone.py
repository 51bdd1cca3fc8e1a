"""Test the built wheel alone, in bare environments: oldest Python and NumPy, then newest of both.

    python tests/standalone.py dist

Each environment gets the wheel and what it requires; there `python -m lossbook` has to pass. Then
come pytest and two libraries that the tests need. In the first environment all tests of the source
distribution run, in a folder without the sources. `make test` has run them on newer versions, so in
the second the examples of the docstrings are enough, which use each public name once.
Interpreters are those on the path and pyenv's; those that are not there are named and left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# Tests are left out for what they import; a new file runs unless it is named here.
PEERS = {
    "losses/test_agreement": "keras",
    "test_activations": "keras",
    "test_penalties": "keras",
    "training/test_descent": "keras",
    "training/test_models": "keras",
    "training/test_optimizers": "keras",
    "training/test_schedules": "keras",
}
ELSEWHERE = {
    "package/test_dist": "builds the archives from the sources",
}
# Two minutes of threads waiting for each other, where `make test` has seen that their number does
# not show.
SLOW = ["engines/test_threads.py::test_the_number_of_threads_does_not_show"]
NEEDED = ["pytest", "pytest-xdist", "hypothesis", "mpmath"]
OLDEST = (3, 11)
ENVIRONMENT = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
UV = [sys.executable, "-m", "uv", "--no-config"]


def run(*command: str | Path, folder: Path) -> str:
    """Run a command in a folder from which the sources are not seen; return what it says."""
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{done.stderr}\nfailed: {' '.join(map(str, command))}")
    return done.stdout


def interpreters() -> dict[tuple[int, ...], str]:
    """Return an interpreter of each Python that lossbook supports, by its major and minor version.

    uv finds those on the path; to that come pyenv's, of which the path has just the chosen one.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    path = [os.environ["PATH"], *map(str, sorted(pyenv.glob("3.*/bin")))]
    command = [*UV, "python", "list", "--only-installed", "--output-format", "json"]
    environment = ENVIRONMENT | {"PATH": os.pathsep.join(path)}
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[tuple[int, ...], str] = {}
    for python in json.loads(listed.stdout):
        version = (python["version_parts"]["major"], python["version_parts"]["minor"])
        released = python["version"].replace(".", "").isdigit()
        usual = python["implementation"] == "cpython" and python["variant"] == "default"
        if version >= OLDEST and released and usual:
            found.setdefault(version, python["path"])
    return found


def bare(folder: Path, python: str, wheel: Path, resolution: str) -> Path:
    """Make an environment with the wheel and the lowest or highest NumPy; return its Python."""
    run(*UV, "venv", "--python", python, "venv", folder=folder)
    own = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [*UV, "pip", "install", "--python", own, "--no-build", "--resolution", resolution]
    run(*install, wheel, folder=folder)
    run(*UV, "pip", "check", "--python", own, folder=folder)
    listed = run(*UV, "pip", "list", "--python", own, "--format", "json", folder=folder)
    names = {package["name"] for package in json.loads(listed)}
    if names != {"lossbook", "numpy"}:
        sys.exit(f"expected lossbook and numpy alone, received {sorted(names)}")
    return own


def tests_of(source: Path, folder: Path) -> Path:
    """Unpack the tests of a source distribution and their configuration, and no more of it."""
    with tarfile.open(source) as archive:
        wanted = [
            m for m in archive.getmembers() if m.name.split("/")[1] in ("tests", "pyproject.toml")
        ]
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from 3.11.4
        archive.extractall(folder, wanted, **safely)
    (unpacked,) = folder.glob("lossbook-*")
    return unpacked


def check(archives: Path, python: str, resolution: str, folder: Path, *, whole: bool) -> str:
    """Run the self-test, the examples and, as a whole, the tests in an environment of their own.

    Return a summary.
    """
    (wheel,), (source,) = archives.glob("*.whl"), archives.glob("*.tar.gz")
    own = bare(folder, python, wheel, resolution)
    said = run(own, "-m", "lossbook", folder=folder).splitlines()
    summary = [said[0], said[-1]]
    run(*UV, "pip", "install", "--python", own, *NEEDED, folder=folder)
    home = tests_of(source, folder)
    pytest = [own, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    if whole:
        left_out = [f"--ignore=tests/{name}.py" for name in PEERS | ELSEWHERE]
        left_out += [f"--deselect=tests/{test}" for test in SLOW]
        on_two_cores = ["--numprocesses", "2", "--dist", "worksteal"]
        passed = run(*pytest, *on_two_cores, *left_out, "tests", folder=home).splitlines()[-1]
        summary.append(f"tests: {passed}")
    package = Path(
        run(own, "-c", "import lossbook; print(*lossbook.__path__)", folder=home).strip()
    )
    if not package.is_relative_to(folder.resolve()):
        sys.exit(f"expected the installed lossbook, received {package}")
    # These modules work for nbgrader and for Dask, which are not there.
    without = [
        f"--ignore={package / name}"
        for name in ("_engines/rows.py", "check/nbgrader.py", "training/chunks.py")
    ]
    examples = ["--doctest-modules", *without, str(package)]
    shown = run(*pytest, *examples, folder=home).splitlines()[-1]
    summary.append(f"examples of the docstrings: {shown}")
    return "\n  ".join(summary)


def main(archives: str) -> None:
    """Check the archives with the oldest and the newest that there is."""
    there = interpreters()
    print("Python here:", *(".".join(map(str, version)) for version in sorted(there)))
    if OLDEST not in there:
        print(f"Python {'.'.join(map(str, OLDEST))}, the oldest supported, is not here: left out")
    if len(there) == 1:
        print("There is one Python: it is tested with both versions of NumPy")
    print("Left out, for what they import:", *(f"{k} ({v})" for k, v in PEERS.items()))
    print("and", *(f"{k} ({v})" for k, v in ELSEWHERE.items()), *(f"{k} (slow)" for k in SLOW))
    home = Path(archives).resolve()
    for version, resolution, whole in (
        (min(there), "lowest", True),
        (max(there), "highest", False),
    ):
        with tempfile.TemporaryDirectory() as folder:
            python = there[version]
            print(check(home, python, resolution, Path(folder), whole=whole), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
