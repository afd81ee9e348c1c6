"""Translates every message of a conversation once somebody has switched that on; knows no channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

from botframework import Context, skill
from botframework_translation.languages import LANGUAGES, Language, find, named
from botframework_translation.skill import TranslationSettings, language_of, says_something, translated
from botframework_translation.wish import PATTERNS, UnknownLanguage, Wish, from_command, from_message

__all__ = ["autotranslate"]


@skill(
    "autotranslate",
    "Translates every message here, until it is switched off.",
    aliases=("autotr", "自动翻译"),
    rules=PATTERNS,
    settings=TranslationSettings,
    descriptions={
        "zh": "自动翻译这里的每条消息，直到关闭为止。",
        "fr": "Traduit chaque message d'ici, jusqu'à ce qu'on l'arrête.",
        "de": "Übersetzt hier jede Nachricht, bis es abgeschaltet wird.",
        "es": "Traduce aquí cada mensaje, hasta que se desactive.",
    },
)
async def autotranslate(ctx: Context, language: str = "", other: str = "") -> AsyncIterator[str]:
    """Switch the mode on or off, say how it stands, or translate a message that came because of it."""
    if ctx.decision.by == "mode" and (wish := from_message(ctx.text)) is None:
        async for chunk in _translate(ctx, find(language), find(other)):
            yield chunk
        return
    if ctx.decision.by == "command":
        try:
            wish = from_command(ctx.text)
        except UnknownLanguage as error:
            yield ctx.say("autotranslate-unknown", word=error.word)
            return
    else:
        wish = from_message(ctx.text)
    if wish is None or (wish.on and wish.language is None):
        yield _state(ctx)
    elif wish.on:
        yield await _switch_on(ctx, wish)
    else:
        was_on = ctx.mode is not None
        await ctx.end_mode()
        yield ctx.say("autotranslate-ended" if was_on else "autotranslate-is-off")


async def _switch_on(ctx: Context, wish: Wish) -> str:
    language = wish.language or LANGUAGES["en"]
    other = wish.other or _counterpart(language, ctx.language, ctx.settings_as(TranslationSettings).pair)
    await ctx.set_mode(language=language.code, other=other.code)
    return ctx.say("autotranslate-on", **_names(ctx, language, other))


def _state(ctx: Context) -> str:
    language, other = (find(str((ctx.mode or {}).get(name, ""))) for name in ("language", "other"))
    if language is None or other is None:
        return ctx.say("autotranslate-is-off")
    return ctx.say("autotranslate-is-on", **_names(ctx, language, other))


def _names(ctx: Context, language: Language, other: Language) -> dict[str, str]:
    return {"name": named(language, ctx.language), "other": named(other, ctx.language)}


def _counterpart(language: Language, reader: str, pair: tuple[str, str]) -> Language:
    """What a message in ``language`` becomes: the language of who switches it on, where that is another one."""
    return LANGUAGES[next(code for code in (reader, *pair) if code in LANGUAGES and code != language.code)]


async def _translate(ctx: Context, language: Language | None, other: Language | None) -> AsyncIterator[str]:
    """One message into ``language``, or out of it; nothing for what has no words."""
    if language is None or other is None or not says_something(ctx.text):
        return
    source = language_of(ctx.text) or ctx.detected
    target = other if source == language.code else language
    async for chunk in translated(ctx, ctx.text, source, target, ctx.settings_as(TranslationSettings)):
        yield chunk
