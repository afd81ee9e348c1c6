"""Trains the static sentence embedder: token vectors whose weighted mean is a sentence's meaning.

Pairs of equal meaning (translations, a question and its answer, a question and the remembered fact that answers it)
are pulled together, the other pairs of the batch pushed apart (InfoNCE, both directions). Knows no transformer.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from botframework.training.checkpoint import Checkpoints, load_state
from botframework.training.device import use_threads
from botframework.training.examples import Complain
from botframework.training.recipe import EmbedderRecipe, RecipeError, Source
from botframework.training.records import ReadReport, Record, find_file, read_records
from botframework.training.tokenizer import load_tokenizer
from botframework.training.validation import speech

Pair = tuple[str, str]
_WORDS = re.compile(r"[\u4e00-\u9fff]|\w+")
_FACT = re.compile(r"^- (.+)$", re.MULTILINE)


def pairs_of(record: Record) -> list[Pair]:
    """The pairs of equal or answering meaning in one record."""
    if "src" in record:
        return [(record["src"], record["tgt"])]
    if "summary" in record:
        return [(record["document"], record["summary"])]
    if "code" in record or "label" in record:
        return []
    messages = record.get("messages")
    if messages is None and "completion" in record:
        messages = [*speech(record["prompt"], "user"), *speech(record["completion"], "assistant")]
    if messages is None:
        return []
    if messages[0]["role"] == "system":
        return _fact_pairs(messages)
    if messages[0]["role"] == "user" and len(messages) > 1:
        return [(messages[0]["content"], messages[1]["content"])]
    return []


def _fact_pairs(messages: list[dict[str, str]]) -> list[Pair]:
    """A question with the fact that shares most words with its answer."""
    facts = _FACT.findall(messages[0]["content"])
    pairs = []
    for question, answer in pairwise(messages[1:]):
        if question["role"] != "user" or answer["role"] != "assistant":
            continue
        words = set(_WORDS.findall(answer["content"].lower()))
        shared = [len(words & set(_WORDS.findall(fact.lower()))) for fact in facts]
        if shared and max(shared) >= 2 and shared.count(max(shared)) == 1:
            pairs.append((question["content"], facts[shared.index(max(shared))]))
    return pairs


@dataclass(frozen=True, slots=True)
class PairIds:
    """Token ids of both sides of pairs, padded with -1: (N, T) each."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.left)


def encode_padded(tokenizer: Tokenizer, texts: list[str], size: int) -> NDArray[np.int32]:
    """(N, size) token ids, -1 behind each text's end."""
    ids = np.full((len(texts), size), -1, np.int32)
    for row, encoding in enumerate(tokenizer.encode_batch(texts, add_special_tokens=False)):
        tokens = encoding.ids[:size]
        ids[row, : len(tokens)] = tokens
    return ids


class StaticEmbedder(nn.Module):
    """Weighted mean of token vectors, of length one."""

    def __init__(self, vocab_size: int, dim: int) -> None:
        """Start from small random vectors and equal weights."""
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(vocab_size, dim) * 0.1)
        self.weight = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, ids: Tensor) -> Tensor:
        """(N, dim) embeddings of (N, T) token ids padded with -1."""
        known = ids >= 0  # (N, T)
        tokens = ids[known]
        starts = functional.pad(known.sum(1).cumsum(0)[:-1], (1, 0))  # (N,) where each text begins
        weights = functional.softplus(functional.embedding(tokens, self.weight[:, None]))[:, 0]
        summed = functional.embedding_bag(tokens, self.embedding, starts, mode="sum", per_sample_weights=weights)
        return functional.normalize(summed, dim=1)


def contrastive_loss(left: Tensor, right: Tensor, temperature: float) -> Tensor:
    """InfoNCE in both directions over (N, dim) embeddings whose rows belong together."""
    scores = left @ right.T / temperature  # (N, N)
    labels = torch.arange(len(left))
    return (functional.cross_entropy(scores, labels) + functional.cross_entropy(scores.T, labels)) / 2


def recall_at_one(left: Tensor, right: Tensor) -> float:
    """Share of rows of `left` whose nearest row of `right` is their own."""
    return float(((left @ right.T).argmax(1) == torch.arange(len(left))).float().mean())


def _read_pairs(
    source: Source, tokenizer: Tokenizer, folders: tuple[Path, ...], size: int, *, read: ReadReport, complain: Complain
) -> PairIds:
    path = find_file(source.file, folders)
    records = list(read_records(path, source, read, complain))
    Random(source.name).shuffle(records)
    pairs = [p for record in records[: source.max_records] for p in pairs_of(record)]
    left = encode_padded(tokenizer, [a for a, _ in pairs], size)
    right = encode_padded(tokenizer, [b for _, b in pairs], size)
    return PairIds(left, right)


