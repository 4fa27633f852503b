"""`photoguard pack`, `unpack`, `recipient` and `key` as people type them."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import photoguard
from photoguard.cli.main import app
from photoguard.sending.password import checked

OWN = "7 lamps, no Tuesday & 90 snails"


def run(*words: str, code: int = 0, say: str | None = None) -> str:
    result = CliRunner().invoke(app, words, input=say)
    if isinstance(result.exception, photoguard.PhotoguardError):
        assert result.exception.exit_code == code
        return result.exception.code
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice's folder with a released photo."""
    folder = tmp_path_factory.mktemp("practice")
    (folder / "photos").mkdir()
    picture = np.random.default_rng(3).integers(150, 170, (64, 96, 3)).astype(np.uint8)
    Image.fromarray(picture).save(folder / "photos" / "grey.png")
    with ThreadPoolExecutor(1) as executor:
        photoguard.clean_folder(
            folder / "photos",
            folder / "out",
            channel="messenger",
            home=folder / "home",
            executor=executor,
        )
    assert len(list((folder / "out" / "released").iterdir())) == 1
    return folder


def key_of(home: Path) -> tuple[str, str]:
    """Public key and fingerprint as `photoguard key` prints them."""
    told = run("key", "--home", str(home))
    return re.findall(r"^age1\w+$", told, re.M)[0], re.findall(r"(?:\d{5} ?){6}", told)[0]


SECRET = re.compile(r"age1\w+|(?:\d{5} ){5}\d{5}|(?:[2-9a-z]{4}-){4}[2-9a-z]{4}")
"""What is another one each time: keys, fingerprints, passwords."""


def test_two_practices_send_a_photo_as_the_page_says(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(released / "out", "to-send")
    page = (Path(__file__).parents[2] / "docs" / "sending.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\$ (photoguard .*)\n((?:(?!```).*\n)*)", page, re.M)
    assert [line.split()[1] for line, _ in steps] == ["key", "recipient", "pack", "unpack", "pack"]
    names: dict[str, str] = {}
    for line, shown in steps:
        words = [SECRET.sub(lambda found: names[found[0]], word) for word in shlex.split(line)[1:]]
        home = tmp_path / "colleague" if words[0] in ("key", "unpack") else released / "home"
        printed = run(*words, "--home", str(home), say="y\n")
        found = zip(SECRET.findall(shown), SECRET.findall(printed), strict=True)
        assert all(names.setdefault(there, here) == here for there, here in found), line
        assert SECRET.sub("", printed) == SECRET.sub("", shown), line
    arrived, sent = (
        [file.read_bytes() for file in Path(folder).iterdir()]
        for folder in ("from-dr-aebi", "to-send/released")
    )
    assert arrived == sent
    run("recipient", "remove", "Dr. Meier", "--home", str(released / "home"))


def test_who_did_not_compare_enters_nobody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key, _ = key_of(tmp_path / "other")
    for answer in ("n\n", "\n", ""):
        assert (
            run("recipient", "add", "Dr. Meier", key, "--home", str(home), say=answer, code=2)
            == "NOT_COMPARED"
        )
    assert photoguard.recipients(home=home) == ()
    run("recipient", "add", "Dr. Meier", key, "--compared", "--home", str(home))
    assert [one.name for one in photoguard.recipients(home=home)] == ["Dr. Meier"]


def test_a_password_is_shown_once_with_how_it_must_travel(released: Path, tmp_path: Path) -> None:
    home, pack = ["--home", str(released / "home")], tmp_path / "x.zip"
    told = run("pack", str(released / "out" / "released"), "--password", "--out", str(pack), *home)
    (password,) = re.findall(r"Password: (\S+)", told)
    assert told.count(password) == 1 and "never in the same message" in told
    assert checked(password) == password, "strong enough for one of one's own"
    run("unpack", str(pack), "--out", str(tmp_path / "in"), *home, say=f"{password}\n")
    assert len(list((tmp_path / "in").iterdir())) == 1


def test_ones_own_password_comes_from_a_prompt_or_a_file_and_is_not_shown(
    released: Path, tmp_path: Path
) -> None:
    home, photos = ["--home", str(released / "home")], str(released / "out" / "released")
    file = tmp_path / "password"
    file.write_text(OWN + "\n", encoding="utf-8-sig")  # as Windows' editor writes it
    told = run("pack", photos, "--password-file", str(file), "--out", str(tmp_path / "a.zip"), *home)
    told += run(
        "pack", photos, "--own-password", "--out", str(tmp_path / "b.zip"), *home, say=f"{OWN}\n{OWN}\n"
    )
    assert OWN not in told and "never in the same message" in told
    run(
        "unpack",
        str(tmp_path / "b.zip"),
        "--out",
        str(tmp_path / "in"),
        "--password-file",
        str(file),
        *home,
    )
    file.write_text("")
    assert (
        run("pack", photos, "--password-file", str(file), "--out", str(tmp_path / "c.zip"), *home, code=2)
        == "PASSWORD_FILE"
    )


@pytest.mark.parametrize("options", [[], ["--password", "--to", "X"], ["--own-password", "--password"]])
def test_exactly_one_way_is_chosen(released: Path, tmp_path: Path, options: list[str]) -> None:
    photos, out = str(released / "out" / "released"), str(tmp_path / "x.zip")
    assert run("pack", photos, "--out", out, *options, code=2) == "PACK_WAY"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "These photos may not be sent."),
        ("de", "Diese Fotos dürfen nicht versendet werden."),
        ("fr", "Ces photos ne doivent pas être envoyées."),
        ("it", "Queste foto non possono essere inviate."),
    ],
)
def test_why_a_photo_may_not_be_sent_is_told_in_the_persons_language(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str
) -> None:
    monkeypatch.setenv("PHOTOGUARD_LANGUAGE", language)
    out = tmp_path / "x.zip"
    original = released / "photos" / "grey.png"
    told = run(
        "pack", str(original), "--password", "--out", str(out), "--home", str(released / "home"), code=4
    )
    assert sentence in told and "NOT_RELEASED" in told and original.name in told
    assert "Passw" not in told and not out.exists()


@pytest.mark.parametrize("missing", ["pyrage", "pyzipper", "zxcvbn"])
def test_without_the_extra_one_line_says_what_to_install(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in [name for name in sys.modules if name.startswith("photoguard.sending")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    photos, out = str(released / "out" / "released"), str(tmp_path / "x.age")
    with pytest.raises(photoguard.PhotoguardError, match=r"extra 'sending'\. \[EXTRA_MISSING\]"):
        photoguard.pack([photos], out, to="Dr. Meier")
