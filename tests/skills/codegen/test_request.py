"""The programming language is read from the request."""

from __future__ import annotations

import re

import pytest

from botframework_codegen.request import PATTERNS, parse


@pytest.mark.parametrize(
    ("text", "tag", "rest"),
    [
        ("reverse a string", "python", "reverse a string"),
        ("reverse a string in JavaScript", "javascript", "reverse a string"),
        ("in Go, read a file line by line", "go", "read a file line by line"),
        ("using C++ sort a vector", "cpp", "sort a vector"),
        ("a function in C# that adds two numbers", "csharp", "a function that adds two numbers"),
        ("用 JavaScript 写一个倒计时", "javascript", "写一个倒计时"),
        ("用C语言写冒泡排序", "c", "写冒泡排序"),
        ("js: debounce", "javascript", "debounce"),
        ("rust hello world", "python", "rust hello world"),
        ("Rust: hello world", "rust", "hello world"),
        ("write a SQL query that counts users", "sql", "write a SQL query that counts users"),
        ("a Java class for a stack", "java", "a Java class for a stack"),
        ("write a function to go home", "python", "write a function to go home"),
        ("count the vowels in a word", "python", "count the vowels in a word"),
        ("in Python", "python", "in Python"),
        ("", "python", ""),
    ],
)
def test_the_language_is_found_and_the_rest_is_the_request(text: str, tag: str, rest: str) -> None:
    """A language after "in", 用 or a colon is taken out; without one it is Python."""
    request = parse(text)
    assert (request.tag, request.text) == (tag, rest)


@pytest.mark.parametrize(
    "message",
    [
        "Write a Python function that reverses a string",
        "can you write me a small script to rename files?",
        "please create a recursive fibonacci function",
        "how do I read a file line by line in Python?",
        "In JavaScript: sum an array",
        "写一个反转字符串的函数",
        "帮我写一段读取文件的代码",
        "用 Python 实现快速排序",
    ],
)
def test_requests_for_code_match_a_rule(message: str) -> None:
    """Several ways to ask for code reach this skill without a command."""
    assert any(re.search(pattern, message, re.IGNORECASE | re.DOTALL) for pattern in PATTERNS)


@pytest.mark.parametrize(
    "message",
    [
        "write a poem about a class trip",
        "what is the function of the heart?",
        "Write a letter to my teacher about the programme",
        "how do you say go in French",
        "给我讲个笑话",
        "我写了一封信",
    ],
)
def test_ordinary_messages_match_no_rule(message: str) -> None:
    """Words that code has in common with the world do not decide."""
    assert not any(re.search(pattern, message, re.IGNORECASE | re.DOTALL) for pattern in PATTERNS)
