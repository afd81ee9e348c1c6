"""Measures models: suites of questions, the metrics of their answers, and their tables.

Knows model folders, servers that speak OpenAI's interface, and files of records; knows no skill, channel or bot.
What only the bot can answer (where the router sends a message) is handed in by the command.
"""
