from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import typer

from photoguard.batch import manifest
from photoguard.cli.main import app
from photoguard.consent.gate import TABLE
from photoguard.photo import CaptureFacts, Container, Photo
from photoguard.policy import Channel, Policy
from photoguard.reasons import REASONS

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*DOCS, ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "sample_images" / "README.md"]
COMMANDS = typer.main.get_command(app)


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def called(command_line: str) -> tuple[typer.core.TyperCommand, list[str]]:
    """The command that a line calls, and what follows."""
    command, words = COMMANDS, shlex.split(command_line, comments=True)[1:]
    while words and isinstance(command, typer.core.TyperGroup) and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    return command, words


@pytest.fixture(scope="module")
def make_tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_tables_say_what_the_code_does(path: Path, make_tables: ModuleType) -> None:
    page = path.read_text(encoding="utf-8")
    assert make_tables.written(page) == page, "run: python docs/make_tables.py"


def test_every_reason_and_every_rule_of_the_gate_is_explained() -> None:
    page = text("outcomes.md")
    assert all(f"`{code}`" in page for code in [*REASONS, *(row.code for row in TABLE)])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_links_lead_to_files_that_exist(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_commands_and_options_that_are_shown_exist(path: Path) -> None:
    shown = "\n".join(blocks(path.read_text(encoding="utf-8"), "")).replace("\\\n", " ")
    lines = [
        line[line.index("photoguard ") :]
        for line in shown.splitlines()
        if re.search(r"(^|/)photoguard ", line)
    ]
    for line in lines:
        command, words = called(line.split("&&")[0])
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert not isinstance(command, typer.core.TyperGroup) or words[0] == "--version", line
        assert {word.strip("[]") for word in words if word.strip("[").startswith("-")} <= known, line


def test_options_of_clean_are_all_described() -> None:
    command, _ = called("photoguard clean")
    options = {parameter.opts[0] for parameter in command.params if parameter.opts[0].startswith("--")}
    described = text("everyday.md")
    assert {option for option in options - {"--help", "--verbose"} if option not in described} == set()


def test_every_channel_is_described() -> None:
    assert all(f"`{channel.value}`" in text("everyday.md") for channel in Channel)


def test_the_example_of_a_manifest_is_understood(tmp_path: Path) -> None:
    (example,) = (block for block in blocks(text("everyday.md"), "") if block.startswith("file,"))
    file = tmp_path / "list.csv"
    file.write_text(example, encoding="utf-8")
    lines = manifest.read(file)
    assert [line.problem for line in lines] == [None, None, None]
    assert lines[0].keep == ((480, 330, 640, 470),)


def test_the_example_of_a_policy_is_understood(tmp_path: Path) -> None:
    example, metadata_only = blocks(text("policy.md"), "toml")
    file = tmp_path / "policy.toml"
    file.write_text(example, encoding="utf-8")
    policy = Policy.from_toml(file)
    assert policy.channel is Channel.JOURNAL
    assert policy.masking.face.value == "solid"
    assert policy.searches
    file.write_text(metadata_only, encoding="utf-8")
    assert not Policy.from_toml(file).searches


def test_the_example_of_a_detector_finds_what_it_says() -> None:
    scope: dict[str, object] = {"__name__": "yellow_tags"}
    exec(compile(blocks(text("add-a-detector.md"), "python")[0], "add-a-detector.md", "exec"), scope)
    pixels = np.full((200, 300, 3), (120, 110, 105), np.uint8)
    pixels[50:80, 100:160] = (240, 210, 40)
    photo = Photo(pixels, Container.ARRAY, CaptureFacts(stored_size=(300, 200)))
    (found,) = scope["YellowTagDetector"]().find(photo)  # type: ignore[operator]
    assert found.box == (100, 50, 160, 80)
    assert 0 < found.score <= 1
