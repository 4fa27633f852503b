"""How many forged, damaged and wrongly signed PDF forms are taken for signed. There must be none.

    python benchmarks/pades.py [--flips N]

The SHA-256 that a registry pins each form by stands aside: every file is asked as if it had just come in. Half of the
flipped bits lie anywhere in the file, half where no signature reaches: in the place in which it stands itself.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "consent"))

from signed_forms import DAY, NOW, Holder, authority, person, signed, stamper

from photoguard.consent import proof
from photoguard.consent.form.page import form as printed
from photoguard.consent.form.template import Template
from photoguard.consent.proof.trust import trust
from photoguard.consent.record import (
    ConsentRecord,
    Form,
    Grantor,
    GrantorRole,
    PadesSignature,
    PersonKey,
)
from photoguard.home import Home

CA = authority()
ANNA = person(CA)
Try = tuple[bytes, Holder, datetime]
"""A form, whose signature it is entered as, and when it is entered as signed."""


def counts(home: Home, form: bytes, signer: Holder, signed_at: datetime) -> bool:
    """Whether a form is taken for one that Anna Muster signed."""
    pinned = hashlib.sha256(form).hexdigest()
    record = ConsentRecord.new(
        patient=PersonKey.of("P-18"),
        grantor=Grantor(role=GrantorRole.PATIENT, name="Anna Muster"),
        signed_at=signed_at,
        form=Form(sha256=pinned, suffix=".pdf"),
    )
    told = PadesSignature(
        form_sha256=pinned, signer_subject="Common Name: x", signer_fingerprint=signer.fingerprint
    )
    return proof.verify(told, form, record, NOW, home).ok


def flipped(form: bytes, flips: int) -> Iterator[Try]:
    chance = random.Random(hashlib.sha256(form[:500]).digest())
    begins = form.index(b"/Contents <") + 10
    written = begins + len(form[begins : form.index(b">", begins)].rstrip(b"0"))
    for number in range(flips):
        # A flipped letter or digit of hex is another one in 4 of 8 cases only: those are the ones that tempt.
        inside = number % 2
        place = chance.randrange(begins + 1, written + 8) if inside else chance.randrange(len(form))
        changed = bytearray(form)
        changed[place] ^= 1 << chance.randrange(4 if inside else 8)
        yield bytes(changed), ANNA, NOW


def appended(form: bytes) -> Iterator[Try]:
    chance = random.Random(3)
    for length in range(1, 101):
        yield form + chance.randbytes(length), ANNA, NOW
        yield form + b" \n\0%"[length % 4 : length % 4 + 1] * length, ANNA, NOW


def truncated(form: bytes) -> Iterator[Try]:
    for end in range(0, len(form), len(form) // 200 + 1):
        yield form[:end], ANNA, NOW


def signed_twice(form: bytes) -> Iterator[Try]:
    for holder in (person(CA, "Berta Beispiel"), ANNA, person(authority())):
        yield signed(holder, form, field="Second"), ANNA, NOW


def of_an_attacker(pdf: bytes) -> Iterator[Try]:
    for _ in range(20):
        theirs = person(authority("Test Authority"))
        yield signed(theirs, pdf), theirs, NOW
        yield signed(theirs, pdf), ANNA, NOW


def expired(pdf: bytes) -> Iterator[Try]:
    for days in range(1, 21):
        old = person(CA, begins=NOW - 300 * DAY, ends=NOW - days * DAY)
        yield signed(old, pdf, at=NOW), old, NOW
        yield signed(old, pdf, at=NOW, stamp=stamper(CA, at=NOW)), old, NOW


def dated_back(pdf: bytes) -> Iterator[Try]:
    """By the owner of a certificate that ran out, before a certificate began, and against a time stamp."""
    for days in range(2, 22):
        back = NOW - days * DAY
        old = person(CA, begins=NOW - 300 * DAY, ends=NOW - DAY)
        yield signed(old, pdf, at=back), old, back
        young = person(CA, begins=NOW - DAY)
        yield signed(young, pdf, at=back), young, back
        yield signed(ANNA, pdf, at=back, stamp=stamper(CA, at=NOW)), ANNA, back
        yield signed(ANNA, pdf, at=back, stamp=stamper(CA, at=NOW)), ANNA, NOW


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--flips", type=int, default=2000, help="for each of three forms")
    flips = options.parse_args().flips
    pdf = printed(Template.of("de"), "Praxis am See")
    forms = {
        "a plain form": signed(ANNA),
        "a form with a time stamp": signed(ANNA, stamp=stamper(CA)),
        "photoguard's own form": signed(ANNA, pdf),
    }
    tries: dict[str, Callable[[], Iterator[Try]]] = {
        f"one bit flipped in {name}": lambda form=form: flipped(form, flips)  # type: ignore[misc]
        for name, form in forms.items()
    }
    own = forms["photoguard's own form"]
    tries |= {
        "bytes appended": lambda: appended(own),
        "cut off": lambda: truncated(own),
        "a second signature": lambda: signed_twice(own),
        "an attacker's authority of the same name": lambda: of_an_attacker(pdf),
        "a certificate that has run out": lambda: expired(pdf),
        "dated back": lambda: dated_back(pdf),
    }
    table = Table("what was done", "forms", "taken for signed")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root.pem")
        root.write_bytes(CA.pem)
        home = Home.at(Path(folder, "home"))
        trust(home, root)
        for name, form in forms.items():
            assert counts(home, form, ANNA, NOW), f"{name} as it was signed must count"
        for name, made in tries.items():
            answers = [counts(home, *one) for one in track(list(made()), name, transient=True)]
            table.add_row(name, f"{len(answers):,}", str(sum(answers)))
    Console().print(table)


if __name__ == "__main__":
    main()
