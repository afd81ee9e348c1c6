"""The code generation skill in a whole bot."""

from __future__ import annotations

from pathlib import Path

from botframework import Context, Quote, skill
from botframework.testing import BotTester
from botframework_codegen import CodeSettings, code
from tests.skills.scripted_model import answering


@skill("chat", "Echoes.")
async def chat(ctx: Context, text: str = "") -> str:
    return f"chat: {text}"


def markdown(reply: object) -> str:
    """The Markdown of a reply."""
    return "".join(part.markdown for part in reply.parts)  # type: ignore[attr-defined]  # what BotTester.say returns


def is_empty(folder: Path) -> bool:
    """Whether nothing lies in a folder."""
    return not any(folder.iterdir())


async def test_python_is_answered_in_one_fenced_block() -> None:
    """The canonical prompt is sent, and what the model says around the code is left out."""
    model = answering(lambda _: "Here it is:\n```\ndef f(s):\n    return s[::-1]\n```\nEnjoy!")
    async with BotTester([chat, code], model) as bot:
        reply = await bot.say("/code reverse a string")
        assert markdown(reply) == "```python\ndef f(s):\n    return s[::-1]\n```"
    assert model.asked == ["Write Python code: reverse a string"]
    assert model.options[0]["temperature"] == 0


async def test_another_language_is_asked_for_and_tagged() -> None:
    """Code in another language is not parsed as Python."""
    model = answering(lambda _: "const a = (b) => b * 2;")
    async with BotTester([chat, code], model) as bot:
        reply = await bot.say("write a function that doubles a number in JavaScript")
        assert reply.skill == "codegen"
        assert markdown(reply) == "```javascript\nconst a = (b) => b * 2;\n```"
    assert model.asked == ["Write JavaScript code: write a function that doubles a number"]


async def test_a_syntax_error_goes_back_to_the_model_once() -> None:
    """With the code and the line of the mistake; the corrected code is the answer."""
    answers = iter(["```python\nprint('a'\n```", "```python\nprint('a')\n```"])
    model = answering(lambda _: next(answers))
    async with BotTester([code], model) as bot:
        assert markdown(await bot.say("/code print a")) == "```python\nprint('a')\n```"
    assert [kind for kind, _ in model.said[1]] == ["human", "ai", "human"]
    assert "line 1: '(' was never closed" in model.asked[1]


async def test_code_that_still_does_not_parse_says_so() -> None:
    """The first code is shown with what is wrong, and the model is not asked a third time."""
    model = answering(lambda _: "```python\nprint(\n```")
    async with BotTester([code], model) as bot:
        reply = markdown(await bot.say("/code print a"))
        assert reply.startswith("```python\nprint(\n```")
        assert "does not parse (line 1: '(' was never closed)" in reply
    assert len(model.prompts) == 2


async def test_nothing_is_run(tmp_path: Path) -> None:
    """Code that would write a file writes none."""
    target = str(tmp_path / "written")
    model = answering(lambda _: f"```python\nopen({target!r}, 'w').write('x')\n```")
    async with BotTester([code], model) as bot:
        assert target in markdown(await bot.say("/code write a file"))
    assert is_empty(tmp_path)


async def test_an_empty_request_is_asked_for() -> None:
    """The next message is then the request; a quoted message goes with it."""
    model = answering(lambda _: "x = 1")
    async with BotTester([chat, code], model) as bot:
        assert "What shall I write?" in (await bot.say("/code")).text
        assert (await bot.say("set x to one")).skill == "codegen"
        await bot.say("/code explain by example", reply_to=Quote("m1", "def f(): pass"))
    assert model.asked == ["Write Python code: set x to one", "Write Python code: explain by example\n\ndef f(): pass"]


async def test_a_model_without_code_is_honest() -> None:
    """An empty answer is asked for once more and then admitted, in the person's language."""
    model = answering(lambda _: "")
    async with BotTester([code], model, settings={"codegen": CodeSettings(max_tokens=50)}) as bot:
        assert "模型没有写出代码" in (await bot.say("/code 打印你好", language="zh")).text
    assert len(model.prompts) == 2
    assert model.options[0]["max_tokens"] == 50
