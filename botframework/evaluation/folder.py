"""A model folder as what is measured: greedy answers in batches, likelihoods of texts, times; knows no suite."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from safetensors import SafetensorError
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from botframework.engine.local_model import LocalModel, resolve_model
from botframework.engine.options import SamplingOptions
from botframework.engine.own_loras import own_lora_folder, skill_loras
from botframework.engine.prompt import ChatMessage
from botframework.engine.runner import pick_device
from botframework.errors import ContentNotSupported, ModelNotFound
from botframework.evaluation.decoding import Draw, continuations
from botframework.evaluation.subject import Chat, Spoken, Timing
from botframework.training.tuning.quiet import quietly

__all__ = ["FolderSubject"]

_LOGITS = 1 << 26
"""Most logits computed in one pass, so that a large vocabulary does not fill the memory (256 MB in float32)."""


class FolderSubject:
    """A causal language model of transformers with its tokenizer, in float32.

    Args:
        model: a folder, a registered name (``mini``) or a Hugging Face id.
        lora: a folder with LoRA weights to merge into the model, instead of those that it brings along for skills.
        alone: leave those out.
        threads: CPU threads; None leaves torch's choice.
        device: ``auto``, ``cpu``, ``cuda`` …
        batch: answers written at a time.

    Raises:
        ModelNotFound: the model or the LoRA weights cannot be loaded.
    """

    def __init__(
        self,
        model: str,
        *,
        lora: Path | None = None,
        alone: bool = False,
        threads: int | None = None,
        device: str = "auto",
        batch: int = 64,
    ) -> None:
        if threads is not None:
            torch.set_num_threads(threads)
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        self.folder = resolve_model(model)
        self._called = model
        self._brought = {} if alone or lora is not None else skill_loras(self.folder)
        self._device = pick_device(device)
        self.lora = lora
        """The LoRA weights that are merged into the model now."""
        try:
            self.tokenizer: Any = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
            self.model = self._load()
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelNotFound(f"the model in {self.folder} cannot be loaded: {error}") from error
        if not self.tokenizer.chat_template:
            raise ModelNotFound(
                f"the model in {self.folder} has no chat template; use a chat model, or add a chat_template.jinja"
            )
        self._batch = batch
        self._engine: LocalModel | None = None
        config = self.model.config.get_text_config()
        self.window: int = int(getattr(config, "max_position_embeddings", 0) or 2048)
        ends = self.model.generation_config.eos_token_id
        self._eos = frozenset([*(ends if isinstance(ends, list) else [ends]), self.tokenizer.eos_token_id]) - {None}
        pad = self.tokenizer.pad_token_id
        self._pad: int = pad if pad is not None else next(iter(self._eos), 0)

    @property
    def name(self) -> str:
        """The model as it was asked for, and the LoRA weights in it."""
        return self._called if self.lora is None else f"{self._called} + {self._shown(self.lora)}"

    def _shown(self, lora: Path) -> str:
        """A set that the model brought along by its name in there, any other by its path."""
        return str(lora.relative_to(self.folder) if lora.is_relative_to(self.folder) else lora)

    def use_skill(self, skill: str | None) -> None:
        """Answer with the LoRA weights that the model brings along for a skill; without any it answers alone.

        Weights that were given by hand stay.
        """
        if not self._brought:
            return
        name = self._brought.get(skill or "")
        lora = own_lora_folder(self.folder) / name if name else None
        if lora != self.lora:
            self.lora = lora
            self.model = self._load()

    def _load(self) -> Any:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            self.folder, dtype=torch.float32, attn_implementation="sdpa", local_files_only=True
        )
        return (loaded if self.lora is None else _with_lora(loaded, self.lora)).to(self._device).eval()

    def answer(self, chats: Sequence[Chat], max_new_tokens: int = 128, draw: Draw | None = None) -> list[str]:
        """The assistant's next message of each chat."""
        answers = [""] * len(chats)
        for index, ids in self._continued(chats, max_new_tokens, draw):
            answers[index] = str(self.tokenizer.decode(ids, skip_special_tokens=True)).strip()
        return answers

    def _continued(
        self, chats: Sequence[Chat], max_new_tokens: int, draw: Draw | None
    ) -> Iterator[tuple[int, list[int]]]:
        if draw is not None and draw.repetition_penalty == 0:
            own = float(self.model.generation_config.repetition_penalty or 1.0)
            draw = Draw(draw.temperature, draw.top_p, own, draw.seed)
        prompts = [self._ids(self._rendered(chat, True)) for chat in chats]
        return continuations(
            self.model,
            prompts,
            max_new_tokens=max_new_tokens,
            eos_ids=self._eos,
            pad_id=self._pad,
            window=self.window,
            draw=draw,
            batch=self._batch,
        )

    def time(self, chat: Chat, max_new_tokens: int) -> Timing:
        """Answer one chat alone with the engine that serves the bot, and watch the pieces come.

        Merged LoRA weights change no time, so the folder is timed without them.
        """
        if self._engine is None:
            self._engine = LocalModel.load(str(self.folder), dtype="float32", device=str(self.model.device))
        begin = time.perf_counter()
        first = None
        generation = self._engine.start(
            [ChatMessage(role=message["role"], content=message["content"]) for message in chat],
            SamplingOptions(temperature=0.0, max_tokens=max_new_tokens),
        )
        for _ in generation:
            first = first or time.perf_counter()
        end = time.perf_counter()
        return Timing((first or end) - begin, end - begin, generation.num_output_tokens)

    @torch.inference_mode()
    def spoken(self, chats: Sequence[Chat]) -> list[list[Spoken]]:
        """For every chat how likely its assistant turns are; a turn beyond the window is left out."""
        pieces = [(index, piece) for index, chat in enumerate(chats) for piece in self._pieces(chat)]
        pieces.sort(key=lambda item: len(item[1][0]))
        found: list[list[tuple[int, Spoken]]] = [[] for _ in chats]
        rows = 0
        while rows < len(pieces):
            size = self._fitting(pieces, rows)
            bits = self._bits([ids for _, (ids, _) in pieces[rows : rows + size]])
            for (index, (_, turns)), row in zip(pieces[rows : rows + size], bits, strict=True):
                for number, first, last, text in turns:
                    spoken = Spoken(math.fsum(row[first:last]), last - first, len(text.encode()))
                    found[index].append((number, spoken))
            rows += size
        return [[spoken for _, spoken in sorted(turns, key=lambda turn: turn[0])] for turns in found]

    def _fitting(self, pieces: list[tuple[int, Any]], start: int) -> int:
        """How many of the pieces from ``start`` on, which grow longer, one pass can take."""
        budget, size = max(1, _LOGITS // len(self.tokenizer)), 0
        while start + size < len(pieces) and (size + 1) * len(pieces[start + size][1][0]) <= budget:
            size += 1
        return max(1, size)

    def _bits(self, rows: list[list[int]]) -> list[list[float]]:
        """For every row the bits that each token costs after those before it; 0 for the first."""
        width = max(map(len, rows))
        device = self.model.device
        ids = torch.tensor([row + [self._pad] * (width - len(row)) for row in rows], device=device)  # (B, T)
        attention = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
        logits = self.model(input_ids=ids, attention_mask=attention, use_cache=False).logits  # (B, T, V)
        costs = functional.cross_entropy(logits[:, :-1].float().transpose(1, 2), ids[:, 1:], reduction="none")
        bits = (costs.double() / math.log(2)).tolist()  # (B, T - 1)
        return [[0.0, *row] for row in bits]

    def _pieces(self, chat: Chat) -> Iterator[tuple[list[int], list[tuple[int, int, int, str]]]]:
        """(token ids, [(turn, first token, token behind the last, text)]) that cover the chat's assistant turns.

        One piece holds all of them where the template only appends; where it rewrites earlier turns, each has its own.
        """
        turns = [number for number, message in enumerate(chat) if message["role"] == "assistant"]
        if not turns:
            return
        whole = self._rendered(chat[: turns[-1] + 1], False)
        starts = {number: self._rendered(chat[:number], True) for number in turns}
        appended = all(whole.startswith(start + chat[number]["content"]) for number, start in starts.items())
        if appended:
            spans = [(n, len(start), len(start) + len(chat[n]["content"])) for n, start in starts.items()]
            yield from self._encoded(whole, spans, chat)
        else:
            for number, start in starts.items():
                text = start + chat[number]["content"]
                yield from self._encoded(text, [(number, len(start), len(text))], chat)

    def _encoded(
        self, text: str, spans: list[tuple[int, int, int]], chat: Chat
    ) -> Iterator[tuple[list[int], list[tuple[int, int, int, str]]]]:
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids, offsets = encoded["input_ids"], encoded["offset_mapping"]
        turns = []
        for number, begin, end in spans:
            inside = [i for i, (a, b) in enumerate(offsets[: self.window]) if b > begin and a < end and b > a]
            if inside and (len(ids) <= self.window or inside[-1] + 1 < self.window):
                turns.append((number, max(1, inside[0]), inside[-1] + 1, chat[number]["content"]))
        if turns:
            yield ids[: turns[-1][2]], turns

    def _rendered(self, chat: Chat, prompt: bool) -> str:
        try:
            return str(self.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=prompt))
        except TemplateError as error:
            raise ContentNotSupported(f"the model's chat template refuses this conversation: {error}") from error

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids


def _with_lora(model: Any, folder: Path) -> Any:
    """The model with LoRA weights merged into it."""
    try:
        from peft import PeftModel
    except ImportError as error:
        raise ModelNotFound("LoRA weights need peft: pip install 'botframework[train]'") from error
    try:
        with quietly():
            return PeftModel.from_pretrained(model, str(folder)).merge_and_unload()
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise ModelNotFound(f"the LoRA weights in {folder} do not fit the model: {error}") from error
