"""How long the gate takes to decide on a pair with 100,000 consents in the registry, and a table of 10,000 to import.

    python benchmarks/consent.py [--records N] [--decisions N] [--rows N] [--registry postgresql+psycopg://...]

Each decision is the whole way: the registry's file is opened, what is about the pair is read, the signed form
(200 kB) is hashed, all rows of the table are asked. Measured is the process's own time as well as the clock's: on a
busy machine the first is the one to read. The first decision of a process goes through the whole chain of events, and
is shown by itself.

Of the table, each row has a form of its own (20 kB) that is copied and hashed, another patient and two photos.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from photoguard.consent import forms
from photoguard.consent.check import check
from photoguard.consent.exchange.transfer import from_file
from photoguard.consent.gate import Depicted, UseRequest
from photoguard.consent.record import (
    AttestedScan,
    Capacity,
    ConsentRecord,
    CoveredPhoto,
    Form,
    Grantor,
    GrantorRole,
    MaskLevel,
    Person,
    PersonKey,
    Statement,
    Use,
    in_order,
)
from photoguard.consent.registry import Grant, Registry
from photoguard.home import Home
from photoguard.policy import Channel, Purpose

FORM_BYTES = 200_000
SIGNED = datetime(2026, 1, 15, tzinfo=UTC)
WEBSITE = Use(purpose=Purpose.PUBLICATION, channel=Channel.WEBSITE)


def photo(number: int, half: str) -> str:
    return hashlib.sha256(f"{number} {half}".encode()).hexdigest()


def grants(count: int, form: Form) -> Iterator[Grant]:
    """Consents of as many patients, each for one pair and with the same form's file."""
    for number in range(count):
        key = PersonKey.of(f"P-{number}")
        record = ConsentRecord.new(
            patient=key,
            photos=in_order(CoveredPhoto(sha256=photo(number, half)) for half in ("before", "after")),
            uses=(WEBSITE,),
            signed_at=SIGNED,
            valid_until=SIGNED + timedelta(days=20_000),
            grantor=Grantor(role=GrantorRole.PATIENT),
            capacity=Capacity(state="yes", assessed_by="A. Keller", assessed_at=SIGNED),
            languages=("de",),
            statements=in_order(Statement),
            form=form,
            proof=AttestedScan(form_sha256=form.sha256, attested_by="A. Keller", attested_at=SIGNED),
        )
        yield Grant(record, Person(key=key, born=date(1980, 5, 17)), "A. Keller")


def timed(decide: UseRequest, registry: Registry) -> tuple[float, float]:
    """Milliseconds of process time and of the clock for one decision that must be an allow."""
    began, used = time.perf_counter(), time.process_time()
    decision = check(registry, decide)
    spent = time.process_time() - used, time.perf_counter() - began
    assert decision.decision == "allow", decision.codes
    return spent[0] * 1000, spent[1] * 1000


def table_of_consents(folder: Path, rows: int) -> Path:
    """A CSV file with as many consents, and their forms beside it."""
    (folder / "forms").mkdir()
    chance = random.Random(4)
    lines = [
        "patient;born;form;proof;attested_by;attested_on;verified_by;signed_on;valid_until;grantor;capacity;form_language;"
        "statements;channels;before;after"
    ]
    for number in range(rows):
        name = f"forms/{number}.pdf"
        (folder / name).write_bytes(chance.randbytes(20_000))
        lines.append(
            f"Q-{number};1980-05-17;{name};scan;A. Keller;2026-01-16;A. Keller;2026-01-15;2027-01-15;"
            f"patient;yes;de;all;website;{photo(number, 'q before')};{photo(number, 'q after')}"
        )
    table = folder / "consents.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    return table


def imported(home: Home, rows: int) -> tuple[float, float]:
    """Seconds of process time and of the clock for a table that must be taken over whole."""
    with tempfile.TemporaryDirectory() as folder:
        table = table_of_consents(Path(folder), rows)
        began, used = time.perf_counter(), time.process_time()
        told = from_file(Registry(home), table)
        spent = time.process_time() - used, time.perf_counter() - began
    assert (len(told.added), told.refused) == (rows, ()), told.refused[:3]
    return spent


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--records", type=int, default=100_000)
    options.add_argument("--decisions", type=int, default=500)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--registry")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(Path(folder) / "home", asked.registry)
        scan = Path(folder) / "form.pdf"
        scan.write_bytes(random.Random(1).randbytes(FORM_BYTES))
        form = forms.keep(scan, home.forms).model_copy(update={"language": "de"})
        registry = Registry(home)
        began = time.process_time()
        registry.grant(grants(asked.records, form), SIGNED)
        filled = time.process_time() - began
        chance = random.Random(2)
        times = []
        for _ in range(asked.decisions + 1):
            number = chance.randrange(asked.records)
            photos = tuple(
                Depicted(photo(number, half), half, masking=MaskLevel.FACE) for half in ("before", "after")
            )
            request = UseRequest(photos, Channel.WEBSITE, Purpose.PUBLICATION)
            times.append(timed(request, Registry(home, read_only=True)))
        import_used, import_clock = imported(home, asked.rows)
    (first, first_clock), *rest = times
    table = Table("", "process time, ms", "by the clock, ms", title=f"{asked.records:,} consents")
    for name, quantile in (("median", 0.5), ("95 of 100", 0.95)):
        both = [
            statistics.quantiles([one[part] for one in rest], n=100)[int(quantile * 100) - 1]
            for part in (0, 1)
        ]
        table.add_row(name, *(f"{one:.1f}" for one in both))
    table.add_row("first of a process", f"{first:.0f}", f"{first_clock:.0f}")
    Console().print(table)
    print(f"Adding them took {filled:.0f} s of process time.")
    print(
        f"Importing {asked.rows:,} more: {import_used:.0f} s of process time, {import_clock:.0f} s by the clock."
    )


if __name__ == "__main__":
    main()
