"""A model of this process as everything else uses it: messages in, text out; knows no langchain and no HTTP.

Loading a model twice shares its engine: one copy of the weights and one batch for the whole process.
"""

from __future__ import annotations

import functools
import json
import threading
import weakref
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from botframework.engine.engine import Engine
from botframework.engine.fingerprint import fingerprint
from botframework.engine.lora import LoraSet
from botframework.engine.lora_registry import LoraRegistry
from botframework.engine.options import SamplingOptions
from botframework.engine.own_loras import own_lora_folder, skill_loras
from botframework.engine.prompt import ChatMessage, Prompter
from botframework.engine.runner import ModelRunner, pick_device, pick_dtype
from botframework.engine.sequence import FinishReason, LinePosition
from botframework.engine.text_assembler import TextAssembler
from botframework.engine.token_stream import TokenStream
from botframework.errors import ModelError, ModelNotFound

__all__ = ["Generation", "LocalModel", "resolve_model"]


class Generation:
    """One answer being written; iterate it once, or its ``stream``, to get the pieces of text."""

    def __init__(self, stream: TokenStream, assembler: TextAssembler, lora: str | None = None) -> None:
        self.lora = lora
        """The LoRA weights that write it, by name."""
        self._stream = stream
        self._assembler = assembler

    @property
    def id(self) -> str:
        return self._stream.id

    @property
    def num_prompt_tokens(self) -> int:
        return self._stream.num_prompt_tokens

    @property
    def num_output_tokens(self) -> int:
        """Tokens generated so far, the closing one included."""
        return self._assembler.num_output_tokens

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the answer ended; None while it goes on."""
        return self._assembler.finish_reason

    def cancel(self) -> None:
        """Stop within one token step."""
        self._stream.cancel()

    def __iter__(self) -> Generator[str, None, None]:
        try:
            for event in self._stream:
                if text := self._assembler.feed(event):
                    yield text
                if self.finish_reason is not None:
                    return
        finally:
            self.cancel()

    async def stream(self) -> AsyncGenerator[str, None]:
        """The pieces of text on an event loop; closing this generator stops the answer."""
        try:
            async for event in self._stream:
                if text := self._assembler.feed(event):
                    yield text
                if self.finish_reason is not None:
                    return
        finally:
            self.cancel()


class LocalModel:
    """A tokenizer, a chat template and an engine that belong together.

    Args:
        name: how it is called in answers and logs.
        prompter: its tokenizer and template.
        engine: its weights and batch.
        context_window: most tokens of prompt and answer together; None takes the model's own limit.
        defaults: how it samples when nothing else is said.
        loras: the LoRA weights that requests may ask for; none if left out.
        skill_loras: those that the model brings along, by the name of the skill they are made for.

    Raises:
        ModelError: the window is larger than the model's own.
    """

    def __init__(
        self,
        name: str,
        prompter: Prompter,
        engine: Engine,
        context_window: int | None = None,
        defaults: SamplingOptions | None = None,
        *,
        loras: LoraRegistry | None = None,
        skill_loras: Mapping[str, str] | None = None,
    ) -> None:
        limit = engine.context_window
        if context_window is not None and not 1 < context_window <= limit:
            raise ModelError(
                f"context_window is {context_window}, but it must be between 2 and {limit}, what {name!r} can read"
            )
        self.name = name
        self.prompter = prompter
        self.engine = engine
        self.context_window: int = context_window or limit
        self.defaults = defaults or SamplingOptions()
        self.loras = loras or LoraRegistry(engine.fit)
        self.skill_loras = dict(skill_loras or {})

    @classmethod
    def load(
        cls,
        model: str,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_batch: int = 8,
        context_window: int | None = None,
        threads: int | None = None,
        lora_root: Path | None = None,
    ) -> LocalModel:
        """Load a model, or share the engine of one that is loaded already.

        Args:
            model: a name that a package registered (``mini``), a folder, or a Hugging Face id.
            device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``.
            dtype: ``auto``, ``float32``, ``bfloat16``, ``float16``.
            max_batch: sequences that run at a time; a shared engine takes the largest that was asked for.
            context_window: most tokens of prompt and answer; None takes the model's own limit.
            threads: CPU threads; None leaves torch's choice; a shared engine keeps its own.
            lora_root: holds a folder for each set of LoRA weights; it need not exist yet. What the model's own folder
                ``lora`` holds comes after it.

        Raises:
            ModelNotFound: there is no such model or its files cannot be read.
        """
        device = pick_device(device)
        path = resolve_model(model)
        key = (path, device, pick_dtype(dtype, device))
        with _LOADING:
            engine = _ENGINES.get(key)
            prompter = _PROMPTERS.get(path) or Prompter.load(path)
            if engine is None:
                runner = ModelRunner.load(path, device=device, dtype=dtype)
                if prompter.eos_id is not None:
                    runner.eos_ids |= {prompter.eos_id}
                engine = Engine(runner, max_batch=max_batch, threads=threads)
            else:
                engine.widen(max_batch)
            _ENGINES[key] = engine
            _PROMPTERS[path] = prompter
        roots = [root for root in (lora_root, own_lora_folder(path)) if root is not None]
        loras = LoraRegistry(engine.fit, roots, functools.partial(fingerprint, path))
        own = skill_loras(path)
        return cls(model, prompter, engine, context_window, _recommended(path), loras=loras, skill_loras=own)

    def start(
        self, messages: Sequence[ChatMessage], options: SamplingOptions, lora: LoraSet | None = None
    ) -> Generation:
        """Begin to answer a conversation.

        Args:
            messages: oldest first.
            options: how to sample.
            lora: what ``loras.get`` found; None is the model alone.

        Raises:
            ContextTooLong: the conversation leaves no room for an answer.
            ModelBusy: the waiting line is full.
            ContentNotSupported: a role or an order of roles that the model does not know.
        """
        stream = self.engine.submit(self.prompter.render(messages), options, self.context_window, lora=lora)
        assembler = TextAssembler(self.prompter.decode, options.stop)
        return Generation(stream, assembler, lora.name if lora else None)

    def next_position(self) -> LinePosition:
        """Where a request would stand in line that was started now; 0 when it would run at once."""
        return self.engine.next_position()


# Weak, so that a model nobody holds any more gives its memory back.
_ENGINES: weakref.WeakValueDictionary[tuple[Path, str, str], Engine] = weakref.WeakValueDictionary()
_PROMPTERS: weakref.WeakValueDictionary[Path, Prompter] = weakref.WeakValueDictionary()
_LOADING = threading.Lock()


def _recommended(folder: Path) -> SamplingOptions:
    """How the model's makers say that it should sample."""
    file = folder / "generation_config.json"
    if not file.is_file():
        return SamplingOptions()
    try:
        return SamplingOptions.of_model(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise ModelNotFound(f"{file} is wrong: {error}") from error


def resolve_model(model: str) -> Path:
    """The folder of a model.

    Args:
        model: a name in the entry-point group ``botframework.models``, a folder, or a Hugging Face id. A registered
            module names its folder in ``weights``.

    Raises:
        ModelNotFound: there is no such model, or a registered package is broken.
    """
    for entry in metadata.entry_points(group="botframework.models", name=model):
        try:
            folder = Path(entry.load().weights)
        except (ImportError, AttributeError) as error:
            raise ModelNotFound(f"the model package {entry.value!r} of {model!r} is broken: {error}") from error
        if not (folder / "config.json").is_file():
            raise ModelNotFound(f"the weights of {model!r} are missing: there is no config.json in {folder}")
        return folder.resolve()
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return _hub_folder(model)
    known = sorted(entry.name for entry in metadata.entry_points(group="botframework.models"))
    raise ModelNotFound(
        f"there is no model {model!r}: it is not a folder, not a Hugging Face id (owner/name) and not one of the "
        f"installed models ({', '.join(known) or 'none'})"
    )


def _hub_folder(model: str) -> Path:
    """The folder of a Hugging Face model, downloaded unless it is in the cache already."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, allow_patterns=["*.json", "*.safetensors", "*.jinja"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise ModelNotFound(f"the model {model!r} cannot be fetched from Hugging Face: {error}") from error
