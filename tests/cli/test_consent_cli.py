"""`photoguard consent`, as a person and as another program use it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from photoguard.audit import AuditLog
from photoguard.cli import consent
from photoguard.consent.gate import TABLE
from photoguard.errors import PhotoguardError
from photoguard.home import Home

app = typer.Typer()
app.add_typer(consent.app, name="consent")


class Desk:
    """A practice's folder with a form and two photos, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("form.pdf", "before.jpg", "after.jpg"):
            (folder / name).write_bytes(name.encode())

    def run(self, *args: object) -> Any:
        home = [] if "explain" in args else ["--home", self.folder / "home"]
        return CliRunner().invoke(app, ["consent", *map(str, [*args, *home])])

    def add(self, *more: object, **changes: object) -> Any:
        today = date.today()
        says: dict[str, object] = {
            "patient": "P-1",
            "channels": "website,social-media",
            "signed": today,
            "until": today + timedelta(days=365),
            "grantor": "patient",
            "attested-by": "A. Keller",
        } | {key.replace("_", "-"): value for key, value in changes.items()}
        options = [part for key, value in says.items() for part in (f"--{key}", value)]
        return self.run("add", self.file("form.pdf"), "--photos", self.file("before.jpg"), self.file("after.jpg"),
                        *options, *more)  # fmt: skip

    def check(self, channel: str, *more: object) -> Any:
        return self.run("check", self.file("before.jpg"), self.file("after.jpg"), "--for", channel, *more)

    def file(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def error(result: Any) -> PhotoguardError:
    assert isinstance(result.exception, PhotoguardError), result.output
    return result.exception


def test_add_prints_the_id_alone_and_the_pair_is_allowed(desk: Desk) -> None:
    added = desk.add()
    assert added.exit_code == 0, added.output
    record = added.stdout.strip()
    assert added.stdout == f"{record}\n"
    allowed = desk.check("website")
    assert (allowed.exit_code, record in allowed.stdout) == (0, True)


def test_several_photos_may_follow_one_option_or_each_have_their_own(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    assert len(json.loads(desk.run("show", record, "--json").stdout)["photos"]) == 2
    third = desk.file("third.jpg")
    third.write_bytes(b"third")
    record = desk.add("--photos", third, f"--photos={desk.file('form.pdf')}").stdout.strip()
    assert len(json.loads(desk.run("show", record, "--json").stdout)["photos"]) == 4


def test_a_form_named_after_the_photos_is_not_taken_for_one(desk: Desk) -> None:
    result = desk.run("add", "--patient", "P-1", "--photos", desk.file("before.jpg"), desk.file("form.pdf"))
    assert result.exit_code == 2
    assert "FORM" in result.output


def test_a_channel_that_is_not_covered_blocks_with_sentence_code_and_advice(desk: Desk) -> None:
    desk.add()
    blocked = desk.check("journal")
    assert blocked.exit_code == 4
    row = next(row for row in TABLE if row.code == "CHANNEL_NOT_COVERED")
    assert all(text in blocked.stdout for text in (row.code, row.seen, row.matters, row.do))


def test_without_consent_a_pair_may_not_leave(desk: Desk) -> None:
    blocked = desk.check("website", "--json")
    assert blocked.exit_code == 4
    assert json.loads(blocked.stdout) == {
        "decision": "block", "codes": ["PATIENT_UNKNOWN", "NO_CONSENT"], "record": None
    }  # fmt: skip
    assert json.loads(desk.check("website", "--json", "--patient", "P-1").stdout)["codes"] == ["NO_CONSENT"]


def test_another_patients_consent_does_not_count(desk: Desk) -> None:
    desk.add()
    blocked = desk.check("website", "--patient", "P-2", "--json")
    assert json.loads(blocked.stdout)["codes"] == ["SUBJECT_MISMATCH"]


def test_inside_the_practice_no_consent_is_asked_for(desk: Desk) -> None:
    result = desk.check("internal", "--json")
    assert (result.exit_code, json.loads(result.stdout)["decision"]) == (0, "not_needed")


def test_a_revoked_consent_blocks_and_both_acts_are_audited(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    assert desk.run("revoke", record, "--reason", "asked by phone").exit_code == 0
    blocked = desk.check("website", "--json")
    assert (blocked.exit_code, json.loads(blocked.stdout)["codes"]) == (4, ["REVOKED"])
    assert error(desk.run("revoke", record, "--reason", "again")).code == "CONSENT_REVOKED_ALREADY"
    log = AuditLog(Home(desk.folder / "home"))
    assert log.verify() == 2
    assert [one.event for one in log.entries()] == ["consent_granted", "consent_revoked"]
    assert all("phone" not in one.details and "P-1" not in one.details for one in log.entries())


def test_list_says_whether_each_counts_today(desk: Desk) -> None:
    today = date.today()
    first = desk.add().stdout.strip()
    ended = desk.add(signed=today - timedelta(9), until=today - timedelta(1)).stdout.strip()
    desk.add(patient="P-2", **{"from": today + timedelta(9)})
    assert first in desk.run("list").stdout
    told = json.loads(desk.run("list", "--json").stdout)
    assert {one["id"]: one["standing"] for one in told}[ended] == "ended"
    assert sorted(one["standing"] for one in told) == ["ended", "not begun", "valid"]
    for form in (desk.folder / "home" / "forms").iterdir():
        form.unlink()
    assert "form missing" in desk.run("list").stdout
    assert desk.run("revoke", first, "--reason", "asked").exit_code == 0
    assert "revoked" in desk.run("list").stdout


def test_list_on_a_new_home_is_empty(desk: Desk) -> None:
    assert (desk.run("list").stdout, json.loads(desk.run("list", "--json").stdout)) == ("", [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channels": "telegram"}, "CHANNEL_UNKNOWN"),
        ({"channels": ","}, "CHANNEL_UNKNOWN"),
        ({"signed": "01.11.2026"}, "DATE_INVALID"),
        ({"until": "2026-02-30"}, "DATE_INVALID"),
        ({"until": "20990101"}, "DATE_INVALID"),
        ({"signed": "2098-01-01", "until": "2099-01-01"}, "SIGNED_IN_FUTURE"),
        ({"until": "2020-01-01"}, "PERIOD_INVERTED"),
        ({"grantor": "dog"}, "GRANTOR_UNKNOWN"),
        ({"patient": " "}, "PATIENT_EMPTY"),
        ({"attested_by": " "}, "ATTESTER_EMPTY"),
        ({"purposes": "fun"}, "PURPOSE_UNKNOWN"),
        ({"photos": "nowhere.jpg"}, "PHOTO_NOT_FOUND"),
    ],
)
def test_what_cannot_be_right_is_one_clear_line(desk: Desk, changes: dict[str, Any], code: str) -> None:
    refused = error(desk.add(**changes))
    assert (refused.code, refused.exit_code) == (code, 2)
    assert "\n" not in str(refused)


def test_files_and_ids_that_are_not_there_are_named(desk: Desk) -> None:
    assert (
        error(desk.run("check", "nowhere.jpg", desk.file("after.jpg"), "--for", "website")).code
        == "PHOTO_NOT_FOUND"
    )
    assert error(desk.check("telegram")).code == "CHANNEL_UNKNOWN"
    assert error(desk.run("show", "C-AAAAAAAAAA")).code == "CONSENT_UNKNOWN"
    assert error(desk.run("explain", "NO_SUCH_CODE")).code == "CODE_UNKNOWN"


def test_explain_shows_one_code_or_the_whole_table(desk: Desk) -> None:
    assert "The consent has ended." in desk.run("explain", "expired").stdout
    whole = desk.run("explain").stdout
    assert all(row.code in whole and row.do in whole for row in TABLE)
    assert [one["code"] for one in json.loads(desk.run("explain", "--json").stdout)] == [
        row.code for row in TABLE
    ]
