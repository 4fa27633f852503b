"""A FHIR server's consents, from a small real server on loopback: all of them, or none and STORE_STALE."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from test_exchange_fhir import NOW, PATIENT, R4, changed

from photoguard.consent.case import Depicted, UseRequest
from photoguard.consent.check import check
from photoguard.consent.exchange.server import Server
from photoguard.consent.exchange.transfer import from_server
from photoguard.consent.registry import Registry
from photoguard.consent.settings import Settings
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home
from photoguard.policy import Channel, Purpose

Page = dict[str, Any]


class FhirServer:
    """Serves pages of a search; `answers` may be replaced by a test to misbehave."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.answers: Callable[[BaseHTTPRequestHandler, int], None] = lambda handler, page: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.tokens.append(self.headers.get("Authorization"))
                page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
                with contextlib.suppress(OSError):  # the client has gone, as it should
                    outer.answers(self, page)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}/fhir"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, *pages: list[dict[str, Any]], **more: Any) -> None:
        """Answer with these entries, page by page."""

        def answer(handler: BaseHTTPRequestHandler, page: int) -> None:
            bundle: Page = {"resourceType": "Bundle", "type": "searchset", **more}
            bundle["entry"] = [{"resource": one} for one in pages[page - 1]]
            if page < len(pages):
                bundle["link"] = [{"relation": "next", "url": f"{self.base}/Consent?page={page + 1}"}]
            reply(handler, json.dumps(bundle).encode())

        self.answers = answer


def reply(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@pytest.fixture
def fhir() -> Iterator[FhirServer]:
    server = FhirServer()
    yield server
    server.close()


@pytest.fixture
def registry(tmp_path) -> Registry:
    return Registry(Home.at(tmp_path / "home"))


def consent(number: int, **change: Any) -> dict[str, Any]:
    return {**changed(R4, "dateTime", f"2026-01-15T10:{number:02}:00+01:00"), "id": f"c-{number}", **change}


def load(registry: Registry, fhir: FhirServer, timeout_s: float = 5, **more: Any):
    return from_server(registry, Server(fhir.base, timeout_s=timeout_s, **more), now=NOW)


def stale(registry: Registry, fhir: FhirServer, **more: Any) -> None:
    with pytest.raises(StorageError) as caught:
        load(registry, fhir, **more)
    assert caught.value.code == "STORE_STALE"
    assert registry.all() == ()


def test_every_page_is_read(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1), consent(2)], [consent(3)], [consent(4)], total=4)
    assert len(load(registry, fhir).added) == 4


def test_consents_of_every_status_are_asked_for(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1), consent(2, status="inactive")])
    assert len(load(registry, fhir).added) == 2
    assert "status" not in fhir.asked[0]


def test_a_refusal_on_the_last_page_is_seen(registry, fhir) -> None:
    denies = consent(2, provision={"type": "deny"})
    fhir.serve([PATIENT, consent(1)], [denies])
    load(registry, fhir)
    assert {held.record.decision for held in registry.all() if held.record} == {"permit", "deny"}


def test_one_patients_consents_are_asked_for_by_their_id(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1)])
    from_server(registry, Server(fhir.base, "a-token"), "Patient/p-1", now=NOW)
    assert parse_qs(urlsplit(fhir.asked[0]).query)["patient"] == ["p-1"]
    assert fhir.tokens == ["Bearer a-token"]


def test_a_refused_consent_is_told_and_the_others_are_taken(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1), consent(2, status="signed")])
    told = load(registry, fhir)
    assert (len(told.added), [one.code for one in told.refused]) == (1, ["FHIR_STATUS"])


# --- what changes there ----------------------------------------------------------------------------------------


def standing(registry: Registry) -> list[tuple[str, str | None]]:
    """Status and channel of every record that was neither withdrawn nor replaced."""
    return [
        (one.record.status.value, ",".join(use.channel.value for use in one.record.uses))
        for one in registry.all()
        if one.record and not one.superseded_by and not one.revocation
    ]


def test_what_is_taken_back_on_the_server_does_not_count_any_more(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1)])
    load(registry, fhir)
    assert standing(registry) == [("active", "social-media")]
    fhir.serve([PATIENT, consent(1, status="inactive")])
    assert len(load(registry, fhir).added) == 1
    assert standing(registry) == [("inactive", "social-media")]
    fhir.serve([PATIENT, consent(1)])
    assert len(load(registry, fhir).added) == 1, "given anew"
    assert standing(registry) == [("active", "social-media")]
    assert len(load(registry, fhir).known) == 1


def test_what_is_narrower_on_the_server_is_narrower_here(registry, fhir) -> None:
    wide = changed(consent(1), "provision.purpose.1.code", "website")
    fhir.serve([PATIENT, wide])
    load(registry, fhir)
    fhir.serve([PATIENT, consent(1)])
    load(registry, fhir)
    assert standing(registry) == [("active", "social-media")]


@pytest.mark.parametrize("status", ["signed", None])
def test_what_is_not_understood_or_gone_on_the_server_does_not_count_any_more(registry, fhir, status) -> None:
    fhir.serve([PATIENT, consent(1), consent(2)])
    load(registry, fhir)
    fhir.serve([PATIENT, consent(2)] + ([consent(1, status=status)] if status else []))
    told = load(registry, fhir)
    assert (len(told.suspended), len(told.refused)) == (1, 1 if status else 0)
    assert sorted(standing(registry)) == [("active", "social-media"), ("inactive", "social-media")]
    assert load(registry, fhir).suspended == ()
    fhir.serve([PATIENT, consent(1), consent(2)])
    load(registry, fhir)
    assert standing(registry) == [("active", "social-media")] * 2


