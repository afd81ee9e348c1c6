"""The skill itself: one fenced block in the language that is asked for; knows no channel and runs nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import BaseModel, Field

from botframework import Context, Message, skill
from botframework_codegen.fence import extract, fenced, syntax_error
from botframework_codegen.hints import HINTS
from botframework_codegen.request import PATTERNS, Request, parse

__all__ = ["CodeSettings", "code"]


class CodeSettings(BaseModel, extra="forbid"):
    """How the code generation skill works."""

    max_tokens: int | None = Field(None, ge=16)
    """Longest answer in tokens; None: half of the model's window."""
    temperature: float = Field(0.0, ge=0, le=2)


EXAMPLES = (
    "write a Python function that reverses a string",
    "code for a bubble sort",
    "give me a JavaScript function that checks for palindromes",
    "how do I read a file line by line in Python?",
    "write a SQL query that counts the users per country",
    "a script that renames all files in a folder",
    "implement a binary search",
    "JavaScript that shows the current time",
    "regular expression for e-mail addresses",
    "make a class for a bank account",
    "how to sort a list of dictionaries by key",
    "Python program that prints prime numbers",
    "写一个反转字符串的函数",
    "用 Python 实现快速排序",
    "帮我写一段读取文件的代码",
    "写个脚本批量重命名文件",
    "用 JavaScript 写一个倒计时",
    "怎么用代码判断一个数是不是质数",
    "写一条统计用户数量的 SQL",
    "实现一个二分查找算法",
)


@skill(
    "codegen",
    "Writes code, in Python unless you name another language.",
    command="code",
    aliases=("代码",),
    examples=EXAMPLES,
    rules=(*PATTERNS, *HINTS),
    settings=CodeSettings,
    descriptions={"zh": "写代码，默认用 Python。"},
)
async def code(ctx: Context, request: str = "") -> AsyncIterator[str]:
    """Write what is asked for; Python that does not parse is given back to the model once."""
    wanted = parse(request or ctx.text)
    if not wanted.text.strip():
        yield ctx.say("code-what")
        ctx.expect()
        return
    settings = ctx.settings_as(CodeSettings)
    prompt = [Message("user", _prompt(ctx, wanted))]
    answer = await _ask(ctx, settings, prompt)
    written = extract(answer)
    problem = syntax_error(written) if wanted.tag == "python" else None
    if problem is not None or not written:
        await ctx.status(ctx.say("code-mending"))
        complaint = f"This is no valid Python ({problem})." if written else "There is no code in your answer."
        correction = f"{complaint} Write the whole code again, corrected, in one ```{wanted.tag} block."
        again = extract(await _ask(ctx, settings, [*prompt, Message("assistant", answer), Message("user", correction)]))
        if again and (not written or wanted.tag != "python" or syntax_error(again) is None):
            written, problem = again, syntax_error(again) if wanted.tag == "python" else None
    if not written:
        yield ctx.say("code-none")
        return
    yield fenced(written, wanted.tag)
    if problem is not None:
        yield "\n\n" + ctx.say("code-broken", problem=problem)


def _prompt(ctx: Context, wanted: Request) -> str:
    prompt = f"Write {wanted.language} code: {wanted.text}"
    quote = ctx.event.reply_to
    return f"{prompt}\n\n{quote.text}" if quote is not None and quote.text.strip() else prompt


async def _ask(ctx: Context, settings: CodeSettings, messages: list[Message]) -> str:
    window = ctx.model.context_window
    left = window - ctx.model.count_tokens(messages) - 8
    if left < 64 and len(messages) > 1:
        messages = messages[-1:] if left < -window else messages[:1]
        left = window - ctx.model.count_tokens(messages) - 8
    limit = settings.max_tokens or window // 2
    return await ctx.model.ainvoke(messages, max_tokens=max(16, min(limit, left)), temperature=settings.temperature)
