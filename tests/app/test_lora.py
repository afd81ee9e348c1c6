"""LoRA weights in a running bot: chosen per skill and per conversation, added and changed without a restart."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from botframework import Context, Message, skill
from botframework.app import App
from botframework.cli.config import app as config_commands
from botframework.config import load
from botframework.engine.chat_model import LocalChatModel
from botframework.errors import ConfigError
from botframework.testing import BotTester, replies
from tests.app.test_app import Loop
from tests.engine.lora_sets import write_set
from tests.tiny_model import build_tiny_model


@skill("chat", "Talks.")
async def chat(ctx: Context, text: str = "") -> AsyncIterator[str]:
    async for chunk in ctx.model.astream([Message("user", text)]):
        yield chunk.text


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_model(tmp_path_factory.mktemp("base"), ends=False)


@pytest.fixture(scope="module")
def versions(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two trainings' results."""
    return [write_set(base, tmp_path_factory.mktemp("trained") / "set", seed=seed, rank=4) for seed in (1, 2)]


@pytest.fixture
def model(base: Path, tmp_path: Path) -> LocalChatModel:
    return LocalChatModel(
        model=str(base), device="cpu", dtype="float32", temperature=0, max_tokens=8, lora_root=tmp_path / "lora"
    )


def place(version: Path, folder: Path) -> None:
    """Put a training's result under its name in one step, as the training does."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.copytree(version, new)
    if folder.exists():
        folder.rename(folder.with_name(f".{folder.name}.old"))
    new.rename(folder)
    shutil.rmtree(folder.with_name(f".{folder.name}.old"), ignore_errors=True)


async def test_weights_that_appear_answer_at_once(model: LocalChatModel, versions: list[Path], tmp_path: Path) -> None:
    """A running bot answers with the model alone, with weights that were just trained, and with their next version."""
    folder = tmp_path / "lora" / "pirate"
    async with BotTester([chat], model=model) as bot:
        alone = (await bot.say("hello")).text
        assert "no weights called pirate" in (await bot.say("/lora pirate")).text
        place(versions[0], folder)
        assert "`pirate`" in (await bot.say("/lora pirate")).text
        first = await bot.say("hello")
        assert first.record.model.endswith(":pirate")
        place(versions[1], folder)
        second = await bot.say("hello")
        other_chat = await bot.say("hello", person="bob")
        await bot.say("/lora off")
        again = await bot.say("hello")
    assert len({alone, first.text, second.text}) == 3
    assert (other_chat.text, again.text) == (alone, alone)
    for version, answer in zip(versions, (first, second), strict=True):
        fresh = LocalChatModel(**{**model.model_dump(), "lora_root": version.parent, "lora": "set"})
        assert str((await fresh.ainvoke("hello")).content) == answer.text


async def test_weights_that_vanish_are_told_of(
    model: LocalChatModel, versions: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """When chosen weights are gone there is an apology and a line in the log, and never the model alone."""
    place(versions[0], tmp_path / "lora" / "pirate")
    async with BotTester([chat], model=model) as bot:
        await bot.say("/lora pirate")
        shutil.rmtree(tmp_path / "lora" / "pirate")
        reply = await bot.say("hello")
        assert "weights that should answer here" in reply.text
        assert reply.outcome == "failed"
        assert reply.record.reference in caplog.text
    assert "no LoRA weights 'pirate'" in caplog.text


SKILLS = """
from botframework import Context, skill

@skill("ask", "Asks the model.")
async def ask(ctx: Context, text: str):
    yield await ctx.model.ainvoke(text)

@skill("plain", "Asks the model alone.")
async def plain(ctx: Context, text: str):
    yield await ctx.model.ainvoke(text)
