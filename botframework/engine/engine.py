"""Schedules token ids: one thread owns the model and lets requests join and leave its batch at every step.

A step reads at most a few hundred prompt tokens of the requests that join, then gives every running sequence one
token; a long prompt thus never stops the others from streaming. Requests beyond ``max_batch`` wait in order. Knows
no text, no templates and no HTTP.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import threading
import time
import weakref

import torch

from botframework.engine.batch import Batch
from botframework.engine.lora import LoraSet
from botframework.engine.lora_tensors import LoraTensors
from botframework.engine.options import SamplingOptions
from botframework.engine.runner import ModelRunner
from botframework.engine.sampler import Sampler
from botframework.engine.sequence import EngineStats, FinishReason, LinePosition, Sequence, TokenEvent
from botframework.engine.token_stream import TokenStream
from botframework.engine.waiting_line import WaitingLine
from botframework.errors import ContextTooLong, ModelBusy, ModelError

__all__ = ["Engine"]

logger = logging.getLogger(__name__)

_PREFILL_TOKENS = 256  # prompt tokens that a CPU reads between two decoding steps
_PREFILL_TOKENS_GPU = 2048  # the same for a GPU, which reads them in about the time of a step


class Engine:
    """Generates for many requests at once with one model.

    Args:
        runner: the model; from here on only this engine's thread touches it.
        max_batch: sequences that run at a time.
        max_waiting: requests that may wait in line; one more is refused.
        threads: CPU threads for the model; None leaves torch's choice.
    """

    def __init__(
        self, runner: ModelRunner, max_batch: int = 8, max_waiting: int = 256, threads: int | None = None
    ) -> None:
        self.max_batch = max_batch
        self.max_waiting = max_waiting
        self._runner = runner
        self._threads = threads
        self._prefill_tokens = _PREFILL_TOKENS if runner.device.type == "cpu" else _PREFILL_TOKENS_GPU
        self._sampler = Sampler()
        self._wakeup = threading.Condition()
        self._ids = itertools.count(1)
        self._waiting = WaitingLine()
        self._running = Batch(runner.cache)
        self._by_id: dict[str, Sequence] = {}
        self._closed = False
        self._prompt_tokens = self._output_tokens = self._finished = self._cancelled = self._steps = 0
        self._thread = threading.Thread(target=_work, args=(weakref.ref(self),), name="engine", daemon=True)
        self._thread.start()
        # A daemon thread inside torch while the interpreter goes down would crash the process.
        atexit.register(_close, weakref.ref(self))

    @property
    def context_window(self) -> int:
        """Most tokens of prompt and answer together."""
        return self._runner.context_window

    def fit(self, tensors: LoraTensors) -> LoraSet:
        """Lay LoRA weights out for the model while it runs; requests may then be submitted with them.

        Raises:
            ModelError: they were made for another model.
        """
        return self._runner.fit(tensors)

    def submit(
        self,
        prompt_ids: list[int],
        options: SamplingOptions,
        context_window: int | None = None,
        *,
        lora: LoraSet | None = None,
    ) -> TokenStream:
        """Put a request in line and return the stream of its token events.

        Args:
            prompt_ids: at least one token id.
            options: how to sample and how long; ``max_tokens`` is cut to what the window leaves.
            context_window: most tokens of prompt and answer, at most the model's own; None is the model's own.
            lora: LoRA weights that ``fit`` returned, kept to the end whatever replaces them; None is the model alone.

        Raises:
            ContextTooLong: the prompt leaves no room for an answer.
            ModelBusy: the waiting line is full.
            ModelError: the prompt is empty, or the engine was closed.
        """
        window = min(context_window or self.context_window, self.context_window)
        room = window - len(prompt_ids)
        if not prompt_ids:
            raise ModelError("the prompt is empty; send at least one message with text")
        if room < 1:
            raise ContextTooLong(
                f"the prompt has {len(prompt_ids)} tokens, but the model reads at most {window} "
                "including its answer; shorten the text or the history"
            )
        with self._wakeup:
            if self._closed:
                raise ModelError("the model was shut down")
            free = self.max_batch - len(self._running)
            if len(self._waiting) >= self.max_waiting + free:
                raise ModelBusy(f"the model is busy and {self.max_waiting} requests wait already; try again later")
            id_ = f"seq-{next(self._ids)}"
            stream = TokenStream(id_, len(prompt_ids), self.cancel)
            sequence = Sequence(
                id_, list(prompt_ids), options, min(room, options.max_tokens or room), stream, lora=lora
            )
            self._by_id[id_] = sequence
            self._waiting.append(sequence)
            self._wakeup.notify()
        return stream

    def widen(self, max_batch: int) -> None:
        """Let at least this many sequences run at a time."""
        with self._wakeup:
            self.max_batch = max(self.max_batch, max_batch)

    def cancel(self, id_: str) -> None:
        """Stop a sequence within one token step and free its memory; an id that has ended is ignored."""
        with self._wakeup:
            sequence = self._by_id.get(id_)
            if sequence is None or sequence.cancelled:
                return
            sequence.cancelled = True
            if sequence not in self._waiting:
                self._wakeup.notify()
                return
            self._waiting.remove(sequence)
        self._end(sequence, TokenEvent(None, "cancelled"))

    def position(self, id_: str) -> LinePosition:
        """Where a request stands in line; 0 when it runs or has ended."""
        with self._wakeup:
            return self._waiting.place(self._waiting.position(id_), self.max_batch)

    def next_position(self) -> LinePosition:
        """Where a request would stand that was submitted now; 0 when it would run at once."""
        with self._wakeup:
            free = self.max_batch - len(self._running)
            return self._waiting.place(len(self._waiting) + 1 - free, self.max_batch)

    def stats(self) -> EngineStats:
        """What runs, waits and is held at this moment, and totals since the start."""
        with self._wakeup:
            return EngineStats(
                running=len(self._running),
                waiting=len(self._waiting),
                max_batch=self.max_batch,
                kv_tokens=sum(sequence.num_cached_tokens for sequence in self._running),
                kv_bytes=self._runner.cache.num_bytes,
                prompt_tokens=self._prompt_tokens,
                output_tokens=self._output_tokens,
                finished=self._finished,
                cancelled=self._cancelled,
                steps=self._steps,
            )

    def close(self) -> None:
        """End every sequence as cancelled and stop the thread."""
        with self._wakeup:
            self._closed = True
            self._wakeup.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # What follows runs in the engine's own thread.

    def _idle(self, seconds: float) -> bool:
        """Wait for work; False when the engine was closed."""
        with self._wakeup:
            if not (self._closed or self._waiting or self._running):
                self._wakeup.wait(seconds)
            return not self._closed

    def _step(self) -> None:
        self._drop_cancelled()
        try:
            self._read_prompts()
            self._decode()
        except Exception as error:
            logger.exception("a step of the model failed; its %d sequences end", len(self._running))
            self._end_all(TokenEvent(None, "error", error))

    def _drop_cancelled(self) -> None:
        for sequence in [sequence for sequence in self._running if sequence.cancelled]:
            self._leave(sequence, TokenEvent(None, "cancelled"))

    def _read_prompts(self) -> None:
        """Read the next few hundred tokens of prompts, letting waiting requests join while there is room."""
        budget = self._prefill_tokens
        while budget > 0:
            reading = self._running.reading or self._join()
            if reading is None:
                return
            start = reading.num_prefilled
            piece = reading.prompt_ids[start : start + budget]
            self._running.fit(start + len(piece))
            logits = self._runner.prefill(len(self._running) - 1, piece, start, reading.lora)
            budget -= len(piece)
            reading.num_prefilled += len(piece)
            self._prompt_tokens += len(piece)
            if reading.is_prefilled:
                with torch.inference_mode():
                    (token_id,) = self._sampler.sample(logits, [reading])
                reading.append(token_id)
                self._report(reading)

    def _join(self) -> Sequence | None:
        with self._wakeup:
            if not self._waiting or len(self._running) >= self.max_batch:
                return None
            sequence = self._waiting.popleft()
            sequence.start()
            self._running.join(sequence)
            return sequence

    def _decode(self) -> None:
        """Give every sequence whose prompt is read one token."""
        rows = self._running.decoding
        if not rows:
            return
        self._steps += 1
        self._running.fit(self._running.longest + 1)
        logits = self._runner.decode(
            [sequence.token_ids[-1] for sequence in rows],
            [sequence.num_cached_tokens for sequence in rows],
            [sequence.lora for sequence in rows],
        )
        with torch.inference_mode():
            chosen = self._sampler.sample(logits, rows)
        # All rows take their token before any leaves, for leaving moves rows by the length they have now.
        for sequence, token_id in zip(rows, chosen, strict=True):
            sequence.append(token_id)
        for sequence in rows:
            self._report(sequence)

    def _report(self, sequence: Sequence) -> None:
        """Hand the newest token out and let the sequence leave when it was the last."""
        token_id = sequence.token_ids[-1]
        self._output_tokens += 1
        finish: FinishReason | None = None
        if token_id in self._runner.eos_ids:
            finish = "stop"
        elif len(sequence.token_ids) >= sequence.max_tokens:
            finish = "length"
        event = TokenEvent(token_id, finish)
        if finish is None:
            sequence.stream.put(event)
        else:
            self._leave(sequence, event)

    def _leave(self, sequence: Sequence, event: TokenEvent) -> None:
        """Take a sequence out of the batch and tell its reader."""
        with self._wakeup:
            self._running.leave(sequence)
        if event.finish_reason in {"stop", "length"}:
            self._waiting.timed(time.monotonic() - sequence.started_at)
        self._end(sequence, event)

    def _end(self, sequence: Sequence, event: TokenEvent) -> None:
        with self._wakeup:
            self._by_id.pop(sequence.id, None)
            if event.finish_reason == "cancelled":
                self._cancelled += 1
            else:
                self._finished += 1
        sequence.stream.put(event)

    def _end_all(self, event: TokenEvent) -> None:
        """End every running sequence and drop the cache, whatever state it is in."""
        with self._wakeup:
            ended = self._running.clear()
        for sequence in ended:
            self._end(sequence, event)

    def _shut_down(self) -> None:
        event = TokenEvent(None, "cancelled")
        self._end_all(event)
        while self._waiting:
            self._end(self._waiting.popleft(), event)


def _work(reference: weakref.ref[Engine]) -> None:
    """The engine's thread; it lets go of the engine between naps, so that an unused one is collected."""
    engine = reference()
    if engine is not None and engine._threads:
        torch.set_num_threads(engine._threads)
    while engine is not None:
        if not engine._idle(1.0):
            engine._shut_down()
            return
        if engine._waiting or engine._running:
            engine._step()
        else:
            engine = None
            engine = reference()


def _close(reference: weakref.ref[Engine]) -> None:
    engine = reference()
    if engine is not None:
        engine.close()