def test_a_search_for_one_patient_says_nothing_about_others(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1), consent(2)])
    load(registry, fhir)
    fhir.serve([PATIENT, consent(1)])
    assert from_server(registry, Server(fhir.base), "p-1", now=NOW).suspended == ()
    assert len(standing(registry)) == 2


def test_another_servers_consents_are_not_touched(registry, fhir) -> None:
    other = FhirServer()
    other.serve([PATIENT, consent(1)])
    load(registry, other)
    other.close()
    fhir.serve([PATIENT, consent(2)])
    assert load(registry, fhir).suspended == ()
    assert len(standing(registry)) == 2


def test_what_the_practice_withdrew_is_not_given_anew_by_the_server(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1)])
    (record,) = load(registry, fhir).added
    registry.revoke(record, "Patient called")
    assert len(load(registry, fhir).known) == 1
    fhir.serve([PATIENT, changed(consent(1), "provision.purpose.1.code", "website")])
    told = load(registry, fhir)
    assert ([one.code for one in told.refused], told.suspended) == (["ENDED_HERE"], ())
    assert standing(registry) == []


def test_without_a_recent_look_at_the_practices_server_every_pair_is_blocked(registry, fhir) -> None:
    base = f"{fhir.base}/"
    rules = Settings(server=fhir.base, server_minutes=30, stale_minutes=60)
    asked = UseRequest(
        tuple(Depicted(letter * 64, role) for letter, role in (("b", "before"), ("a", "after"))),  # type: ignore[arg-type]
        Channel.SOCIAL_MEDIA,
        Purpose.PUBLICATION,
    )

    def is_stale(**after: float) -> bool:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(**after)
        return "STORE_STALE" in check(registry, asked, now, settings=rules).codes

    fhir.serve([PATIENT, consent(1)])
    from_server(registry, Server(fhir.base), "p-1")
    assert is_stale(), "one patient's consents are not all"
    from_server(registry, Server(fhir.base))
    assert not is_stale()
    fhir.answers = lambda handler, page: reply(handler, b"", 503)
    with pytest.raises(StorageError):
        from_server(registry, Server(fhir.base))
    assert not is_stale(minutes=29), "what was read is still recent"
    assert is_stale(minutes=31)
    assert registry.synced_at(base)
    assert registry.synced_at("https://elsewhere.example/fhir/") is None


# --- what can't be relied on -----------------------------------------------------------------------------------


def test_a_server_that_is_late_is_stale(registry, fhir) -> None:
    fhir.answers = lambda handler, page: time.sleep(1.5)
    stale(registry, fhir, timeout_s=0.3)


def test_a_server_that_is_late_with_the_second_page_is_stale(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1)], [consent(2)])
    first = fhir.answers

    def answer(handler: BaseHTTPRequestHandler, page: int) -> None:
        if page == 2:
            time.sleep(1.5)
        first(handler, page)

    fhir.answers = answer
    stale(registry, fhir, timeout_s=0.3)


def test_a_server_that_drips_is_stale(registry, fhir) -> None:
    def answer(handler: BaseHTTPRequestHandler, page: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        for _ in range(20):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    fhir.answers = answer
    began = time.monotonic()
    stale(registry, fhir, timeout_s=0.3)
    assert time.monotonic() - began < 1.8


def test_a_server_that_breaks_off_is_stale(registry, fhir) -> None:
    def answer(handler: BaseHTTPRequestHandler, page: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"resourceType":"Bundle"')

    fhir.answers = answer
    stale(registry, fhir)


def test_a_server_that_is_not_there_is_stale(registry, fhir) -> None:
    fhir.close()
    stale(registry, fhir)


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503])
def test_any_answer_but_success_is_stale(registry, fhir, status) -> None:
    fhir.answers = lambda handler, page: reply(handler, b"{}", status)
    stale(registry, fhir)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sign in</html>",
        b"[]",
        b'{"resourceType":"OperationOutcome"}',
        b'{"resourceType":"Bundle","type":"collection"}',
        b'{"resourceType":"Bundle","type":"searchset","type":"searchset"}',
        b"\xff\xfe",
    ],
    ids=repr,
)
def test_an_answer_that_is_no_list_of_consents_is_stale(registry, fhir, body) -> None:
    fhir.answers = lambda handler, page: reply(handler, body)
    stale(registry, fhir)


def test_fewer_consents_than_announced_are_stale(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1)], total=2)
    stale(registry, fhir)


def test_a_server_that_could_not_send_all_is_stale(registry, fhir) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "incomplete"}]}
    fhir.serve([PATIENT, consent(1), outcome])
    stale(registry, fhir)


def test_pages_in_a_circle_are_stale(registry, fhir) -> None:
    fhir.serve([PATIENT, consent(1)], link=[{"relation": "next", "url": f"{fhir.base}/Consent?page=1"}])
    stale(registry, fhir)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/fhir/Consent", "https://elsewhere.invalid/Consent", "file:///etc/x"]
)
def test_a_page_elsewhere_is_not_followed(registry, fhir, url) -> None:
    fhir.serve([PATIENT, consent(1)], link=[{"relation": "next", "url": url}])
    stale(registry, fhir, token="a-token")


def test_a_redirection_is_not_followed(registry, fhir) -> None:
    fhir.answers = lambda handler, page: reply(handler, b"", 302, Location=f"{fhir.base}/Other")
    stale(registry, fhir, token="a-token")
    assert len(fhir.asked) == 1


@pytest.mark.parametrize(
    "base",
    ["http://fhir.example/fhir", "ftp://127.0.0.1/", "https://me:secret@fhir.example/", "fhir.example", ""],
)
def test_an_address_without_encryption_is_not_asked(registry, base) -> None:
    with pytest.raises(UsageError) as caught:
        from_server(registry, Server(base), now=NOW)
    assert caught.value.code == "FHIR_ADDRESS"
