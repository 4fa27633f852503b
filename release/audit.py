"""Asks whether a library of requirements.lock is known to be vulnerable: `python release/audit.py`.

The exit code is 1 where one is, and where the lock can't be read. Where nobody can be asked, because there is no
network or what answers knows none of the libraries, it says so, and the code is 0: that is no fault of what is checked.
pip-audit by itself fails in the first case, and in the second one reports that it found nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
_NOBODY = (
    "NOT AUDITED: the service that knows of vulnerable libraries {}. Run this again where it can be asked."
)


def verdict(libraries: Sequence[dict[str, Any]]) -> tuple[str, int]:
    """What is to be said of pip-audit's answer, and the exit code."""
    asked = [one for one in libraries if "skip_reason" not in one]
    if not asked:
        return _NOBODY.format("answers, but knows none of them"), 0
    bad = [
        f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version'}"
        for one in asked
        for flaw in one["vulns"]
    ]
    unknown = [one["name"] for one in libraries if "skip_reason" in one]
    told = f"{len(asked)} libraries of {len(libraries)} audited, {len(bad)} known vulnerabilities"
    return "\n".join([*bad, told, *(f"not known there: {name}" for name in unknown)]), int(bool(bad))


def main() -> int:
    """Prints the verdict."""
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--disable-pip"]
    command += ["--require-hashes", "--requirement", str(LOCK), "--format", "json"]
    readable = subprocess.run([*command, "--dry-run"], capture_output=True, text=True)
    if readable.returncode:
        print(readable.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        subprocess.run([*command, "--output", str(answer)], capture_output=True)
        if answer.exists():
            told, code = verdict(json.loads(answer.read_text(encoding="utf-8"))["dependencies"])
        else:
            told, code = _NOBODY.format("can't be reached"), 0
    print(told)
    return code


if __name__ == "__main__":
    sys.exit(main())
