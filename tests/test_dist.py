"""The wheel has the package and nothing of the book; the source distribution makes the same."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import lossbook as lb

ROOT = Path(__file__).parents[1]


def build(source, out, *options):
    command = [sys.executable, "-m", "uv", "--no-config", "build", "--no-build-isolation"]
    command += ["--python", sys.executable, "--out-dir", str(out), *options, str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_wheel_has_the_package_and_no_more(wheel):
    info = f"lossbook-{lb.__version__}.dist-info/"
    assert all(name.startswith(("lossbook/", info)) for name in wheel)
    tracked = subprocess.run(
        ["git", "ls-files", "lossbook"], cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode == 0:  # a source distribution has no history
        assert set(tracked.stdout.split()) <= set(wheel)
    kinds = {Path(name).suffix for name in wheel if name.startswith("lossbook/")}
    assert kinds <= {".py", ".pyi", ".typed", ".json", ".js", ".css"}


def test_wheel_says_what_it_is(wheel):
    (name,) = (name for name in wheel if name.endswith("METADATA"))
    metadata = message_from_string(wheel[name].decode())
    assert metadata["Version"] == lb.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    required = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert [re.match(r"\w+", line)[0] for line in required] == ["numpy"]
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata.get_payload().startswith((ROOT / "README.md").read_text(encoding="utf-8")[:40])
    assert any(name.endswith("licenses/LICENSE") for name in wheel)


def test_source_distribution_makes_the_same_wheel_and_has_the_tests(built, wheel, tmp_path):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # from 3.11.4
        archive.extractall(tmp_path, **safely)
    (source,) = tmp_path.glob("lossbook-*")
    assert (source / "tests" / "test_check.py").exists()
    assert not (source / "book").exists()
    (again,) = build(source, tmp_path / "dist", "--wheel").glob("*.whl")
    with zipfile.ZipFile(again) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == wheel
