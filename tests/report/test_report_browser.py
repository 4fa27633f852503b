"""The page in a real browser: languages, filters, widths, contrast, names for screen readers, no network."""

from __future__ import annotations

import base64
import io
from itertools import pairwise
from pathlib import Path

import pytest
from chromium import Browser
from made_reports import report_of
from PIL import Image

from photoguard.outcome import Found, Outcome, Status
from photoguard.report import write
from photoguard.report.texts import LANGUAGES, texts

SHOWN = "[...document.querySelectorAll('.group')].filter(g => g.checkVisibility()).map(g => g.classList[1])"


@pytest.fixture
def report(written: Path, browser: Browser) -> Path:
    browser.screen(1280)
    return written / "report.html"


def test_the_page_opens_without_an_error_and_without_asking_for_anything_else(
    browser: Browser, report: Path
) -> None:
    browser.open(report)
    assert browser.problems == []
    assert {address.split(":")[0] for address in browser.requests} <= {"file", "data"}
    assert [address for address in browser.requests if address.startswith("file")] == [report.as_uri()]
    broken = (
        "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().then(() => 0, () => 1) }))"
        ".then(broken => broken.reduce((a, b) => a + b, 0))"
    )
    assert browser.run(broken) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_page_speaks_the_language_asked_for(browser: Browser, report: Path, language: str) -> None:
    browser.open(report, f"#lang={language}")
    assert browser.run("document.documentElement.lang") == language
    assert browser.run("document.title") == texts(language)["page.title"]
    spoken = browser.run(
        "[...document.querySelectorAll('[data-t]')].map(e => [e.dataset.t, e.dataset.n, e.textContent])"
    )
    assert len(spoken) > 60
    for key, n, said in spoken:
        assert said == texts(language)[key].replace("{n}", n or ""), key
    alts = set(browser.run("[...document.images].map(i => i.alt)"))
    assert alts == {texts(language)["photo.alt"]}


def test_choosing_a_language_switches_there_and_back_without_losing_the_place(
    browser: Browser, report: Path
) -> None:
    def choose(language: str) -> None:
        browser.run(
            f"""new Promise(done => {{
              addEventListener('hashchange', () => setTimeout(done), {{once: true}});
              document.querySelector('.languages [lang={language}]').click();
            }})"""
        )

    browser.open(report, "#lang=en")
    before = browser.run("document.querySelector('main').textContent")
    browser.run("scrollTo(0, 300)")
    choose("de")
    assert browser.run("document.documentElement.lang") == "de"
    assert browser.run("document.querySelector('[aria-current]').lang") == "de"
    assert browser.run("scrollY") > 200
    choose("en")
    assert browser.run("document.querySelector('main').textContent") == before


@pytest.mark.parametrize("fragment", ["", "#lang=xx", "#lang=toString", "#photos"])
def test_without_a_known_choice_the_browsers_language_is_spoken(
    browser: Browser, report: Path, fragment: str
) -> None:
    browser.open(report, fragment)
    assert browser.run("document.documentElement.lang") == "en"
    assert browser.problems == []


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_number_shows_its_photos_only(browser: Browser, report: Path, script: bool) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=not script)
    try:
        browser.open(report)
        everything = ["is-review", "is-blocked", "is-failed", "is-released", "is-released"]
        assert browser.run(SHOWN) == everything
        for status in Status:
            browser.run(f"document.querySelector('label[for=show-{status}]').click()")
            assert set(browser.run(SHOWN)) == {f"is-{status}"}
        browser.run("document.querySelector('label[for=show-all]').click()")
        assert browser.run(SHOWN) == everything
        assert browser.run("document.querySelector('.languages').checkVisibility()") is script
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_filter_works_from_the_keyboard_and_shows_where_the_focus_is(
    browser: Browser, report: Path
) -> None:
    browser.open(report)
    browser.run("document.getElementById('show-all').focus()")
    browser.press("ArrowRight", 39)  # from the last one round to the first
    assert set(browser.run(SHOWN)) == {"is-review"}
    assert (
        browser.run("getComputedStyle(document.querySelector('label[for=show-review]')).outlineStyle")
        == "solid"
    )


def test_the_first_tab_stop_leads_to_the_photos(browser: Browser, report: Path) -> None:
    browser.open(report)
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("document.activeElement.getBoundingClientRect().top") >= 0


def test_outlines_can_be_put_away(browser: Browser, report: Path) -> None:
    browser.open(report)
    visible = "[...document.querySelectorAll('.marks')].some(m => m.checkVisibility())"
    assert browser.run(visible)
    browser.run("document.getElementById('outlines').click()")
    assert not browser.run(visible)


def test_outlines_lie_on_the_picture_where_the_findings_are(browser: Browser, report: Path) -> None:
    browser.open(report)
    share = browser.run(
        """(() => {
          const frame = document.querySelector('.frame:has(.marks)');
          frame.scrollIntoView();
          const picture = frame.querySelector('img').getBoundingClientRect();
          const mark = frame.querySelector('.face .line').getBoundingClientRect();
          return [(mark.left - picture.left) / picture.width, (mark.top - picture.top) / picture.height,
                  (mark.right - picture.left) / picture.width, (mark.bottom - picture.top) / picture.height];
        })()"""
    )
    assert share == pytest.approx([1320 / 4096, 320 / 4096, 2320 / 4096, 1800 / 4096], abs=0.01)


