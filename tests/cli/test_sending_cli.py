"""`photoguard pack`, `unpack`, `recipient` and `key` as people type them."""

from __future__ import annotations

import re
import sys
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
    from concurrent.futures import ThreadPoolExecutor

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


def test_two_practices_compare_keys_and_send_a_photo(released: Path, tmp_path: Path) -> None:
    mine, theirs = ["--home", str(released / "home")], ["--home", str(tmp_path / "home")]
    key, digits = key_of(tmp_path / "home")
    told = run("recipient", "add", "Dr. Meier", key, *mine, say="y\n")
    assert digits in told and "Call Dr. Meier" in told
    assert run("recipient", "list", *mine) == f"Dr. Meier\t{digits}\t{key}\n"
    pack, folder = tmp_path / "knee.age", tmp_path / "in"
    told = run("pack", str(released / "out" / "released"), "--to", "dr. meier", "--out", str(pack), *mine)
    assert "Packed for sending: 1 photo." in told and digits in told
    told = run("unpack", str(pack), "--out", str(folder), *theirs)
    signature = re.findall(r"(?:\d{5} ?){6}", run("key", *mine))[1]
    assert "1 photo unpacked" in told and signature in told
    assert [one.read_bytes() for one in folder.iterdir()] == [
        one.read_bytes() for one in (released / "out" / "released").iterdir()
    ]
    run("recipient", "remove", "Dr. Meier", *mine)
    assert run("recipient", "list", *mine) == "The address book is empty.\n"


def test_who_did_not_compare_enters_nobody(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key, _ = key_of(tmp_path / "other")
    for answer in ("n\n", "\n"):
        assert (
            run("recipient", "add", "Dr. Meier", key, "--home", str(home), say=answer, code=2)
            == "NOT_COMPARED"
        )
    run("recipient", "add", "Dr. Meier", key, "--home", str(home), code=1, say="")
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
    file.write_text(OWN + "\n")
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
