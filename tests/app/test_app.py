"""The assembled bot: channels kept alive, health told over HTTP, an end in good order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from botframework import Accept, Conversation, Event, Person, TurnRecord
from botframework.app import App
from botframework.config import Config, load
from botframework.errors import BotError, ConfigError, QueueError
from botframework.testing import FakeChannel, replies

SKILLS = """
from botframework import Context, skill

@skill("ask", "Asks the model.")
async def ask(ctx: Context, text: str):
    async for chunk in ctx.model.astream(text):
        yield chunk
"""


class Loop(FakeChannel):
    """A channel whose test says what it brings, and when it dies."""

    def __init__(self, name: str = "loop") -> None:
        super().__init__(name=name)
        self.inbox: asyncio.Queue[Event | Exception | None] = asyncio.Queue()
        self.runs = 0
        self.started, self.taken = asyncio.Event(), asyncio.Event()
        self.records: asyncio.Queue[TurnRecord] = asyncio.Queue()
        self.closed_after: list[str] = []

    async def run(self, accept: Accept) -> None:
        self.runs += 1
        self.started.set()
        while (item := await self.inbox.get()) is not None:
            if isinstance(item, Exception):
                raise item
            await accept(item)
            self.taken.set()

    async def closed(self, event: Event, turn: TurnRecord) -> None:
        self.records.put_nowait(turn)

    async def aclose(self) -> None:
        self.closed_after.append(self.messages[-1].text if self.messages else "")

    def say(self, text: str, key: str = "1") -> None:
        self.inbox.put_nowait(
            Event(self.name, key, Conversation(self.name, "c"), Person(f"{self.name}:ann"), text, message_id=key)
        )


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "skills.py").write_text(SKILLS)
    path = tmp_path / "bot.yaml"
    path.write_text(
        "skills: {ask: {path: skills.py}}\ndefault_skill: ask\nmemory: {enabled: false}\nhttp: {port: 0}\n"
        f"channels: {{}}\ndata: {tmp_path}/data\nshutdown: {{grace: 5}}\n"
    )
    return load(path)


@contextlib.asynccontextmanager
async def running(config: Config, loop: Loop, model: Any, **options: Any) -> AsyncIterator[App]:
    async with App.open(config, adapters={loop.name: loop}, model=model, pause=0.0) as app:
        task = asyncio.create_task(app.run(signals=False, http=True, **options))
        try:
            yield app
        finally:
            app.stop()
            await task


async def until(condition: Callable[[], bool]) -> None:
    """Let others run until it is so; the test's own timeout is the limit."""
    while True:
        if condition():
            return
        await asyncio.sleep(0)


async def get(app: App, path: str) -> tuple[int, Any]:
    await until(lambda: app.url is not None)
    assert app.url is not None
    async with aiohttp.ClientSession() as session, session.get(app.url + path) as response:
        return response.status, await (response.json() if path != "/metrics" else response.text())


async def ready(app: App) -> dict[str, dict[str, Any]]:
    _, body = await get(app, "/readyz")
    return {check["name"]: check for check in body["checks"]}


async def test_event_is_answered_and_its_channel_is_told(config: Config) -> None:
    """What a channel brings is answered there, and the channel learns how the turn ended."""
    loop = Loop()
    async with running(config, loop, replies("four")):
        loop.say("two and two?")
        record = await loop.records.get()
    assert loop.texts() == ["four"]
    assert (record.decision.skill, record.outcome, record.reply_text) == ("ask", "answered", "four")


async def test_event_is_taken_before_the_model_is_there(config: Config) -> None:
    """While the model is loading, an event is committed, and /readyz says what is missing; then it is answered."""

    class Slow:
        def __init__(self) -> None:
            self.may_load = asyncio.Event()
            self.loop = asyncio.get_running_loop()

        def load(self) -> None:
            asyncio.run_coroutine_threadsafe(self.may_load.wait(), self.loop).result()

    slow, scripted = Slow(), replies("here")
    object.__setattr__(scripted, "load", slow.load)
    loop = Loop()
    async with running(config, loop, scripted) as app:
        loop.say("anybody there?")
        await loop.taken.wait()
        status, body = await get(app, "/readyz")
        assert status == 503
        assert body["reasons"] == ["model: loading"]
        assert loop.statuses == ["loading the model…"]
        slow.may_load.set()
        await loop.records.get()
        assert (await get(app, "/readyz"))[0] == 200
    assert loop.texts() == ["here"]


async def test_channel_that_dies_is_started_again(config: Config, caplog: pytest.LogCaptureFixture) -> None:
    """A channel that raises, or returns, is started again and works on; the metrics count it."""
    loop = Loop()
    async with running(config, loop, replies("ok")) as app:
        loop.inbox.put_nowait(OSError("the socket is gone"))
        loop.inbox.put_nowait(None)
        loop.say("still there?")
        await loop.records.get()
        _, metrics = await get(app, "/metrics")
    assert loop.runs == 3
    assert 'botframework_channel_restarts_total{channel="loop"} 2.0' in metrics
    assert "the socket is gone" in caplog.text
    assert "ended by itself" in caplog.text


