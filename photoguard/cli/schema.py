"""`photoguard schema`."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of report.json."""
    from .. import report

    typer.echo(json.dumps(report.json_schema(), indent=2))
