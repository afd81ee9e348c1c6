"""The skill itself: what is asked, into which language, and the answer; knows no channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import BaseModel, Field

from botframework import Context, skill
from botframework.language import detect
from botframework_translation.hints import HINTS
from botframework_translation.languages import LANGUAGES, Language, find, named
from botframework_translation.masking import split_around
from botframework_translation.request import PATTERNS, Request, from_command, from_message, loosely
from botframework_translation.translator import Translator

__all__ = ["TranslationSettings", "language_of", "says_something", "translate", "translated"]


class TranslationSettings(BaseModel, extra="forbid"):
    """How the translation skill works."""

    temperature: float = Field(0.0, ge=0, le=2)
    concurrency: int = Field(16, ge=1, le=256)
    """Sentences that the model is asked for side by side."""
    pair: tuple[str, str] = ("en", "zh")
    """Without a target a text in the person's own language becomes the first of these that it is not."""


_WELL_KNOWN = frozenset({"en", "zh", "fr", "de", "es"})
EXAMPLES = (
    "translate this into Chinese",
    "how do you say thank you in Spanish",
    "what is the French word for butterfly",
    "could you put this into German for me",
    "I need this sentence in English",
    "please translate my message to French",
    "what does this mean in English",
    "can you translate something for me",
    "这个词用英语怎么说",
    "帮我翻译一下这段话",
    "请把这句话翻译成法语",
    "这句德语是什么意思",
    "把下面的内容译成西班牙语",
    "谢谢的法语怎么说",
    "能帮我翻成中文吗",
    "我想翻译一段文字",
    "comment dit-on bonjour en anglais",
    "wie sagt man danke auf Spanisch",
    "cómo se dice gracias en alemán",
)


@skill(
    "translation",
    "Translates text between languages.",
    command="translate",
    aliases=("tr", "翻译"),
    examples=EXAMPLES,
    rules=(*PATTERNS, *HINTS),
    settings=TranslationSettings,
    descriptions={"zh": "翻译文字。"},
)
async def translate(ctx: Context, language: str | None = None, text: str = "") -> AsyncIterator[str]:
    """Translate what is given, quoted or was said last."""
    request = _request(ctx, language, text)
    source_text = request.text or _pointed_at(ctx)
    if not source_text.strip():
        if request.language is None:
            yield ctx.say("translation-what-at-all")
            ctx.expect(language="")
        else:
            yield ctx.say("translation-what", name=named(request.language, ctx.language))
            ctx.expect(language=request.language.code or request.language.name)
        return
    settings = ctx.settings_as(TranslationSettings)
    source = language_of(source_text)
    target = request.language or _other(source, ctx.language, settings.pair)
    if source is not None and source == target.code and _says_enough(source_text):
        yield f"{ctx.say('translation-already', name=named(target, ctx.language))}\n\n{source_text}"
        return
    async for chunk in translated(ctx, source_text, source, target, settings):
        yield chunk


async def translated(
    ctx: Context, text: str, source: str | None, target: Language, settings: TranslationSettings
) -> AsyncIterator[str]:
    """The translation of ``text``, and after it what is doubtful about it."""
    translator = Translator(ctx.model, target, settings.temperature, settings.concurrency)
    whole: list[str] = []
    async for chunk in translator.stream(text):
        whole.append(chunk)
        yield chunk
    notes = []
    if translator.failed:
        parts = ", ".join(f"“{part}”" for part in translator.failed)
        notes.append(ctx.say("translation-failed", parts=parts))
    elif _says_enough(text) and _untranslated(text, "".join(whole), source, target):
        notes.append(ctx.say("translation-unsure", name=named(target, ctx.language)))
    if notes:
        yield "\n\n" + "\n".join(f"⚠️ {note}" for note in notes)


def language_of(text: str) -> str | None:
    """The language of a text, whatever is protected in it left out."""
    return detect(_prose(text))


def says_something(text: str) -> bool:
    """Whether a text has words to translate: not only a link, a number or a smile."""
    return any(char.isalpha() for char in _prose(text))


def _request(ctx: Context, language: str | None, text: str) -> Request:
    if ctx.expected is not None:
        name = str(ctx.expected.get("language", ""))
        return Request(ctx.text, (find(name) or Language("", name)) if name else None)
    if (request := from_message(ctx.text)) is not None:
        return request
    return from_command(ctx.text) if language else loosely(ctx.text)


def _pointed_at(ctx: Context) -> str:
    """The message that is replied to, or the last one that stands here."""
    if ctx.event.reply_to is not None and ctx.event.reply_to.text.strip():
        return ctx.event.reply_to.text
    return ctx.history[-1].text if ctx.history else ""


def _other(source: str | None, reader: str, pair: tuple[str, str]) -> Language:
    """Into the person's own language, or out of it where the text is written in that."""
    if source is not None and source != reader:
        return LANGUAGES[reader]
    return LANGUAGES[next(code for code in pair if code != (source or reader))]


def _says_enough(text: str) -> bool:
    """Whether a text is long enough for its language to be beyond doubt."""
    return len(text.split()) >= 4 or sum(char > "\u2e80" for char in text) >= 6


def _untranslated(text: str, result: str, source: str | None, target: Language) -> bool:
    """Whether the answer is plainly not in the target language: the text itself, or still in its language."""
    if result.strip() == text.strip():
        return True
    # Between the languages that every model here knows, a doubt would more often be the detector's mistake.
    return target.code not in _WELL_KNOWN and source is not None and language_of(result) == source


def _prose(text: str) -> str:
    return "".join(" " if protected else piece for piece, protected in split_around(text))
