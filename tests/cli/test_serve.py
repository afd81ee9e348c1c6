"""`botframework serve` in a process of its own: answers, tells its health, and ends in good order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.console.screen import environment
from tests.tiny_model import build_tiny_model

CHANNEL = '''
import asyncio, itertools, json, time
from pydantic import BaseModel
from botframework import Adapter, Conversation, Event, Person, Receipt

class Settings(BaseModel, extra="forbid"):
    port: int

class LineAdapter(Adapter):
    """Lines over a connection to the test."""
    name = "line"
    Settings = Settings

    def __init__(self, settings):
        self.settings, self.numbers = settings, itertools.count()

    async def run(self, accept):
        reader, self.writer = await asyncio.open_connection("127.0.0.1", self.settings.port)
        while line := await reader.readline():
            self.last_contact = time.time()
            event = json.loads(line)
            await accept(Event("line", event["key"], Conversation("line", "c"), Person("line:ann"), event["text"]))
            await self.tell(accepted=event["key"])

    async def tell(self, **what):
        self.writer.write(json.dumps(what).encode() + b"\\n")
        await self.writer.drain()

    async def send(self, address, part, key):
        await self.tell(text=part.markdown)
        return Receipt(str(next(self.numbers)))

    async def edit(self, address, receipt, part):
        raise AssertionError("never streams")

    async def delete(self, address, receipt):
        raise AssertionError("never deletes")

    async def fetch(self, attachment):
        raise AssertionError("brings no attachments")

    async def working(self, address, text):
        await self.tell(working=True)
'''
SKILL = """
from pathlib import Path
from botframework import Context, skill

@skill("wait", "Answers once a file is there.")
async def wait(ctx: Context, path: str) -> str:
    import asyncio
    await ctx.status("waiting")
    while not Path(path).exists():
        await asyncio.sleep(0.02)
    return "it is there; my token is 123456:" + "A" * 35
"""


@pytest.mark.timeout(240)
async def test_serve_answers_tells_its_health_and_drains(tmp_path: Path) -> None:
    """Served channels are answered; /readyz turns ready; on SIGTERM the running answer is finished, then it ends."""
    connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    server = await asyncio.start_server(lambda *streams: connections.put_nowait(streams), "127.0.0.1", 0)
    build_tiny_model(tmp_path / "tiny")
    (tmp_path / "line.py").write_text(CHANNEL)
    (tmp_path / "skills.py").write_text(SKILL)
    (tmp_path / "bot.yaml").write_text(
        "skills: {wait: {path: skills.py}}\ndefault_skill: wait\nmemory: {enabled: false}\n"
        f"channels: {{line: {{path: line.py, port: {server.sockets[0].getsockname()[1]}}}}}\n"
        f"model: {{name: {tmp_path}/tiny}}\n"
    )
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "botframework", "serve", "--config", tmp_path / "bot.yaml"),
        *("--data", tmp_path / "data", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    assert bot.stderr is not None
    assert bot.stdout is not None
    logged = []
    try:
        reader, writer = await connections.get()
        async for line in bot.stderr:
            logged.append(json.loads(line))
            if logged[-1]["message"].startswith("ready"):
                break
        url = next(line["message"].split()[-1] for line in logged if "health and metrics at" in line["message"])
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}/readyz") as response:
                assert response.status == 200, await response.text()
            async with session.get(f"{url}/metrics") as response:
                assert 'botframework_channel_up{channel="line"} 1.0' in await response.text()
        writer.write(json.dumps({"key": "1", "text": str(tmp_path / "there")}).encode() + b"\n")
        assert json.loads(await reader.readline()) == {"accepted": "1"}
        assert json.loads(await reader.readline()) == {"working": True}
        os.kill(bot.pid, signal.SIGTERM)
        while b'"stopping"' not in (line := await bot.stderr.readline()):
            logged.append(json.loads(line))
        (tmp_path / "there").touch()
        answers = [json.loads(line) async for line in reader]
        assert [answer["text"] for answer in answers if "text" in answer] == [
            "it is there; my token is 123456:" + "A" * 35
        ]
        logged += [json.loads(line) async for line in bot.stderr]
        assert await bot.wait() == 0
        assert logged[-1]["message"] == "stopped"
        assert await bot.stdout.read() == b""
        writer.close()
        await writer.wait_closed()
    finally:
        if bot.returncode is None:
            bot.kill()
            await bot.wait()
        server.close()
        await server.wait_closed()
