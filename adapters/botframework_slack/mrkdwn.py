"""Slack's own markup, both ways: what a person typed as plain text, and Markdown as mrkdwn; knows no connection."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["escape", "mentioned_ids", "to_mrkdwn", "to_plain"]

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_ANGLE = re.compile(r"<([^<>]*)>")
_USER = re.compile(r"<@([UWB][A-Z0-9]+)(?:\|[^<>]*)?>")
_MARKS = {"strong": "*", "em": "_", "s": "~"}
_EDGE = "\u200b"


def escape(text: str) -> str:
    """The three characters that Slack reads as markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentioned_ids(text: str) -> list[str]:
    """The user ids that a message's text mentions, each once, in order."""
    return list(dict.fromkeys(_USER.findall(text)))


def to_plain(text: str, me: str, names: Mapping[str, str]) -> str:
    """What a person sees of a message's text, without the mention of the bot.

    Args:
        text: the text as Slack sends it, with its escapes.
        me: the bot's user id.
        names: user id to name, for the mentions of others.
    """

    def shown(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        match target[:1]:
            case "@":
                return "@" + (names.get(target[1:]) or label.lstrip("@") or target[1:])
            case "#":
                return "#" + (label or target[1:])
            case "!":
                return label or "@" + target[1:].partition("^")[0]
            case _ if "://" in target or target.startswith("mailto:"):
                if (
                    not label
                    or target.removeprefix("mailto:") == label
                    or target.partition("://")[2].rstrip("/") == label
                ):
                    return label or target.removeprefix("mailto:")
                return f"{label} ({target})" if label != target else target
            case _:
                return match[0]

    text = re.sub(rf"^\s*<@{re.escape(me)}(?:\|[^<>]*)?>[,:]?\s*|<@{re.escape(me)}(?:\|[^<>]*)?>[ \t]*", "", text)
    plain = _ANGLE.sub(shown, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def to_mrkdwn(markdown: str) -> str:
    """Markdown as mrkdwn. Never fails: what mrkdwn cannot show is shown as plain text."""
    return _blocks(_PARSER.parse(markdown)).strip("\n")


def _blocks(tokens: list[Token]) -> str:
    out: list[str] = []
    lists: list[int | None] = []  # per open list: the next number, None for bullets
    index = 0
    while index < len(tokens):
        token = tokens[index]
        match token.type:
            case "inline":
                text = _inline(token.children or [])
                out.append(f"*{text}*" if index and tokens[index - 1].type == "heading_open" and text else text)
            case "paragraph_close" | "heading_close":
                out.append("\n" if token.hidden or lists else "\n\n")
            case "fence" | "code_block":
                out.append(f"```\n{escape(token.content).rstrip()}\n```\n\n")
            case "html_block":
                out.append(escape(token.content))
            case "hr":
                out.append("———\n\n")
            case "bullet_list_open":
                lists.append(None)
            case "ordered_list_open":
                lists.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                lists.pop()
                out.append("" if lists else "\n")
            case "list_item_open":
                number = lists[-1]
                out.append("    " * (len(lists) - 1) + ("• " if number is None else f"{number}. "))
                if number is not None:
                    lists[-1] = number + 1
            case "blockquote_open":
                end = _closing(tokens, index)
                quoted = _blocks(tokens[index + 1 : end]).strip("\n")
                out.append("".join(f"> {line}\n" for line in quoted.split("\n")) + "\n")
                index = end
            case "table_open":
                end = _closing(tokens, index)
                out.append(_table(tokens[index + 1 : end]))
                index = end
            case _:
                pass  # the remaining opening tokens carry no text of their own
        index += 1
    return "".join(out)


def _closing(tokens: list[Token], start: int) -> int:
    return next(
        i for i in range(start + 1, len(tokens)) if tokens[i].level == tokens[start].level and tokens[i].nesting < 0
    )


def _inline(children: list[Token]) -> str:
    out = ""
    links: list[tuple[str, str]] = []
    for index, token in enumerate(children):
        name = token.type.removesuffix("_open").removesuffix("_close")
        if token.type == "text":
            out += escape(token.content)
        elif token.type == "code_inline":
            out += f"`{escape(token.content)}`"
        elif token.type in ("softbreak", "hardbreak"):
            out += "\n"
        elif name in _MARKS:
            if token.nesting > 0:
                out += (_EDGE if out and not _is_edge(out[-1]) else "") + _MARKS[name]
            else:
                following = next((t.content[:1] for t in children[index + 1 :] if t.content), "")
                out += _MARKS[name] + (_EDGE if following and not _is_edge(following) else "")
        elif token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), out))
            out = ""
        elif token.type == "link_close" and links:
            href, before = links.pop()
            out = before + _link(href, out)
        elif token.type == "image":
            out += _link(str(token.attrGet("src") or ""), escape(token.content) or "image")
        else:
            out += escape(token.content)
    return out


def _is_edge(char: str) -> bool:
    """Whether a mark beside this character counts as standing at a word's edge for Slack (a Chinese one does not)."""
    return not char.isalnum() and char != "_"


def _link(href: str, label: str) -> str:
    if not href.startswith(("http://", "https://", "mailto:")):
        return label
    target = escape(href).replace("|", "%7C")
    return f"<{target}|{label}>" if label and label != target else f"<{target}>"


def _table(tokens: list[Token]) -> str:
    rows: list[list[str]] = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and tokens[index - 1].type in ("th_open", "td_open"):
            rows[-1].append("".join(child.content for child in token.children or []))
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(max(map(len, rows)))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    lines.insert(1, "-|-".join("-" * width for width in widths))
    return "```\n" + escape("\n".join(lines)) + "\n```\n\n"
