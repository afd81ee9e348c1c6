# 翻译技能自己说的话。
translation-what = 要翻译成{ $name }的内容是什么？请把文字发给我。
translation-what-at-all = 要翻译什么？请把文字发给我，或者用 `/translate fr` 回复一条消息。
translation-already = 这段话已经是{ $name }了：
translation-failed = 这部分没有翻译成功，已保留原文：{ $parts }
translation-unsure = 我不确定这是不是{ $name }，这个模型可能不会这种语言。
autotranslate-on = 从现在起，我会把这里的每条消息都翻译成{ $name }；本来就是{ $name }的，翻译成{ $other }。用 `/autotranslate off` 关闭。
autotranslate-is-on = 这里的自动翻译已开启：每条消息翻译成{ $name }，{ $name }翻译成{ $other }。用 `/autotranslate off` 关闭。
autotranslate-is-off = 这里的自动翻译没有开启。`/autotranslate fr` 把每条消息翻译成法语，`/autotranslate en zh` 中英互译。
autotranslate-ended = 好的，这里的消息不再自动翻译。用 `/autotranslate` 查看怎样重新开启。
autotranslate-unknown = 我不知道“{ $word }”是哪种语言。请写 `/autotranslate fr`，双向翻译写 `/autotranslate en zh`，关闭写 `/autotranslate off`。