def train_embedder(
    recipe: EmbedderRecipe,
    *,
    folders: tuple[Path, ...],
    out: Path,
    tokenizer_folder: Path,
    complain: Complain,
    report: Callable[[dict[str, Any]], None],
    checkpoints: Checkpoints | None = None,
) -> None:
    """Train and write embedder.safetensors, config.json and tokenizer.json into `out`.

    Each batch comes from one source, so that the other pairs are of the same kind and the task is not only to
    tell languages apart. The first `held_out` pairs of each source are kept for its recall. With `checkpoints`, the
    run goes on from the newest of them, step for step as if it had not been broken off.
    """
    use_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    tokenizer = load_tokenizer(tokenizer_folder)
    read = ReadReport()
    pools = [
        _read_pairs(s, tokenizer, folders, recipe.max_tokens, read=read, complain=complain) for s in recipe.sources
    ]
    for source, pool in zip(recipe.sources, pools, strict=True):
        if len(pool) < source.held_out + 2:
            raise RecipeError(f"source {source.name}: only {len(pool)} pairs pass its filters")
    model = StaticEmbedder(tokenizer.get_vocab_size(), recipe.dim)
    optimiser = torch.optim.Adam(model.parameters(), lr=recipe.lr, betas=(0.9, 0.99), fused=True)
    random = np.random.default_rng(recipe.seed)
    shares = np.array([s.weight for s in recipe.sources])
    shares = shares / shares.sum()
    begun = checkpoints.newest(complain) if checkpoints is not None else None
    first_step = 0
    if begun is not None:
        state = load_state(begun)
        first_step = state["step"]
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        random.bit_generator.state = state["random"]
    for step in range(first_step, recipe.steps):
        index = int(random.choice(len(pools), p=shares))
        pool, first = pools[index], recipe.sources[index].held_out
        size = min(recipe.batch, len(pool) - first)
        rows = first + random.choice(len(pool) - first, size, replace=False)
        left, right = (torch.from_numpy(side[rows]).long() for side in (pool.left, pool.right))
        loss = contrastive_loss(model(left), model(right), recipe.temperature)
        optimiser.param_groups[0]["lr"] = recipe.lr * min(1.0, (step + 1) / 50) * (1 - step / recipe.steps)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        if (step + 1) % 100 == 0 or step + 1 == recipe.steps:
            done, rate = round((step + 1) / recipe.steps, 4), optimiser.param_groups[0]["lr"]
            report({"step": step + 1, "progress": done, "loss": round(loss.item(), 4), "learning_rate": rate})
        if checkpoints is not None and (step + 1) % recipe.checkpoint_steps == 0:
            state = {"step": step + 1, "model": model.state_dict(), "optimiser": optimiser.state_dict()}
            checkpoints.write(step + 1, lambda _: None, {**state, "random": random.bit_generator.state})
    recall = {}
    with torch.no_grad():
        for source, pool in zip(recipe.sources, pools, strict=True):
            if source.held_out:
                left, right = (model(torch.from_numpy(s[: source.held_out]).long()) for s in (pool.left, pool.right))
                recall[source.name] = [round(recall_at_one(left, right), 3), round(recall_at_one(right, left), 3)]
    report({"recall_at_one": recall, **read.figures()})
    save_embedder(model, tokenizer_folder, out)


def save_embedder(model: StaticEmbedder, tokenizer_folder: Path, out: Path) -> None:
    """Write the folder that `botframework.engine.embeddings` reads."""
    out.mkdir(parents=True, exist_ok=True)
    tensors = {
        "embedding": model.embedding.detach().to(torch.float16).contiguous(),
        "weight": functional.softplus(model.weight.detach()).contiguous(),
    }
    save_file(tensors, out / "embedder.safetensors")
    vocab_size, dim = model.embedding.shape
    config = {"kind": "static", "dim": dim, "vocab_size": vocab_size, "tokenizer": "tokenizer.json"}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(tokenizer_folder / "tokenizer.json", out / "tokenizer.json")


def load_embedder(folder: Path) -> StaticEmbedder:
    """The embedder of a folder, for measuring it."""
    tensors = load_file(folder / "embedder.safetensors")
    model = StaticEmbedder(*tensors["embedding"].shape)
    with torch.no_grad():
        model.embedding.copy_(tensors["embedding"])
        model.weight.copy_(tensors["weight"].expm1().clamp(min=1e-9).log())
    return model
