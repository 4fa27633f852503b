"""Writes a release's bill of materials (CycloneDX): the libraries of an environment, and the models inside them.

    python release/sbom.py PYTHON [FILE]

PYTHON is the interpreter of an environment in which requirements.lock was installed; FILE is dist/sbom.json where none
is named. The same environment gives the same bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parents[1]


def libraries(python: str) -> dict[str, Any]:
    """What is installed in an environment, as a CycloneDX document. Raises CalledProcessError."""
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        python,
        "--output-reproducible",
        "--no-validate",
    ]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--sv", "1.6"]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def models() -> list[dict[str, Any]]:
    """Every model file of models/registry.toml as a component: its SHA-256, where it comes from, its licence."""
    registry = tomllib.loads((ROOT / "models" / "registry.toml").read_text(encoding="utf-8"))
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{name}",
            "name": name,
            "description": f"{model['file']}: {model['source']}",
            "hashes": [{"alg": "SHA-256", "content": model["sha256"]}],
            "licenses": [{"license": {"name": model["licence"]}}],
        }
        for name, model in registry.items()
    ]


def sbom(python: str) -> str:
    """The whole document. Raises ValueError where it does not follow CycloneDX's schema."""
    document = libraries(python)
    document["components"] += models()
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        raise ValueError(fault)
    return text


def main() -> None:
    """Write it."""
    python, *rest = sys.argv[1:]
    file = Path(rest[0]) if rest else ROOT / "dist" / "sbom.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(sbom(python), encoding="utf-8")


if __name__ == "__main__":
    main()
