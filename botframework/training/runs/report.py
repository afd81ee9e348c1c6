"""Writes one self-contained HTML file from sections; knows tables, pictures, samples and text, not what they tell.

Nothing is loaded from anywhere and nothing is run: pictures are inlined, every text is escaped, and the page's own
policy forbids the rest. It follows the reader's light or dark mode and fits a telephone.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as _escape
from itertools import groupby
from pathlib import Path

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; a column of numbers is set right, None is a dash.

    Two columns without names make a list of facts: what, and its value. `note` stands below the table; `best` marks
    in each of the named columns its highest ("high") or lowest ("low") number.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    best: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, with another one for dark mode where there is one; pictures that follow each other stand side by side.

    `note` is for who cannot see it.
    """

    title: str
    png: bytes
    dark: bytes | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Samples:
    """Long texts side by side: a request and its answers, one column each; on a telephone below each other."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is, in a fixed-width font unless it is `prose`; `folded` shows it on a click."""

    title: str
    text: str
    prose: bool = False
    folded: bool = False


Section = Table | Picture | Samples | Text

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NUMBER = re.compile(r"[+\-−]?\d[\d,.]*(?:e-?\d+)?(?: ?[%×]| ?[±–-] ?[\d,.]+(?: ?%)?| ?[\[(][^\])]*[\])])?|–")
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

STYLE = """
:root { color-scheme: light dark; --ground: #f5f6f8; --card: #fff; --ink: #1b1f27; --soft: #626b7a; --line: #e1e4ea;
  --accent: #2563c9; --mark: #e5f3e9; --sample: #f7f8fa; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1216; --card: #181c22; --ink: #e5e8ed; --soft: #98a2b1;
  --line: #2b313b; --accent: #7fb0ff; --mark: #173424; --sample: #12161b; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; letter-spacing: -.01em; }
.lead { color: var(--soft); margin: .35rem 0 1rem; overflow-wrap: anywhere; }
nav { display: flex; flex-wrap: wrap; gap: .4rem 1.1rem; margin: 0 0 1.5rem; font-size: .92rem; }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1.1rem 1.25rem 1.25rem; margin: 0 0 1.25rem; scroll-margin-top: 1rem; }
h2 { font-size: 1.08rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .94rem; }
th, td { text-align: left; padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere; }
th { font-weight: 600; font-size: .85rem; color: var(--soft); white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
td:first-child { min-width: 7rem; }
.number { text-align: right; padding-right: 1.3rem; font-variant-numeric: tabular-nums; white-space: nowrap;
  overflow-wrap: normal; }
.best { font-weight: 650; } .best span { background: var(--mark); border-radius: .3rem; padding: .08rem .35rem;
  margin-right: -.35rem; }
.note { color: var(--soft); font-size: .88rem; margin: .75rem 0 0; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr)); gap: .9rem 1.5rem;
  margin: 0; } .facts.long { grid-template-columns: 1fr; gap: .55rem; }
.facts dt { color: var(--soft); font-size: .82rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.facts:not(.long) dd { font-size: 1.15rem; font-variant-numeric: tabular-nums; }
@media (min-width: 46rem) { .facts.long > div { display: grid; grid-template-columns: 10rem 1fr; gap: 1rem; }
  .facts.long dt { font-size: .92rem; } .facts.long dd { font-size: .94rem; }
  .pictures { display: grid; grid-template-columns: 1fr 1fr; gap: 1.25rem; margin-bottom: 1.25rem; }
  .pictures section { margin: 0; } }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
pre, .sample { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
pre { font: .84rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC",
  monospace; tab-size: 4; }
.prose { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
summary { cursor: pointer; font-weight: 600; font-size: 1.08rem; } details[open] summary { margin-bottom: .75rem; }
.side { display: grid; gap: .75rem; padding: .9rem 0; border-top: 1px solid var(--line); }
.side:first-of-type { border-top: 0; padding-top: 0; } .side:last-of-type { padding-bottom: 0; }
.side > div { min-width: 0; } .side > div:not(:first-child) { background: var(--sample); border-radius: .5rem;
  padding: .55rem .8rem; }
.name { color: var(--soft); font-size: .78rem; font-weight: 600; margin-bottom: .15rem; }
.empty { color: var(--soft); }
footer { color: var(--soft); font-size: .85rem; }
@media (min-width: 46rem) { .side { grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); } }
@media (max-width: 30rem) { main { padding: 1.25rem .75rem 3rem; } section { padding: .9rem .9rem 1rem; } }
@media print { body { background: none; } section { break-inside: avoid; } nav { display: none; } }
"""


def write_report(path: Path, title: str, sections: Sequence[Section], *, lead: str = "", footer: str = "") -> Path:
    """Write the sections, in order, to one HTML file that needs no other, and return its path.

    Args:
        lead: a line below the title.
        footer: a line at the end of the page.
    """
    links = "".join(f'<a href="#s{number}">{escape(s.title)}</a>' for number, s in enumerate(sections))
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        f"<header><h1>{escape(title)}</h1><p class=lead>{escape(lead)}</p></header>",
        f"<nav>{links}</nav>" if len(sections) > 2 else "",
        *_grouped(sections),
        f"<footer>{escape(footer)}</footer>" if footer else "",
        "</main>\n</body>\n</html>\n",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text("\n".join(part for part in parts if part), encoding="utf-8", errors="replace")
    temporary.replace(path)
    return path


