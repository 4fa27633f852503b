"""How long very many photos take, what that costs, and what holds them up first: worked out from measured figures.

    python benchmarks/planning.py [--photos 10000000] [--cores 1 16 256] [--core-hour 0.05] ...

Nothing is run here. Each figure below is measured by the program that it names or assumed; options put those of another
computer in their place. While photos are cleaned, the parts work side by side, and the slowest one says how long it
takes; what comes before the first photo of a run (the gate) and after its last one (comparing, report) is added.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured, and what is assumed, of one photo of 12 megapixels."""

    worker: float = 1.86
    """seconds of one core to clean a photo (peers.py --only line)"""
    main: float = 0.012
    """seconds of the one process that settles and audits it (growth.py: "of it main" by photos, and waiting for the
    disk)"""
    compared: float = 0.035
    """seconds of one core to compare a photo with all others of its run, however many (look_back.py)"""
    hosts: float = 16
    """cores, at most, of the computer that gives the command: comparing is done there"""
    report: float = 0.001
    """seconds of the one process to report it (look_back.py)"""
    megabytes: float = 7.0
    """read and written for each photo, original and result with what is kept beside it"""
    store: float = 500.0
    """MB/s that the store gives to all computers together; assumed"""
    pairs: float = 0.5
    """share of photos that are half of a pair, of which the gate is asked; assumed"""
    decision: float = 0.036
    """seconds of one decision on PostgreSQL, by the clock (consent.py)"""


def main() -> None:
    """Prints the table."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--photos", type=int, default=10_000_000)
    arguments.add_argument("--cores", type=int, nargs="+", default=[1, 16, 256])
    arguments.add_argument(
        "--core-hour", type=float, default=0.05, help="what a core costs in an hour; assumed"
    )
    for field in fields(Measured):
        arguments.add_argument(f"--{field.name}", type=float, default=field.default)
    chosen = arguments.parse_args()
    measured = Measured(**{field.name: getattr(chosen, field.name) for field in fields(Measured)})
    table = Table(title=f"{chosen.photos:,} photos of 12 megapixels")
    for column in ("cores", "photos/hour", "days", "cost", "held up first by", "next"):
        table.add_column(
            column, justify="right" if column in ("cores", "photos/hour", "days", "cost") else "left"
        )
    for cores in chosen.cores:
        together, alone = side_by_side(measured, cores), one_after_the_other(measured, cores)
        (first, seconds), (second, its) = sorted((together | alone).items(), key=lambda part: -part[1])[:2]
        each = max(together.values()) + sum(alone.values())
        hours = each * chosen.photos / 3600
        table.add_row(
            f"{cores:,}",
            f"{3600 / each:,.0f}",
            f"{hours / 24:,.1f}",
            f"{hours * cores * chosen.core_hour:,.0f}",
            f"{first}: {seconds * 1000:.1f} ms a photo",
            f"{second}: {its * 1000:.1f} ms",
        )
    Console(width=130).print(table)


def side_by_side(measured: Measured, cores: int) -> dict[str, float]:
    """Seconds for each photo that each part takes, while all of them work at the same time."""
    return {
        "cleaning": measured.worker / cores,
        "the one process that settles": measured.main,
        "the store": measured.megabytes / measured.store,
    }


def one_after_the_other(measured: Measured, cores: int) -> dict[str, float]:
    """Seconds for each photo that each step takes before or after the cleaning of its run."""
    return {
        "decisions on PostgreSQL": measured.pairs / 2 * measured.decision,
        "comparing all with all": measured.compared / min(cores, measured.hosts),
        "the report": measured.report,
    }


if __name__ == "__main__":
    main()
