"""report.html: one file, nothing from outside, every text as it is."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from botframework.training.runs import Picture, Samples, Section, Table, Text, write_report
from botframework.training.runs.curves import Curve, Plot, draw
from botframework.training.runs.report import number_text

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</pre></style></main><iframe src='https://example.com'>",
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp; \x00 \ud800",
    "javascript:alert(1)",
)


class Page(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def png() -> bytes:
    """A small picture."""
    return draw([Plot("loss", [Curve("loss", [(1, 2.0), (2, 1.0)])])]).png()


def test_hostile_text_is_shown_and_never_becomes_markup(tmp_path: Path, png: bytes) -> None:
    """In every place that takes text, markup stays text."""
    pages = []
    for text in ("plain", *HOSTILE):
        sections: list[Section] = [
            Table(text, (text, "n"), [(text, 1), (None, 2.5)], note=text),
            Table("facts", ("", ""), [(text, text)]),
            Picture(text, png, note=text),
            Samples(text, (text, "answer"), [(text, text)], note=text),
            Text(text, text),
            Text(text, text, prose=True),
            Text(text, text, folded=True),
        ]
        pages.append(Page(write_report(tmp_path / "r.html", text, sections, lead=text, footer=text)))
    shape = [(tag, sorted(attributes)) for tag, attributes in pages[0].tags]
    for text, page in zip(HOSTILE, pages[1:], strict=True):
        assert [(tag, sorted(attributes)) for tag, attributes in page.tags] == shape
        assert "".join(page.texts).count(text.replace("\ud800", "?").replace("\x00", "\ufffd")) >= 15


def test_nothing_is_loaded_from_anywhere(tmp_path: Path, png: bytes) -> None:
    """The page has no script, no link out of itself, and a policy that forbids both."""
    path = write_report(tmp_path / "r.html", "Run", [Picture("Curves", png, png), Table("T", ("a",), [(1,)])] * 2)
    page = Page(path)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "iframe", "object", "form", "base"})
    for _, attributes in page.tags:
        for name in ("src", "href", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#s", "data:image/png;base64,"))
    policies = [a["content"] for _, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert (policies[0] or "").startswith("default-src 'none'")
    assert "url(" not in path.read_text("utf-8")
    assert any(a.get("name") == "viewport" for _, a in page.tags)


def test_numbers_are_set_right_and_the_best_is_marked(tmp_path: Path) -> None:
    """A column of numbers, also written ones, is set right; the best of a column is marked; None is a dash."""
    rows = [("a", 1234567, "33.1 ± 0.4", 0.5), ("b", None, "+2.5", 0.25), ("c", 3.0, "12 %", 0.75)]
    table = Table("Scores", ("model", "n", "BLEU", "loss"), rows, best={"loss": "low", "n": "high"})
    text = write_report(tmp_path / "r.html", "Run", [table]).read_text("utf-8")
    assert re.findall(r"<th( class=number)?>", text) == ["", " class=number", " class=number", " class=number"]
    assert re.findall(r'class="number best" dir=auto><span>([^<]*)', text) == ["1,234,567", "0.25"]
    assert "<span>–</span>" in text


def test_empty_sections_say_so(tmp_path: Path) -> None:
    """A table or samples without rows do not look broken."""
    text = write_report(tmp_path / "r.html", "Run", [Table("T", ("a",), []), Samples("S", ("a",), [])]).read_text()
    assert text.count("Nothing yet.") == 2


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (12345, "12,345"), (1e6, "1,000,000"), (2.0, "2"), (0.0031234, "0.003123"), (12345.6, "12,346")],
)
def test_numbers_are_written_as_people_read_them(value: float, text: str) -> None:
    """Large numbers have thousands apart, small ones four digits."""
    assert number_text(value) == text
