from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import openai
import pytest
from langchain_openai import ChatOpenAI
from openai.types.chat import ChatCompletionMessageParam

from botframework.engine.engine import Engine
from botframework.engine.local_model import LocalModel
from botframework.engine.lora_tensors import LoraTensors
from botframework.engine.options import SamplingOptions
from botframework.engine.prompt import Prompter
from botframework.engine.runner import ModelRunner
from botframework.engine.server import create_app, serving
from tests.engine.lora_sets import write_set

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello there"}]


@pytest.fixture
async def model(endless_path: Path) -> AsyncIterator[LocalModel]:
    engine = Engine(
        ModelRunner.load(endless_path, device="cpu", dtype="float32"), max_batch=2, max_waiting=1, threads=1
    )
    yield LocalModel("endless", Prompter.load(endless_path), engine)
    engine.close()


@pytest.fixture
async def url(model: LocalModel) -> AsyncIterator[str]:
    async with serving(create_app(model, SamplingOptions(temperature=0.0)), "127.0.0.1", 0) as base:
        yield base + "/v1"


@pytest.fixture
async def client(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as speaking:
        yield speaking


async def until_idle(model: LocalModel) -> None:
    """Return once nothing runs or waits; the test's own time limit ends it otherwise."""
    while (stats := model.engine.stats()).running or stats.waiting:  # noqa: ASYNC110 - counts are polled, they signal nothing
        await asyncio.sleep(0.001)


async def test_the_openai_client_gets_an_answer_with_usage(client: openai.AsyncOpenAI, model: LocalModel) -> None:
    """A plain request returns the text, why it ended and the tokens it took."""
    answer = await client.chat.completions.create(model="endless", messages=HELLO, max_tokens=20)
    assert answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    prompt = len(model.prompter.render([{"role": "user", "content": "hello there"}]))
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (prompt, 20)


async def test_a_stream_says_the_same_as_a_whole_answer(client: openai.AsyncOpenAI) -> None:
    """The pieces of a stream add up to the whole answer; the usage comes last when it was asked for."""
    whole = await client.chat.completions.create(model="endless", messages=HELLO, max_completion_tokens=30)
    pieces, reasons, usage = [], [], []
    async for chunk in await client.chat.completions.create(
        model="endless",
        messages=HELLO,
        max_completion_tokens=30,
        stream=True,
        stream_options={"include_usage": True},
    ):
        usage.append(chunk.usage)
        for choice in chunk.choices:
            pieces.append(choice.delta.content or "")
            reasons.append(choice.finish_reason)
    assert "".join(pieces) == whole.choices[0].message.content
    assert len([piece for piece in pieces if piece]) > 3
    assert reasons[-1] == "length"
    assert set(reasons[:-1]) == {None}
    assert usage[-1] == whole.usage
    assert set(usage[:-1]) == {None}


async def test_stop_ends_the_answer(client: openai.AsyncOpenAI) -> None:
    """A stop text ends the answer before it, whether given as a text or in a list."""
    whole = await client.chat.completions.create(model="endless", messages=HELLO, max_tokens=40)
    text = whole.choices[0].message.content or ""
    stop = text[8:11]
    for given in (stop, ["never comes", stop]):
        cut = await client.chat.completions.create(model="endless", messages=HELLO, max_tokens=40, stop=given)
        assert cut.choices[0].message.content == text[: text.index(stop)]
        assert cut.choices[0].finish_reason == "stop"


async def test_sampling_options_reach_the_model(client: openai.AsyncOpenAI) -> None:
    """A seed makes a warm answer repeatable, and another seed changes it."""

    async def ask(seed: int) -> str | None:
        answer = await client.chat.completions.create(
            model="endless",
            messages=HELLO,
            max_tokens=20,
            temperature=1.5,
            top_p=0.95,
            seed=seed,
        )
        return answer.choices[0].message.content

    assert await ask(1) == await ask(1)
    assert await ask(1) != await ask(2)


async def test_models_are_listed(client: openai.AsyncOpenAI) -> None:
    """The one model is listed and can be fetched by name."""
    assert [model.id async for model in client.models.list()] == ["endless"]
    assert (await client.models.retrieve("endless")).owned_by == "botframework"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"temperature": -1}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages.0.content"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"stop": [""]}, "stop"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
    ],
)
async def test_a_wrong_request_names_the_parameter(
    client: openai.AsyncOpenAI, change: dict[str, object], param: str
) -> None:
    """What is wrong or not supported is a 400 that names the parameter."""
    request = {"model": "endless", "messages": HELLO, **change}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.post("/chat/completions", body=request, cast_to=object)
    assert caught.value.param == param


