"""Turns records into token ids with a mask of what is learned; knows no model and no disk.

An example is the chat template's token ids: for every message one role token, the text, `<|end|>`. The mask is
1 on tokens that the loss counts as targets: the text of assistant messages and their `<|end|>`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from botframework.training.recipe import Source
from botframework.training.records import Complain, ReadReport, Record
from botframework.training.templates import Message, render
from botframework.training.tokenizer import END, ROLE_TOKENS, token_id

__all__ = ["Chat", "Complain", "Encoded", "Encoder", "Examples", "encode_messages", "fit_example", "render_window"]

Chat = list[Message]
Encoded = tuple[list[int], list[int]]
"""Token ids, and 1 where one is learned."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Token ids of many examples laid end to end: example i is `[offsets[i], offsets[i + 1])`.

    Tokens are uint16, or uint32 for a vocabulary that needs it; the arrays may be maps of files.
    """

    tokens: NDArray[Any]
    learn: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    report: ReadReport = field(default_factory=ReadReport, compare=False)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, start: int, stop: int) -> Examples:
        """Examples start … stop - 1."""
        a, b = int(self.offsets[start]), int(self.offsets[stop])
        return Examples(self.tokens[a:b], self.learn[a:b], self.offsets[start : stop + 1] - a, self.report)


class Encoder:
    """Makes examples of at most `size` tokens out of chats, with our tokenizer or any other.

    Args:
        encode: gives (ids, learn) of each chat.
        size: tokens of a row.
        vocab_size: ids are smaller than this.
        end: the token that ends every message, where there is one.
        name: tells this encoder from another; part of a cache's name.
    """

    def __init__(
        self,
        encode: Callable[[Sequence[Chat]], list[Encoded]],
        *,
        size: int,
        vocab_size: int,
        end: int | None,
        name: str,
    ) -> None:
        self._encode = encode
        self._end = end
        self.size = size
        self.name = name
        self.dtype: type[np.unsignedinteger[Any]] = np.uint16 if vocab_size <= 2**16 else np.uint32

    @classmethod
    def of(cls, tokenizer: Tokenizer, size: int) -> Encoder:
        """With a tokenizer of ours."""
        return cls(
            lambda chats: encode_messages(tokenizer, chats),
            size=size,
            vocab_size=tokenizer.get_vocab_size(),
            end=token_id(tokenizer, END),
            name=tokenizer.to_str(),
        )

    def examples(self, chats: Sequence[Chat], report: ReadReport) -> Iterator[tuple[NDArray[Any], NDArray[np.uint8]]]:
        """(tokens, learn) of each chat that fits; prose that does not is cut into pieces."""
        for chat, (ids, learn) in zip(chats, self._encode(chats), strict=True):
            if len(chat) == 1 and len(ids) > self.size:
                pieces = [(ids[i : i + self.size], learn[i : i + self.size]) for i in range(0, len(ids), self.size)]
            else:
                fitted = fit_example(ids, learn, self.size, self._end)
                pieces = [] if fitted is None else [fitted]
                report.too_long += fitted is None and any(learn)
            for piece, mask in pieces:
                if any(mask[1:]):
                    yield np.array(piece, self.dtype), np.array(mask, np.uint8)


def encode_messages(tokenizer: Tokenizer, chats: Sequence[Chat]) -> list[Encoded]:
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


def fit_example(ids: list[int], learn: list[int], size: int, end: int | None) -> Encoded | None:
    """Shorten an example to `size` tokens, or None when nothing would be left to learn.

    A long conversation is cut after a whole message (after a whole learned turn, where no token ends every message);
    a first exchange that is too long is left out.
    """
    if len(ids) > size:
        if end is None:
            cut = max((i + 1 for i in range(size) if learn[i] and not learn[i + 1]), default=0)
        else:
            cut = max((i + 1 for i in range(size) if ids[i] == end), default=0)
        ids, learn = ids[:cut], learn[:cut]
    return (ids, learn) if any(learn) else None


def render_window(records: list[Record], source: Source, random: Random) -> list[Chat]:
    """The chats of some records, shuffled and, where the source says so, joined in pairs."""
    random.shuffle(records)
    chats: list[Chat] = []
    index = 0
    while index < len(records):
        record, following = records[index], None
        joins = source.kind == "translation" and index + 1 < len(records) and random.random() < source.join
        if joins and _pair(records[index + 1]) == _pair(record):
            following = records[index + 1]
            index += 1
        chats.append(render(record, source, random, following))
        index += 1
    return chats


def _pair(record: Record) -> tuple[str, str]:
    return record["src_lang"], record["tgt_lang"]
