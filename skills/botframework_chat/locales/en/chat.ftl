# What the chat skill itself says.
chat-greeting = Hello! What can I do for you?
