"""Who is answered, how often, in which language, and what the log may hold."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from botframework import Context, Conversation, Event, Person, skill
from botframework.middleware import Middleware, Next, Refused
from botframework.middleware.access import Access, AccessRules
from botframework.middleware.language import Language
from botframework.middleware.limits import RateLimit, TokenBudget
from botframework.middleware.redaction import Redaction, redact
from botframework.testing import BotTester, FakeChannel, FakeClock, replies
from botframework.turn import Turn


def event(person: str = "fake:ann", chat: str = "room") -> Event:
    return Event("fake", "1", Conversation("fake", chat), Person(person), "hi")


@pytest.mark.parametrize("name", ["fake:ann", "ann", "fake/room", "room"])
def test_lists_name_people_and_chats(name: str) -> None:
    """A person or a chat may be written with or without its channel, on either list."""
    assert Access({"fake": AccessRules(allow=[name])}).admits(event())
    assert not Access({"fake": AccessRules(allow=[name])}).admits(event("fake:eve", "elsewhere"))
    assert not Access({"fake": AccessRules(deny=[name])}).admits(event())


def test_denied_goes_before_allowed() -> None:
    """Who stands on both lists is refused; a channel without rules is open."""
    assert not Access({"fake": AccessRules(allow=["room"], deny=["ann"])}).admits(event())
    assert Access({"other": AccessRules(allow=["nobody"])}).admits(event())
    assert Access({}).admits(event())


async def test_who_has_no_access_learns_their_id_in_private() -> None:
    """The refusal says what the operator needs, and nothing is kept of the message."""
    async with BotTester(middleware=[Access({"fake": AccessRules(allow=["bob"])})]) as bot:
        refused = await bot.say("hello")
        assert "`fake:ann`" in refused.text
        assert refused.outcome == "refused"
        assert (await bot.say("hello", person="bob")).text == "hello"
        assert (await bot.store.export("fake:ann"))["turns"] == []


async def test_who_has_no_access_is_passed_over_in_a_group() -> None:
    """In front of others a refusal is silent."""
    async with BotTester(middleware=[Access({"fake": AccessRules(deny=["ann"])})]) as bot:
        assert (await bot.say("hello", group=True)).messages == ()
        await bot.say("just talk", group=True, addressed=False)
        assert await bot.store.history("fake/group") == []


async def test_too_many_messages_are_answered_with_the_wait_once() -> None:
    """Over the limit the first message gets the wait, the next silence; time gives the right back."""
    clock = FakeClock()
    async with BotTester(middleware=[RateLimit(6, burst=2, clock=clock)]) as bot:
        assert [(await bot.say(text)).text for text in ("one", "two")] == ["one", "two"]
        assert "Please write again in 10 s" in (await bot.say("three")).text
        assert (await bot.say("four")).messages == ()
        assert (await bot.say("hello", person="bob")).text == "hello"
        await clock.advance(10)
        assert (await bot.say("five")).text == "five"


async def test_group_talk_costs_nothing() -> None:
    """What is not addressed to the bot does not count."""
    async with BotTester(middleware=[RateLimit(1)]) as bot:
        for _ in range(3):
            await bot.say("talk", group=True, addressed=False)
        assert (await bot.say("hello", group=True)).text == "hello"


async def test_the_limiter_forgets_people_who_are_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its table does not grow with everybody who ever wrote."""
    monkeypatch.setattr("botframework.middleware.limits._MOST_PEOPLE", 2)
    clock = FakeClock()
    limit = RateLimit(60, clock=clock)
    async with BotTester(middleware=[limit]) as bot:
        for person in ("ann", "bob"):
            await bot.say("hello", person=person)
        await clock.advance(60)
        await bot.say("hello", person="eve")
        assert set(limit._buckets) == {"fake:eve"}


async def test_a_days_tokens_are_a_limit() -> None:
    """Who has used the day's tokens is told so, others are answered."""

    @skill("chat", "Talks.")
    async def chat(ctx: Context, text: str = "") -> str:
        return await ctx.model.ainvoke(text)

    model = replies("one two three")
    async with BotTester([chat], model, middleware=lambda store: [TokenBudget(store, 3)]) as bot:
        assert (await bot.say("hello")).outcome == "answered"
        refused = await bot.say("more")
        assert refused.outcome == "refused"
        assert "midnight UTC" in refused.text
        assert (await bot.say("hello", person="bob")).outcome == "answered"


