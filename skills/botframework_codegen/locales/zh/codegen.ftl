# 代码技能自己说的话。
code-what = 要写什么代码？请描述一下，不用 Python 的话请说明语言。
code-mending = 正在修正语法错误
code-none = 模型没有写出代码，请换个说法试试。
code-broken = ⚠️ 这段代码有语法错误（{ $problem }），模型没能改正。
