"""Turns records into token ids with a mask of what is learned, cached on disk; knows no model.

An example is the chat template's token ids: for every message one role token, the text, `<|end|>`. The mask is
1 on tokens that the loss counts as targets: the text of assistant messages and their `<|end|>`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from botframework.training.recipe import Source
from botframework.training.records import ReadReport, Record, find_file, read_records
from botframework.training.templates import Message, render
from botframework.training.tokenizer import END, ROLE_TOKENS, token_id

Complain = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Examples:
    """Token ids of many examples laid end to end: example i is `[offsets[i], offsets[i + 1])`."""

    tokens: NDArray[np.uint16]
    learn: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, start: int, stop: int) -> Examples:
        """Examples start … stop - 1."""
        a, b = int(self.offsets[start]), int(self.offsets[stop])
        return Examples(self.tokens[a:b], self.learn[a:b], self.offsets[start : stop + 1] - a)


def encode_messages(tokenizer: Tokenizer, chats: list[list[Message]]) -> list[tuple[list[int], list[int]]]:
    """(ids, learn) of each chat, as the chat template renders it."""
    texts = [message.text for chat in chats for message in chat]
    encoded = iter(tokenizer.encode_batch(texts, add_special_tokens=False))
    roles = {role: token_id(tokenizer, token) for role, token in ROLE_TOKENS.items()}
    end = token_id(tokenizer, END)
    result = []
    for chat in chats:
        ids: list[int] = []
        learn: list[int] = []
        for message in chat:
            text = next(encoded).ids
            ids += [roles[message.role], *text, end]
            learn += [0, *([int(message.learn)] * (len(text) + 1))]
        result.append((ids, learn))
    return result


def fit_example(ids: list[int], learn: list[int], size: int, end: int) -> tuple[list[int], list[int]] | None:
    """Shorten an example to `size` tokens, or None when nothing would be left to learn.

    A long conversation is cut after a whole message, a first exchange that is too long is left out.
    """
    if len(ids) > size:
        cut = max((i + 1 for i in range(size) if ids[i] == end), default=0)
        ids, learn = ids[:cut], learn[:cut]
    return (ids, learn) if any(learn) else None


def build_examples(
    source: Source,
    tokenizer: Tokenizer,
    folders: tuple[Path, ...],
    *,
    size: int,
    seed: int,
    report: ReadReport,
    complain: Complain | None = None,
) -> Examples:
    """Read, render, encode and shuffle one source; no example is longer than `size` tokens."""
    random = Random(f"{seed}/{source.name}")
    records = list(read_records(find_file(source.file, folders), source, report, complain))
    records = [r for r in records if _text_length(r) <= source.max_chars]
    random.shuffle(records)
    if source.max_records is not None:
        records = records[: source.max_records]
    chats: list[list[Message]] = []
    index = 0
    while index < len(records):
        record, following = records[index], None
        joins = source.kind == "translation" and index + 1 < len(records) and random.random() < source.join
        if joins and _pair(records[index + 1]) == _pair(record):
            following = records[index + 1]
            index += 1
        chats.append(render(record, source, random, following))
        index += 1
    end = token_id(tokenizer, END)
    tokens: list[NDArray[np.uint16]] = []
    learn: list[NDArray[np.uint8]] = []
    for start in range(0, len(chats), 2000):
        for ids, mask in encode_messages(tokenizer, chats[start : start + 2000]):
            fitted = fit_example(ids, mask, size, end)
            if fitted is not None:
                tokens.append(np.array(fitted[0], np.uint16))
                learn.append(np.array(fitted[1], np.uint8))
    offsets = np.cumsum([0, *map(len, tokens)], dtype=np.int64)
    return Examples(
        np.concatenate([np.zeros(0, np.uint16), *tokens]), np.concatenate([np.zeros(0, np.uint8), *learn]), offsets
    )


def cached_examples(
    source: Source,
    tokenizer: Tokenizer,
    folders: tuple[Path, ...],
    *,
    size: int,
    seed: int,
    cache: Path,
    complain: Complain | None = None,
) -> Examples:
    """`build_examples`, kept in `cache` under a name made from everything that it depends on."""
    file = find_file(source.file, folders)
    identity = [source.model_dump(exclude={"weight", "held_out"}), size, seed, str(file), file.stat().st_size]
    identity.append(hashlib.sha256(tokenizer.to_str().encode()).hexdigest())
    digest = hashlib.sha256(json.dumps(identity, ensure_ascii=False, default=list).encode()).hexdigest()[:16]
    path = cache / f"{source.name}-{digest}.npz"
    if not path.is_file():
        report = ReadReport()
        examples = build_examples(source, tokenizer, folders, size=size, seed=seed, report=report, complain=complain)
        cache.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp.npz")
        np.savez(temporary, tokens=examples.tokens, learn=examples.learn, offsets=examples.offsets)
        temporary.rename(path)
    with np.load(path) as arrays:
        return Examples(arrays["tokens"], arrays["learn"], arrays["offsets"])


def _text_length(record: Record) -> int:
    if "messages" in record:
        return 0
    return sum(len(value) for value in record.values() if isinstance(value, str))


def _pair(record: Record) -> tuple[str, str]:
    return record["src_lang"], record["tgt_lang"]
