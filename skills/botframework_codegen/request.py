"""Which programming language somebody asks for; knows no model.

The patterns of requests are the skill's rules for the router.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PATTERNS", "Request", "parse"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be written in which language; ``tag`` is what stands behind the fence."""

    text: str
    language: str = "Python"
    tag: str = "python"


# tag, name, further spellings. Names that are also words count only after "in", "用" or a leading place.
_TABLE = """
python Python py python3
javascript JavaScript js node nodejs node.js
typescript TypeScript ts
java Java
c C
cpp C++ cpp
csharp C# csharp
go Go golang
rust Rust
ruby Ruby
php PHP
swift Swift
kotlin Kotlin
scala Scala
sql SQL mysql postgresql sqlite
bash Bash sh shell zsh
powershell PowerShell
html HTML
css CSS
r R
perl Perl
lua Lua
haskell Haskell
elixir Elixir
julia Julia
matlab MATLAB
dart Dart
json JSON
yaml YAML yml
regex regex regexp
dockerfile Dockerfile
makefile Makefile
"""
_SPELLINGS: dict[str, tuple[str, str]] = {}
for _line in _TABLE.split("\n"):
    if _line:
        _tag, _name, *_others = _line.split()
        _SPELLINGS |= {_spelling.lower(): (_tag, _name) for _spelling in (_tag, _name, *_others)}
_NAMES = "|".join(sorted(map(re.escape, _SPELLINGS), key=len, reverse=True))
_WHOLE = rf"(?<![A-Za-z0-9_.])(?P<language>{_NAMES})(?![A-Za-z0-9_+#])"
_NAMED = (
    re.compile(rf"(?<![\s,，])[\s,，]*+\b(?:in|using|with)\s++{_WHOLE}(?P<after>\s+code)?", re.IGNORECASE),
    re.compile(rf"(?<![\s,，])[\s,，]*+(?:请)?(?:用|使用)\s*+{_WHOLE}\s*+(?:语言|代码)?(?:来)?", re.IGNORECASE),
)
_ADJECTIVE = re.compile(
    rf"{_WHOLE}\s*+(?:code|function|program|script|class|snippet|query|one-liner|page|regex|"
    r"代码|函数|程序|脚本|类|查询|语句|方法|正则)",
    re.IGNORECASE,
)
_LEADING = re.compile(rf"\s*+{_WHOLE}(?:\s*+(?P<colon>[:：])|\s)\s*+(?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
_ALSO_WORDS = frozenset({"go", "c", "r", "swift", "julia", "dart", "rust", "shell", "node", "make"})

_WRITE = r"(?:write|code|create|make|build|give\s+me|show\s+me|generate|implement|need|want)"
_THING = (
    r"(?:code|function|program|script|class|method|snippet|algorithm|one-liner|decorator|regex|sql\s+query|unit\s+test)"
)
PATTERNS: tuple[str, ...] = (
    rf"^\s*+(?:(?:please|can|could|would|you|i|hey)[\s,]++)*+{_WRITE}\s++(?:(?:me|us)\s++)?"
    rf"(?:(?:an?|the|some)\s++)?(?:(?!(?:that|which|about|for)\b)[\w+#.-]++\s++){{0,3}}{_THING}s?\b",
    rf"\bhow\s++(?:do|would|can|to)(?:\s*+(?:i|you|we))?\s++.{{3,80}}\bin\s++(?:{_NAMES})\s*+\?*+\s*+$",
    rf"^\s*+(?:in|using)\s++(?:{_NAMES})\s*+[,:]\s*+\S",
    r"(?<!会)(?<!会编)(?:写|编|编写|实现|生成|给我|来)(?:一?[个段份条些]|一下)?[^。？！\n]{0,24}?(?:代码|函数|程序(?!员)|脚本|算法|正则表达式|SQL)",
    rf"(?:用|使用)\s*+(?:{_NAMES})\s*+(?:语言)?[^。？！\n]{{0,30}}(?:写|实现|编写|计算|打印|排序|读取|生成|怎么)",
)


def parse(text: str) -> Request:
    """The request without the words that only name its language; Python where none is named."""
    for pattern in _NAMED:
        if (match := pattern.search(text)) is not None:
            rest = f"{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}".strip(" ,，:：\n")
            return _request(rest or text.strip(), match["language"])
    if (match := _ADJECTIVE.search(text)) is not None:
        return _request(text.strip(), match["language"])
    match = _LEADING.match(text)
    if match is not None and (match["colon"] or match["language"].lower() not in _ALSO_WORDS):
        return _request(match["rest"].strip(), match["language"])
    return Request(text.strip())


def _request(text: str, spelling: str) -> Request:
    tag, name = _SPELLINGS[spelling.lower()]
    return Request(text, name, tag)
