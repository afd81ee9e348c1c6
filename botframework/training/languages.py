"""The languages that a translation record may name, in English and in Chinese; knows no records."""

from __future__ import annotations

_NAMES = """
en English 英语, zh Chinese 中文, fr French 法语, de German 德语, es Spanish 西班牙语, it Italian 意大利语,
pt Portuguese 葡萄牙语, nl Dutch 荷兰语, ru Russian 俄语, ja Japanese 日语, ko Korean 韩语, ar Arabic 阿拉伯语,
hi Hindi 印地语, tr Turkish 土耳其语, pl Polish 波兰语, uk Ukrainian 乌克兰语, cs Czech 捷克语,
sv Swedish 瑞典语, da Danish 丹麦语, no Norwegian 挪威语, fi Finnish 芬兰语, el Greek 希腊语,
he Hebrew 希伯来语, hu Hungarian 匈牙利语, ro Romanian 罗马尼亚语, bg Bulgarian 保加利亚语,
sk Slovak 斯洛伐克语, sl Slovenian 斯洛文尼亚语, hr Croatian 克罗地亚语, sr Serbian 塞尔维亚语,
lt Lithuanian 立陶宛语, lv Latvian 拉脱维亚语, et Estonian 爱沙尼亚语, ca Catalan 加泰罗尼亚语,
eu Basque 巴斯克语, gl Galician 加利西亚语, ga Irish 爱尔兰语, cy Welsh 威尔士语, is Icelandic 冰岛语,
vi Vietnamese 越南语, th Thai 泰语, id Indonesian 印度尼西亚语, ms Malay 马来语, tl Tagalog 他加禄语,
fa Persian 波斯语, ur Urdu 乌尔都语, bn Bengali 孟加拉语, ta Tamil 泰米尔语, te Telugu 泰卢固语,
mr Marathi 马拉地语, sw Swahili 斯瓦希里语, la Latin 拉丁语, eo Esperanto 世界语, af Afrikaans 南非荷兰语,
sq Albanian 阿尔巴尼亚语, hy Armenian 亚美尼亚语, ka Georgian 格鲁吉亚语, kk Kazakh 哈萨克语,
mn Mongolian 蒙古语, ne Nepali 尼泊尔语, km Khmer 高棉语, lo Lao 老挝语, my Burmese 缅甸语
"""
_ENTRIES = [entry.split() for entry in _NAMES.replace("\n", " ").split(",")]
LANGUAGES = {code: english for code, english, _ in _ENTRIES}
LANGUAGES_ZH = {code: chinese for code, _, chinese in _ENTRIES}


def primary(code: str) -> str:
    """`zh` of `zh-CN` or `zh_Hans`."""
    return code.replace("_", "-").partition("-")[0].lower()