"""


@pytest.fixture
def file(base: Path, tmp_path: Path) -> Path:
    """A configuration whose first skill has weights of its own."""
    (tmp_path / "skills.py").write_text(SKILLS)
    path = tmp_path / "bot.yaml"
    path.write_text(
        "skills:\n  ask: {path: skills.py, lora: everyday}\n  plain: {path: skills.py}\n"
        f"default_skill: ask\nmemory: {{enabled: false}}\ndata: {tmp_path}/data\nchannels: {{}}\n"
        f"model: {{name: {base}, device: cpu, dtype: float32, temperature: 0, max_tokens: 8, "
        f"lora_root: {tmp_path}/lora}}\n"
    )
    return path


NUMBERS = itertools.count()
"""Of messages: one that a data folder has seen before is not answered again."""


def edit(file: Path, old: str, new: str) -> None:
    """Change a file."""
    file.write_text(file.read_text().replace(old, new))


async def answers(file: Path, *texts: str) -> list[str]:
    """What a bot made of a configuration file answers."""
    loop = Loop()
    async with App.open(load(file), adapters={loop.name: loop}) as app:
        running = asyncio.create_task(app.run(signals=False))
        records = []
        for text in texts:
            loop.say(text, str(next(NUMBERS)))
            records.append(await asyncio.wait_for(loop.records.get(), 60))
        app.stop()
        await running
    return [record.reply_text for record in records]


async def test_a_skill_has_its_own_weights(file: Path, versions: list[Path], tmp_path: Path) -> None:
    """The configured skill answers with its weights and the other one without."""
    place(versions[0], tmp_path / "lora" / "everyday")
    with_weights, without = await answers(file, "/ask hello", "/plain hello")
    assert with_weights != without


async def test_a_skill_uses_the_weights_that_the_model_brings(
    file: Path, base: Path, versions: list[Path], tmp_path: Path
) -> None:
    """Without a setting the model's own weights for a skill answer; `none` leaves them out, a name replaces them."""
    brought = tmp_path / "model"
    shutil.copytree(base, brought)
    place(versions[0], brought / "lora" / "brought")
    (brought / "lora" / "skills.json").write_text('{"ask": "brought", "plain": "brought"}')
    place(versions[1], tmp_path / "lora" / "everyday")
    edit(file, str(base), str(brought))
    edit(file, ", lora: everyday", "")
    [own] = await answers(file, "/ask hello")
    edit(file, "ask: {path: skills.py", "ask: {path: skills.py, lora: none")
    alone, also_own = await answers(file, "/ask hello", "/plain hello")
    edit(file, "lora: none", "lora: everyday")
    [named] = await answers(file, "/ask hello")
    assert own == also_own
    assert len({own, alone, named}) == 3


async def test_a_missing_name_stops_the_start(file: Path) -> None:
    """A configuration that names weights which are not there is an error at the start, by the setting's name."""
    with pytest.raises(ConfigError, match=r"skills\.ask\.lora: there are no LoRA weights 'everyday' in .*there: none"):
        async with App.open(load(file), adapters={}) as app:
            await app.run(signals=False)


def test_the_setting_is_checked_with_its_line(file: Path) -> None:
    """What is no name is a mistake with file and line, and the plugin's own settings stay its own."""
    assert load(file).skills["ask"].lora == "everyday"
    file.write_text(file.read_text().replace("lora: everyday", "lora: [everyday]"))
    with pytest.raises(ConfigError, match=r"bot\.yaml:2: skills\.ask\.lora: must be the name of LoRA weights"):
        load(file)


def test_the_setting_is_shown(file: Path) -> None:
    """``config show`` tells a skill's weights where they are set."""
    shown = yaml.safe_load(CliRunner().invoke(config_commands, ["show", str(file)]).output)
    assert shown["skills"]["ask"]["lora"] == "everyday"
    assert "lora" not in shown["skills"]["plain"]


async def test_a_server_is_asked_by_the_models_name() -> None:
    """A model that lists no weights gets the name ``base:weights``, as servers call them."""
    scripted = replies("ok")
    async with BotTester([chat], model=scripted) as bot:
        assert "no weights to choose from" in (await bot.say("/lora")).text
        await bot.store.set_setting("fake/ann", "lora", "legal")
        reply = await bot.say("hello")
    assert scripted.options[-1] == {"model": "scripted:legal"}
    assert reply.record.model == "scripted:legal"


async def test_the_command_lists_and_refuses(model: LocalChatModel, versions: list[Path], tmp_path: Path) -> None:
    """/lora lists what there is and marks what is chosen; broken weights are refused before they are needed."""
    place(versions[0], tmp_path / "lora" / "legal")
    place(versions[0], tmp_path / "lora" / "torn")
    weights = tmp_path / "lora" / "torn" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    async with BotTester([chat], model=model) as bot:
        text = (await bot.say("/lora")).text
        assert "`legal`, `torn`" in text
        assert "None is chosen" in text
        assert "cannot be used" in (await bot.say("/lora torn")).text
        await bot.say("/lora legal")
        assert "uses `legal`" in (await bot.say("/lora")).text
