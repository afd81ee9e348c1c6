"""What somebody asks for who wants a whole conversation translated."""

from __future__ import annotations

import re

import pytest

from botframework_translation.wish import PATTERNS, UnknownLanguage, Wish, from_command, from_message


def told(wish: Wish | None) -> str:
    """A wish in short: ``fr``, ``en zh``, ``on``, ``off`` or ``-``."""
    if wish is None:
        return "-"
    codes = [each.code for each in (wish.language, wish.other) if each is not None]
    return " ".join(codes) or "on" if wish.on else "off"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("translate everything into French from now on", "fr"),
        ("From now on, please translate everything I say to German.", "de"),
        ("Please translate every message into Chinese", "zh"),
        ("can you translate all messages here to Spanish?", "es"),
        ("Always translate what I write into English, please", "en"),
        ("translate everything between English and Chinese", "en zh"),
        ("from now on translate from French to English", "en fr"),
        ("translate this into French from now on", "fr"),
        ("turn on auto-translate to French", "fr"),
        ("turn on auto-translation", "on"),
        ("以后都翻译成法语", "fr"),
        ("从现在开始，请把我说的每句话都翻译成英语。", "en"),
        ("把所有消息翻译成德语吧", "de"),
        ("请把大家说的话都翻译成中文", "zh"),
        ("以后中英互译", "zh en"),
        ("开启自动翻译", "on"),
        ("stop translating", "off"),
        ("Please stop translating everything.", "off"),
        ("you can stop translating now, thanks", "-"),
        ("Turn off auto-translation", "off"),
        ("don't translate any more", "off"),
        ("不用翻译了", "off"),
        ("别再翻译了！", "off"),
        ("停止翻译", "off"),
        ("关闭自动翻译", "off"),
        ("把自动翻译关掉", "off"),
    ],
)
def test_a_wish_is_read_from_words(said: str, meant: str) -> None:
    """In English and Chinese; what the reader understands the router's rules do as well."""
    assert told(from_message(said)) == meant
    assert any(re.search(pattern, said, re.IGNORECASE | re.DOTALL) for pattern in PATTERNS) == (meant != "-")


@pytest.mark.parametrize(
    "said",
    [
        "translate this into French",
        "Translate good morning into French",
        "translate 'everything is fine' into French",
        "把下面的内容都翻译成法语：你好",
        "把这些都翻译成法语",
        "用法语怎么说以后",
        "翻译成法语",
        "不要翻译这个名字",
        "stop",
        "don't translate the names",
        "what is auto-translation?",
        "She stopped translating novels years ago.",
    ],
)
def test_one_translation_is_no_such_wish(said: str) -> None:
    """Asking for one text, or talking about translating, switches nothing."""
    assert from_message(said) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", "-"),
        ("fr", "fr"),
        ("French", "fr"),
        ("en zh", "en zh"),
        ("en <-> zh", "en zh"),
        ("en,zh-CN", "en zh"),
        ("英语和法语", "en fr"),
        ("between German and Spanish", "de es"),
        ("fr fr", "fr"),
        ("on", "on"),
        ("off", "off"),
        ("OFF", "off"),
        ("关闭", "off"),
    ],
)
def test_a_command_names_one_language_or_two(said: str, meant: str) -> None:
    """By code or name, with whatever stands between them; or it switches off."""
    assert told(from_command(said)) == meant


@pytest.mark.parametrize(("said", "word"), [("klingon", "klingon"), ("fr xx", "xx"), ("en zh fr", "fr")])
def test_a_word_that_is_no_language_is_named(said: str, word: str) -> None:
    """So is a third language."""
    with pytest.raises(UnknownLanguage) as caught:
        from_command(said)
    assert caught.value.word == word
