"""Words by which a message is known to ask for a translation, though `request` does not parse it; knows no model.

Only rules for the router: what is to be translated, and into what, is read by `request.loosely`. Only the beginning of
a message is looked at, so that a word in a long text asks for nothing.
"""

from __future__ import annotations

from botframework_translation.languages import any_name

__all__ = ["HINTS"]

_BEGINNING = r"\A.{0,80}?"
_NAME = rf"\b(?:{any_name(chinese=False)}|mandarin)\b"
_ZH_NAME = rf"(?:{any_name(chinese=True)})"
_THIS = r"(?:this|that|it|these|those|the|my|our|following|below|next)\b"
_OPENING = "[\"“'‘«「]"
_ABLE = r"\A(?!(?:how many|which|what) languages?\b)(?!(?:do|can|could) you translate\b[^:：\n]{0,30}\?*\s{0,3}\Z)"

HINTS: tuple[str, ...] = (
    rf"{_ABLE}.{{0,60}}?\btranslate\b(?=\s{{0,3}}[:：]|\s{{1,3}}{_THIS}|\s{{1,3}}(?:from|to|into|for)\b|"
    rf"\s{{1,3}}{_OPENING})",
    r"\A\s*+(?:please\s++|pls\s++)?translate\b",
    r"\A(?:[\w']{1,12}[\s,]{1,2}){0,5}?(?:put|turn|make|write|render|express|convert|send|have|say|get|bring|give me)"
    rf"\s{{1,3}}{_THIS}.{{0,60}}?\b(?:in|into|to)\s{{1,3}}{_NAME}",
    r"\A(?:[\w']{1,12}[\s,]{1,2}){0,5}?(?:turn|make|write|render|express|convert|say)"
    rf"\s{{1,3}}(?:{_THIS}.{{0,40}}?\s)?{_NAME}\s*+(?:please\s*+)?[:：]",
    rf"{_BEGINNING}\bhow\b.{{0,30}}?\b(?:say|write|spell)\b.{{1,80}}?\bin\s{{1,3}}{_NAME}",
    rf"\A\s*+what(?:'s|’s| is| does| would| do (?:you|they|people) call)\s.{{1,60}}?\b(?:in|be in|"
    rf"mean in)\s{{1,3}}{_NAME}\s*+[?.!]*+\s*+\Z",
    rf"{_BEGINNING}\bwhat(?:'s| does| do| is)?\s.{{0,20}}?"
    rf"(?:{_OPENING}[^\"”]{{0,60}}?[^\x00-\x7f“”‘’«»\"].{{0,60}}?|[^\x00-\x7f“”‘’«»\"]\S{{0,20}}\s{{0,3}})\s{{0,3}}means?\b",
    rf"{_BEGINNING}\b(?:the|an?)\s{{1,3}}{_NAME}\s{{1,3}}(?:word|phrase|for|version|translation|expression)\b",
    rf"{_BEGINNING}{_NAME}\s{{1,3}}(?:version|translation)\b",
    rf"\A\s*+(?:in|into|to|from)\s{{1,3}}{_NAME}(?:\s{{1,3}}(?:in)?to\s{{1,3}}{_NAME})?[\s,]*+(?:please)?\s*+[:：]",
    rf"{_BEGINNING}\bin\s{{1,3}}{_NAME}.{{0,20}}?\bwhat does (?:it|this|that|she|he) (?:say|mean)",
    rf"{_BEGINNING}\b(?:have|want|need|read)\s{{1,3}}{_THIS}.{{0,40}}?\bin\s{{1,3}}{_NAME}",
    r"\A(?!.{0,20}?(?:是个?翻译|当翻译|做翻译|翻译官|翻译们|会不?会?翻译|能翻译(?:几|吗)|翻译几|翻译难|学翻译|翻译专业))"
    r".{0,60}?(?:翻译|译成|译为|译到|翻成|译一下|译出来|中译英|英译中|中译|直译)",
    rf"{_BEGINNING}{_ZH_NAME}[^。？！?\n]{{0,24}}?(?:怎么|如何|咋|应该)(?:去|来|用\w{{1,3}})?(?:说|讲|写|表达|念|表示)",
    rf"{_BEGINNING}(?:怎么|如何|怎样)用\s{{0,3}}{_ZH_NAME}\s{{0,3}}(?:来|去)?(?:说|讲|写|表达|表示|念)",
    rf"{_BEGINNING}[这那](?:一?[句段个篇封条些])?.{{0,6}}?(?:{_ZH_NAME}|[英法德西][文语]).{{0,8}}?(?:是)?(?:什么意思|啥意思)",
    r"\A[^\u4e00-\u9fff]{0,60}[A-Za-zÀ-ÿ]{2}[^\u4e00-\u9fff]{0,60}(?:这句话|这个词)?(?:是)?(?:什么意思|啥意思)",
    rf"{_BEGINNING}{_ZH_NAME}\s{{0,3}}(?:意思)?(?:是|叫)(?:什么|啥)",
    rf"{_BEGINNING}{_ZH_NAME}的\s{{0,3}}{_OPENING}",
    rf"{_BEGINNING}用\s{{0,3}}{_ZH_NAME}\s{{0,3}}(?:写|说|讲)(?:一[句下遍]|{_OPENING})",
    rf"{_BEGINNING}(?:变|改|换|写|转)成\s{{0,3}}{_ZH_NAME}",
)
