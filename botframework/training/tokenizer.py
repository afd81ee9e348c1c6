"""Trains the byte-level BPE with whole Chinese characters, and writes it for AutoTokenizer.

Knows text and token ids; knows no model.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from botframework.training.recipe import Kind, RecipeError, TokenizerRecipe
from botframework.training.records import ReadReport, Record, find_file, read_records
from botframework.training.templates import render
from botframework.training.validation import texts_of_record

PAD, END, SYSTEM, USER, ASSISTANT = "<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"
SPECIALS = (PAD, END, SYSTEM, USER, ASSISTANT)
ROLE_TOKENS = {"system": SYSTEM, "user": USER, "assistant": ASSISTANT}

# As GPT-4's split, with digits one by one and Chinese characters apart from other letters, so that a Han
# run is merged among itself only.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{L}--[\p{Han}]]+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPLIT_ONIGURUMA = SPLIT.replace(r"[\p{L}--[\p{Han}]]", r"[\p{L}&&[^\p{Han}]]")

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] + '<|end|>' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)


def frequent_han(texts: Iterable[str], count: int) -> list[str]:
    """The `count` most frequent Chinese characters."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(c for c in text if "\u4e00" <= c <= "\u9fff")
    return [char for char, _ in counts.most_common(count)]


def _bytes_to_unicode() -> dict[int, str]:
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {byte: chr(byte) for byte in plain}
    extra = 0
    for byte in range(256):
        if byte not in table:
            table[byte] = chr(256 + extra)
            extra += 1
    return table


def _with_whole_characters(model: dict[str, Any], chars: list[str], vocab_size: int) -> dict[str, Any]:
    """Put the byte merges that build each character in front of the learned ones, keeping the size."""
    table = _bytes_to_unicode()
    merges: list[tuple[str, str]] = []
    known: set[tuple[str, str]] = set()
    for char in chars:
        left, *rest = [table[b] for b in char.encode()]
        for right in rest:
            if (left, right) not in known:
                known.add((left, right))
                merges.append((left, right))
            left += right
    learned = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in model["merges"]]
    tokens = [t for t, _ in sorted(model["vocab"].items(), key=lambda item: item[1])]
    merged = {a + b for a, b in (*merges, *learned)}
    base = [t for t in tokens if t not in merged]
    vocab = {token: index for index, token in enumerate(base)}
    kept: list[tuple[str, str]] = []
    for a, b in (*merges, *(m for m in learned if m not in known)):
        if a + b not in vocab:
            if len(vocab) >= vocab_size:
                break
            vocab[a + b] = len(vocab)
        kept.append((a, b))
    return {**model, "vocab": vocab, "merges": [list(m) for m in kept]}


def train_tokenizer(texts: list[str], vocab_size: int, whole_han: int) -> Tokenizer:
    """Train on `texts`; the `whole_han` most frequent Chinese characters become single tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT_ONIGURUMA), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_batches(texts), trainer)
    chars = frequent_han(texts, whole_han)
    state = json.loads(tokenizer.to_str())
    state["model"] = _with_whole_characters(state["model"], chars, vocab_size)
    state["added_tokens"] = [
        {**token, "id": state["model"]["vocab"][token["content"]]} for token in state["added_tokens"]
    ]
    return Tokenizer.from_str(json.dumps(state, ensure_ascii=False))


def _batches(texts: list[str], size: int = 1000) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def texts_of(recipe: TokenizerRecipe, folders: tuple[Path, ...], complain: Callable[[str], None]) -> list[str]:
    """The texts of a recipe's sources, each source up to the recipe's characters, repeated by its weight.

    Raises:
        RecipeError: a source's file is missing, or nothing in it passes its filters.
    """
    texts: list[str] = []
    report = ReadReport()
    for source in recipe.sources:
        random = Random(source.name)
        records = read_records(find_file(source.file, folders), source, report, complain)
        size, own = 0, []
        for record in _some(records, source.kind, recipe.max_chars_per_source, random)[: source.max_records]:
            for message in render(record, source.model_copy(update={"canonical": 1.0}), random):
                own.append(message.text)
                size += len(message.text)
            if size > recipe.max_chars_per_source:
                break
        if not own:
            raise RecipeError(f"source {source.name}: no record passes its filters ({report.bad:,} bad ones so far)")
        texts += own * max(1, round(source.weight))
    if report.bad:
        complain(report.summary())
    return texts


def _some(records: Iterable[Record], kind: Kind, size: int, random: Random) -> list[Record]:
    """A random choice of the records, of about `size` characters in all, in random order; no more are ever held."""
    chosen: list[tuple[float, int, Record, int]] = []
    held = 0
    for number, record in enumerate(records):
        length = sum(len(text) for _, text in texts_of_record(record, kind))
        heappush(chosen, (random.random(), number, record, length))
        held += length
        while held - chosen[0][3] > size:
            held -= heappop(chosen)[3]
    return [record for _, _, record, _ in sorted(chosen, reverse=True)]


def save_tokenizer(tokenizer: Tokenizer, folder: Path, max_positions: int = 2048) -> None:
    """Write tokenizer.json, tokenizer_config.json and chat_template.jinja."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_positions,
        "eos_token": END,
        "pad_token": PAD,
        "additional_special_tokens": [SYSTEM, USER, ASSISTANT],
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE + "\n", encoding="utf-8")


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """The id of a special token.

    Raises:
        RecipeError: the tokenizer has no such token.
    """
    found = tokenizer.token_to_id(token)
    if found is None:
        raise RecipeError(f"the tokenizer has no {token}; make one with `botframework train tokenizer`")
    return found


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model or tokenizer folder.

    Raises:
        RecipeError: there is none, or its file is broken.
    """
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise RecipeError(f"{folder}: holds no tokenizer.json; make one with `botframework train tokenizer`")
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing more precise
        raise RecipeError(f"{file}: no tokenizer: {error}") from error
