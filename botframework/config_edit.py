"""Changes single settings in a YAML file's text and leaves all else as it stands: comments, order, blanks, quotes.

Knows YAML, not what is configured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from botframework.errors import ConfigError

__all__ = ["edit_settings", "write_text"]

Value = str | int | float | bool | dict[str, str] | None


def edit_settings(text: str, section: str, changes: dict[str, Value]) -> str:
    """The text with some settings of one section changed.

    Args:
        text: a YAML mapping of sections, which may be empty.
        section: a key at the top, added at the end where it is missing.
        changes: new values by name; None removes a setting.

    Raises:
        ConfigError: the text is no YAML mapping, or is written so that it cannot be changed safely.
    """
    wanted = _values(text)
    values = dict(wanted.get(section) or {})
    for name, value in changes.items():
        changed = _with(text, section, name, value) if value is not None else _without(text, section, name)
        text = changed
        values = {key: old for key, old in values.items() if key != name} | ({} if value is None else {name: value})
    found = _values(text)
    if found != {**wanted, section: values} and (values or found.get(section)):
        raise ConfigError(f"{section}: is written in a way that cannot be changed safely; change it by hand")
    return text


def write_text(path: Path, text: str) -> None:
    """Replace a text file whole or not at all, keeping its rights; line ends are those of `text`."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="")
    if path.exists():
        temporary.chmod(path.stat().st_mode & 0o7777)
    temporary.replace(path.resolve())


def _values(text: str) -> dict[str, Any]:
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"is not valid YAML: {error}") from error
    if values is not None and not isinstance(values, dict):
        raise ConfigError("must be settings of the form `name: value`")
    return values or {}


def _find(text: str, section: str) -> tuple[yaml.MappingNode | None, tuple[yaml.Node, yaml.Node] | None]:
    """(the whole mapping, the section's key and value)."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return None, None
    return root, _pair(root, section)


def _pair(mapping: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((key, value) for key, value in mapping.value if key.value == name), None)


def _with(text: str, section: str, name: str, value: Value) -> str:
    line_end = "\r\n" if "\r\n" in text else "\n"
    entry = f"{name}: {_written(value)}"
    root, found = _find(text, section)
    if found is None:
        if root is not None and root.flow_style:
            return _insert(text, root.start_mark.index + 1, f"{section}: {{{entry}}}, ")
        gap = "" if not text or text.endswith("\n") else line_end
        return f"{text}{gap}{section}:{line_end}  {entry}{line_end}"
    key, mapping = found
    if isinstance(mapping, yaml.ScalarNode) and not mapping.value:
        # `model:` with nothing under it
        return _insert(
            text, _line_stop(text, key.end_mark.index), f"{line_end}{' ' * (key.start_mark.column + 2)}{entry}"
        )
    if not isinstance(mapping, yaml.MappingNode) or mapping.start_mark.index < key.end_mark.index:
        raise ConfigError(f"{section}: is no mapping of its own here; change it by hand")
    pair = _pair(mapping, name)
    if pair is not None:
        start, stop = pair[1].start_mark.index, _stop(pair[1])
        if start < pair[0].end_mark.index:
            raise ConfigError(f"{section}.{name}: is an alias here; change it by hand")
        stop = start + len(text[start:stop].rstrip())
        new = (" " if text[start - 1 : start] == ":" else "") + _written(value)
        return text[:start] + new + _comment_kept_in_line(text[stop:], len(new) - (stop - start))
    if mapping.flow_style:
        return _insert(text, mapping.start_mark.index + 1, entry + (", " if mapping.value else ""))
    first = mapping.value[0][0].start_mark
    indent = text[first.index - first.column : first.index]
    after = _line_stop(text, _stop(mapping.value[0][1]) or first.index)
    return _insert(text, after, f"{line_end}{indent}{entry}")


def _without(text: str, section: str, name: str) -> str:
    _, found = _find(text, section)
    if found is None or not isinstance(found[1], yaml.MappingNode) or (pair := _pair(found[1], name)) is None:
        return text
    start, stop = pair[0].start_mark.index, _stop(pair[1])
    if found[1].flow_style:
        rest = text[stop:]
        after = len(rest) - len(rest.lstrip(" "))
        if rest[after : after + 1] == ",":
            tail = rest[after + 1 :]
            return text[:start] + tail.lstrip(" ")
        head = text[:start].rstrip(" ")
        return head.removesuffix(",") + rest
    start -= pair[0].start_mark.column
    stop = min(len(text), _line_stop(text, max(stop, pair[0].end_mark.index)) + (2 if "\r\n" in text else 1))
    return text[:start] + text[stop:]


def _comment_kept_in_line(rest: str, longer: int) -> str:
    """What follows a changed value; a comment stays in its column where there is room."""
    blanks = len(rest) - len(rest.lstrip(" "))
    if not blanks or rest[blanks : blanks + 1] != "#":
        return rest
    return " " * max(1, blanks - longer) + rest[blanks:]


def _stop(node: yaml.Node) -> int:
    """Where a value's own text ends; a block's mark stands behind the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _stop(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def _line_stop(text: str, index: int) -> int:
    stop = text.find("\n", index)
    if stop < 0:
        return len(text)
    return stop - 1 if text[stop - 1 : stop] == "\r" else stop


def _insert(text: str, index: int, what: str) -> str:
    return text[:index] + what + text[index:]


def _written(value: Value) -> str:
    """A value as YAML writes it on one line, quoted where it must be."""
    text = yaml.safe_dump([value], default_flow_style=True, width=10_000, allow_unicode=True)
    return text.strip()[1:-1]
