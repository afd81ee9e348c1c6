"""Any sequence of operations keeps the queue's promises: order, nothing lost, nothing handled twice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

from botframework import Conversation, Event, Person, Receipt, Text
from botframework.errors import LeaseLost
from botframework.queue import Claim, ConversationQueue
from botframework.queue.sqlite import SQLiteQueue

Result = TypeVar("Result")
ATTEMPTS = 3
LEASE = 10.0


class Line:
    """What the model knows of one event."""

    def __init__(self, chat: str, due: float) -> None:
        self.chat = chat
        self.due = due
        self.state = "ready"
        self.attempts = 0
        self.until = 0.0
        self.claim: Claim | None = None
        self.delivered = False

    def end(self, state: str) -> None:
        self.state, self.claim = state, None

    def free(self, due: float) -> None:
        self.state, self.claim, self.due = "ready", None, due


class QueueMachine(RuleBasedStateMachine):
    """Drives a queue and a model of it side by side, through crashes and reopenings."""

    claims: Bundle[Claim] = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.time = 1_000_000.0
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.queue = self.do(self.open())
        self.lines: dict[str, Line] = {}
        self.seqs: dict[str, int] = {}

    async def open(self) -> ConversationQueue:
        path = Path(self.folder.name) / "queue.db"
        return await SQLiteQueue.open(path, attempts=ATTEMPTS, durability="normal", now=lambda: self.time)

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.do(self.queue.aclose())
        self.runner.close()
        self.folder.cleanup()

    def expire(self, until: float) -> None:
        for line in self.lines.values():
            if line.state == "running" and line.until <= until:
                line.free(self.time)
                if line.attempts >= ATTEMPTS:
                    line.end("parked")

    def claimable(self) -> str | None:
        """The key of the oldest due event whose conversation has neither a running nor an earlier ready one."""
        taken = {line.chat for line in self.lines.values() if line.state == "running"}
        for key, line in self.lines.items():
            if line.state == "ready" and line.chat not in taken:
                if line.due <= self.time:
                    return key
                taken.add(line.chat)
        return None

    def write(self, claim: Claim, work: Coroutine[Any, Any, object]) -> Line | None:
        """Do ``work``, which must be refused when the model says that the claim is no longer the owner's."""
        line = self.lines[claim.event.key]
        if line.claim == claim:
            self.do(work)
            return line
        with pytest.raises(LeaseLost):
            self.do(work)
        return None

    @rule(chat=st.sampled_from("abc"), number=st.integers(0, 9))
    def put(self, chat: str, number: int) -> None:
        key = f"{chat}{number}"
        new = self.do(self.queue.put(Event("test", key, Conversation("test", chat), Person("test:p"), key)))
        assert new is (key not in self.lines)
        self.lines.setdefault(key, Line(chat, self.time))

    @rule(target=claims, worker=st.sampled_from("xy"))
    def claim(self, worker: str) -> Any:
        self.expire(self.time)
        key = self.claimable()
        claim = self.do(self.queue.claim(worker, LEASE))
        if claim is None:
            assert key is None
            return multiple()
        line = self.lines[claim.event.key]
        assert (claim.event.key, claim.attempt) == (key, line.attempts + 1)
        line.state, line.claim, line.until, line.attempts = "running", claim, self.time + LEASE, claim.attempt
        self.seqs[claim.event.key] = claim.seq
        return claim

    @rule(claim=claims)
    def complete(self, claim: Claim) -> None:
        if line := self.write(claim, self.queue.complete(claim)):
            line.end("done")

    @rule(claim=claims, retry_in=st.sampled_from([None, 0.0, 5.0]))
    def fail(self, claim: Claim, retry_in: float | None) -> None:
        if line := self.write(claim, self.queue.fail(claim, "odd", retry_in)):
            if retry_in is None or line.attempts >= ATTEMPTS:
                line.end("parked")
            else:
                line.free(self.time + retry_in)

    @rule(claim=claims)
    def release(self, claim: Claim) -> None:
        if line := self.write(claim, self.queue.release(claim)):
            line.attempts -= 1
            line.free(self.time)

    @rule(claim=claims)
    def renew(self, claim: Claim) -> None:
        if line := self.write(claim, self.queue.renew(claim, LEASE)):
            line.until = self.time + LEASE

    @rule(claim=claims)
    def deliver(self, claim: Claim) -> None:
        if line := self.write(claim, self.queue.deliver(claim, 0, Text("x"), Receipt("1"), True)):
            line.delivered = True

    @rule(key=st.runner().flatmap(lambda machine: st.sampled_from(sorted(machine.seqs) or [""])))
    def retry(self, key: str) -> None:
        if key:
            line = self.lines[key]
            assert self.do(self.queue.retry(self.seqs[key])) is (line.state == "parked")
            if line.state == "parked":
                line.attempts = 0
                line.free(self.time)

    @rule(key=st.runner().flatmap(lambda machine: st.sampled_from(sorted(machine.seqs) or [""])))
    def drop(self, key: str) -> None:
        if key:
            line = self.lines[key]
            assert self.do(self.queue.drop(self.seqs[key], "spam")) is (line.state in {"parked", "ready"})
            if line.state in {"parked", "ready"}:
                line.end("dropped")

    @rule(seconds=st.sampled_from([1.0, 6.0, 11.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.time += seconds

    @rule()
    def reopen(self) -> None:
        self.do(self.queue.aclose())
        self.queue = self.do(self.open())
        self.expire(float("inf"))

    @invariant()
    def nothing_is_lost(self) -> None:
        found = {line.event.key: (line.state, line.attempts) for line in self.do(self.queue.list())}
        assert found == {key: (line.state, line.attempts) for key, line in self.lines.items()}


QueueMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
TestQueueModel = QueueMachine.TestCase
