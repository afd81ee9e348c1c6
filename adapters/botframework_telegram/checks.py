"""What ``botframework doctor`` shows of the Telegram channel."""

from __future__ import annotations

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from botframework.adapter import Check
from botframework_telegram.settings import TelegramSettings

__all__ = ["checks"]


async def checks(bot: Bot, settings: TelegramSettings) -> list[Check]:
    """Whether the token is taken, what the bot sees in groups, and whether a webhook stands in the way."""
    try:
        me = await bot.get_me()
    except InvalidToken:
        return [
            Check("telegram: token", False, "Telegram refuses it", "set the token that @BotFather shows for your bot")
        ]
    except TelegramError as error:
        return [
            Check("telegram: reachable", False, str(error), f"check the network and base_url ({settings.base_url})")
        ]
    found = [Check("telegram: token", True, f"@{me.username}")]
    if me.can_read_all_group_messages:
        found.append(Check("telegram: groups", True, "the bot sees every message of its groups"))
    else:
        found.append(
            Check(
                "telegram: groups",
                True,
                "privacy mode is on: in groups the bot sees only commands, mentions and replies to it",
                "to let it see and summarise all: @BotFather, /setprivacy, Disable, then add it to the group again",
            )
        )
    try:
        webhook = await bot.get_webhook_info()
    except TelegramError as error:
        return [*found, Check("telegram: webhook", False, str(error), "try again")]
    clear = not webhook.url or settings.delete_webhook
    detail = "none is set" if not webhook.url else "one is set, and polling is refused while it is"
    found.append(
        Check("telegram: webhook", clear, detail, "" if clear else "set delete_webhook: true for this channel")
    )
    return found