def number_text(value: float) -> str:
    """A number as people read it: whole ones with thousands apart, others with four significant digits."""
    if isinstance(value, int) or (value.is_integer() and abs(value) >= 1000):
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def escape(text: str) -> str:
    """Text as HTML; a control character, which HTML has no word for, is shown as unknown."""
    return _escape(_CONTROL.sub("\ufffd", text))


def _grouped(sections: Sequence[Section]) -> list[str]:
    """The sections as HTML, runs of pictures put side by side."""
    parts: list[str] = []
    for pictures, group in groupby(enumerate(sections), key=lambda numbered: isinstance(numbered[1], Picture)):
        shown = [_section(number, section) for number, section in group]
        parts += [f"<div class=pictures>{''.join(shown)}</div>"] if pictures and len(shown) > 1 else shown
    return parts


def _section(number: int, section: Section) -> str:
    match section:
        case Table():
            body = _table(section)
        case Picture():
            body = _picture(section)
        case Samples():
            body = _samples(section)
        case Text():
            kind = "div class=prose" if section.prose else "pre"
            body = f"<{kind} dir=auto>{escape(section.text)}</{kind.partition(' ')[0]}>"
    title = escape(section.title)
    if isinstance(section, Text) and section.folded:
        return f'<section id="s{number}"><details><summary>{title}</summary>{body}</details></section>'
    note = f"<p class=note>{escape(section.note)}</p>" if not isinstance(section, Text) and section.note else ""
    return f'<section id="s{number}"><h2>{title}</h2>{body}{note}</section>'


def _table(table: Table) -> str:
    if not table.rows:
        return "<p class=empty>Nothing yet.</p>"
    if list(table.columns) == ["", ""]:
        return _facts(table)
    numeric = numeric_columns(table.columns, table.rows)
    best = {table.columns.index(name): _best(table, name, which) for name, which in (table.best or {}).items()}
    head = "".join(
        f"<th{' class=number' if right else ''}>{escape(name)}</th>"
        for name, right in zip(table.columns, numeric, strict=True)
    )
    rows = []
    for row in table.rows:
        cells = []
        for index, cell in enumerate(row):
            is_best = cell is not None and index in best and cell == best[index]
            classes = " ".join(name for name, on in (("number", numeric[index]), ("best", is_best)) if on)
            mark = f' class="{classes}"' if classes else ""
            cells.append(f"<td{mark} dir=auto><span>{escape(cell_text(cell))}</span></td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f"<div class=scroll><table><thead><tr>{head}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table></div>"
    )


def _facts(table: Table) -> str:
    long = " long" if any(isinstance(value, str) and len(value) > 16 for _, value in table.rows) else ""
    facts = "".join(
        f"<div><dt>{escape(cell_text(name))}</dt><dd dir=auto>{escape(cell_text(value))}</dd></div>"
        for name, value in table.rows
    )
    return f'<dl class="facts{long}">{facts}</dl>'


def _best(table: Table, name: str, which: str) -> float | None:
    index = list(table.columns).index(name)
    found = [row[index] for row in table.rows]
    numbers = [float(cell) for cell in found if isinstance(cell, int | float) and not isinstance(cell, bool)]
    if len(numbers) < 2:
        return None
    return max(numbers) if which == "high" else min(numbers)


def _is_number(cell: Cell) -> bool:
    """Whether it is a number, or a text that reads as one: +3.1, 12 %, 33.2 ± 0.4."""
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell) is not None
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def numeric_columns(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[bool]:
    """Whether each column holds numbers, and empty cells at most beside them."""
    return [
        any(_is_number(row[index]) for row in rows)
        and all(row[index] in {None, ""} or _is_number(row[index]) for row in rows)
        for index in range(len(columns))
    ]


def cell_text(cell: Cell) -> str:
    """A cell as people read it."""
    match cell:
        case None:
            return "–"
        case bool():
            return "yes" if cell else "no"
        case int() | float():
            return number_text(cell)
        case _:
            return cell


def _picture(picture: Picture) -> str:
    alternative = escape(picture.note or picture.title)
    dark = ""
    if picture.dark is not None:
        dark = f'<source media="(prefers-color-scheme: dark)" srcset="{_data(picture.dark)}">'
    return f'<picture>{dark}<img src="{_data(picture.png)}" alt="{alternative}"></picture>'


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _samples(samples: Samples) -> str:
    if not samples.rows:
        return "<p class=empty>Nothing yet.</p>"
    rows = []
    for row in samples.rows:
        cells = "".join(
            f"<div><div class=name>{escape(name)}</div><div class=sample dir=auto>{escape(text)}</div></div>"
            for name, text in zip(samples.columns, row, strict=True)
        )
        rows.append(f"<div class=side>{cells}</div>")
    return f'<div style="--columns: {len(samples.columns)}">' + "\n".join(rows) + "</div>"