async def test_errors_have_openais_shape(client: openai.AsyncOpenAI, url: str) -> None:
    """Unknown models, paths, methods, long prompts and broken JSON give the errors that clients expect."""
    with pytest.raises(openai.NotFoundError) as missing:
        await client.chat.completions.create(model="gpt-9", messages=HELLO)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as long:
        await client.chat.completions.create(model="endless", messages=[{"role": "user", "content": "x" * 3000}])
    assert long.value.code == "context_length_exceeded"
    async with aiohttp.ClientSession() as session:
        async with session.post(url + "/chat/completions", data=b"{") as reply:
            assert reply.status == 400
            assert "not JSON" in (await reply.json())["error"]["message"]
        async with session.get(url + "/nowhere") as reply:
            assert reply.status == 404
            assert (await reply.json())["error"]["message"] == "GET /v1/nowhere: Not Found"


async def test_a_full_line_is_503(client: openai.AsyncOpenAI, model: LocalModel) -> None:
    """One request more than run and wait is refused as busy, and succeeds later."""
    ids = model.prompter.render([{"role": "user", "content": "hello there"}])
    streams = [model.engine.submit(ids, SamplingOptions(max_tokens=1500)) for _ in range(2)]
    readers = [aiter(stream) for stream in streams]
    for reader in readers:
        await anext(reader)
    waiting = model.engine.submit(ids, SamplingOptions(max_tokens=5))
    with pytest.raises(openai.InternalServerError) as busy:
        await client.chat.completions.create(model="endless", messages=HELLO)
    assert busy.value.status_code == 503
    for stream in (*streams, waiting):
        stream.cancel()
    await until_idle(model)
    assert await client.chat.completions.create(model="endless", messages=HELLO, max_tokens=2)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_hangs_up_frees_its_sequence(url: str, model: LocalModel, stream: bool) -> None:
    """Closing the connection cancels the answer long before it would have ended."""
    body = {"model": "endless", "messages": HELLO, "stream": stream}

    async def read() -> None:
        async with aiohttp.ClientSession() as session, session.post(url + "/chat/completions", json=body) as reply:
            await reply.read()

    reading = asyncio.create_task(read())
    while model.engine.stats().output_tokens < 3:  # noqa: ASYNC110 - counts are polled, they signal nothing
        await asyncio.sleep(0.001)
    reading.cancel()
    await until_idle(model)
    stats = model.engine.stats()
    assert (stats.cancelled, stats.finished, stats.kv_bytes) == (1, 0, 0)
    assert stats.output_tokens < 1000


async def test_a_key_is_required_once_set(model: LocalModel) -> None:
    """With a key, requests without it are refused and /healthz stays open."""
    async with serving(create_app(model, api_key="s3cret"), "127.0.0.1", 0) as base:
        async with openai.AsyncOpenAI(base_url=base + "/v1", api_key="wrong", max_retries=0) as stranger:
            with pytest.raises(openai.AuthenticationError):
                await stranger.models.list()
        async with openai.AsyncOpenAI(base_url=base + "/v1", api_key="s3cret") as friend:
            assert [card.id async for card in friend.models.list()] == ["endless"]
        async with aiohttp.ClientSession() as session, session.get(base + "/healthz") as reply:
            assert await reply.json() == {"status": "ok", "running": 0, "waiting": 0}


async def test_langchain_openai_talks_to_it(url: str) -> None:
    """``ChatOpenAI`` with our base URL invokes and streams."""
    chat = ChatOpenAI(model="endless", base_url=url, api_key="none", max_tokens=15, temperature=0, stream_usage=True)
    whole = await chat.ainvoke("hello there")
    chunks = [chunk async for chunk in chat.astream("hello there")]
    assert "".join(str(chunk.content) for chunk in chunks) == whole.content
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == 15


async def test_lora_weights_are_models_of_their_own(
    client: openai.AsyncOpenAI, model: LocalModel, endless_path: Path, tmp_path: Path
) -> None:
    """``base:lora`` is listed, answers with those weights beside the base, and an unknown one is refused."""
    model.loras.put(LoraTensors.load(write_set(endless_path, tmp_path / "everyday", seed=1)))
    cards = {card.id: card async for card in client.models.list()}
    assert list(cards) == ["endless", "endless:everyday"]
    assert (await client.models.retrieve("endless:everyday")).id == "endless:everyday"

    async def ask(name: str) -> tuple[str, str | None]:
        answer = await client.chat.completions.create(model=name, messages=HELLO, max_tokens=12)
        return answer.model, answer.choices[0].message.content

    base, lora, again = await asyncio.gather(ask("endless"), ask("endless:everyday"), ask("endless:everyday"))
    assert [name for name, _ in (base, lora)] == ["endless", "endless:everyday"]
    assert lora == again
    assert lora[1] != base[1]
    for name in ("endless:legal", "other:everyday"):
        with pytest.raises(openai.NotFoundError, match=f"no model '{name}'"):
            await ask(name)
