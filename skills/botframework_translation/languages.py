"""Names of languages, in several languages; knows no text and no model."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["LANGUAGES", "NAMES", "Language", "any_name", "find", "named"]


@dataclass(frozen=True, slots=True)
class Language:
    """A language under its English name, as models know it; ``code`` is empty where we know none."""

    code: str
    name: str


# code, English name, then further names and spellings; the first Chinese one is how it is shown in Chinese.
_TABLE = """
en English 英语 英文 anglais englisch inglés ingles
zh Chinese 中文 汉语 汉字 普通话 国语 华语 简体中文 Mandarin chinois chinesisch chino simplified-chinese
fr French 法语 法文 français francais französisch franzoesisch francés frances
de German 德语 德文 allemand deutsch alemán aleman
es Spanish 西班牙语 西班牙文 西语 espagnol spanisch español espanol castellano
it Italian 意大利语 意大利文 italien italienisch italiano
pt Portuguese 葡萄牙语 葡萄牙文 葡语 portugais portugiesisch portugués português
ja Japanese 日语 日文 日本语 japonais japanisch japonés 日本語
ko Korean 韩语 韩文 朝鲜语 coréen koreanisch coreano 한국어
ru Russian 俄语 俄文 russe russisch ruso русский
ar Arabic 阿拉伯语 阿拉伯文 arabe arabisch árabe
nl Dutch 荷兰语 荷兰文 néerlandais niederländisch neerlandés
pl Polish 波兰语 波兰文 polonais polnisch polaco
tr Turkish 土耳其语 土耳其文 turc türkisch turco
vi Vietnamese 越南语 越南文 vietnamien vietnamesisch vietnamita
th Thai 泰语 泰文
id Indonesian 印尼语 印度尼西亚语 indonésien indonesisch indonesio
hi Hindi 印地语
uk Ukrainian 乌克兰语 ukrainien ukrainisch ucraniano
sv Swedish 瑞典语 suédois schwedisch sueco
da Danish 丹麦语 danois dänisch danés
no Norwegian 挪威语 norvégien norwegisch noruego
fi Finnish 芬兰语 finnois finnisch finés
cs Czech 捷克语 tchèque tschechisch checo
el Greek 希腊语 grec griechisch griego
he Hebrew 希伯来语 hébreu hebräisch hebreo
hu Hungarian 匈牙利语 hongrois ungarisch húngaro
ro Romanian 罗马尼亚语 roumain rumänisch rumano
bg Bulgarian 保加利亚语 bulgare bulgarisch búlgaro
ca Catalan 加泰罗尼亚语 catalan katalanisch catalán
la Latin 拉丁语 lateinisch latín
fa Persian 波斯语 Farsi persan persisch persa
ms Malay 马来语 malais malaiisch malayo
eo Esperanto 世界语
yue Cantonese 粤语 广东话 cantonais kantonesisch cantonés
"""

LANGUAGES: dict[str, Language] = {}
"""By code."""
NAMES: dict[str, str] = {}
"""Code by name in lower case: English, Chinese and some others; codes are not names."""
_CHINESE: dict[str, str] = {}
for _line in _TABLE.split("\n"):
    if _line:
        _code, _name, *_others = _line.split()
        LANGUAGES[_code] = Language(_code, _name)
        NAMES.update({_other.lower().replace("simplified-", "simplified "): _code for _other in (_name, *_others)})
        _CHINESE[_code] = _others[0]


def find(word: str) -> Language | None:
    """The language with this code or name; None where there is none.

    Args:
        word: ``fr``, ``French``, ``法语``, ``français``, ``zh-CN`` …
    """
    key = word.strip().strip(".,:;!?。，：；！？'\"“”「」《》").lower()
    if key in NAMES:
        return LANGUAGES[NAMES[key]]
    tag = re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z]{2,4})?", key)
    return LANGUAGES.get(tag[1]) if tag else None


def any_name(chinese: bool) -> str:
    """A regular expression for every name, the ``chinese`` ones or the others, the longest first."""
    names = [name for name in NAMES if ("\u4e00" <= name[0] <= "\u9fff") == chinese]
    names.sort(key=len, reverse=True)
    return "|".join(re.escape(name) for name in names)


def named(language: Language, reader: str) -> str:
    """The language's name for somebody who reads ``reader`` (a code)."""
    return _CHINESE.get(language.code, language.name) if reader == "zh" else language.name