async def test_dead_channel_is_shown_as_not_ready(config: Config) -> None:
    """Between its death and its next start a channel makes the bot not ready, with the reason."""
    loop = Loop()
    async with App.open(config, adapters={"loop": loop}, model=replies("ok"), pause=3600) as app:
        task = asyncio.create_task(app.run(signals=False, http=True))
        loop.inbox.put_nowait(OSError("the socket is gone"))
        await loop.started.wait()
        await until(lambda: bool(app.channels["loop"].problem))
        checks = await ready(app)
        assert not checks["channel loop"]["ready"]
        assert checks["channel loop"]["detail"] == "failed: the socket is gone"
        assert (await get(app, "/healthz")) == (200, {"status": "ok"})
        app.stop()
        await task


async def test_readyz_shows_the_age_of_the_last_contact(config: Config) -> None:
    """A channel that talks to its platform shows how long ago it last did."""
    loop = Loop()
    loop.last_contact = 0.0
    async with running(config, loop, replies("ok")) as app:
        await loop.started.wait()
        assert "last contact" in (await ready(app))["channel loop"]["detail"]
        assert 'last_contact_age_seconds{channel="loop"}' in (await get(app, "/metrics"))[1]


async def test_metrics_count_turns_and_tokens(config: Config) -> None:
    """Turns, tokens and times are counted under Prometheus' and OpenTelemetry's names."""
    loop = Loop()
    async with running(config, loop, replies("one two three")) as app:
        loop.say("count")
        await loop.records.get()
        status, metrics = await get(app, "/metrics")
    assert status == 200
    assert 'botframework_turns_total{channel="loop",outcome="answered",skill="ask"} 1.0' in metrics
    assert 'gen_ai_request_model="scripted",gen_ai_token_type="output"' in metrics
    assert "gen_ai_server_time_to_first_token_seconds_count" in metrics
    assert 'botframework_queue_events{state="done"} 1.0' in metrics


async def test_stopping_finishes_what_runs(config: Config) -> None:
    """An answer that is being written when the bot is stopped is finished within the grace, then all is closed."""
    loop, model = Loop(), replies("one two three", stepwise=True)
    async with App.open(config, adapters={"loop": loop}, model=model) as app:
        task = asyncio.create_task(app.run(signals=False))
        loop.say("count")
        model.step()
        while not loop.messages:
            await loop.changed.wait()
            loop.changed.clear()
        app.stop()
        await asyncio.sleep(0)
        assert not task.done()
        model.step(10)
        await task
    assert loop.texts() == ["one two three"]
    assert loop.closed_after == ["one two three"]


async def test_answer_cut_off_by_the_end_is_given_at_the_next_start(config: Config) -> None:
    """What could not be finished within the grace is finished after a restart, in the same message."""
    config = config.model_copy(update={"shutdown": config.shutdown.model_copy(update={"grace": 0.0})})
    loop, model = Loop(), replies("one two three", stepwise=True)
    async with App.open(config, adapters={"loop": loop}, model=model) as app:
        task = asyncio.create_task(app.run(signals=False))
        loop.say("count")
        model.step()
        while not loop.messages:
            await loop.changed.wait()
            loop.changed.clear()
        app.stop()
        await task
    async with running(config, loop, replies("one two three")):
        await loop.records.get()
    assert loop.texts() == ["one two three"]


async def test_model_that_cannot_be_loaded_ends_the_run(config: Config) -> None:
    """A model that is not there is told as an error instead of a bot that never answers."""
    config = config.model_copy(update={"model": config.model.model_copy(update={"name": "./nowhere"})})
    async with App.open(config, adapters={"loop": Loop()}) as app:
        with pytest.raises(BotError, match="nowhere"):
            await app.run(signals=False)


async def test_two_bots_cannot_share_a_folder(config: Config) -> None:
    """A second bot on the same data folder is refused with the reason."""
    async with App.open(config, adapters={}):
        with pytest.raises(QueueError, match="in use by a running bot"):
            async with App.open(config, adapters={}):
                pass


async def test_taken_port_is_told(config: Config) -> None:
    """A port that somebody else has is a configuration error that says what to set."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = config.model_copy(update={"http": config.http.model_copy(update={"port": port})})
    async with App.open(config, adapters={"loop": Loop()}, model=replies("ok")) as app:
        with pytest.raises(ConfigError, match=rf"cannot listen on 127\.0\.0\.1:{port}.*http\.port"):
            await app.run(signals=False, http=True)
    server.close()
    await server.wait_closed()


async def test_folder_that_cannot_be_made_is_told(config: Config, tmp_path: Path) -> None:
    """A data folder under a file is a configuration error that names it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file/data cannot be made"):
        async with App.open(config, folder=tmp_path / "file" / "data", adapters={}):
            pass


async def test_parked_event_does_not_leave_its_channel_waiting(config: Config) -> None:
    """When an event is parked after its last attempt, its channel is told that the turn is over."""
    config = config.model_copy(update={"limits": config.limits.model_copy(update={"attempts": 1})})
    loop = Loop()
    loop.fail(OSError("nothing comes through"), times=50)
    async with running(config, loop, replies("ok")) as app:
        loop.say("hello")
        record = await loop.records.get()
        assert record.outcome == "failed"
        assert app is not None
