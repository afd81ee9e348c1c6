from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from pydantic import ValidationError

from botframework.engine.chat_model import LocalChatModel
from botframework.errors import ContentNotSupported, ContextTooLong, ModelError, ModelNotFound, OptionError
from tests.engine.lora_sets import write_set
from tests.tiny_model import build_tiny_model


@pytest.fixture(scope="module")
def chat(endless_path: Path) -> LocalChatModel:
    model = LocalChatModel(
        model=str(endless_path), device="cpu", dtype="float32", max_batch=3, temperature=0, max_tokens=25
    )
    model.load()
    return model


async def idle(chat: LocalChatModel) -> None:
    while chat.stats().running:  # noqa: ASYNC110 - counts are polled, they signal nothing
        await asyncio.sleep(0.001)


async def test_all_four_ways_say_the_same(chat: LocalChatModel) -> None:
    """invoke, ainvoke, stream and astream give one text, usage and reason to end."""
    asked = [SystemMessage("Be brief."), HumanMessage("hello there")]
    whole = await asyncio.to_thread(chat.invoke, asked)
    awaited = await chat.ainvoke(asked)
    pieces = await asyncio.to_thread(lambda: list(chat.stream(asked)))
    chunks = [chunk async for chunk in chat.astream(asked)]
    for parts in (pieces, chunks):
        assert len([part for part in parts if part.content]) > 3
        assert [part.usage_metadata for part in parts[:-1]] == [None] * (len(parts) - 1)
        assert parts[-1].chunk_position == "last"
    streamed = [sum(parts[1:], start=parts[0]) for parts in (pieces, chunks)]
    for answer in (awaited, *streamed):
        assert answer.content == whole.content
        assert answer.usage_metadata == whole.usage_metadata
        assert answer.response_metadata["finish_reason"] == "length"
    assert whole.usage_metadata == {
        "input_tokens": chat.get_num_tokens_from_messages(asked),
        "output_tokens": 25,
        "total_tokens": chat.get_num_tokens_from_messages(asked) + 25,
    }
    assert whole.response_metadata["model_name"] == chat.model


async def test_options_can_be_bound_to_a_call(chat: LocalChatModel) -> None:
    """Stop, length and temperature of one call override the model's own."""
    text = str((await chat.ainvoke("hello there")).content)
    stop = text[6:9]
    stopped = await chat.bind(stop=[stop]).ainvoke("hello there")
    assert stopped.content == text[: text.index(stop)]
    assert stopped.response_metadata["finish_reason"] == "stop"
    short = await chat.bind(max_tokens=2).ainvoke("hello there")
    assert short.usage_metadata is not None
    assert short.usage_metadata["output_tokens"] == 2
    warm = [(await chat.ainvoke("hello there", temperature=2.0, seed=seed)).content for seed in (1, 1, 2)]
    assert warm[0] == warm[1] != warm[2]


async def test_three_stream_at_once_and_one_stops_within_a_step(chat: LocalChatModel) -> None:
    """Of three streams the one that is closed ends within one token step; the other two go on unharmed."""
    endless = chat.bind(max_tokens=150)
    alone = await endless.ainvoke("one")
    streams = [endless.astream(text) for text in ("one", "two", "three")]
    first = [await anext(stream) for stream in streams]
    assert chat.stats().running == 3
    before = chat.stats()
    await streams[1].aclose()  # type: ignore[attr-defined]  # typed as an iterator, but it is a generator
    while (after := chat.stats()).running == 3:  # noqa: ASYNC110 - counts are polled, they signal nothing
        await asyncio.sleep(0)
    assert after.cancelled == before.cancelled + 1
    assert after.steps - before.steps <= 50
    rest = [chunk async for chunk in streams[0]]
    assert sum(rest, start=first[0]).content == alone.content
    await streams[2].aclose()  # type: ignore[attr-defined]  # typed as an iterator, but it is a generator
    await idle(chat)
    assert chat.stats().kv_bytes == 0


@pytest.mark.parametrize("streaming", [True, False])
async def test_cancelling_the_task_frees_the_model(chat: LocalChatModel, streaming: bool) -> None:
    """A task that is cancelled in the middle of an answer leaves nothing running."""
    endless = chat.bind(max_tokens=2000)

    async def ask() -> Any:
        if streaming:
            return [chunk async for chunk in endless.astream("hello")]
        return await endless.ainvoke("hello")

    before = chat.stats()
    task = asyncio.create_task(ask())
    while chat.stats().output_tokens < before.output_tokens + 3:  # noqa: ASYNC110 - counts are polled
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await idle(chat)
    assert chat.stats().cancelled == before.cancelled + 1


async def test_the_line_is_told(chat: LocalChatModel) -> None:
    """With the batch full, the next request would be first in line."""
    assert chat.next_position().position == 0
    streams = [chat.bind(max_tokens=1500).astream(text) for text in ("one", "two", "three")]
    for stream in streams:
        await anext(stream)
    assert chat.next_position().position == 1
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]  # typed as an iterator, but it is a generator


async def test_a_long_prompt_says_how_long(chat: LocalChatModel) -> None:
    """A conversation beyond the window is refused with both numbers."""
    with pytest.raises(ContextTooLong, match=r"at most 2048"):
        await chat.ainvoke("x" * 5000)


