from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from accounts import no_administrator

import photoguard
from photoguard.batch.run import check
from photoguard.batch.walk import walk
from photoguard.errors import UsageError

PNG = bytes.fromhex("89504e470d0a1a0a") + b"\0" * 20


def reasons(folder: Path) -> tuple[set[str], dict[str, str], dict[str, str]]:
    found = walk([folder])
    return (
        {source.name for source in found.photos},
        {left.source: left.reason for left in found.left_out},
        {outcome.source: outcome.reasons[0] for outcome in found.failed},
    )


def test_every_file_ends_as_photo_left_out_or_failed(tmp_path: Path) -> None:
    root = tmp_path / "in"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "a.jpg").write_bytes(b"whatever")
    (root / "deep" / "er" / "without_suffix").write_bytes(PNG)
    (root / "notes.txt").write_text("notes")
    (root / "IMG_1.heic").write_bytes(b"x")
    (root / "IMG_1.MOV").write_bytes(b"x")
    (root / "film.mov").write_bytes(b"x")
    (root / "IMG_1.AAE").write_text("<plist/>")
    (root / "a.xmp").write_text("<x/>")
    (root / ".DS_Store").write_bytes(b"x")
    (root / ".hidden").mkdir()
    (root / "folder.jpg").mkdir()
    (root / "practice").mkdir()
    (root / "practice" / "registry.sqlite").write_bytes(b"x")
    (root / "practice" / "form.png").write_bytes(PNG)
    photos, left_out, failed = reasons(root)
    assert photos == {"a.jpg", "IMG_1.heic", "deep/er/without_suffix"}
    assert left_out == {
        "notes.txt": "not_a_photo",
        "film.mov": "not_a_photo",
        "IMG_1.MOV": "live_photo",
        "IMG_1.AAE": "sidecar",
        "a.xmp": "sidecar",
        ".DS_Store": "hidden",
        ".hidden": "hidden",
        "practice": "home",
    }
    assert failed == {"folder.jpg": "NOT_A_FILE"}


def test_links_never_lead_out_of_the_folder_nor_in_circles(tmp_path: Path) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"x")
    (root / "real.jpg").write_bytes(b"x")
    (root / "broken.jpg").symlink_to(root / "gone.jpg")
    (root / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (root / "up").symlink_to(tmp_path)
    (root / "same.jpg").symlink_to(root / "real.jpg")
    (root / "circle").symlink_to(root)
    photos, left_out, failed = reasons(root)
    assert photos == {"real.jpg"}
    assert left_out == {"same.jpg": "link", "circle": "link"}
    assert failed == {"broken.jpg": "LINK_BROKEN", "out.jpg": "LINK_OUTSIDE", "up": "LINK_OUTSIDE"}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert reasons(tmp_path) == (set(), {"pipe.jpg": "not_a_photo"}, {})


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_folder_that_may_not_be_looked_into_fails_alone() -> None:
    with tempfile.TemporaryDirectory() as place:  # the tests' own folder is closed to others
        root = Path(place)
        for name in ("a.jpg", "names only/b.jpg", "shut/c.jpg"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(b"x")
        for folder, mode in ((root, 0o755), (root / "names only", 0o444), (root / "shut", 0)):
            folder.chmod(mode)
        with no_administrator():
            photos, left_out, failed = reasons(root)
        for name in ("names only", "shut"):
            (root / name).chmod(0o700)
    assert (photos, left_out) == ({"a.jpg"}, {})
    assert failed == {"names only": "FILE_UNREADABLE", "shut": "FILE_UNREADABLE"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("name", ["shut/a.jpg", "shut/in", "shut/not there"])
def test_an_input_in_a_folder_that_is_closed_ends_before_anything_is_done(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        (root / "shut" / "in").mkdir(parents=True)
        (root / "shut" / "a.jpg").write_bytes(b"x")
        root.chmod(0o755)
        (root / "shut").chmod(0)
        with no_administrator():
            for call in (lambda: walk([root / name]), lambda: check([root / name], root / "out")):
                with pytest.raises(UsageError, match="INPUT_UNREADABLE"):
                    call()
            with pytest.raises(UsageError, match="INPUT_UNREADABLE"):
                next(photoguard.watch(root / name, root / "out"))
            with pytest.raises(UsageError, match="INPUT_UNREADABLE"):
                next(photoguard.watch(root / "shut", root / "out"))
        (root / "shut").chmod(0o700)


def test_the_same_file_given_twice_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert len(walk([tmp_path, tmp_path / "a.jpg", tmp_path]).photos) == 1


def test_photos_of_one_name_in_two_inputs_keep_apart(tmp_path: Path) -> None:
    for folder in ("x/one", "y/one", "two"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.jpg").write_bytes(folder.encode())
    found = walk([tmp_path / "x/one", tmp_path / "y/one", tmp_path / "two"])
    assert [source.name for source in found.photos] == ["one/a.jpg", "2/one/a.jpg", "two/a.jpg"]


def test_an_input_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        walk([tmp_path / "gone"])
    assert refused.value.code == "INPUT_MISSING"


def test_a_file_that_was_asked_for_by_name_is_never_left_out_silently(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    assert [source.name for source in walk([tmp_path / "notes.txt"]).photos] == ["notes.txt"]
