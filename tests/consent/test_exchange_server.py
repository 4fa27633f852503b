"""A FHIR server's consents, from a small real server on loopback: all of them, or none and STORE_STALE."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from test_exchange_fhir import NOW, PATIENT, R4, changed

from photoguard.consent.exchange.server import Server
from photoguard.consent.exchange.transfer import from_server
from photoguard.consent.registry import Registry
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home

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