async def test_a_smaller_window_can_be_set(chat: LocalChatModel) -> None:
    """A context window below the model's own limits prompt and answer together, and shares the weights."""
    small = LocalChatModel(model=chat.model, device="cpu", dtype="float32", context_window=40, temperature=0)
    assert small.context_window == 40
    assert small.load().engine is chat.load().engine
    answer = await small.ainvoke("hello")
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["total_tokens"] == 40
    with pytest.raises(ContextTooLong, match="at most 40"):
        await small.ainvoke("x" * 50)
    with pytest.raises(ModelError, match="between 2 and 2048"):
        LocalChatModel(model=chat.model, device="cpu", dtype="float32", context_window=4096).load()


def test_tokens_are_counted_by_the_real_tokenizer(chat: LocalChatModel) -> None:
    """Counts are those of the tokenizer, merges and template included."""
    assert chat.get_num_tokens("hello") == 2  # hell, o
    assert chat.get_num_tokens("你") == 3
    assert chat.get_num_tokens_from_messages([HumanMessage("hello")]) == 5


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (HumanMessage([{"type": "image_url", "image_url": {"url": "data:"}}]), "image_url"),
        (ToolMessage("x", tool_call_id="1"), "tool"),
        (AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "1"}]), "calls tools"),
    ],
)
async def test_what_it_cannot_read_is_refused(chat: LocalChatModel, message: Any, said: str) -> None:
    """Images and tools are refused by name rather than dropped."""
    with pytest.raises(ContentNotSupported, match=said):
        await chat.ainvoke([message])


async def test_list_content_is_joined(chat: LocalChatModel) -> None:
    """Text blocks of one message read as one text."""
    blocks = HumanMessage(["hello", {"type": "text", "text": " there"}])
    assert (await chat.ainvoke([blocks])).content == (await chat.ainvoke("hello there")).content


async def test_lora_weights_are_chosen_per_call(chat: LocalChatModel, tmp_path: Path) -> None:
    """A model's own weights answer unless a call names others, or none; an unknown name is an error."""
    for seed, name in enumerate(("everyday", "legal")):
        write_set(Path(chat.model), tmp_path / name, seed=seed)
    settings = {**chat.model_dump(), "lora_root": tmp_path, "lora": "everyday"}
    own = LocalChatModel(**settings)
    assert own.lora_names() == ["everyday", "legal"]
    answers = await asyncio.gather(
        own.ainvoke("hello"), own.bind(lora="legal").ainvoke("hello"), own.ainvoke("hello", lora="")
    )
    assert len({str(answer.content) for answer in answers}) == 3
    assert answers[2].content == (await chat.ainvoke("hello")).content
    names = [answer.response_metadata["model_name"].removeprefix(chat.model) for answer in answers]
    assert names == [":everyday", ":legal", ""]
    assert own.invoke("hello").content == answers[0].content
    with pytest.raises(ModelNotFound, match=r"'pirate'.*there: everyday, legal"):
        await own.ainvoke("hello", lora="pirate")
    with pytest.raises(ModelNotFound, match="there: none"):
        chat.check_lora("everyday")


async def test_wrong_options_are_named(chat: LocalChatModel) -> None:
    """An unknown or impossible option is an error with its name, tools with the reason."""
    with pytest.raises(OptionError, match="'temprature'"):
        await chat.ainvoke("x", temprature=1)
    with pytest.raises(ValidationError, match="temperature is -1"):
        LocalChatModel(temperature=-1)
    with pytest.raises(ContentNotSupported, match="tools"):
        await chat.ainvoke("x", tools=[{}])


async def test_the_model_recommends_what_is_not_set(tmp_path: Path) -> None:
    """What the model's folder recommends holds until a setting or a call says otherwise."""
    build_tiny_model(tmp_path, ends=False)
    recommended = {"do_sample": False, "max_new_tokens": 7}
    (tmp_path / "generation_config.json").write_text(json.dumps(recommended))
    plain = LocalChatModel(model=str(tmp_path), device="cpu", dtype="float32")
    longer = LocalChatModel(model=str(tmp_path), device="cpu", dtype="float32", max_tokens=9)
    answers = [await plain.ainvoke("hello"), await plain.ainvoke("hello"), await longer.ainvoke("hello")]
    answers.append(await longer.ainvoke("hello", max_tokens=3))
    assert [answer.usage_metadata and answer.usage_metadata["output_tokens"] for answer in answers] == [7, 7, 9, 3]
    assert answers[0].content == answers[1].content
    (tmp_path / "generation_config.json").write_text(json.dumps({"temperature": -1}))
    with pytest.raises(ModelNotFound, match="temperature is -1"):
        LocalChatModel(model=str(tmp_path), device="cpu", dtype="bfloat16").load()


def test_a_missing_model_says_where_it_was_looked_for(tmp_path: Path) -> None:
    """Neither a folder nor a registered name is an error that lists what there is."""
    with pytest.raises(ModelNotFound, match="installed models"):
        LocalChatModel(model="no-such-model").load()
    with pytest.raises(ModelNotFound, match=r"no tokenizer\.json"):
        LocalChatModel(model=str(tmp_path)).load()


def test_the_package_imports_without_torch() -> None:
    """Importing the engine's package loads neither torch nor transformers nor langchain."""
    code = (
        "import sys, botframework.engine;sys.exit(bool({'torch', 'transformers', 'langchain_core'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_loading_leaves_the_event_loop_free(endless_path: Path) -> None:
    """While the first use reads the weights, other tasks run."""
    model = LocalChatModel(model=str(endless_path), device="cpu", dtype="bfloat16", max_tokens=2)
    gaps = []

    async def beat() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            gaps.append(time.monotonic() - began)

    beating = asyncio.create_task(beat())
    answer = await model.ainvoke("hello")
    beating.cancel()
    assert isinstance(answer, AIMessage)
    assert not isinstance(answer, AIMessageChunk)
    assert len(gaps) > 5
