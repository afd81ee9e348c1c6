"""Reads preference pairs and thumbs as TRL takes them; knows records and messages, no tokens."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from botframework.training.recipe import RecipeError, Source
from botframework.training.records import Complain, ReadReport, Record, find_file, read_records
from botframework.training.validation import speech

if TYPE_CHECKING:
    from datasets import Dataset  # type: ignore[import-untyped]  # datasets leaves it untyped

__all__ = ["read_preferences"]


def read_preferences(
    sources: tuple[Source, ...],
    folders: tuple[Path, ...],
    *,
    seed: int,
    report: ReadReport,
    complain: Complain | None = None,
) -> tuple[Dataset, Dataset | None]:
    """(records to learn from, held-out records or None), as conversations, mixed and shuffled.

    `weight` of a source repeats its records: weights of 1 and 2, or of 0.3 and 0.6, show the second source's records
    twice for every time that the first one's are shown.

    Args:
        sources: all of kind `preference`, or all of kind `thumbs`.
        folders: where their files are looked up.
        seed: of the shuffling.
        report: counts what is read; if it is strict, the first bad record is an error.
        complain: called with a message for every bad record.

    Raises:
        RecipeError: a file is missing, or a source has no more records than it holds out.
    """
    from datasets import Dataset

    random = Random(seed)
    kept: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    lightest = min(source.weight for source in sources)
    for source in sources:
        bad = report.bad
        found = [_conversation(r) for r in read_records(find_file(source.file, folders), source, report, complain)]
        random.shuffle(found)
        found = found[: source.max_records]
        if len(found) <= source.held_out:
            raise RecipeError(
                f"source {source.name}: {len(found)} good records ({report.bad - bad} bad ones left out), "
                f"and {source.held_out} of them are to be held out"
            )
        held += found[: source.held_out]
        kept += found[source.held_out :] * round(source.weight / lightest)
    random.shuffle(kept)
    return Dataset.from_list(kept), Dataset.from_list(held) if held else None


def _conversation(record: Record) -> dict[str, Any]:
    """A record whose prompt and answers are lists of messages."""
    prompt = _messages(record["prompt"], "user")
    if "chosen" in record:
        chosen, rejected = (_messages(record[name], "assistant") for name in ("chosen", "rejected"))
        return {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    return {
        "prompt": prompt,
        "completion": _messages(record["completion"], "assistant"),
        "label": record["label"],
    }


def _messages(value: Any, role: str) -> list[dict[str, str]]:
    return [{"role": m["role"], "content": m["content"].strip()} for m in speech(value, role)]