async def test_the_answers_language_follows_the_message() -> None:
    """Detected language, else the last one written, else the platform's, else the default."""
    seen: list[tuple[str | None, str]] = []

    def detect(text: str, previous: str | None) -> str | None:
        return {"你好": "zh", "bonjour": "fr"}.get(text)

    async def watch(turn: Turn, proceed: Next) -> None:
        seen.append((turn.detected, turn.language))
        await proceed(turn)

    async with BotTester(middleware=lambda store: [Language(store, detect, default="de"), watch]) as bot:
        await bot.say("hm", person="new")
        await bot.say("hm", person="es", language="es")
        await bot.say("你好")
        await bot.say("hm")
        await bot.say("bonjour")
        await bot.store.set_setting("fake:ann", "language", "en")
        await bot.say("bonjour")
        await bot.say("bonjour", kind="button")
    assert seen == [
        (None, "de"),
        (None, "es"),
        ("zh", "zh"),
        (None, "zh"),
        ("fr", "fr"),
        ("fr", "en"),
        (None, "en"),
    ]


async def test_the_last_language_survives_a_restart(tmp_path: Path) -> None:
    """After a restart a short message is answered in the language of the person's last turn."""
    channel = FakeChannel()
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        await bot.say("今天天气怎么样？")
    async with BotTester(channel=channel, folder=tmp_path) as bot:
        assert (await bot.say("/xyzzy", key="later")).text.startswith("我不认识")


async def test_middleware_runs_in_order_around_the_answer() -> None:
    """The first is outermost; what it does after proceeding happens after the answer was delivered."""
    calls: list[str] = []

    def step(name: str) -> Middleware:
        async def run(turn: Turn, proceed: Next) -> None:
            calls.append(f"{name} before")
            await proceed(turn)
            calls.append(f"{name} after {turn.outcome}")

        return run

    async with BotTester(middleware=[step("a"), step("b")]) as bot:
        await bot.say("hi")
    assert calls == ["a before", "b before", "b after answered", "a after answered"]


def test_a_refusal_carries_its_text() -> None:
    """A refusal without a text is silent."""
    assert str(Refused()) == "refused in silence"
    assert Refused("refused-rate", seconds=3).values == {"seconds": 3}


@pytest.mark.parametrize(
    ("secret", "mask"),
    [
        ("1234567890:AAEhBP0av28FakeFakeFakeFakeFakeFake12", "[token]"),
        ("xoxb-1111-2222-abcdefghij", "[token]"),
        ("xapp-1-A1-222-abcdef", "[token]"),
        ("sk-abcdefghijklmnopqrstuvwx", "[key]"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123", "[key]"),
        ("hf_abcdefghijklmnopqrstuvwxyz", "[key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", "[token]"),
        ("Authorization: Bearer abcdefgh12345", "Bearer [token]"),
        ("api_key='abcd1234'", "api_key='[secret]'"),
        ("postgresql://bot:hunter2@db/bot", "postgresql://[secret]@db/bot"),
        ("ann.lee+x@example.co.uk", "[e-mail]"),
        ("+49 170 1234567", "[phone]"),
        ("13812345678", "[phone]"),
        ("(415) 555-2671", "[phone]"),
    ],
)
def test_secrets_and_personal_data_are_masked(secret: str, mask: str) -> None:
    """Tokens, keys, passwords, e-mail addresses and phone numbers do not reach the log."""
    masked = redact(f"before {secret} after")
    assert mask in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


@pytest.mark.parametrize("text", ["answered chat by default (1.00) in 12 ms", "event 1234567 of 2026-11-23T15:20:07"])
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    """Figures, dates and sequence numbers are no phone numbers."""
    assert redact(text) == text


def test_exceptions_and_arguments_are_masked_too() -> None:
    """What a formatter would add to the message is masked as well, and formatted only once."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Redaction())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    try:
        raise ValueError("token=abcdef123456")
    except ValueError:
        logger.exception("mail to %s failed", "ann@example.com", stack_info=True)
    text = stream.getvalue()
    assert "mail to [e-mail] failed" in text
    assert "ValueError: token=[secret]" in text
    assert "abcdef123456" not in text
