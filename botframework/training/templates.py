"""Renders a record as chat messages: the canonical prompt mostly, a paraphrase sometimes; knows no tokens.

The canonical prompts are the contract with the skills, which send exactly these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from botframework.training.languages import LANGUAGES, LANGUAGES_ZH, primary
from botframework.training.noising import spoil
from botframework.training.readers import Record
from botframework.training.recipe import Source
from botframework.training.validation import speech

TRANSLATE = "Translate into {language}:\n{text}"
TRANSLATE_OTHER = (
    "Translate to {language}: {text}",
    "Translate into {language}: {text}",
    "translate to {language}\n{text}",
    "Please translate this into {language}:\n{text}",
    "{text}\n\nTranslate this into {language}.",
    'How do you say "{text}" in {language}?',
    'Translate "{text}" into {language}.',
    "翻译成{language_zh}：\n{text}",
    "把这句话翻译成{language_zh}：{text}",
    "用{language_zh}怎么说：{text}",
    "请把下面的内容翻译成{language_zh}：\n{text}",
)
SUMMARISE = "Summarise:\n{text}"
SUMMARISE_ZH = "总结：\n{text}"
SUMMARISE_OTHER = (
    "Summarize: {text}",
    "Summarise this text:\n{text}",
    "{text}\n\nSummarise this in one or two sentences.",
    "Give me a short summary:\n{text}",
    "tl;dr\n{text}",
)
SUMMARISE_ZH_OTHER = (
    "总结一下：\n{text}",
    "请概括下面的内容：\n{text}",
    "{text}\n\n用一两句话总结。",
    "摘要：\n{text}",
)
TITLE = ("Write a title for:\n{text}", "Give this text a title:\n{text}", "Title:\n{text}")
TITLE_ZH = ("写一个标题：\n{text}", "为下面的内容起个标题：\n{text}", "标题：\n{text}")
CODE = "Write Python code: {text}"
CODE_OTHER = ("{text} Use Python.", "In Python: {text}", "{text}", "Write a Python function: {text}")
CODE_ZH_OTHER = ("用 Python 写代码：{text}", "{text}用 Python。", "写一段 Python 代码：{text}")


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message; `learn` marks the text that the loss counts."""

    role: str
    text: str
    learn: bool = False


def is_chinese(text: str) -> bool:
    """Whether Chinese characters are a fair share of the text."""
    return sum("\u4e00" <= c <= "\u9fff" for c in text) * 4 > len(text)


def translation_prompt(text: str, language: str) -> str:
    """The canonical request to translate `text` into the language of code `language`."""
    return TRANSLATE.format(language=LANGUAGES[primary(language)], text=text)


def summary_prompt(text: str) -> str:
    """The canonical request to summarise `text`."""
    return (SUMMARISE_ZH if is_chinese(text) else SUMMARISE).format(text=text)


def code_prompt(text: str) -> str:
    """The canonical request for Python code."""
    return CODE.format(text=text)


def render(record: Record, source: Source, random: Random, following: Record | None = None) -> list[Message]:
    """The messages of one record; assistant messages are learned.

    Of a prompt with a completion only the completion is, of a preference the chosen one, and of a thumb the
    completion if the thumb was up.

    Args:
        following: another translation record to join to this one, for requests of several sentences.
    """
    canonical = random.random() < source.canonical
    match source.kind:
        case "translation":
            return _translation(record, source, random, canonical, following)
        case "summary":
            return _exchange(_summary_prompt(record, random, canonical), record["summary"])
        case "code":
            text = record["prompt"].strip()
            others = CODE_ZH_OTHER if is_chinese(text) else CODE_OTHER
            template = CODE if canonical else random.choice(others)
            code = record.get("code") or record["completion"]
            return _exchange(template.format(text=text), f"```python\n{code.strip()}\n```")
        case "messages":
            if "messages" not in record:
                return _answered(record["prompt"], record["completion"])
            return [Message(m["role"], m["content"].strip(), m["role"] == "assistant") for m in record["messages"]]
        case "preference":
            return _answered(record["prompt"], record["chosen"])
        case "thumbs":
            return _answered(record["prompt"], record["completion"], record["label"])
        case "lead":
            document, lead = lead_of(record.get("text") or record["document"])
            return _exchange(_summary_prompt({"document": document}, random, canonical), lead)
        case "text":
            return [Message("assistant", record["text"].strip(), True)]


def lead_of(text: str, size: int = 500) -> tuple[str, str]:
    """(the text's whole sentences within `size` characters, the first of them): a summary by its opening."""
    sentences = re.findall(r".+?[.!?。！？]+[\"”’」]?\s*", " ".join(text.split()))
    kept = list(sentences[:1])
    for sentence in sentences[1:]:
        if sum(map(len, kept)) + len(sentence) > size:
            break
        kept.append(sentence)
    first = kept[0] if kept else text
    return "".join(kept).strip() or text, first.strip()


def _exchange(prompt: str, answer: str) -> list[Message]:
    return [Message("user", prompt.strip()), Message("assistant", answer.strip(), True)]


def _answered(
    prompt: str | list[dict[str, str]], answer: str | list[dict[str, str]], learn: bool = True
) -> list[Message]:
    asked = [Message(m["role"], m["content"].strip()) for m in speech(prompt, "user")]
    said = [
        Message(m["role"], m["content"].strip(), learn and m["role"] == "assistant")
        for m in speech(answer, "assistant")
    ]
    return asked + said


def _translation(
    record: Record, source: Source, random: Random, canonical: bool, following: Record | None
) -> list[Message]:
    back = random.random() < source.reverse
    source_key, target_key, language_key = ("tgt", "src", "src_lang") if back else ("src", "tgt", "tgt_lang")
    text, answer = record[source_key].strip(), record[target_key].strip()
    if following is not None:
        text = _joined(text, following[source_key].strip())
        answer = _joined(answer, following[target_key].strip())
    if source.noise is not None:
        text = spoil(text, source.noise, random)
    code = primary(record[language_key])
    template = TRANSLATE if canonical else random.choice(TRANSLATE_OTHER)
    prompt = template.format(language=LANGUAGES[code], language_zh=LANGUAGES_ZH[code], text=text)
    return _exchange(prompt, answer)


def _joined(first: str, second: str) -> str:
    return first + second if is_chinese(first) else f"{first} {second}"


def _summary_prompt(record: Record, random: Random, canonical: bool) -> str:
    text = record["document"].strip()
    chinese = is_chinese(text)
    if str(record.get("source", "")).endswith(":title") or str(record.get("source", "")).startswith("CSL"):
        return random.choice(TITLE_ZH if chinese else TITLE).format(text=text)
    if canonical:
        return summary_prompt(text)
    return random.choice(SUMMARISE_ZH_OTHER if chinese else SUMMARISE_OTHER).format(text=text)
