"""A toy corpus and toy recipes, and a model trained on them once by the real commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from botframework.cli.train import app

ANIMALS = {"cat": ("chat", "猫"), "dog": ("chien", "狗"), "bird": ("oiseau", "鸟"), "fish": ("poisson", "鱼")}
DEEDS = {
    "sleeps": ("dort", "睡觉"),
    "eats": ("mange", "吃饭"),
    "sings": ("chante", "唱歌"),
    "waits": ("attend", "等待"),
}
TIMES = {"now": ("maintenant", "现在"), "today": ("aujourd'hui", "今天"), "often": ("souvent", "经常")}

Run = Callable[..., Result]


def run(*arguments: str | Path) -> Result:
    """Run `botframework train …` in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


def write_lines(path: Path, records: list[Any]) -> None:
    """Write JSON lines; a string is written as it is."""
    lines = [r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_recipe(path: Path, settings: dict[str, Any]) -> Path:
    """Write a YAML recipe."""
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    return path


def toy_records() -> dict[str, list[dict[str, Any]]]:
    """Translations into French and Chinese, chats, summaries and code, by file."""
    translations, chats, summaries = [], [], []
    for animal, (animal_fr, animal_zh) in ANIMALS.items():
        for deed, (deed_fr, deed_zh) in DEEDS.items():
            for time, (time_fr, time_zh) in TIMES.items():
                english = f"The {animal} {deed} {time}."
                french, chinese = f"Le {animal_fr} {deed_fr} {time_fr}.", f"{animal_zh}{time_zh}{deed_zh}。"
                pair = {"src_lang": "en", "src": english, "source": "toy"}
                translations.append({**pair, "tgt_lang": "fr", "tgt": french})
                translations.append({**pair, "tgt_lang": "zh", "tgt": chinese})
                question, answer = f"What does the {animal} do {time}?", f"It {deed}."
                chats.append(
                    {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}
                )
                summaries.append({"document": f"{english} Nobody knows why.", "summary": english})
    Random(0).shuffle(translations)
    code = [{"prompt": f"Add {n} to a number.", "code": f"def add(x):\n    return x + {n}"} for n in range(20)]
    return {"pairs.jsonl": translations, "chats.jsonl": chats, "summaries.jsonl": summaries, "code.jsonl": code}


def toy_sources(held_out: int = 4) -> list[dict[str, Any]]:
    """One source of every kind over the toy corpus."""
    common = {"weight": 1, "held_out": held_out}
    return [
        {"name": "en-fr", "kind": "translation", "file": "pairs.jsonl", "languages": ["en>fr"], **common},
        {"name": "en-zh", "kind": "translation", "file": "pairs.jsonl", "languages": ["en>zh"], "join": 0.2, **common},
        {
            "name": "fr-en",
            "kind": "translation",
            "file": "pairs.jsonl",
            "languages": ["en>fr"],
            "reverse": True,
            **common,
        },
        {"name": "chats", "kind": "messages", "file": "chats.jsonl", **common},
        {"name": "summaries", "kind": "summary", "file": "summaries.jsonl", **common},
        {"name": "code", "kind": "code", "file": "code.jsonl", **common},
    ]


def toy_training(**changes: Any) -> dict[str, Any]:
    """A recipe for `pretrain` and `finetune` that takes seconds."""
    return {
        "shape": {"hidden_size": 32, "layers": 2, "heads": 2, "kv_heads": 1, "head_dim": 16, "ffn_size": 48},
        "optimiser": {"warmup_steps": 3, "muon_lr": 0.01, "adam_lr": 0.01},
        "row_tokens": 96,
        "rows_per_step": 4,
        "rows_per_pass": 2,
        "max_steps": 30,
        "log_steps": 5,
        "held_out_steps": 15,
        "compiled": False,
        "threads": 1,
        "sources": toy_sources(),
        **changes,
    }


@dataclass(frozen=True, slots=True)
class Toy:
    """Where the toy corpus, its recipes and what was trained on it are."""

    folder: Path

    @property
    def data(self) -> Path:
        """Folder of the corpus."""
        return self.folder / "data"

    @property
    def tokenizer(self) -> Path:
        """Folder of the tokenizer."""
        return self.folder / "tokenizer"

    @property
    def model(self) -> Path:
        """Model folder that `pretrain` wrote."""
        return self.folder / "pretrained" / "checkpoint"


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    """The toy corpus with a tokenizer trained on it."""
    toy = Toy(tmp_path_factory.mktemp("toy"))
    toy.data.mkdir()
    for name, records in toy_records().items():
        write_lines(toy.data / name, records)
    recipe = {"vocab_size": 460, "whole_han": 20, "sources": toy_sources(0)}
    result = run(
        "tokenizer", write_recipe(toy.folder / "tokenizer.yaml", recipe), "--data", toy.data, "--out", toy.tokenizer
    )
    assert result.exit_code == 0, result.output
    return toy


@pytest.fixture(scope="session")
def trained(corpus: Toy) -> Toy:
    """The toy corpus with a model pretrained on it for a few steps."""
    recipe = write_recipe(corpus.folder / "pretrain.yaml", toy_training())
    result = run(
        "pretrain",
        recipe,
        "--data",
        corpus.data,
        "--tokenizer",
        corpus.tokenizer,
        "--out",
        corpus.folder / "pretrained",
    )
    assert result.exit_code == 0, result.output
    return corpus
