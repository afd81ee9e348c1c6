# 聊天技能自己说的话。
chat-greeting = 你好！有什么可以帮你的？
