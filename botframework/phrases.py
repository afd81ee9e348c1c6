"""What people say in plain words where there is a built-in command; knows the words alone, and no command.

Rules for the router (see `Skill.rules`): each looks at a whole message, so that a word in a longer one asks for
nothing. Each takes time in proportion to the text, however hostile it is. A question is told from a request: *remember
that I like tea* asks to be kept, *remember that film?* does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "EXPORT",
    "FORGET",
    "LANGUAGE",
    "MEMORY",
    "REMEMBER",
    "RESET",
    "fact_of",
    "help_rules",
    "to_forget",
    "to_help",
]

_PLEASE = (
    r"^\s*+(?:(?:please|pls|ok|okay|so|and|now|also|hey|hi|hello|well|kindly|"
    r"i(?:['’]d| would)? (?:want|like|need) you to|you (?:should|must|have to|need to))[\s,.!]++)*+"
)
_CAN = r"(?:(?:can|could|would|will)\s++you\s++(?:please\s++|kindly\s++)?)"
_END = r"(?:[\s,]++(?:please|pls|thanks|thank you|now|then|so far|already|at the moment))*+\s*+[?.!]*+\s*+$"
_ZH_PLEASE = (
    r"^\s*+(?:请问|请你|请|請你|請|麻烦|麻煩|帮我|幫我|帮忙|幫忙|给我|給我|那么?|好的?|嗨|喂|你好|你要|你得|一定要|"
    r"我要你|我想让你|[，,。！!\s])*+"
)
_ZH_CAN = r"(?:你?(?:能不能|能否|可不可以|可以|能)(?:请你?|帮我|幫我|给我|給我)?)"
_ZH_END = r"(?:[吧了啊呀呢哦喔吗嗎，,\s]|一下|谢谢|謝謝)*+[?？。.！!~～]*+\s*+$"
_FR_PLEASE, _DE_PLEASE, _ES_PLEASE = (
    rf"^\s*+(?:{words},?\s++)?" for words in ("s['’]il (?:te|vous) plaît", "bitte", "por favor")
)

_NO_QUESTION = r"(?![^\n]*[?？]\s*+$)"
_ZH_NO_QUESTION = r"(?!.*(?:[?？吗嗎]|什么|什麼|谁|誰|哪|几[个岁点号月]|多少|怎么|怎麼|是不是|有没有))"
_VERBS = (
    "is|are|was|were|has|have|had|can|will|would|does|do|likes?|loves?|hates?|lives?|works?|needs?|wants?|starts?|"
    "begins?|ends?|comes?|goes|moved|married|plays?|speaks?"
)
# What people say of themselves: "my name" alone is no fact, and "I told you" is a reminder.
_MINE = (
    r"(?:i(?:['’](?:m|ve|d|ll))?\s++(?!(?:told|asked|said|sent|showed|mentioned|wrote)\b)\S.*|"
    r"we(?:['’](?:re|ve))?\s++\S.*|"
    rf"(?:my|our)\s++(?=(?:\S++\s++){{0,7}}(?:\S{{1,30}}['’]s\s|(?:{_VERBS})\b))\S.*)"
)
_VERB = r"(?:remember|memori[sz]e|(?:keep|bear) in mind|don['’]?t (?:ever )?forget|do not forget|never forget)"
_NOTE = r"(?:(?:make|take) a note(?: of this)?|(?:write|note) (?:this )?down|(?:save|store) this)"
_ZH_KEEP = r"(?:记住|記住|记下来?|記下來?|记一下|記一下|牢记|牢記)"
_ZH_DO_NOT_FORGET = r"(?:别|別|不要|可别)忘(?:了|记|記)"

REMEMBER: tuple[str, ...] = (
    rf"{_PLEASE}remember\s++(?:that\s++(?!i\s++(?:told|asked|said)\b)|this[:,]\s*+){_NO_QUESTION}(?P<text>.+)$",
    rf"{_PLEASE}{_VERB}\s*+[:：]\s*+(?P<text>\S.*)$",
    rf"{_PLEASE}{_VERB}\s++(?:that\s++)?{_NO_QUESTION}(?P<text>{_MINE})$",
    rf"{_PLEASE}{_CAN}{_VERB}\s++(?:that\s++|this[:,]\s*+)?(?P<text>{_MINE})$",
    rf"{_PLEASE}{_CAN}?{_NOTE}(?:\s++that\s++|\s*+[:,]\s*+){_NO_QUESTION}(?P<text>{_MINE})$",
    r"^\s*+(?P<text>(?=[^\n]{0,60}?\b(?:i|my|our|we)\b)[^\n]{4,200}?)\s?[,.;!]\s?(?:so\s|and\s)?(?:please\s)?"
    r"(?:remember|don['’]?t forget) (?:that|this|it)(?:,? please)?[\s.!]*+$",
    rf"{_ZH_PLEASE}{_ZH_KEEP}了?(?:[：:，,\s]++|这(?:一点|件事|个)[：:，,\s]*+)?{_ZH_NO_QUESTION}"
    r"(?P<text>[^\s：:，,了].{2,})$",
    rf"{_ZH_PLEASE}(?:记得|記得|{_ZH_DO_NOT_FORGET})[：:，,\s]*+{_ZH_NO_QUESTION}(?P<text>[我咱].+)$",
    rf"{_ZH_PLEASE}(?:记得|記得)\s*+[：:]\s*+(?P<text>\S.*)$",
    rf"{_ZH_PLEASE}{_ZH_CAN}(?:{_ZH_KEEP}|记得|記得)[：:，,\s]*+(?P<text>[我咱](?!.*(?:什么|什麼|谁|誰|哪|多少|怎么)).+)$",
    r"^\s*+(?P<text>(?=[^\n]{0,12}?[我咱])[^\n?？]{2,80}?)[，,。！!；\s]{1,2}(?:请|請|麻烦|要)?(?:你|帮我)?要?"
    rf"(?:{_ZH_KEEP}|{_ZH_DO_NOT_FORGET})(?:[了哦啊吧它]|一下|这个|这件事)*+[。.！!]*+\s*+$",
    rf"{_FR_PLEASE}(?:souviens-toi|rappelle-toi|retiens|souvenez-vous|retenez|n['’]oublie pas)\s++qu(?:e\s++|['’])"
    rf"{_NO_QUESTION}(?P<text>.+)$",
    rf"{_DE_PLEASE}(?:merke? dir|denke? daran|vergiss nicht)(?:\s++bitte)?(?:\s*+,)?\s++dass\s++{_NO_QUESTION}"
    r"(?P<text>.+)$",
    rf"{_ES_PLEASE}(?:recuerda|acuérdate de|no olvides)\s++que\s++{_NO_QUESTION}(?P<text>.+)$",
)
"""To keep a fact: ``text``."""

_KNOW = (
    r"(?:know|recall|remember(?:ed)?|keep|kept|stored?|saved?|learn(?:ed|t)|"
    r"have (?:remembered|stored|saved|kept|learned))"
)
_STILL = r"(?:(?:still|already|actually|really|currently|ever)\s++)?"
_ABOUT_ME = r"\s++(?:about|of|on)\s++(?:me|myself)"
_SHOW = rf"{_PLEASE}{_CAN}?(?:tell|show|list|give)\s++(?:me\s++)?"
_MEMORIES = r"(?:(?:your|my|the|all|all your|all my|all the)\s++)?memor(?:y|ies)"
_ZH_YOU = r"你(?:现在|目前|到底|究竟|都|还|還|已经|一共)*+"
_ZH_KNOW = r"(?:记得|記得|记住了?|記住了?|知道|了解|保存了?|记了)"
_ZH_WHAT = r"(?:一?些)?(?:什么|什麼|啥|哪些|多少)(?:东西|事情|事|信息|内容|资料)?"
_ZH_SHOW = rf"{_ZH_PLEASE}{_ZH_CAN}?(?:说说|告诉我|讲讲|列出|显示|查看|看看)"

MEMORY: tuple[str, ...] = (
    rf"{_PLEASE}(?:{_CAN}?tell me\s++)?what\s++(?:(?:all|else|things|facts)\s++)?(?:do|did|can|have)\s++you\s++{_STILL}"
    rf"{_KNOW}(?:\s++so far)?{_ABOUT_ME}{_END}",
    rf"{_SHOW}(?:everything|all|what|(?:all )?the things)(?:\s++that)?\s++you\s++{_STILL}{_KNOW}{_ABOUT_ME}{_END}",
    rf"{_PLEASE}do you\s++{_STILL}(?:remember|know)\s++(?:any|some)\s?things?{_ABOUT_ME}{_END}",
    rf"{_PLEASE}do you\s++{_STILL}remember\s++me{_END}",
    rf"{_PLEASE}what\s++(?:have i told|did i tell)\s++you(?:\s++so far)?(?:{_ABOUT_ME}|\s++to remember){_END}",
    rf"{_PLEASE}what\s++(?:did i ask you to remember|have you remembered|do you remember){_END}",
    rf"{_SHOW}{_MEMORIES}(?:{_ABOUT_ME})?{_END}",
    rf"{_PLEASE}what(?:['’]s|\s++is)\s++in\s++your\s++memory(?:{_ABOUT_ME})?{_END}",
    rf"{_PLEASE}what\s++memories\s++do\s++you\s++have(?:{_ABOUT_ME})?{_END}",
    rf"{_ZH_PLEASE}{_ZH_YOU}{_ZH_KNOW}(?:关于|關於|有关)?我的?{_ZH_WHAT}{_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_YOU}{_ZH_KNOW}(?:关于|關於)我的?(?:事情|事|信息)?{_ZH_END}",
    rf"{_ZH_PLEASE}关于我[，,\s]*{_ZH_YOU}{_ZH_KNOW}{_ZH_WHAT}{_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_YOU}(?:记住|記住)了?{_ZH_WHAT}{_ZH_END}",
    rf"{_ZH_PLEASE}你对我有?(?:了解|知道)?{_ZH_WHAT}(?:了解)?{_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_YOU}(?:记得|記得)我{_ZH_END}",
    rf"{_ZH_PLEASE}我让你记住?了?{_ZH_WHAT}{_ZH_END}",
    rf"{_ZH_SHOW}(?:所有|全部)?你?{_ZH_KNOW}的?(?:所有|全部)?(?:关于|有关)我的?(?:一切|事情|事|信息|东西)?{_ZH_END}",
    rf"{_ZH_SHOW}[你我]?的?(?:所有|全部)?的?(?:记忆|記憶){_ZH_END}",
    rf"^\s*+qu(?:e|['’]est-ce que)\s++(?:(?:sais|savez)-(?:tu|vous)|tu sais|vous savez)\s++(?:de|sur)\s++moi{_END}",
    rf"^\s*+was\s++wei(?:ß|ss)t\s++du\s++(?:alles\s++)?(?:über\s++mich|von\s++mir){_END}",
    rf"^\s*+¿?\s*+qu[ée]\s++(?:sabes|recuerdas)\s++(?:de|sobre)\s++m[íi]{_END}",
)
"""To see what is remembered."""

_FORGET = rf"{_PLEASE}{_CAN}?forget\s++"
_TOLD = (
    rf"\s++(?:that\s++)?(?:you\s++{_STILL}(?:{_KNOW}|have)|i(?:\s++have|['’]ve)?\s++(?:ever\s++)?(?:told\s++you|said))"
)
_DATA = r"(?:personal\s++)?(?:data|information|info|memor(?:y|ies))"
_WIPE = rf"{_PLEASE}{_CAN}?(?:delete|erase|remove|wipe|clear)\s++(?:all\s++)?(?:of\s++)?"
_ZH_FORGET = r"忘(?:了|掉|记|記)"
_ZH_ALL = r"(?:一切|所有|全部)"
_ZH_MINE = rf"(?:{_ZH_ALL}|关于我的|我?(?:告诉你|跟你说|和你说|对你说|说)过?的|(?:关于)?我的?(?={_ZH_ALL}))"
_ZH_THINGS = r"(?:一切|所有|全部|的|事情|事|话|东西|信息)*+"
_ZH_THAT = r"(?:这个|这件事|这句话?|那个|它|刚才的|我?刚才?我?说的话?)"

_ALL = (
    rf"{_FORGET}(?:everything|all)(?:{_TOLD})?(?:{_ABOUT_ME})?{_END}",
    rf"{_FORGET}what(?:ever)?{_TOLD}(?:{_ABOUT_ME})?{_END}",
    rf"{_FORGET}(?:about\s++)?me{_END}",
    rf"{_WIPE}(?:(?:my|the|your)\s++)?(?:{_DATA}|everything|all|what)(?:{_TOLD}(?:{_ABOUT_ME})?|{_ABOUT_ME}){_END}",
    rf"{_WIPE}(?:my|your)\s++{_DATA}{_END}",
    rf"{_ZH_PLEASE}{_ZH_FORGET}(?:{_ZH_MINE}{_ZH_THINGS}|我){_ZH_END}",
    rf"{_ZH_PLEASE}[把将](?:{_ZH_MINE}{_ZH_THINGS}|我)[都全给]*+{_ZH_FORGET}{_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_CAN}?(?:删除|刪除|删掉|清除|清空|抹掉){_ZH_ALL}?(?:你?(?:保存|记住|记得|知道)的)?(?:关于|有关)?"
    rf"[我你]的?{_ZH_ALL}?的?(?:个人)?(?:数据|记忆|記憶|信息|资料|一切){_ZH_END}",
    rf"{_FR_PLEASE}oublie\s++tout(?:\s++ce\s++que\s++tu\s++sais)?(?:\s++(?:sur|de)\s++moi)?{_END}",
    rf"{_DE_PLEASE}vergiss\s++alles(?:\s++über\s++mich|,?\s++was\s++du\s++(?:über\s++mich\s++)?weißt)?{_END}",
    rf"{_ES_PLEASE}olvida(?:lo)?\s++todo(?:\s++lo\s++que\s++sabes)?(?:\s++(?:sobre|de)\s++m[íi])?{_END}",
)
_LATEST = (
    rf"{_FORGET}(?:that|this|the\s++last\s++(?:thing|one|fact)(?:\s++you\s++(?:remembered|saved))?){_END}",
    rf"{_FORGET}what\s++i(?:\s++have|['’]ve)?\s++just\s++(?:said|told\s++you){_END}",
    rf"{_ZH_PLEASE}{_ZH_FORGET}{_ZH_THAT}{_ZH_END}",
    rf"{_ZH_PLEASE}[把将]{_ZH_THAT}给?{_ZH_FORGET}{_ZH_END}",
)
# "Forget it" mostly means "never mind": nothing goes before the person says what is meant.
_UNCLEAR = (rf"{_FORGET}it{_END}",)
_ONE = (
    rf"{_FORGET}(?:about\s++|that\s++|what\s++i\s++(?:told\s++you|said)\s++about\s++)?"
    r"(?P<fact>(?!my\s++(?:last|previous)\b)(?:my|i|i['’]m|our|we)\s++[^\n?]{1,120}?)[\s.!]*+$",
    rf"{_ZH_PLEASE}(?:忘掉|请忘(?:了|记))(?:关于)?(?P<fact>我[^\n?？]{{1,60}}?){_ZH_END}",
)

FORGET: tuple[str, ...] = (*_LATEST, *_ALL, *_UNCLEAR, *_ONE)
"""To forget; `to_forget` tells what."""

_DO = (
    r"(?:(?:can|could)\s++(?:you|u)\s++(?:all\s++)?do|"
    r"(?:are|is)\s++(?:you|this|it)\s++(?:able\s++to\s++do|capable\s++of))"
)
_FOR_ME = r"(?:\s++(?:for\s++(?:me|us)|here|exactly|all|everything))*+"
_YOURS = r"(?:your|the)\s++(?:features?|functions?|capabilit(?:y|ies)|abilities|skills)"
_NEW = r"(?:i['’]m new(?: here)?|i(?:['’]ve| have)? just (?:installed|found|got|met|started|added)(?: \w+)?)"
_COMMANDS = r"(?:(?:all|the|your|available|possible|of)\s++)*+commands"
_ZH_ACT = r"(?:会|能|可以|能够)(?:帮我们?|为我|给我)?[做干搞]?(?:一?些|点)?(?:什么|什麼|啥|哪些)(?:事情|事|活|东西|忙)?"
_ZH_HOW = r"我?(?:要|该|可以|应该)?(?:怎么|如何|怎样)(?:才能|可以)?"
_ZH_LIST = r"(?:所有|全部|哪些|什么)?的?(?:命令|指令|功能)"

_ABILITIES = (
    rf"{_PLEASE}what\s++(?:else\s++|all\s++)?{_DO}{_FOR_ME}{_END}",
    rf"{_PLEASE}{_CAN}?(?:tell|show)\s++me\s++what\s++you\s++can\s++do{_FOR_ME}{_END}",
    rf"{_PLEASE}what(?:['’]re|\s++are|\s++is|['’]s)\s++{_YOURS}{_END}",
    rf"{_PLEASE}(?:how|what)\s++(?:can|could)\s++you\s++help(?:\s++(?:me|us))?(?:\s++with)?{_END}",
    rf"{_PLEASE}what\s++(?:can|could)\s++(?:i|we)\s++(?:do\s++with\s++you|ask\s++you|use\s++you\s++for){_FOR_ME}{_END}",
    rf"{_PLEASE}how\s++(?:do|can|should)\s++i\s++use\s++(?:you|this(?:\s++bot)?){_END}",
    rf"{_PLEASE}(?:{_NEW}[.,!\s]++)?(?:where|how)\s++(?:do|should|can)\s++i\s++(?:start|begin|get\s++started){_END}",
    rf"{_ZH_PLEASE}你(?:都|还|還|到底|究竟)*+{_ZH_ACT}{_ZH_END}",
    rf"{_ZH_PLEASE}你(?:都|还|還)?有(?:什么|哪些|啥)(?:功能|本领|本事|能力|技能|用){_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_HOW}(?:使用|用)(?:你|这个机器人){_ZH_END}",
    rf"{_ZH_PLEASE}你(?:能|可以)?(?:怎么|如何)帮(?:我|助我){_ZH_END}",
    rf"^\s*+qu(?:e|['’]est-ce que)\s++(?:(?:sais|peux)-tu|tu\s++(?:sais|peux))\s++faire(?:\s++pour\s++moi)?{_END}",
    rf"^\s*+was\s++kannst\s++du(?:\s++(?:alles|für\s++mich|so|tun|machen))*+{_END}",
    rf"^\s*+¿?\s*+qu[ée]\s++(?:puedes|sabes)\s++hacer(?:\s++por\s++mí)?{_END}",
)
_LIST = (
    r"^\s*+/?(?:help|帮助|幫助|hilfe|aide|ayuda)\s*+[?!.？！。]*+\s*+$",
    rf"{_PLEASE}(?:what|which)\s++commands\s++(?:are\s++there|do\s++you\s++(?:have|know|understand)|can\s++i\s++use){_END}",
    rf"{_SHOW}{_COMMANDS}{_END}",
    rf"{_PLEASE}how\s++(?:do|can)\s++i\s++(?:see|list|find|get|show)\s++{_COMMANDS}{_END}",
    rf"{_PLEASE}what\s++are\s++{_COMMANDS}{_END}",
    rf"{_ZH_PLEASE}(?:你|这里|都)*+有(?:什么|哪些|啥)(?:命令|指令){_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_HOW}(?:查看|看到?|知道|找到|列出){_ZH_LIST}{_ZH_END}",
    rf"{_ZH_PLEASE}(?:列出|显示|查看|看看){_ZH_LIST}{_ZH_END}",
)
_SEE = r"(?:see|check|view|look\s++at|find\s++out)"
_DEEDS = {
    **dict.fromkeys(("see", "check", "view", "look at", "find out", "看", "查看", "知道"), "memory"),
    **dict.fromkeys(("忘记", "忘掉", "忘了"), "forget"),
    **dict.fromkeys(("停止", "停下"), "stop"),
    "记住": "remember",
}
"""Words for what is done by a command that is called otherwise."""


def _how(deeds: Iterable[str]) -> tuple[str, ...]:
    """How to have something done, for which there is a command."""
    words = "|".join(map(re.escape, sorted({*deeds, *_DEEDS}, key=len, reverse=True)))
    return (
        rf"{_PLEASE}how\s++(?:do|can|could|should)\s++i\s++(?:make|get|have|tell|ask|let)\s++you\s++(?:to\s++)?"
        rf"(?P<deed>{words})\b[^?.!\n]{{0,60}}+[\s?.!]*+$",
        rf"{_PLEASE}how\s++(?:do|can|could)\s++i\s++(?P<deed>{_SEE})\s++(?:what|which\s++things)\s++you\s++{_KNOW}{_ABOUT_ME}{_END}",
        rf"{_ZH_PLEASE}{_ZH_HOW}[让叫请使]你(?:帮我)?(?P<deed>{words})[^？?。！\n]{{0,30}}+[？?。！\s]*+$",
        rf"{_ZH_PLEASE}{_ZH_HOW}(?P<deed>看|查看|知道)到?{_ZH_YOU}{_ZH_KNOW}(?:关于|有关)?我的?{_ZH_WHAT}{_ZH_END}",
    )


def help_rules(deeds: Iterable[str]) -> tuple[str, ...]:
    """To be told what the bot can do, and how; `to_help` tells which of these.

    Args:
        deeds: the names of commands.
    """
    return (*_ABILITIES, *_LIST, *_how(deeds))


_SPEAK = r"(?:speak|talk|answer|reply|respond|write)(?:\s++(?:to|with)\s++me|\s++me)?\s++(?:in\s++)?"
_SPOKEN = r"(?P<code>english|chinese|french|german|spanish)"
_LASTING = r"(?:from\s++now\s++on|always)"
_WITH_ME = r"(?:\s++(?:to|with)\s++me)?"
_NO_QUESTION_END = r"\s*+[.!]*+\s*+$"
_ZH_SPOKEN = r"(?P<code>中文|汉语|英文|英语|法语|德语|西班牙语)"

LANGUAGE: tuple[str, ...] = (
    rf"{_PLEASE}(?:{_LASTING}[,\s]++)?(?:please\s++)?{_SPEAK}{_SPOKEN}{_WITH_ME}(?:[,\s]++(?:{_LASTING}|please))*+"
    rf"{_NO_QUESTION_END}",
    rf"{_ZH_PLEASE}(?:以后|今后|从现在起|从现在开始|都|请|[，,\s])*+[用以]\s*+{_ZH_SPOKEN}\s*+(?:来|跟我|和我|给我)*+"
    rf"(?:回答|回复|聊天?|交流|说话|答复)我?{_ZH_END}",
    rf"^{_ZH_NO_QUESTION}{_ZH_PLEASE}(?:以后|今后|从现在起|从现在开始|都|请|[，,\s])*+(?:跟我|和我)?[说讲]\s*+{_ZH_SPOKEN}{_ZH_END}",
    rf"{_FR_PLEASE}(?:parle|réponds|répondez|parlez)(?:-moi)?\s++(?:en\s++)?(?P<code>français|anglais){_NO_QUESTION_END}",
    rf"{_DE_PLEASE}(?:sprich|antworte|antworten sie)(?:\s++mir)?(?:\s++bitte)?(?:\s++auf)?\s++"
    rf"(?P<code>deutsch|englisch)(?:\s++mit\s++mir)?{_NO_QUESTION_END}",
    rf"{_ES_PLEASE}(?:habla|responde|contesta)(?:me)?\s++(?:en\s++)?(?P<code>español|inglés){_NO_QUESTION_END}",
)
"""To be answered in another language: ``code`` is its name."""

_TALK = r"(?:chat|conversation)"

RESET: tuple[str, ...] = (
    rf"{_PLEASE}(?:let['’]?s\s++)?(?:start\s++(?:over|again|afresh|anew)|begin\s++(?:again|anew)){_END}",
    rf"{_PLEASE}(?:(?:let['’]?s\s++)?(?:start|begin|open)\s++)?(?:a\s++)?new\s++{_TALK}{_END}",
    rf"{_PLEASE}{_CAN}?(?:clear|reset|forget)\s++(?:this|our|the)\s++{_TALK}(?:\s++history)?{_END}",
    rf"{_ZH_PLEASE}(?:让?我们)?(?:重新开始|从头开始|从头再来|开始新的?(?:一段)?(?:对话|聊天)){_ZH_END}",
    rf"{_ZH_PLEASE}(?:清空|重置|忘掉)(?:这个|这次|我们的|当前的?)?(?:对话|聊天)(?:记录|历史)?{_ZH_END}",
)
"""To begin the conversation anew."""

EXPORT: tuple[str, ...] = (
    rf"{_PLEASE}{_CAN}?(?:export|download|send\s++me|give\s++me\s++a\s++copy\s++of)\s++(?:all\s++)?(?:of\s++)?"
    rf"(?:my\s++{_DATA}|everything\s++you\s++(?:{_KNOW}|have){_ABOUT_ME}){_END}",
    rf"{_ZH_PLEASE}(?:导出|下载)我的?(?:所有|全部)?的?(?:个人)?(?:数据|资料|信息){_ZH_END}",
)
"""To get everything that is kept."""


def _compiled(patterns: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in patterns)


_MEANS_ALL, _MEANS_LATEST, _MEANS_ONE, _MEANS_ABILITIES = map(_compiled, (_ALL, _LATEST, _ONE, _ABILITIES))


def fact_of(text: str) -> str:
    """The ``text`` that one of `REMEMBER` found, without what ends the request.

    >>> fact_of("I am allergic to nuts?")
    'I am allergic to nuts'
    """
    fact = text.strip().rstrip(".。!！?？ ")
    return fact if fact == text.strip() else fact.removesuffix("吗").removesuffix("嗎")


def to_forget(text: str) -> str:
    """What a message that one of `FORGET` matches means: ``all``, ``latest``, words of one fact; empty: unclear.

    >>> to_forget("please forget that I live in Oslo.")
    'I live in Oslo'
    """
    if any(pattern.search(text) for pattern in _MEANS_LATEST):
        return "latest"
    if any(pattern.search(text) for pattern in _MEANS_ALL):
        return "all"
    return next((match["fact"] for pattern in _MEANS_ONE if (match := pattern.search(text))), "")


def to_help(text: str, deeds: Iterable[str]) -> str:
    """What a message that one of `help_rules` matches asks for: ``abilities``, how a command works, or (empty) all.

    >>> to_help("How do I make you forget something?", ["forget"])
    'forget'
    """
    if any(pattern.search(text) for pattern in _MEANS_ABILITIES):
        return "abilities"
    found = (match["deed"] for pattern in _compiled(_how(deeds)) if (match := pattern.search(text)))
    deed = " ".join(next(found, "").lower().split())
    return _DEEDS.get(deed, deed)
