"""Training tokens per second beside TRL's SFTTrainer: same model, same chats, same machine, one run.

    python benchmarks/train_throughput.py                         # the bundled model, the repository's own chats
    python benchmarks/train_throughput.py --threads 1 --rounds 3
    python benchmarks/train_throughput.py --device cuda --dtype bfloat16

Every round runs in a process of its own, so that its peak memory is its own; the contestants take turns. A figure is
the median of the rounds. Tokens are those of the chats, padding is not counted. TRL runs in float32 on a processor,
since bfloat16, its default, is emulated by one without bfloat16 units and would only look worse; the rest of
`TRL, defaults` is as SFTConfig has it. `TRL, packed` is given rows of our length, our number of tokens a step and no
gradient checkpointing.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[1]
MODEL = HOUSE / "models/botframework_mini/weights"
CHATS = HOUSE / "config/train/data/chat.jsonl.xz"
ROW, ROWS = 256, 12
CONTESTANTS = ("ours", "TRL, defaults", "TRL, packed")


def read_chats(path: Path) -> list[dict[str, Any]]:
    """The chats of a file, repeated until no contestant sees the end of them."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        chats = [{"messages": json.loads(line)["messages"]} for line in lines]
    return chats * (1 + 20_000 // len(chats))


def measure(step: Callable[[], int], steps: int, device: str) -> dict[str, float]:
    """Tokens per second and peak memory in MiB of `steps` calls, after two that warm up."""
    import torch

    for _ in range(2):
        step()
    began = time.perf_counter()
    tokens = sum(step() for _ in range(steps))
    if device == "cuda":
        torch.cuda.synchronize()
    return outcome(tokens, time.perf_counter() - began, device)


def outcome(tokens: int, seconds: float, device: str) -> dict[str, float]:
    """The two figures of a round."""
    import torch

    peak = torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else 0.0
    return {
        "tokens_per_second": tokens / seconds,
        "peak_mib": peak or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run_ours(chats: list[dict[str, Any]], model: Path, steps: int, threads: int, device: str) -> dict[str, float]:
    """One round of our loop, as a recipe for the bundled model has it."""
    import torch

    from botframework.training.cache import cached_examples
    from botframework.training.checkpoint import load_model
    from botframework.training.examples import Encoder
    from botframework.training.packing import Mixer, Packer
    from botframework.training.recipe import LanguageModelRecipe, Source
    from botframework.training.tokenizer import PAD, load_tokenizer, token_id
    from botframework.training.trainer import Trainer

    torch.set_num_threads(threads)
    source = Source(name="chats", kind="messages", file="chats.jsonl", weight=1)
    recipe = LanguageModelRecipe(
        sources=(source,),
        row_tokens=ROW,
        rows_per_step=ROWS,
        rows_per_pass=ROWS,
        sampled_vocabulary=3072,
        max_steps=100,
    )
    tokenizer = load_tokenizer(model)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chats.jsonl"
        file.write_text("".join(json.dumps(chat) + "\n" for chat in chats), encoding="utf-8")
        examples = cached_examples(source, file, Encoder.of(tokenizer, ROW), seed=0, cache=Path(folder) / "cache")
        packer = Packer(Mixer([examples], [1.0]), ROW, token_id(tokenizer, PAD))
        trainer = Trainer(load_model(model), recipe)

        def step() -> int:
            rows = packer.rows(ROWS)
            trainer.step(rows, 1.0)
            return int((rows.documents > 0).sum())

        return measure(step, steps, device)


def run_trl(
    chats: list[dict[str, Any]], model: Path, steps: int, threads: int, device: str, *, dtype: str, packed: bool
) -> dict[str, float]:
    """One round of TRL's SFTTrainer."""
    import torch
    from datasets import Dataset  # type: ignore[import-untyped]  # datasets leaves it untyped
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    torch.set_num_threads(threads)
    counted: list[int] = []
    times: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *args: Any, **others: Any) -> None:
            if device == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        usual = SFTConfig(output_dir=folder, bf16=False)
        per_batch = ROWS if packed else usual.per_device_train_batch_size
        wanted = (steps + 2) * per_batch * (ROW // 16 if packed else 1)
        settings = SFTConfig(
            output_dir=folder,
            packing=packed,
            max_length=ROW if packed else usual.max_length,
            gradient_checkpointing=usual.gradient_checkpointing and not packed,
            per_device_train_batch_size=per_batch,
            max_steps=steps + 2,
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            use_cpu=device == "cpu",
            bf16=dtype == "bfloat16",
        )
        tokenizer = AutoTokenizer.from_pretrained(model)
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
            args=settings,
            train_dataset=Dataset.from_list(chats[:wanted]),
            processing_class=tokenizer,
            callbacks=[Clock()],
        )
        collate = trainer.data_collator

        def counting(rows: list[Any]) -> Any:
            counted.append(sum(len(row["input_ids"]) for row in rows))
            return collate(rows)

        trainer.data_collator = counting
        trainer.train()
    return outcome(sum(counted[2 : steps + 2]), times[steps + 1] - times[1], device)


def run_round(name: str, arguments: argparse.Namespace) -> dict[str, float]:
    """One round of one contestant, in this process."""
    chats = read_chats(arguments.chats)
    place = (chats, arguments.model, arguments.steps, arguments.threads, arguments.device)
    if name == "ours":
        return run_ours(*place)
    return run_trl(*place, dtype=arguments.dtype, packed=name.endswith("packed"))


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--chats", type=Path, default=CHATS, help="JSON lines with `messages`")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="of TRL's training")
    parser.add_argument("--only", choices=CONTESTANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(run_round(arguments.only, arguments)))
        return
    results: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    for _ in range(arguments.rounds):
        for name in CONTESTANTS:
            command = [sys.executable, __file__, *sys.argv[1:], "--only", name]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    print(f"{'':15} tokens/s   ours is   peak memory")
    ours = statistics.median(r["tokens_per_second"] for r in results["ours"])
    for name, rounds in results.items():
        speed = statistics.median(r["tokens_per_second"] for r in rounds)
        peak = statistics.median(r["peak_mib"] for r in rounds)
        print(f"{name:15} {speed:8.0f} {ours / speed:8.2f}x {peak:9.0f} MiB")


if __name__ == "__main__":
    main()
