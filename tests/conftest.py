from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
os.environ["PHOTOGUARD_LANGUAGE"] = "en"  # whatever the computer speaks on which the tests run


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test may touch the home of whoever runs it."""
    home = tmp_path / "practice-home"
    monkeypatch.setenv("PHOTOGUARD_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def real_photos() -> Path:
    """Photos for development that are not part of the project; tests that need them are skipped elsewhere."""
    folder = Path(os.environ.get("PHOTOGUARD_DATA", CHECKOUT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real photos are not on this machine (set PHOTOGUARD_DATA)")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what a test has recorded as its property `printed`, also where it passes."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "printed":
                terminalreporter.write_line(str(value))
