"""Markdown as text with entities: right offsets, and nothing that Telegram refuses."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botframework_telegram.format import render
from botframework_telegram.utf16 import cut, units
from tests.telegram.fake_rules import formatted

SAMPLE = """# Title with `code`

Some **bold, *nested* and ~~gone~~** text 😀 with `x = 1` and a [link](https://a.example/b).

- one
  1. first
  2. second
- two

  ```python
  x = 1
  ```

> quoted **words**
> more

| name | 数 |
|------|----|
| a    | 1  |
| long cell | 22 |

***

[`name`](https://a.example) **a `b` c** [file](docs/a.md) ![picture](https://a.example/p.png) <b>tag</b>
"""


def shown(markdown: str) -> tuple[str, list[tuple[str, str]]]:
    text, entities = render(markdown)
    return text, [(entity.type, cut(text, entity.offset, entity.length)) for entity in entities]


@pytest.mark.parametrize(
    ("markdown", "text", "entities"),
    [
        ("plain", "plain", []),
        (
            "😀 **b** *i* ~~s~~ `c`",
            "😀 b i s c",
            [("bold", "b"), ("italic", "i"), ("strikethrough", "s"), ("code", "c")],
        ),
        ("**a *b* c**", "a b c", [("bold", "a b c"), ("italic", "b")]),
        ("# Head\ntext", "Head\n\ntext", [("bold", "Head")]),
        ("- a\n- b\n  - c\n\n1. x\n2. y", "• a\n• b\n  • c\n\n1. x\n2. y", []),
        ("5. five\n6. six", "5. five\n6. six", []),
        ("> a\n> b\n>\n> > c", "a\nb\n\nc", [("blockquote", "a\nb\n\nc")]),
        ("```py\nx\n\ny\n```\nend", "x\n\ny\n\nend", [("pre", "x\n\ny")]),
        ("- a\n  ```\n  x\n  ```", "• a\nx", [("pre", "x")]),
        ("[a](https://x.y)", "a", [("text_link", "a")]),
        ("[a](b.md)", "a (b.md)", []),
        ("**x `c` y**", "x c y", [("bold", "x "), ("code", "c"), ("bold", " y")]),
        ("[`c`](https://x.y)", "c", [("text_link", "c")]),
        ("|a|bb|\n|-|-|\n|中文|1|", "a    | bb\n-----+---\n中文 | 1", [("pre", "a    | bb\n-----+---\n中文 | 1")]),
        ("a\nb  \nc", "a\nb\nc", []),
        ("**open", "**open", []),
        ("```py\nopen", "open", [("pre", "open")]),
        ("a &amp; b \\* <i>", "a & b * <i>", []),
        ("", "", []),
        ("[x]: http://a.b", "[x]: http://a.b", []),
    ],
)
def test_rendering(markdown: str, text: str, entities: list[tuple[str, str]]) -> None:
    """Each construct shows as text with its entity."""
    assert shown(markdown) == (text, entities)


def test_a_fence_keeps_its_language_and_a_link_its_address() -> None:
    """What an entity carries besides its place is kept."""
    _, (pre, link) = render("```python\nx\n```\n[a](https://x.y/ü?b=1)")
    assert pre.language == "python"
    assert link.url == "https://x.y/%C3%BC?b=1"


def test_a_table_too_wide_is_not_aligned() -> None:
    """Where aligning would not fit into a message, a table's cells stand as they are."""
    rows = "\n".join(f"|a|{'b' * (3000 if row == 0 else 1)}|" for row in range(40))
    text, _ = render("|a|b|\n|-|-|\n" + rows)
    assert units(text) <= 4096


def test_every_beginning_is_accepted() -> None:
    """While an answer streams in, each unfinished state of its Markdown is taken by a strict server."""
    for end in range(1, len(SAMPLE)):
        accepted(SAMPLE[:end])


@given(
    st.lists(st.sampled_from([*"*_~`[]()|>-#!\\ \n\t1.ab<&;😀中", "```", "**", "\n\n", "|-|", "- ", "> "]), max_size=60)
)
@example(["- ", "- ", "- ", "a"])
@example(["> ", "- ", "`", "a", "`"])
def test_any_markdown_is_accepted(parts: list[str]) -> None:
    """No Markdown, however odd, gives entities that a strict server refuses or loses its text."""
    accepted("".join(parts))


def accepted(markdown: str) -> None:
    text, entities = render(markdown)
    kept, moved = formatted(text, [entity.to_dict() for entity in entities], 4096, "too long")
    assert kept == text.strip()
    assert len(moved) <= len(entities)
    assert bool(kept) == bool(markdown.strip())
