"""`photoguard consent`, as a person and as another program use it."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from photoguard.audit import AuditLog
from photoguard.batch import consent as pairs
from photoguard.cli.main import app
from photoguard.consent import ledger
from photoguard.consent.gate import TABLE
from photoguard.errors import PhotoguardError
from photoguard.home import Home
from photoguard.outcome import ConsentDecision, Found, MirrorVerdict, Outcome, Status, Verdict
from photoguard.photo import Kind
from photoguard.policy import Policy
from photoguard.store import sha256


def picture(seed: int, exif: bytes = b"") -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (16, 16, 3), np.uint8)
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "JPEG", exif=exif)
    return made.getvalue()


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
            "language": "de",
            "statements": "all",
            "capacity": "yes",
            "born": "1980-05-17",
        } | {key.replace("_", "-"): value for key, value in changes.items()}
        options = [part for key, value in says.items() for part in (f"--{key}", value)]
        return self.run("add", self.file("form.pdf"), "--photos", self.file("before.jpg"), self.file("after.jpg"),
                        *options, *more)  # fmt: skip

    def originals(self, channel: str, *more: object) -> Any:
        return self.run(
            "check", self.file("before.jpg"), self.file("after.jpg"), "--for", channel, "--originals", *more
        )

    def release(self, record: str, channel: str = "website", exif: bytes = b"") -> None:
        """What a run does when a pair is released: the files, their manifests, the use."""
        outcomes = []
        for seed, name in enumerate(("before", "after")):
            (self.folder / f"out_{name}.jpg").write_bytes(picture(seed, exif))
            outcome = Outcome(
                source=f"{name}.jpg",
                output=f"released/pg-{name}.jpg",
                pair="knee",
                source_sha256=sha256(self.file(f"{name}.jpg")),
                output_sha256=sha256(self.file(f"out_{name}.jpg")),
                status=Status.RELEASED,
                findings=(Found(kind=Kind.FACE, box=(0, 0, 2, 2), score=0.9, detector="faces"),),
                mirror=MirrorVerdict(verdict=Verdict.NO_CUE),
                consent=ConsentDecision(decision="allow", record=record),
            )
            outcomes.append(outcome)
        policy, home = Policy.for_channel(channel), Home.at(self.folder / "home")
        pairs.released([outcomes], policy, home, datetime.now(UTC))

    def sends(self, channel: str, *more: object) -> Any:
        return self.run(
            "check", self.file("out_before.jpg"), self.file("out_after.jpg"), "--for", channel, *more
        )

    def file(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def error(result: Any) -> PhotoguardError:
    assert isinstance(result.exception, PhotoguardError), result.output
    return result.exception


def codes(result: Any) -> list[str]:
    return list(json.loads(result.stdout)["codes"])


def test_add_prints_the_id_alone_and_the_pair_is_allowed(desk: Desk) -> None:
    added = desk.add()
    assert added.exit_code == 0, added.output
    record = added.stdout.strip()
    assert added.stdout == f"{record}\n"
    allowed = desk.originals("website")
    assert (allowed.exit_code, record in allowed.stdout) == (0, True)


def test_several_photos_may_follow_one_option_or_each_have_their_own(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    assert len(json.loads(desk.run("show", record, "--json").stdout)["record"]["photos"]) == 2
    third = desk.file("third.jpg")
    third.write_bytes(b"third")
    record = desk.add("--photos", third, f"--photos={desk.file('form.pdf')}").stdout.strip()
    assert len(json.loads(desk.run("show", record, "--json").stdout)["record"]["photos"]) == 4


def test_a_form_named_after_the_photos_is_not_taken_for_one(desk: Desk) -> None:
    result = desk.run("add", "--patient", "P-1", "--photos", desk.file("before.jpg"), desk.file("form.pdf"))
    assert result.exit_code == 2
    assert "FORM" in result.output


def test_a_channel_that_is_not_covered_blocks_with_sentence_code_and_advice(desk: Desk) -> None:
    desk.add()
    blocked = desk.originals("journal")
    assert blocked.exit_code == 4
    row = next(row for row in TABLE if row.code == "CHANNEL_NOT_COVERED")
    assert all(text in blocked.stdout for text in (row.code, row.seen, row.matters, row.do))


def test_without_consent_a_pair_may_not_leave(desk: Desk) -> None:
    blocked = desk.originals("website", "--json")
    assert blocked.exit_code == 4
    assert json.loads(blocked.stdout) == {
        "decision": "block", "codes": ["PATIENT_UNKNOWN", "NO_CONSENT"], "record": None, "token": None,
    }  # fmt: skip
    desk.run("person", "P-1", "--born", "1980-05-17")
    assert codes(desk.originals("website", "--json", "--patient", "P-1")) == ["NO_CONSENT"]


def test_another_patients_consent_does_not_count(desk: Desk) -> None:
    desk.add()
    desk.run("person", "P-2", "--born", "1980-05-17")
    assert codes(desk.originals("website", "--patient", "P-2", "--json")) == ["SUBJECT_MISMATCH"]


def test_inside_the_practice_no_consent_is_asked_for(desk: Desk) -> None:
    for result in (desk.originals("internal", "--json"), desk.run(
        "check", desk.file("before.jpg"), desk.file("after.jpg"), "--for", "internal", "--json")):  # fmt: skip
        assert (result.exit_code, json.loads(result.stdout)["decision"]) == (0, "not_needed")


def test_a_revoked_consent_blocks_and_all_acts_are_audited(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    assert desk.run("verify", record, "--by", "B. Meier").exit_code == 0
    assert desk.run("revoke", record, "--reason", "asked by phone").exit_code == 0
    blocked = desk.originals("website", "--json")
    assert (blocked.exit_code, codes(blocked)) == (4, ["REVOKED"])
    assert error(desk.run("revoke", record, "--reason", "again")).code == "CONSENT_REVOKED_ALREADY"
    log = AuditLog(Home(desk.folder / "home"))
    assert log.verify() == 3
    assert [one.event for one in log.entries()] == ["consent_granted", "consent_verified", "consent_revoked"]
    assert all("phone" not in one.details and "P-1" not in one.details for one in log.entries())


def test_a_refusal_blocks_until_it_is_taken_back(desk: Desk) -> None:
    desk.add()
    refusal = desk.run("refuse", "--patient", "P-1", "--by", "A. Keller", "--photos", desk.file("after.jpg"))
    assert refusal.exit_code == 0, refusal.output
    assert codes(desk.originals("website", "--json")) == ["CONSENT_DENIES"]
    desk.run("revoke", refusal.stdout.strip(), "--reason", "changed their mind")
    assert desk.originals("website").exit_code == 0


def test_a_released_pair_may_leave_for_some_minutes_and_is_known_to_have_left(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    desk.release(record)
    sent = desk.sends("website", "--json")
    assert sent.exit_code == 0, sent.output
    answer = json.loads(sent.stdout)
    token = answer["token"]
    assert (answer["decision"], answer["record"]) == ("allow", record)
    lasts = datetime.fromisoformat(token["expires_at"]) - datetime.fromisoformat(token["issued_at"])
    assert lasts == timedelta(minutes=10)
    assert token["before"] == sha256(desk.file("out_before.jpg"))
    used = json.loads(desk.run("uses", record, "--json").stdout)
    assert [one["channel"] for one in used] == ["website", "website"]
    assert used[0]["names"] == ["pg-before.jpg", "pg-after.jpg"]
    revoked = desk.run("revoke", record, "--reason", "asked")
    assert "pg-before.jpg" in revoked.stdout, "what is to be taken down"
    assert codes(desk.sends("website", "--json")) == ["REVOKED"]


def test_a_token_holds_for_its_files_its_channel_and_its_record_as_it_stood(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    desk.release(record)
    token = desk.file("token.json")
    token.write_text(desk.sends("website", "--json").stdout)
    files = desk.file("out_before.jpg"), desk.file("out_after.jpg")

    def admitted(*asked: object) -> int:
        return int(desk.run("admits", token, *asked).exit_code)

    assert admitted(*files, "--for", "website") == 0
    assert admitted(*files, "--for", "social-media") == 4
    assert admitted(*reversed(files), "--for", "website") == 4
    assert admitted(files[0], desk.file("after.jpg"), "--for", "website") == 4
    told = json.loads(token.read_text())
    for field, wrong in {
        "expires_at": "2099-01-01T00:00:00Z", "channel": "social-media", "revision": "0" * 64, "signature": None,
        "after": told["token"]["before"],
    }.items():  # fmt: skip
        token.write_text(json.dumps(told | {"token": told["token"] | {field: wrong}}))
        channel = wrong if field == "channel" else "website"
        assert admitted(*files, "--for", channel) == 4, field
    token.write_text(json.dumps(told))
    desk.run("revoke", record, "--reason", "asked")
    assert admitted(*files, "--for", "website") == 4
    token.write_text("[]")
    assert error(desk.run("admits", token, *files, "--for", "website")).code == "TOKEN_INVALID"


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(seconds=-1)])
def test_a_token_ends(desk: Desk, late: timedelta) -> None:
    from photoguard.consent.signing import PracticeKey

    record = desk.add().stdout.strip()
    desk.release(record)
    home = Home.at(desk.folder / "home")
    now = datetime.now(UTC)
    answer = pairs.leaving(
        desk.file("out_before.jpg"), desk.file("out_after.jpg"), Policy.for_channel("website"), home, now=now
    )
    assert answer.token
    told = answer.token
    asked = (PracticeKey.at(home), told.before, told.after, told.channel, told.revision)
    assert told.admits(*asked, now)
    assert told.admits(*asked, now + timedelta(minutes=10, microseconds=-1))
    assert not told.admits(*asked, now + late)


def test_originals_may_never_leave_as_they_are(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    desk.release(record)
    raw = desk.run("check", desk.file("before.jpg"), desk.file("after.jpg"), "--for", "website", "--json")
    assert raw.exit_code == 4
    assert codes(raw) == [
        "MASK_BELOW_CONSENT", "NOT_MASKED", "GPS_PRESENT", "METADATA_PRESENT", "MIRRORED_FILE",
    ]  # fmt: skip


def test_a_file_that_was_touched_after_release_is_another_file(desk: Desk) -> None:
    desk.release(desk.add().stdout.strip())
    out = desk.file("out_after.jpg")
    out.write_bytes(out.read_bytes() + b"x")
    assert "IMAGE_NOT_COVERED" in codes(desk.sends("website", "--json", "--patient", "P-1"))


def test_a_file_that_tells_a_place_may_not_leave_even_with_a_manifest(desk: Desk) -> None:
    record = desk.add().stdout.strip()
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (46.0, 57.0, 0.0), 3: "E", 4: (7.0, 26.0, 0.0)})
    desk.release(record, exif=exif.tobytes())
    assert "GPS_PRESENT" in codes(desk.sends("website", "--json"))


def test_a_manifest_that_the_practice_did_not_sign_proves_nothing(desk: Desk) -> None:
    import sqlite3

    record = desk.add().stdout.strip()
    desk.release(record)
    with sqlite3.connect(desk.folder / "home" / "registry.sqlite") as raw:
        for verb in ("update", "delete"):
            raw.execute(f"DROP TRIGGER derivation_no_{verb}")
        raw.execute("UPDATE derivation SET document = replace(document, '\"faces\":1', '\"faces\":0')")
    raw.close()
    ledger._PROVED.clear()
    blocked = desk.sends("website", "--json", "--patient", "P-1")
    assert "IMAGE_NOT_COVERED" in codes(blocked)


def test_what_is_limited_to_an_outlet_or_a_country_leaves_for_it_alone(desk: Desk) -> None:
    record = desk.add("--outlet", "praxis.example", "--country", "CH").stdout.strip()
    assert codes(desk.originals("website", "--json")) == ["CHANNEL_NOT_COVERED"]
    exactly = ("--outlet", "praxis.example", "--country", "CH")
    assert desk.originals("website", *exactly).exit_code == 0
    for other in (
        ("--outlet", "other.example", "--country", "CH"),
        ("--outlet", "praxis.example", "--country", "DE"),
    ):
        assert codes(desk.originals("website", "--json", *other)) == ["CHANNEL_NOT_COVERED"]
    desk.release(record)
    sent = desk.sends("website", "--json", *exactly)
    assert json.loads(sent.stdout)["token"]["outlet"] == "praxis.example"
    assert error(desk.originals("website", "--country", "Schweiz")).code == "POLICY_INVALID"


def test_messengers_are_asked_for_encryption(desk: Desk) -> None:
    record = desk.add(channels="messenger").stdout.strip()
    desk.release(record, "messenger")
    assert codes(desk.sends("messenger", "--json")) == ["TRANSPORT_PLAIN"]
    assert desk.sends("messenger", "--encrypted").exit_code == 0


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
    desk.run("refuse", "--patient", "P-1", "--by", "A. Keller")
    assert "refusal" in desk.run("list").stdout
    shown = desk.run("show", first).stdout
    assert "record.patient.value\tP-1" in shown
    assert "revoked.reason\tasked" in shown


@pytest.mark.parametrize(
    ("variable", "said", "sentence"),
    [
        ("PHOTOGUARD_LANGUAGE", "de", "Die Einwilligung ist abgelaufen."),
        ("LC_ALL", "fr_CH.UTF-8", "Le consentement a pris fin."),
        ("LANG", "it_CH.UTF-8", "Il consenso è scaduto."),
        ("LANG", "rm_CH.UTF-8", "The consent has ended."),
        ("LANG", "C", "The consent has ended."),
    ],
)
def test_the_terminal_speaks_the_computers_language(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, variable: str, said: str, sentence: str
) -> None:
    for name in ("PHOTOGUARD_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, said)
    assert sentence in desk.run("explain", "EXPIRED").stdout


def test_list_on_a_new_home_is_empty(desk: Desk) -> None:
    assert (desk.run("list").stdout, json.loads(desk.run("list", "--json").stdout)) == ("", [])


def test_people_are_entered_corrected_and_shown(desk: Desk) -> None:
    assert error(desk.run("person", "P-1")).code == "PERSON_UNKNOWN"
    desk.run("person", "P-1", "--born", "1980-05-17", "--also", "hospital|77,lab|3")
    told = json.loads(desk.run("person", "P-1", "--died", "2026-01-31", "--json").stdout)
    assert (told["born"], told["died"], len(told["also"])) == ("1980-05-17", "2026-01-31", 2)
    assert "1980-05-17" in desk.run("person", "P-1").stdout
    desk.run("person", "P-2", "--merged-into", "P-1")
    assert error(desk.add(patient="P-2", born="1980-05-17")).code == "PERSON_MERGED"


@pytest.mark.skipif(os.name == "nt", reason="Windows limits no file's size")
def test_an_export_is_whole_or_absent_and_never_written_over(desk: Desk) -> None:
    import resource

    desk.add()
    file = desk.file("consents.json")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # as on a disk that is full
    try:
        assert error(desk.run("export", file)).code == "EXPORT_UNWRITABLE"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(desk.folder.glob("*consents*"))
    assert desk.run("export", file).exit_code == 0
    written = file.read_bytes()
    assert json.loads(written)["resourceType"] == "Bundle"
    assert file.stat().st_mode & 0o077 == 0
    assert error(desk.run("export", file)).code == "EXPORT_EXISTS"
    assert file.read_bytes() == written


def test_the_registry_can_be_proved(desk: Desk) -> None:
    desk.add()
    proved = desk.run("prove")
    assert (proved.exit_code, "3 events" in proved.stdout) == (0, True)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channels": "telegram"}, "CHANNEL_UNKNOWN"),
        ({"channels": ","}, "CHANNEL_UNKNOWN"),
        ({"signed": "01.11.2026"}, "DATE_INVALID"),
        ({"until": "2026-02-30"}, "DATE_INVALID"),
        ({"until": "20990101"}, "DATE_INVALID"),
        ({"born": "17.5.1980"}, "DATE_INVALID"),
        ({"signed": "2098-01-01", "until": "2099-01-01"}, "SIGNED_IN_FUTURE"),
        ({"until": "2020-01-01"}, "PERIOD_INVERTED"),
        ({"grantor": "dog"}, "GRANTOR_UNKNOWN"),
        ({"patient": " "}, "PATIENT_EMPTY"),
        ({"patient": "4711"}, "PATIENT_ID_AMBIGUOUS"),
        ({"attested_by": " "}, "ATTESTER_EMPTY"),
        ({"purposes": "fun"}, "PURPOSE_UNKNOWN"),
        ({"statements": "most"}, "STATEMENT_UNKNOWN"),
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
    assert error(desk.originals("telegram")).code == "CHANNEL_UNKNOWN"
    assert error(desk.run("show", "C-AAAAAAAAAA")).code == "CONSENT_UNKNOWN"
    assert error(desk.run("explain", "NO_SUCH_CODE")).code == "CODE_UNKNOWN"
    assert error(desk.run("list", "--registry", "mysql://x")).code == "REGISTRY_ADDRESS"


def test_explain_shows_one_code_or_the_whole_table(desk: Desk) -> None:
    assert "The consent has ended." in desk.run("explain", "expired").stdout
    whole = desk.run("explain").stdout
    assert all(row.code in whole and row.do.split("`")[0] in whole for row in TABLE)
    assert [one["code"] for one in json.loads(desk.run("explain", "--json").stdout)] == [
        row.code for row in TABLE
    ]
