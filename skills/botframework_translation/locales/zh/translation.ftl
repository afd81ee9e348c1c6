# 翻译技能自己说的话。
translation-what = 要翻译成{ $name }的内容是什么？请把文字发给我。
translation-what-at-all = 要翻译什么？请把文字发给我，或者用 `/translate fr` 回复一条消息。
translation-already = 这段话已经是{ $name }了：
translation-failed = 这部分没有翻译成功，已保留原文：{ $parts }
translation-unsure = 我不确定这是不是{ $name }，这个模型可能不会这种语言。
