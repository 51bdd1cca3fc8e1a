"""The wheel has the package and nothing of the book; the source distribution makes the same."""

import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
import standalone

import lossbook as lb

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lossbook"


def build(source, out, *options):
    command = [sys.executable, "-m", "uv", "--no-config", "build", "--no-build-isolation"]
    command += ["--python", sys.executable, "--out-dir", str(out), *options, str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def read(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel's files, built from the clone and not by way of the source distribution."""
    (path,) = build(ROOT, tmp_path_factory.mktemp("wheel"), "--wheel").glob("*.whl")
    assert path.name == f"lossbook-{lb.__version__}-py3-none-any.whl"
    return read(path)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The folder of the unpacked source distribution."""
    folder = tmp_path_factory.mktemp("source")
    (path,) = build(ROOT, folder, "--sdist").glob("*.tar.gz")
    with tarfile.open(path) as archive:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from 3.11.4
        archive.extractall(folder, **safely)
    return folder / f"lossbook-{lb.__version__}"


def information(wheel, name):
    return wheel[f"lossbook-{lb.__version__}.dist-info/{name}"]


def test_wheel_has_the_package_and_no_more(wheel):
    paths = [p for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    files = {path.relative_to(ROOT).as_posix() for path in paths}
    assert {name for name in wheel if ".dist-info/" not in name} == files
    assert all(wheel[name] == (ROOT / name).read_bytes() for name in files)
    needed = (
        "__init__.pyi",
        "py.typed",
        "evidence/selftest.json",
        "check/__init__.py",
        "check/mistakes.toml",
        "explorables/kit.js",
    )
    assert {f"lossbook/{name}" for name in needed} <= files
    # Nothing that was left lying in the folder, and no page, picture or notebook.
    assert {Path(name).suffix for name in files} == {
        *(".py", ".pyi", ".typed", ".json", ".toml"),
        *(".js", ".css"),
    }


def test_wheel_has_all_that_is_tracked(wheel):
    command = ["git", "ls-files", "lossbook"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("a source distribution has no history")
    assert set(tracked.stdout.split()) == {name for name in wheel if ".dist-info/" not in name}


def test_wheel_says_what_it_is(wheel):
    metadata = message_from_bytes(information(wheel, "METADATA"))
    assert (metadata["Name"], metadata["Version"]) == ("lossbook", lb.__version__)
    assert metadata["Requires-Python"] == ">=3.11"
    required = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert required == ["numpy>=2.0"]
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert information(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").strip()
    assert metadata.get_payload(decode=True).decode().strip() == readme


def test_source_distribution_makes_the_same_wheel(source, wheel, tmp_path):
    (again,) = build(source, tmp_path, "--wheel").glob("*.whl")
    assert read(again) == wheel


def files_under(folder):
    paths = (folder / "tests").rglob("*")
    files = [p for p in paths if p.is_file() and "__pycache__" not in p.parts]
    return {path.relative_to(folder).as_posix() for path in files}


def test_source_distribution_has_the_tests_of_the_package(source):
    assert {path.name for path in source.iterdir()} == {
        *("LICENSE", "PKG-INFO", "README.md", "pyproject.toml"),
        *("lossbook", "tests"),
    }
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["flit"]["sdist"]["exclude"]
    here = files_under(ROOT)
    left_out = {name for name in here if name.startswith(tuple(patterns))}
    assert files_under(source) == here - left_out
    # Only what looks at something that is not in it is left out.
    looks = r"\bROOT\b|^import (make|notebooks|pages)$|\bbook\b"
    for name in sorted(left_out):
        if not name.startswith("tests/site/") and name.endswith(".py"):
            text = (ROOT / name).read_text(encoding="utf-8")
            assert re.search(looks, text, re.MULTILINE), name


@pytest.mark.parametrize("name", standalone.PEERS)
def test_what_a_bare_environment_leaves_out_imports_a_peer(name):
    """Otherwise its line in the table is out of date."""
    text = (ROOT / "tests" / f"{name}.py").read_text(encoding="utf-8")
    assert re.search(rf"^import {standalone.PEERS[name]}$", text, re.MULTILINE)


def test_the_oldest_python_is_that_of_the_metadata():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert (
        settings["project"]["requires-python"] == f">={standalone.OLDEST[0]}.{standalone.OLDEST[1]}"
    )
