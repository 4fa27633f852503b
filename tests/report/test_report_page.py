from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_reports import report_of

from photoguard.consent.gate import TABLE
from photoguard.outcome import (
    ConsentDecision,
    Found,
    LeftOut,
    MirrorCue,
    MirrorVerdict,
    Outcome,
    Status,
    Verdict,
)
from photoguard.photo import Kind
from photoguard.policy import Masking, Policy
from photoguard.reasons import REASONS
from photoguard.report.page import render, visible
from photoguard.report.texts import LANGUAGES, texts

Page = Callable[..., str]


class Reader(HTMLParser):
    """What a browser would see: elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self._names: list[str] = []
        self.names: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "bdi":
            self._names.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "bdi":
            self.names.append(self._names.pop())

    def handle_data(self, data: str) -> None:
        self.said.append(data)
        if self._names:
            self._names[-1] += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def released(source: str = "a.jpg", **more: object) -> Outcome:
    told = {"status": Status.RELEASED, "output": "released/pg-a.jpg", "size": (400, 300), **more}
    return Outcome(source=source, **told)  # type: ignore[arg-type]


def test_the_page_asks_for_nothing_but_itself(written: Path) -> None:
    html = (written / "report.html").read_text("utf-8")
    for tag, attributes in Reader(html).elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "audio", "video"}
        for name in ("src", "href", "srcset", "action", "data", "poster", "xlink:href", "style"):
            if name in attributes:
                assert attributes[name].startswith(("#", "./", "data:image/jpeg;base64,")), (
                    tag,
                    attributes[name],
                )
    style = re.search(r"<style>(.*)</style>", html, re.DOTALL)
    assert style
    assert not re.search(r"url\(|@import|@font-face|image\(", style[1])
    assert "://" not in html


def test_the_security_policy_allows_the_two_inline_blocks_and_nothing_else(written: Path) -> None:
    html = (written / "report.html").read_text("utf-8")
    policy = next(meta["content"] for meta in Reader(html).all("meta") if "http-equiv" in meta)
    blocks = [re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("style", "script")]
    digests = [
        base64.b64encode(hashlib.sha256(block[1].encode()).digest()).decode() for block in blocks if block
    ]
    assert policy == (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_what_needs_a_person_comes_first(written: Path) -> None:
    names = Reader((written / "report.html").read_text("utf-8")).names
    order = [
        "Folder/IMG_2.jpg",
        "knee before.jpg",
        "knee after.jpg",
        "scan.jpg",
        "IMG_1.jpg",
        "nose before.jpg",
    ]
    assert [name for name in names if name in order] == order


def test_both_halves_of_a_pair_stand_together_where_the_graver_one_belongs(page: Page) -> None:
    html = page(
        released("a after.jpg", pair="a", role="after"),
        released("z.jpg"),
        Outcome(source="b.jpg", status=Status.FAILED, reasons=("FILE_EMPTY",)),
        Outcome(source="a before.jpg", status=Status.REVIEW, reasons=("MIRRORED",), pair="a", role="before"),
    )
    assert [name for name in Reader(html).names if name != "a"] == [
        "a before.jpg",
        "a after.jpg",
        "b.jpg",
        "z.jpg",
    ]
    groups = [item["class"] for item in Reader(html).all("li") if item.get("class", "").startswith("group")]
    assert groups == ["group is-review is-released", "group is-failed", "group is-released"]


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.FAILED])
def test_a_photo_that_may_not_leave_shows_no_picture_even_if_one_is_handed_over(
    page: Page, status: Status, thumbnail: bytes
) -> None:
    html = page(Outcome(source="a.jpg", status=status, size=(4, 3)), thumbnails={"a.jpg": thumbnail})
    assert "data:image" not in html
    assert base64.b64encode(thumbnail)[:60].decode() not in html


def test_of_pictures_that_nobody_looked_at_nothing_is_said_to_have_been_found_or_settled() -> None:
    blind = Policy(
        masking=Masking(**dict.fromkeys(("face", "tattoo", "text", "code", "background"), "keep")),
        background="keep",
        mirrored="release",
        pairs_need_consent=False,
    )
    told = texts("en")
    for policy, looked in ((Policy(), True), (blind, False)):
        run = report_of(released()).model_copy(update={"policy": policy.model_dump(mode="json")})
        said = Reader("".join(render(run, {}))).text
        assert (told["photo.found_nothing"] in said) is looked
        assert (told["photo.mirror"] in said) is looked
        assert (told["photo.not_looked"] in said) is not looked


def test_what_a_person_is_asked_about_is_neither_said_to_be_masked_nor_to_be_visible() -> None:
    """Red ink has a mask, and is asked about; a birthmark that may be ink has none."""
    asked = Found(kind=Kind.TATTOO, box=(0, 0, 2, 2), score=0.7, detector="tattoos", sure=False)
    found = (asked.model_copy(update={"sure": True}), asked)
    photo = Outcome(source="a.jpg", status=Status.REVIEW, output="review/a.jpg", findings=found, size=(4, 3))
    told = texts("en")
    for tattoo, said in (("blur", ["method.blur", "method.doubted"]), ("keep", ["method.keep"] * 2)):
        policy = Policy(masking=Masking(tattoo=tattoo)).model_dump(mode="json")
        html = "".join(render(report_of(photo).model_copy(update={"policy": policy}), {}))
        card = html[html.index('<ul class="found">') :]
        assert re.findall(r'class="method"><span[^>]*>([^<]+)<', card) == [told[key] for key in said]


def test_a_missing_preview_is_not_called_a_missing_picture(page: Page) -> None:
    said = Reader(page(*(released(f"{role}.jpg", pair="p", role=role) for role in ("before", "after")))).text
    assert texts("en")["photo.no_preview"] in said
    assert texts("en")["photo.none"] not in said


@pytest.mark.parametrize("status", list(Status))
def test_a_status_is_always_an_icon_a_word_and_a_colour(page: Page, status: Status) -> None:
    html = page(Outcome(source="a.jpg", status=status))
    word = texts("en")[f"status.{status}"]
    assert re.search(
        rf'class="status is-{status}"><svg.*?#icon-{status}.*?</svg><span [^>]*>{word}</span>', html
    )


@pytest.mark.parametrize("code", [*REASONS, *(row.code for row in TABLE)])
def test_every_reason_is_told_in_its_three_sentences(page: Page, code: str) -> None:
    told = REASONS.get(code) or next(row for row in TABLE if row.code == code)
    said = Reader(page(Outcome(source="a.jpg", status=Status.BLOCKED, reasons=(code,)))).text
    assert told.seen in said
    assert told.matters in said
    assert texts("en")[f"why.{code}.do"] in said


def test_a_consent_code_is_told_once_also_when_it_is_a_reason_too(page: Page) -> None:
    consent = ConsentDecision(decision="block", codes=("EXPIRED", "NO_EXPIRY"))
    html = page(Outcome(source="a.jpg", status=Status.BLOCKED, reasons=("EXPIRED",), consent=consent))
    assert html.count("<code>EXPIRED</code>") == html.count("<code>NO_EXPIRY</code>") == 1


def test_an_unknown_code_is_named_and_the_photo_shown_as_held_back(page: Page) -> None:
    said = Reader(page(Outcome(source="a.jpg", status=Status.BLOCKED, reasons=("NEW_<b>_CODE",)))).text
    assert "The photo is held back (code NEW_<b>_CODE)." in said


def test_outlines_lie_where_the_findings_are_and_are_counted_by_kind(page: Page, thumbnail: bytes) -> None:
    faces = tuple(Found(kind="face", box=(x, 20, x + 30, 60), score=0.9, detector="d") for x in (10, 100))
    code = Found(kind="code", box=(200, 210, 260, 270), score=1.0, detector="d")
    html = page(released(findings=(*faces, code)), thumbnails={"a.jpg": thumbnail})
    reader = Reader(html)
    marks = next(svg for svg in reader.all("svg") if svg.get("class") == "marks")
    assert marks["viewbox"] == "0 0 400 300"
    lines = [r for r in reader.all("rect") if r.get("class") == "line" and r["width"] != "22"]
    assert [[int(r[side]) for side in ("x", "y", "width", "height")] for r in lines] == [
        [10, 20, 30, 40],
        [100, 20, 30, 40],
        [200, 210, 60, 60],
    ]
    assert "2\u00a0faces blurred" in html_text(html)
    assert "1\u00a0code covered" in html_text(html)


def test_an_outline_is_drawn_in_place_of_its_box(page: Page, thumbnail: bytes) -> None:
    frame, body = ((0, 0), (399, 0), (399, 299)), ((50, 60), (200, 60), (90, 250))
    wall = Found(kind="background", box=(0, 0, 400, 300), score=1, detector="body", outline=(frame, body))
    reader = Reader(page(released(findings=(wall,)), thumbnails={"a.jpg": thumbnail}))
    (line,) = [path for path in reader.all("path") if path.get("class") == "line"]
    assert line["d"].split() == [
        "M0",
        "0",
        "399",
        "0",
        "399",
        "299",
        "ZM50",
        "60",
        "200",
        "60",
        "90",
        "250",
        "Z",
    ]
    assert not [r for r in reader.all("rect") if r.get("class") == "line" and r["width"] != "22"]


def html_text(html: str) -> str:
    return re.sub(r"[ \n]+", " ", "".join(Reader(html).said))


def test_a_mirror_cue_is_told_in_the_readers_language_or_in_its_own_words(
    page: Page, thumbnail: bytes
) -> None:
    cues = (
        MirrorCue(name="text", says="mirrored", strength="strong", detail="detail of text"),
        MirrorCue(name="new cue", says="mirrored", strength="weak", detail="Said by <the cue>."),
    )
    mirror = MirrorVerdict(verdict=Verdict.MIRRORED, cues=cues)
    said = Reader(page(released(mirror=mirror), thumbnails={"a.jpg": thumbnail})).text
    assert texts("en")["cue.text.mirrored"] in said
    assert "Said by <the cue>." in said


def test_the_consent_record_and_the_output_are_named(page: Page) -> None:
    consent = ConsentDecision(decision="allow", record="c-7")
    html = page(released(consent=consent, output="released/pg a%b#?.jpg"))
    assert "c-7" in Reader(html).text
    assert '<a href="./released/pg%20a%25b%23%3F.jpg">' in html


@pytest.mark.parametrize("output", ["javascript:alert(1)", "//elsewhere/x.jpg", "https://elsewhere/x.jpg"])
def test_no_output_name_makes_a_link_that_leads_elsewhere(page: Page, output: str) -> None:
    links = [a["href"] for a in Reader(page(released(output=output))).all("a")]
    assert all(link.startswith(("#", "./")) and ":" not in link for link in links)


HOSTILE = [
    "<script>alert(1)</script>.jpg",
    "</title></style></script><img src=x onerror=alert(1)>",
    "\"onload='x' .jpg",
    "two\nlines\r\ttab\x00nul\x1b[31m",
    "\u202egpj.exe \u2066x\u2069 \u200f",
    "👩‍⚕️ žluťoučký 傷 جرح.jpg",
    "{{ 7*7 }}{% raw %}",
    "x" * 255,
    "&lt;b&gt;",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_and_does_nothing(page: Page, name: str) -> None:
    plain = Reader(
        page(Outcome(source="a.jpg", status=Status.FAILED), left_out=(LeftOut(source="b", reason="x"),))
    )
    reader = Reader(
        page(
            Outcome(source=name, status=Status.FAILED, reasons=(name,)),
            left_out=(LeftOut(source=name, reason=name),),
        )
    )
    assert reader.names == [visible(name), visible(name)]
    shape = [tag for tag, _ in plain.elements]
    added = ["ul", "li", *["p", "span"] * 2, *["p", "strong", "span", "span"], "p", "code"]
    assert sorted([tag for tag, _ in reader.elements]) == sorted(shape + added)


@given(name=st.text(min_size=1, max_size=80), pair=st.text(max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_keeps_the_pages_shape(name: str, pair: str) -> None:
    def shape(source: str, together: str) -> list[str]:
        halves = [released(source + role, pair=together, role=role) for role in ("before", "after")]
        return [tag for tag, _ in Reader("".join(render(report_of(*halves), {}))).elements]

    assert shape(name, pair) == shape("a", "b")


def test_what_cannot_be_seen_in_a_name_is_written_out() -> None:
    assert visible("a\nb\u202ec\u2028d\x7f") == "a⟨U+000A⟩b⟨U+202E⟩c⟨U+2028⟩d⟨U+007F⟩"
    assert visible("Zoë 👩‍⚕️ جرح.jpg") == "Zoë 👩‍⚕️ جرح.jpg"


def test_an_empty_run_says_so_kindly(page: Page) -> None:
    said = Reader(page(left_out=(LeftOut(source=".DS_Store", reason="hidden"),))).text
    assert "No photos were found." in said
    assert texts("en")["page.empty"] in said
    assert "1\u00a0file was left out" in " ".join(
        Reader(page(left_out=(LeftOut(source="x", reason="hidden"),))).said
    )


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        ("released", "The photo is ready to share."),
        ("released released", "All 2\u00a0photos are ready to share."),
        ("failed", "No photo is ready to share."),
        ("released review", "1\u00a0photo is ready to share. 1\u00a0is held back."),
        ("released released review blocked", "2\u00a0photos are ready to share. 2\u00a0are held back."),
    ],
)
def test_the_headline_says_how_the_run_ended(page: Page, statuses: str, headline: str) -> None:
    html = page(*(Outcome(source=f"{n}.jpg", status=Status(word)) for n, word in enumerate(statuses.split())))
    heading = re.search(r"<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    assert html_text(heading[1]).strip() == headline


def test_the_page_carries_each_sentence_it_uses_once_per_language(written: Path) -> None:
    html = (written / "report.html").read_text("utf-8")
    carried = json.loads(re.search(r'id="texts">(.*?)</script>', html, re.DOTALL)[1])  # type: ignore[index]
    assert list(carried) == list(LANGUAGES)
    used = set(re.findall(r'data-t(?:-[a-z-]+)?="([^"]+)"', html))
    for language, said in carried.items():
        assert said == {key: texts(language)[key] for key in used}


def test_links_are_encoded_so_that_they_find_the_file(page: Page) -> None:
    html = page(released(output="released/ä b.jpg"))
    link = next(a["href"] for a in Reader(html).all("a") if a["href"].startswith("./"))
    assert unquote(link) == "./released/ä b.jpg"
