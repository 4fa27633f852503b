"""`python -m photoguard`."""

from .cli.main import run

run()
