"""Words by which a message is known to ask for a summary; knows no model.

Only rules for the router, beside those that `request` parses by. Only the beginning of a message is looked at, so that
a word in a long text asks for nothing.
"""

from __future__ import annotations

__all__ = ["HINTS"]

_BEGINNING = r"\A.{0,60}?"
_WHAT = (
    r"(?:articles?|texts?|documents?|reports?|e-?mails?|letters?|messages?|chapters?|papers?|stor(?:y|ies)|"
    r"pages?|news|minutes|meeting|chat|discussion|conversation|paragraphs?|book|pdf)"
)
_THIS = r"(?:this|that|it|these|the|my|our|your|what|an?|attached|last|following|yesterday)\b"
_ZH_WHAT = r"(?:文章|文件|文档|报告|邮件|新闻|报道|通知|群里|大家|我们|会议|信|消息|段话|段文字|章|纪要|内容)"

HINTS: tuple[str, ...] = (
    r"\A(?:[\w'’]{1,12}[\s,]{1,2}){0,6}?(?:summari[sz]e|shorten|condense|recap|compress|abridge|sum)\s{1,3}(?:up\b|"
    rf"{_THIS}|\w+\s{{1,3}}(?:messages|lines)|everything)",
    r"\A(?:[\w'’]{1,12}[\s,]{1,2}){0,8}?(?:summary|overview|recap|abstract|gist|essence|(?:key|main|"
    r"important)\s{1,3}(?:points|ideas|things|facts)|"
    rf"takeaways?|short(?:er)?\s{{1,3}}version|bullet\s{{1,3}}points?)\s{{1,3}}(?:of|for|from|"
    rf"in)\s{{1,3}}(?:{_THIS})",
    r"\A\s*+(?:[\w'’]{1,12}[\s,]{1,2}){0,5}?(?:summary|summari[sz]e|recap|tl;?dr)\s*+[:：]",
    rf"\A(?:[\w'’]{{1,12}}[\s,]{{1,2}}){{0,5}}?(?:summary|recap|gist|main points|key points|"
    rf"takeaways?)\b.{{0,30}}?\b{_WHAT}\b",
    r"\A\s*+tl;?dr\b",
    rf"{_BEGINNING}\bwhat(?:'s|’s| is| was| are| were)\b.{{0,40}}?\b{_WHAT}\s{{1,3}}(?:\w+\s{{1,3}}){{0,2}}?about\b",
    rf"{_BEGINNING}\bwhat\s{{1,3}}(?:does|do|did)\s{{1,3}}{_THIS}\s{{0,3}}"
    rf"(?:\w+\s{{1,3}}){{0,2}}?{_WHAT}\s{{1,3}}(?:say|tell|mean)",
    rf"{_BEGINNING}\bwhat(?:'s|’s| is| are| were)\b.{{0,20}}?\b(?:most important|main|key|takeaway|upshot|"
    rf"gist)\b.{{0,40}}?\b{_WHAT}\b",
    rf"{_BEGINNING}\bmake\s{{1,3}}(?:{_THIS}).{{0,30}}?\bshort(?:er)?\b",
    rf"{_BEGINNING}\b(?:turn|boil|bring|cut|get|break|trim|reduce)\s{{1,3}}(?:{_THIS}).{{0,30}}?\b(?:down|short|"
    rf"to\s{{1,3}}\w+\s{{1,3}}(?:words|sentences?|lines))\b",
    rf"{_BEGINNING}\b(?:don['’]?t|do not|no) (?:have )?(?:the )?time to read\b",
    r"\A(?:[\w'’]{1,12}[\s,]{1,2}){0,4}?(?:write|give|find|make|suggest|need|"
    r"think of)\s{1,3}(?:[\w'’]{1,12}\s){0,3}?(?:title|headline|abstract|summary)\s{1,3}(?:for|to|of)\b",
    rf"{_BEGINNING}\b(?:last|latest|previous|past)\s{{1,3}}\w{{1,8}}\s{{1,3}}(?:messages|posts)\b",
    rf"{_BEGINNING}\bcatch\s{{1,3}}me\s{{1,3}}up\b",
    rf"{_BEGINNING}\bin\s{{1,3}}a\s{{1,3}}nutshell\b",
    r"\A(?!什么是|什么叫|.{0,8}?(?:怎么|如何)(?:写|做)|年终)"
    r".{0,30}?(?:总结|概括|归纳|摘要|内容提要|概述|概要|小结|提炼|缩短|缩写|压缩[到成]|精简|浓缩|列出要点|的?要点|大意|中心思想|中心意思|主要内容)",
    rf"\A.{{0,16}}?{_ZH_WHAT}[^。？！?\n]{{0,12}}?(?:讲|说|聊|写|谈)(?:了|的)?(?:些|是|的是)?(?:什么|啥)",
    r"\A.{0,20}?(?:刚才|今天|昨天|最近)?(?:大家|群里|我们)[^。？！?\n]{0,8}?(?:聊|说|谈|讨论)了?(?:些)?(?:什么|啥)",
    r"\A.{0,20}?(?:重点是|说说重点|讲讲重点|说重点|讲个大概|说个大概|简要说|简单说说|长话短说)",
    r"\A.{0,24}?(?:[起拟写取加](?:个|一个|条)?(?:\w{0,4})标题|标题\s{0,3}[:：])",
    r"\A.{0,10}?(?:用)?[一两三几]句话(?:说|讲|概)",
)
