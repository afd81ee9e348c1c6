"""Words by which a message is known to ask for code; knows no model.

Only rules for the router, beside those of `request`. Only the beginning of a message is looked at, so that a word in a
long text asks for nothing.
"""

from __future__ import annotations

__all__ = ["HINTS"]

_BEGINNING = r"\A.{0,60}?"
_NAME = (
    r"(?<![A-Za-z0-9])(?:python|javascript|typescript|java|sql|html|css|bash|shell|powershell|c\+\+|c#|rust|ruby|"
    r"php|kotlin|"
    r"golang|node\.?js|regex)(?![A-Za-z0-9])"
)
_WRITE = (
    r"(?:write|code|program|create|make|build|give|show|generate|implement|need|want|like|develop|explain|"
    r"explain\s{1,3}and\s{1,3}write)"
)
_THING = (
    r"(?:code|functions?|programs?|scripts?|class|methods?|snippets?|algorithms?|one-liners?|decorators?|regex"
    r"(?:es)?|"
    r"regular\s{1,3}expressions?|quer(?:y|ies)|unit\s{1,3}tests?|loops?|web\s?pages?|web\s?site|web\s{1,3}server|"
    r"app|api|sql)"
)
_ZH_THING = (
    r"(?:代码|函数|程序(?!员)|脚本|算法|正则|SQL|装饰器|网页|页面|队列|链表|二叉树|递归|爬虫|单元测试|排序|小游戏|接口|"
    r"(?<=[一个])类|类(?=[，,。]|\s{0,3}\Z))"
)

HINTS: tuple[str, ...] = (
    rf"\A(?!.{{0,8}}?\b(?:are|do)\s{{1,3}}you\b)(?:[\w'’]{{1,12}}[\s,]{{1,2}}){{0,4}}?{_WRITE}\s{{1,3}}"
    rf"(?:me\s{{1,3}}|us\s{{1,3}})?(?:an?\s{{1,3}}|the\s{{1,3}}|some\s{{1,3}})?"
    rf"(?:[\w+#.-]{{1,15}}\s{{1,3}}){{0,4}}?{_THING}\s{{1,3}}(?:that|which|to|for|in|of|with|on|code)\b",
    rf"\A(?:[\w'’]{{1,12}}[\s,]{{1,2}}){{0,4}}?{_WRITE}\s{{1,3}}.{{0,60}}?\b(?:in|using|with)\s{{1,3}}{_NAME}",
    rf"\A(?:[\w'’]{{1,12}}[\s,]{{1,2}}){{0,4}}?(?:write|give\s{{1,3}}me|create|make|build|show\s{{1,3}}me|"
    rf"generate|need)\s{{1,3}}(?:an?\s{{1,3}}|some\s{{1,3}})?{_NAME}",
    rf"{_BEGINNING}{_NAME}\s{{1,3}}(?:[\w-]{{1,12}}\s{{1,3}})?{_THING}\b",
    rf"\A\s*+(?:(?:an?|the|some|small|simple|short)\s{{1,3}})*+{_THING}\s{{1,3}}(?:that|which|to|for)\b",
    r"\A\s*+(?:please\s{1,3}|can you\s{1,3}|could you\s{1,3})?(?:implement|debug|refactor|program|code)\s{1,3}\S",
    rf"\A\s*+(?:check|compute|calculate|convert|count|filter|find|generate|get|list|merge|parse|print|read|remove|replace|"
    rf"reverse|sort|split|sum|swap)\s{{1,3}}[^\n?？]{{2,60}}?\b{_NAME}\s*+[.!]?\s*+\Z",
    rf"\A\s*+(?:in\s{{1,3}})?{_NAME}\s{{0,3}}[:：]\s{{0,3}}\S",
    r"\A.{0,40}?\b(?:fix|debug|improve|explain|check|correct|test)\s{1,3}(?:this|my|the|that|"
    r"following)\s{1,3}(?:\w+\s{1,3})?(?:code|function|script|program|regex|query|class)\b",
    rf"\A.{{0,20}}?\bin\s{{1,3}}{_NAME}\s{{0,3}},\s{{0,3}}how\b",
    rf"\A\s*+(?:an?\s{{1,3}})?{_NAME}\s{{1,3}}(?:\w+\s{{1,3}}){{0,2}}?(?:for|with|that|to|which|page)\b",
    rf"\A.{{0,20}}?\bhow\b.{{0,70}}?\b(?:in|with|using)\s{{1,3}}{_NAME}",
    r"\A.{0,80}?(?:\bdef \w+\(|\bprint\(|\bfor \w+ in \w+\(|console\.log\(|#include\b|\bimport \w+\s{0,3}\n|"
    r"\bselect\b.{1,40}\bfrom\b.{1,40}\bwhere\b)",
    rf"\A(?!.{{0,8}}?会不?会?(?:写|编)).{{0,20}}?(?:写|编|编写|实现|生成|给我|来|做|画|给)(?:一?[个段份条些]|一下)?[^。？！\n]{{0,20}}?{_ZH_THING}",
    r"\A(?:请|帮我|麻烦|帮忙|你?能不能|能否)*+(?:写|编|编写|做|开发|实现)(?:一?个)[^。？！\n]{0,16}?游戏",
    r"\A(?:请|帮我|麻烦|帮忙|编程|动手)*+实现(?!梦想|目标|愿望|理想|自我)\S",
    r"\A.{0,30}?(?:代码|程序(?!员)|脚本|函数)[^。？！\n]{0,12}?(?:报错|出错|错误|运行不了|bug|跑不)",
    r"\A.{0,12}?[改查看修][^。？！\n]{0,6}?(?:代码|程序|脚本|函数)",
    rf"\A.{{0,12}}?{_NAME}\s{{0,3}}[里中]?\s{{0,3}}(?:怎么|如何)(?!学|样|念|读|说|来的)",
    rf"\A.{{0,12}}?(?:怎么|如何|怎样)\s{{0,3}}[用在]\s{{0,3}}{_NAME}",
    rf"\A.{{0,12}}?[用使]\s{{0,3}}{_NAME}\s{{0,3}}(?:语言)?\s{{0,3}}(?:来|去|把|将|给|写|画|做|求|求出|判断|统计|读|打|计|生|实|编|排|删|合|遍|反)",
    r"\A.{0,12}?(?:用代码|编程(?:实现|求|计算|打印)|写程序|写代码(?=[:：，,]))",
    r"\A(?:请|帮我)*+编(?:写)?(?:一个|个|一段|段)",
)
