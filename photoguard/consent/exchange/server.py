"""The consents of a FHIR server, all of them or none.

A consent that is not seen could be the one that forbids. So a search asks for every status, follows every page,
and ends in STORE_STALE where the server is late, breaks off, contradicts itself or sends a page elsewhere: what is
known then is too old to rely on. Nothing is asked unless a person names the server.
"""

from __future__ import annotations

import time
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import IO, Any

from ...errors import StorageError, UsageError
from . import strict_json
from .item import Refusal

_MOST_PAGES = 10_000
_LARGEST_PAGE = 64 << 20
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Server:
    """A FHIR server. `base` is its address up to the resource's name; `token` is sent as a bearer token."""

    base: str
    token: str | None = None
    timeout_s: float = 20
    """For each answer."""
    patience_s: float = 300
    """For all of a search."""

    def consents(self, patient: str | None = None) -> list[dict[str, Any]]:
        """Every Consent, of one patient (`Patient/id` or `id`) or of all, with the Patients they name.

        Raises StorageError (STORE_STALE), UsageError (FHIR_ADDRESS).
        """
        self._check_address()
        asked = {"_count": "200", "_include": ["Consent:patient", "Consent:subject"]}
        if patient:
            asked["patient"] = patient.removeprefix("Patient/")
        url = f"{self.base.rstrip('/')}/Consent?{urllib.parse.urlencode(asked, doseq=True)}"
        ends = time.monotonic() + self.patience_s
        found: list[dict[str, Any]] = []
        seen: set[str] = set()
        matches, total = 0, None
        while url:
            if url in seen or len(seen) >= _MOST_PAGES or time.monotonic() > ends:
                raise _stale("its pages do not come to an end")
            seen.add(url)
            page = self._page(url)
            modes = [self._mode(entry) for entry in page.get("entry", [])]
            matches += sum(mode == "match" for mode in modes)
            total = page.get("total", total)
            found += strict_json.entries(page)
            url = self._next(page, url)
        if total is not None and total != matches:
            raise _stale("it announced another number of consents than it sent")
        return found

    def _check_address(self) -> None:
        told = urllib.parse.urlsplit(self.base)
        plain = told.scheme == "http" and told.hostname in _LOOPBACK
        if not (told.hostname and (plain or told.scheme == "https")) or told.username or told.query:
            raise UsageError("FHIR_ADDRESS", "The FHIR server's address must begin with https://.")

    def _page(self, url: str) -> dict[str, Any]:
        headers = {"Accept": "application/fhir+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - https, or loopback: checked above
        try:
            with _OPENER.open(request, timeout=self.timeout_s) as answer:
                body = _whole(answer, time.monotonic() + self.timeout_s)
            page = strict_json.resource(body.decode())
        except (OSError, HTTPException, Refusal, UnicodeDecodeError, ValueError):
            raise _stale("it did not answer as it should") from None
        if page.get("resourceType") != "Bundle" or page.get("type") != "searchset":
            raise _stale("it did not answer with a list of consents")
        return page

    @staticmethod
    def _mode(entry: Any) -> str:
        """What an entry is there for. A warning in place of a consent means that one may be missing."""
        search = entry.get("search", {}) if isinstance(entry, dict) else {}
        kind = entry.get("resource", {}).get("resourceType") if isinstance(entry, dict) else None
        if search.get("mode") == "outcome" or kind == "OperationOutcome":
            raise _stale("it could not send all consents")
        return "match" if kind == "Consent" and search.get("mode", "match") == "match" else "include"

    def _next(self, page: dict[str, Any], url: str) -> str:
        links = [one.get("url") for one in page.get("link", []) if one.get("relation") == "next"]
        if not links:
            return ""
        following = urllib.parse.urljoin(url, str(links[0]))
        if len(links) > 1 or _origin(following) != _origin(self.base):
            raise _stale("it sends to another place for the next page")
        return following


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A token and a patient's key go to the server that was named, to no other."""


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def _whole(answer: IO[bytes], ends: float) -> bytes:
    """All of an answer, in time. Raises OSError: a server that sends a byte a minute is late as well."""
    parts, size = [], 0
    while part := answer.read1(1 << 16):  # type: ignore[attr-defined]
        parts.append(part)
        size += len(part)
        if size > _LARGEST_PAGE or time.monotonic() > ends:
            raise TimeoutError
    return b"".join(parts)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    told = urllib.parse.urlsplit(url)
    return told.scheme, told.hostname, told.port


def _stale(why: str) -> StorageError:
    return StorageError(
        "STORE_STALE",
        f"The FHIR server's consents can't be relied on: {why}. Nothing was taken over.",
    )
