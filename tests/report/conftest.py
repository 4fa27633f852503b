from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chromium import Browser, installed
from made_reports import report_of
from PIL import Image
from skimage import data

from photoguard.outcome import (
    ConsentDecision,
    Found,
    LeftOut,
    MirrorCue,
    MirrorVerdict,
    Outcome,
    RunReport,
    Status,
    Verdict,
)
from photoguard.report import write


@pytest.fixture(scope="session")
def thumbnail() -> bytes:
    picture = Image.fromarray(data.astronaut())
    picture.thumbnail((480, 480))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()


@pytest.fixture(scope="session")
def run_report() -> RunReport:
    """A run with every status, a pair that goes out, one that doesn't, and files that are no photos."""
    return report_of(
        Outcome(
            source="IMG_1.jpg",
            source_sha256="0" * 64,
            status=Status.RELEASED,
            output="released/pg-aaaa.jpg",
            output_sha256="1" * 64,
            size=(4096, 4096),
            findings=(
                Found(kind="face", box=(1320, 320, 2320, 1800), score=0.98, detector="centerface"),
                Found(kind="text", box=(1640, 2680, 2120, 2920), score=0.9, detector="rapidocr"),
                Found(kind="text", box=(2400, 2880, 2760, 3120), score=0.9, detector="rapidocr"),
                Found(
                    kind="tattoo",
                    box=(400, 2200, 1200, 3800),
                    score=0.8,
                    detector="body",
                    outline=(((400, 2200), (900, 2400), (1200, 3800), (700, 3500)),),
                ),
            ),
            mirror=MirrorVerdict(
                verdict=Verdict.NOT_MIRRORED,
                cues=(MirrorCue(name="text", says="not_mirrored", strength="strong", detail="Text reads."),),
            ),
            timings_ms={"detect": 12.5},
        ),
        Outcome(source="scan.jpg", status=Status.FAILED, reasons=("NOT_A_PHOTO",)),
        *(
            Outcome(
                source=f"knee {role}.jpg",
                status=Status.BLOCKED,
                reasons=("NO_CONSENT",),
                pair="knee",
                role=role,
                consent=ConsentDecision(decision="block", codes=("NO_CONSENT",)),
            )
            for role in ("after", "before")
        ),
        Outcome(
            source="Folder/IMG_2.jpg",
            status=Status.REVIEW,
            reasons=("MIRRORED",),
            output="review/pg-bbbb.jpg",
            size=(4096, 4096),
            mirror=MirrorVerdict(
                verdict=Verdict.MIRRORED,
                cues=(
                    MirrorCue(name="anatomy", says="mirrored", strength="weak", detail="A cue of its own."),
                ),
            ),
        ),
        *(
            Outcome(
                source=f"nose {role}.jpg",
                status=Status.RELEASED,
                output=f"released/pg-{role}.jpg",
                size=(4096, 4096),
                pair="nose",
                role=role,
                consent=ConsentDecision(decision="allow", record="c-7"),
            )
            for role in ("before", "after")
        ),
        left_out=(LeftOut(source=".hidden", reason="hidden"), LeftOut(source="IMG_1.AAE", reason="sidecar")),
    )


@pytest.fixture(scope="session")
def written(run_report: RunReport, thumbnail: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with `run_report`'s two files."""
    out = tmp_path_factory.mktemp("out")
    write(run_report, out, {photo.source: thumbnail for photo in run_report.photos})
    return out


@pytest.fixture
def page(tmp_path: Path) -> Callable[..., str]:
    """Writes outcomes and gives report.html back."""

    def write_page(*photos: Outcome, thumbnails: dict[str, bytes] | None = None, **more: object) -> str:
        write(report_of(*photos, **more), tmp_path, thumbnails or {})  # type: ignore[arg-type]
        return (tmp_path / "report.html").read_text(encoding="utf-8")

    return write_page


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if not installed():
        pytest.skip("no Chromium on this machine")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
