# 机器人自己说的话。
apology = 抱歉，我这边出了问题。如果要告诉管理员，请附上编号：`{ $reference }`。
timeout = 抱歉，用时太久，我放弃了这次回答。编号：`{ $reference }`。
cannot-show = 抱歉，这个平台不接受我的回答。
no-answer = 这个我答不上来。
model-busy = 现在问我的人太多了，请过一分钟再试。
too-long = 内容太长，我一次读不完。请分成短一些的部分发给我。
usage = { $message }

    用法：`{ $usage }`
unknown-command = 我不认识 /{ $name }。发送 /help 可以看到我会做什么。
unknown-command-near = 我不认识 /{ $name }。你是想用 /{ $closest } 吗？发送 /help 可以看到我会做什么。
in-line = 你排在第 { $position } 位。
in-line-seconds = 你排在第 { $position } 位，大约还要 { $seconds } 秒。
stopped-mark = ⏹ *已停止*
stopped = 已停止。
nothing-to-stop = 这里没有正在进行的回答。
feedback-thanks = 谢谢你的反馈。

refused-access = 我不能在这里和你对话。管理员可以为你开通；你的编号是 `{ $person }`。
refused-rate = 消息太快了，请 { $seconds } 秒后再写。
refused-tokens = 你今天的模型用量已经用完，世界协调时零点重新开始。

help-head = 直接给我写消息就行。我还会：
help-commands = 随时可用：
help-more = 想让我记住什么就直接说（*记住我的猫叫豆豆*），问*你记得我什么？*就能看到。发送 /help 可以看到所有命令。
help-aliases = 也可以用：{ $names }
help-examples = 例如：
start = { $name ->
    [none] 你好！
   *[other] { $name }，你好！
 } 用你自己的语言给我写消息就行。我会 { $skills }；/help 有更多说明，/stop 停止回答。
reset-done = 我们重新开始。之前在这里说过的话我不再看；你让我记住的事情仍然保留。

why-nothing = 我在这里还没有回答过什么。
why-skill = 技能：**{ $skill }**
why-by = { $by ->
    [command] 由你的命令 { $detail } 选定。
    [expected] 因为它正在等你的回答。
    [mode] 因为这个对话处于该模式。
    [rule] 由规则选定：`{ $detail }`
    [semantic] 因为你的消息与它的例句相近（得分 { $score }）。
    [default] 因为没有更合适的技能（最高得分 { $score }）。
   *[other] 由 { $by } 选定。
 }
why-candidates = 各技能得分：{ $candidates }
why-memories = 用到的记忆：
why-no-memories = 没有用到记忆。
why-model = 模型：{ $model }，读入 { $read } 个词元，写出 { $written } 个
why-no-model = 没有用到模型。
why-times = 时间：等待 { $waited } 秒，{ $first } 秒后出现第一个字，{ $took } 秒后完成
why-reference = 编号：`{ $reference }`

remembered = 我记住了。
memory-empty = 关于你，我在这里什么都没有记住。
memory-head = 我记得 { $count } 件事：
forgot-one = 已忘记：{ $text }
forget-not-yours = 这是别人告诉我的，只有本人可以让我忘记：{ $text }
forgot-all = 我保存的关于你的一切都已删除。
forget-which = 要忘记哪一条？例如 `/forget 1`，或者用 `/forget all` 忘记全部。
forget-all-sure = 要删除我保存的关于你的一切吗：记忆、我们的对话、你的设置？删除后无法恢复。
forget-kept = 什么都没有删除。
yes = 是
no = 否
export-caption = 我保存的关于你的一切。
export-private = 这个我只在私聊里发送。请在私聊中给我发 /export。
time-now = 现在是{ DATETIME($now, dateStyle: "full", timeStyle: "short") }（{ $zone }）。
language-now = 我用{ $language }回答你。可选：{ $choices }；`/language auto` 表示跟随你写的语言。
language-auto = 我会用你写的语言回答。
language-set = 我会用{ $language }回答你。
language-unknown = 我不认识语言 { $code }。可选：{ $choices }

lora-list = 我可以用这些权重来回答：{ $names }。{ $chosen ->
    [none] 这个对话没有选用任何一个。
   *[other] 这个对话用的是 `{ $chosen }`。
 }用 `/lora 名称` 选择，用 `/lora off` 取消。
lora-none = 我的模型没有可以选择的权重。
lora-set = 从现在起，我在这里用权重 `{ $name }` 回答。发 `/lora off` 可以取消。
lora-off = 从现在起，我在这里按原来的设置回答。
lora-unknown = 我没有叫 { $name } 的权重。现有：{ $names }
lora-broken = 权重 { $name } 不能用，原因写在日志里，请管理员查看。
lora-failed = 抱歉，这里要用的权重找不到或读不出来。发 `/lora` 看有哪些，发 `/lora off` 恢复原来的设置。编号：`{ $reference }`。

about-help = 显示我会做什么。
about-start = 打个招呼。
about-stop = 停止正在进行的回答。
about-reset = 重新开始对话。
about-why = 解释上一个回答。
about-remember = 记住关于你的一件事。
about-memory = 显示我记得的事情。
about-forget = 忘记一件事，或者全部。
about-export = 把我保存的关于你的一切发给你。
about-language = 设置我回答所用的语言。
about-time = 说出我所在机器的日期和时间。
about-lora = 选择在这个对话里用来回答的 LoRA 权重。
