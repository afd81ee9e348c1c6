"""What somebody wants translated is understood from a command or from their words."""

from __future__ import annotations

import re

import pytest

from botframework_translation.request import PATTERNS, from_command, from_message, loosely, refers_back


@pytest.mark.parametrize(
    ("command", "code", "text"),
    [
        ("fr Good morning", "fr", "Good morning"),
        ("French Good morning", "fr", "Good morning"),
        ("french: Good morning", "fr", "Good morning"),
        ("into German good night", "de", "good night"),
        ("zh-CN hello", "zh", "hello"),
        ("Simplified Chinese hello", "zh", "hello"),
        ("法语 早上好", "fr", "早上好"),
        ("成英文：你好", "en", "你好"),
        ("fr\nOne line.\n\nAnother  line.", "fr", "One line.\n\nAnother  line."),
        ("fr", "fr", ""),
        ("it Good morning", "it", "Good morning"),
        ("it is raining", None, "it is raining"),
        ("no problem", None, "no problem"),
        ("Good morning", None, "Good morning"),
        ('es "Where is it?"', "es", "Where is it?"),
        ("", None, ""),
        ("translate this into French: See you soon.", "fr", "See you soon."),
    ],
)
def test_after_the_command_stands_a_language_and_a_text(command: str, code: str | None, text: str) -> None:
    """The language may be a code or a name in any of several languages, or be left out."""
    request = from_command(command)
    assert (request.language.code if request.language else None, request.text) == (code, text)


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ("Translate good morning into French", "fr", "good morning"),
        ('please translate "I am late" to Spanish.', "es", "I am late"),
        (
            "Can you translate this into German: The train is late. I will walk.",
            "de",
            "The train is late. I will walk.",
        ),
        ("translate to chinese\nGood night", "zh", "Good night"),
        ("translate from English to French: hello", "fr", "hello"),
        ("How do you say thank you very much in German?", "de", "thank you very much"),
        ("how would I say 'where is the toilet' in spanish", "es", "where is the toilet"),
        ("What's the French word for butterfly?", "fr", "butterfly"),
        ("what is the word for butterfly in French?", "fr", "butterfly"),
        ("What is “早上好” in English?", "en", "早上好"),
        ("say I love you in Chinese", "zh", "I love you"),
        ("用法语怎么说早上好？", "fr", "早上好"),
        ("请用法语说早上好。", "fr", "早上好"),
        ("good morning in German", "de", "good morning"),
        ("I love you in Spanish?", "es", "I love you"),
        ("用英语怎么说：我迟到了", "en", "我迟到了"),
        ("早上好用法语怎么说？", "fr", "早上好"),
        ("把“我爱你”翻译成英文", "en", "我爱你"),
        ("请把我明天不来翻译成德语。", "de", "我明天不来"),
        ("翻译成法语：今天天气很好。", "fr", "今天天气很好。"),
        ("把下面的内容翻译成西班牙语：\n你好。\n再见。", "es", "你好。\n再见。"),
        ("请翻译成英文：谢谢", "en", "谢谢"),
        ("蝴蝶的英文是什么？", "en", "蝴蝶"),
        ("谢谢的法语怎么说", "fr", "谢谢"),
        ("How are you 翻译成中文", "zh", "How are you"),
        ("翻译：good luck", None, "good luck"),
        ("translate: good luck", None, "good luck"),
        ("translate this into French", "fr", ""),
        ("Translate that please", None, ""),
        ("把这句话翻译成英文", "en", ""),
        ("帮我翻译成英文", "en", ""),
        ("翻译一下", None, ""),
        ("Comment dit-on bonne nuit en anglais ?", "en", "bonne nuit"),
        ("Wie sagt man guten Appetit auf Französisch?", "fr", "guten Appetit"),
        ("Übersetze ich bin müde ins Englische", "en", "ich bin müde"),
        ("¿Cómo se dice buenas noches en francés?", "fr", "buenas noches"),
        ("translate I am hungry to Klingon", "", "I am hungry"),
        ("Good morning", None, None),
        ("What is the best book in English?", None, None),
        ("I am learning French", None, None),
        ("法语难吗？", None, None),
    ],
)
def test_a_request_in_words_is_understood(message: str, code: str | None, text: str | None) -> None:
    """Several ways to ask in several languages; ordinary talk about languages is none of them."""
    request = from_message(message)
    if text is None:
        assert request is None
    else:
        assert request is not None
        assert (request.language.code if request.language else None, request.text) == (code, text)


@pytest.mark.parametrize(
    "message",
    [
        "films in French?",
        "I can count in German",
        "is it in French?",
        "He sings in Spanish",
        "用英语说话很难",
        "用法语说得不好",
    ],
)
def test_talk_about_languages_is_no_request(message: str) -> None:
    """A language after "in" alone asks for nothing."""
    assert from_message(message) is None


def test_a_loose_request_takes_what_is_quoted() -> None:
    """Where no pattern fits, the last language named and what is quoted or follows a colon count."""
    request = loosely("I would need the following in Spanish for a letter: I lost my passport.")
    assert request.language is not None
    assert (request.language.code, request.text) == ("es", "I lost my passport.")
    assert loosely("can you translate something for me").text == ""
    assert loosely("Wo ist der Bahnhof?").text == "Wo ist der Bahnhof?"


@pytest.mark.parametrize("text", ["this", "That.", "the last message", "这句话", "上面的话", "it", ""])
def test_pointing_words_mean_an_earlier_message(text: str) -> None:
    """ "this" and 这句话 are not what is to be translated."""
    assert refers_back(text)


def test_patterns_fill_the_skills_parameters() -> None:
    """Every pattern is a valid rule and names nothing but ``text`` and ``language``."""
    for pattern in PATTERNS:
        assert set(re.compile(pattern).groupindex) <= {"text", "language"}
