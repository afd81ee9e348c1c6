"""Measures a model folder on held-out files: BLEU by greedy translation, and sample answers to look at.

Knows model folders and evaluation records; changes nothing. A translation file holds records with `src_lang`,
`tgt_lang`, `src`, `tgt` and, where there are several references, `refs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sacrebleu
import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from botframework.training.checkpoint import load_model
from botframework.training.recipe import RecipeError, Source
from botframework.training.records import ReadReport, Record, read_records
from botframework.training.templates import code_prompt, summary_prompt, translation_prompt

Chat = list[dict[str, str]]
PREFIX = "translation."


@dataclass(frozen=True, slots=True)
class Score:
    """BLEU of one file in one direction, with sacrebleu's signature and a few translations."""

    file: str
    direction: str
    sentences: int
    bleu: float
    signature: str
    samples: tuple[tuple[str, str, str], ...]


class Answerer:
    """Greedy answers of a model folder, many chats at a time."""

    def __init__(self, folder: Path) -> None:
        """Load model and tokenizer from `folder`."""
        self.model: PreTrainedModel = load_model(folder)
        self.tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, padding_side="left"
        )
        self.model.eval()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    @torch.inference_mode()
    def answer(self, chats: list[Chat], max_new_tokens: int = 96, batch: int = 64) -> list[str]:
        """The assistant's next message of each chat."""
        prompts = [
            str(self.tokenizer.apply_chat_template(c, tokenize=False, add_generation_prompt=True)) for c in chats
        ]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        answers = [""] * len(prompts)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            inputs: Any = self.tokenizer(
                [prompts[i] for i in rows], return_tensors="pt", padding=True, add_special_tokens=False
            )
            output: Any = self.model.generate(  # type: ignore[operator]  # a method at run time
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                max_new_tokens=max_new_tokens,
                do_sample=False,
                temperature=None,
                top_p=None,
                repetition_penalty=1.0,
            )
            texts = self.tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
            for row, text in zip(rows, texts, strict=True):
                answers[row] = text.strip()
        return answers


def translation_scores(
    answerer: Answerer, folder: Path, names: tuple[str, ...], limit: int | None, reverse: bool = False
) -> Iterator[Score]:
    """BLEU for each `translation.*` file in `folder` whose name contains one of `names` (all if empty).

    Args:
        limit: sentences taken from each file, evenly spaced since files may be sorted; None takes all.
        reverse: translate the target side back instead.

    Raises:
        RecipeError: the folder has no such file.
    """
    files = sorted(f for f in folder.glob(f"{PREFIX}*.jsonl*") if not names or any(n in f.name for n in names))
    if not files:
        raise RecipeError(f"{folder}: no {PREFIX}*.jsonl file to evaluate on")
    for file in files:
        source = Source(name=file.name, kind="translation", file=file.name, weight=1)
        records = list(read_records(file, source, ReadReport()))
        if limit is not None:
            records = records[:: max(1, len(records) // limit)][:limit]
        yield _score(answerer, file.name.removesuffix(".xz").removesuffix(".jsonl"), records, reverse)


def _score(answerer: Answerer, name: str, records: list[Record], reverse: bool) -> Score:
    asked, wanted = ("tgt", "src") if reverse else ("src", "tgt")
    languages = [records[0]["src_lang"], records[0]["tgt_lang"]]
    start, target = reversed(languages) if reverse else languages
    prompts: list[Chat] = [[{"role": "user", "content": translation_prompt(r[asked], target)}] for r in records]
    answers = answerer.answer(prompts)
    references = [[r[wanted]] if reverse else list(r.get("refs") or [r[wanted]]) for r in records]
    longest = max(map(len, references))
    columns = [[r[i] if i < len(r) else None for r in references] for i in range(longest)]
    metric = sacrebleu.BLEU(tokenize="zh" if target == "zh" else "13a")
    bleu = metric.corpus_score(answers, columns)  # type: ignore[arg-type]  # None is a missing reference
    samples = tuple(
        (r[asked], a, r[wanted]) for r, a in list(zip(records, answers, strict=True))[:: max(1, len(records) // 4)][:4]
    )
    return Score(name, f"{start}→{target}", len(records), round(bleu.score, 1), str(metric.get_signature()), samples)


MEMORY = "You are a helpful assistant. What you remember about this person:\n"
SAMPLES: tuple[Chat, ...] = (
    [{"role": "user", "content": "hello"}],
    [{"role": "user", "content": "Who are you?"}],
    [{"role": "user", "content": "What can you do?"}],
    [{"role": "user", "content": "你好"}],
    [{"role": "user", "content": "你是谁？"}],
    [{"role": "user", "content": "你能做什么？"}],
    [{"role": "user", "content": "I feel a bit lonely today."}],
    [{"role": "user", "content": "What should I cook tonight?"}],
    [{"role": "user", "content": "推荐一个早餐"}],
    [{"role": "user", "content": "Write a short poem about the sea."}],
    [
        {"role": "user", "content": "My name is Anna."},
        {"role": "assistant", "content": "Nice to meet you, Anna!"},
        {"role": "user", "content": "What is my name?"},
    ],
    [
        {"role": "system", "content": MEMORY + "- Lives in Oslo\n- Has a cat called Miro"},
        {"role": "user", "content": "What is my cat called?"},
    ],
    [{"role": "user", "content": translation_prompt("Good morning, my friend.", "fr")}],
    [{"role": "user", "content": translation_prompt("I would like a cup of coffee, please.", "de")}],
    [{"role": "user", "content": translation_prompt("Where is the train station?", "zh")}],
    [{"role": "user", "content": translation_prompt("我明天要去北京看我的朋友。", "en")}],
    [{"role": "user", "content": translation_prompt("The book is on the table.", "es")}],
    [{"role": "user", "content": summary_prompt(
        "The city library will close for two weeks in July. The old heating will be replaced and the reading "
        "room painted. Books can be returned at the town hall. The library opens again on the first of August."
    )}],
    [{"role": "user", "content": summary_prompt(
        "图书馆七月将关闭两周。旧的暖气要更换，阅览室要重新粉刷。这段时间可以在市政厅还书。八月一日图书馆重新开放。"
    )}],
    [{"role": "user", "content": code_prompt("a function that adds two numbers")}],
    [{"role": "user", "content": code_prompt("count the words in a sentence")}],
)  # fmt: skip


def sample_answers(answerer: Answerer) -> list[tuple[str, str]]:
    """(last user message, answer) for a fixed list of everyday requests."""
    chats = list(SAMPLES)
    return [(c[-1]["content"], a) for c, a in zip(chats, answerer.answer(chats, batch=len(chats)), strict=True)]