def test_an_outline_lies_on_the_picture_and_is_not_filled(browser: Browser, report: Path) -> None:
    browser.open(report)
    seen = browser.run(
        """(() => {
          const frame = document.querySelector('.frame:has(.marks)');
          frame.scrollIntoView();
          const picture = frame.querySelector('img').getBoundingClientRect();
          const path = frame.querySelector('.tattoo path.line');
          const mark = path.getBoundingClientRect();
          return [(mark.left - picture.left) / picture.width, (mark.bottom - picture.top) / picture.height,
                  getComputedStyle(path).fill, getComputedStyle(path).stroke != 'none'];
        })()"""
    )
    assert seen[:2] == pytest.approx([400 / 4096, 3800 / 4096], abs=0.01)
    assert seen[2:] == ["none", True]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_has_to_be_scrolled_sideways(
    browser: Browser, written: Path, tmp_path: Path, width: int, language: str
) -> None:
    long = "W" * 255
    photos = [
        Outcome(source=long, status=Status.FAILED, reasons=("TOO_LARGE", long)),
        *(
            Outcome(source=f"{r} {long}", status=Status.BLOCKED, pair=long, role=r)
            for r in ("before", "after")
        ),
    ]
    write(report_of(*photos), tmp_path, {})
    browser.screen(width)
    for page in (tmp_path / "report.html", written / "report.html"):
        browser.open(page, f"#lang={language}")
        assert browser.run("innerWidth") == width
        assert browser.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(browser: Browser, report: Path, dark: bool) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, measured from the colours the browser computed."""
    browser.screen(1280, dark=dark)
    browser.open(report)
    faint = browser.run(
        """(() => {
          const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
          const light = (colour) => rgb(colour).slice(0, 3).map(v => v / 255)
            .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
          const ground = (at) => {
            for (; at; at = at.parentElement) {
              const colour = getComputedStyle(at).backgroundColor;
              if ((rgb(colour)[3] ?? 1) === 1) return colour;
            }
            throw new Error('no ground');
          };
          const faint = [];
          for (const at of document.querySelectorAll('body *')) {
            if (!at.checkVisibility()) continue;
            if (![...at.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
            const pair = [getComputedStyle(at).color, ground(at)].map(light).sort((a, b) => b - a);
            const ratio = (pair[0] + .05) / (pair[1] + .05);
            if (ratio < 4.5) faint.push([at.className || at.tagName, at.textContent.slice(0, 30), ratio]);
          }
          return faint;
        })()"""
    )
    assert faint == []


def test_a_screen_reader_finds_names_headings_and_no_dead_ends(browser: Browser, report: Path) -> None:
    browser.open(report)
    levels = browser.run("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = browser.run("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    named = {"image", "link", "radio", "checkbox", "article", "navigation", "heading", "region"}
    seen = set()
    for node in nodes:
        role = node.get("role", {}).get("value")
        if role in named and not node["ignored"]:
            seen.add(role)
            assert node.get("name", {}).get("value", "").strip(), (role, node)
    assert {"link", "radio", "checkbox", "article", "navigation", "heading"} <= seen


def test_it_prints_with_what_was_left_out_and_without_the_controls(browser: Browser, report: Path) -> None:
    browser.open(report)
    pdf = base64.b64decode(browser.call("Page.printToPDF")["data"])
    assert pdf.startswith(b"%PDF")
    assert browser.run("document.querySelector('.left-out').open")
    browser.call("Emulation.setEmulatedMedia", media="print")
    assert not browser.run("document.querySelector('.languages').checkVisibility()")
    browser.call("Emulation.setEmulatedMedia", media="")


def test_a_hostile_name_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    name = "</script></style></bdi><img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>"
    write(report_of(Outcome(source=name, status=Status.FAILED, reasons=(name,))), tmp_path, {})
    browser.open(tmp_path / "report.html")
    assert browser.run("document.title") == texts("en")["page.title"]
    assert browser.run("document.querySelector('bdi').textContent") == name
    assert browser.run("document.images.length") == 0


def test_two_thousand_photos_open(browser: Browser, tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (48, 48), "#a86").save(file, "JPEG")
    found = (Found(kind="face", box=(10, 10, 60, 80), score=0.9, detector="d"),)
    told = {"status": Status.RELEASED, "output": "released/pg.jpg", "size": (480, 480), "findings": found}
    photos = [Outcome(source=f"IMG_{n}.jpg", **told) for n in range(2000)]
    write(report_of(*photos), tmp_path, {photo.source: file.getvalue() for photo in photos})
    browser.screen(390)
    browser.open(tmp_path / "report.html", "#lang=de")
    assert browser.run("document.querySelectorAll('.card').length") == 2000
    headline = browser.run("document.querySelector('h1').textContent.trim()")
    assert headline == "Alle 2.000\u00a0Fotos können weitergegeben werden."
    browser.run("document.querySelector('.group:last-child').scrollIntoView()")
    assert (
        browser.run("document.querySelector('.group:last-child .method').innerText.trim()")
        == "weichgezeichnet"
    )
