"""A release can be made again, and what it is installed with is pinned."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "build", "dist", "cleaned"
)


def as_somebody_else(source: str, target: str) -> None:
    """A file as it is in the checkout of somebody who lets nobody read along: new, and the owner's only."""
    shutil.copyfile(source, target)
    Path(target).chmod(Path(source).stat().st_mode & 0o700)


def built(folder: Path, umask: int) -> dict[str, bytes]:
    """Wheel and sdist of the project in a folder, by name."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder.parent / "dist")],
        check=True,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        umask=umask,
    )
    return {path.name: path.read_bytes() for path in (folder.parent / "dist").iterdir()}


def test_two_builds_in_two_places_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one" / "photoguard", tmp_path / "somewhere" / "else"
    shutil.copytree(ROOT, one, ignore=LEFT_OUT)
    shutil.copytree(ROOT, other, ignore=LEFT_OUT, copy_function=as_somebody_else)
    first = built(one, 0o022)
    assert sorted(first) == ["photoguard-0.1.0-py3-none-any.whl", "photoguard-0.1.0.tar.gz"]
    second = built(other, 0o077)
    assert {name: sha256(data).hexdigest() for name, data in first.items()} == {
        name: sha256(data).hexdigest() for name, data in second.items()
    }
    with zipfile.ZipFile(tmp_path / "one" / "dist" / "photoguard-0.1.0-py3-none-any.whl") as wheel:
        registry = tomllib.loads(wheel.read("photoguard/_models/registry.toml").decode())
        for model in registry.values():
            if "package" not in model:
                data = wheel.read(f"photoguard/_models/{model['file']}")
                assert sha256(data).hexdigest() == model["sha256"]


def pins() -> dict[str, str]:
    """What requirements.lock pins, the version by the name, once each has a SHA-256 and nothing else stands there."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not re.match(r" *#", line)]
    found = [re.fullmatch(r"([\w.-]+)==(\S+)( +--hash=sha256:[0-9a-f]{64})+ *", line) for line in lines]
    assert None not in found
    return {canonicalize_name(one[1]): one[2] for one in found if one}


def test_the_lock_pins_what_the_project_asks_for_and_builds_with() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
    asked += [
        one
        for name, some in extras.items()
        if name not in {"train", "release", "dev", "fuzz"}
        for one in some
    ]
    pinned = pins()
    for requirement in map(Requirement, asked):
        version = pinned.get(canonicalize_name(requirement.name), "none")
        assert version in requirement.specifier, f"{requirement.name} is {version}: run release/lock"


def test_the_lock_names_no_place_to_get_packages_from() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text)


def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_script", ROOT / "release" / "audit.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_library_that_is_known_to_be_vulnerable_fails_the_audit() -> None:
    well = {"name": "well", "version": "1.0", "vulns": []}
    ill = {"name": "ill", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
    unknown = {"name": "ours", "skip_reason": "not found"}
    told, code = audit().verdict([well, ill, unknown])
    assert code == 1
    assert "ill 2.0: CVE-1, mended in 2.1" in told and "2 libraries of 3" in told and "ours" in told
    assert audit().verdict([well, unknown])[1] == 0


def test_an_audit_that_nobody_answered_says_so_and_does_not_pass_for_one() -> None:
    told, code = audit().verdict([{"name": "any", "skip_reason": "not found"}])
    assert (code, told.split(":")[0]) == (0, "NOT AUDITED")


def test_without_a_network_the_audit_says_that_it_could_not_ask(tmp_path: Path) -> None:
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    asked = subprocess.run(
        [sys.executable, ROOT / "release" / "audit.py"],
        capture_output=True,
        text=True,
        env={**os.environ, **nowhere, "NO_PROXY": "", "no_proxy": "", "XDG_CACHE_HOME": str(tmp_path)},
    )
    assert (asked.returncode, asked.stdout.split(":")[0]) == (0, "NOT AUDITED"), asked.stderr
