"""`botframework serve`: every configured channel in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer()
logger = logging.getLogger("botframework.serve")


@app.command()
def serve(
    config: Annotated[Path, typer.Option(help="Configuration file.")],
    data: Annotated[Path | None, typer.Option(help="Data folder, instead of the configured one.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="HTTP port; 0 takes a free one.")] = None,
) -> None:
    """Run every configured channel, and answer /healthz, /readyz and /metrics. SIGTERM ends it in good order."""
    asyncio.run(_serve(config, data, port))


async def _serve(file: Path, data: Path | None, port: int | None) -> None:
    from botframework.app import App
    from botframework.config import load
    from botframework.errors import ConfigError
    from botframework.telemetry import configure_logging

    config = load(file)
    channels = {name: channel for name, channel in config.channels.items() if name != "console"}
    if not channels:
        raise ConfigError(
            f"{file}: there is no channel to serve: add telegram or slack under `channels:` (config/telegram.yaml and "
            f"config/slack.yaml show how); to talk here, run `botframework chat --config {file}`"
        )
    http = config.http if port is None else config.http.model_copy(update={"port": port})
    config = config.model_copy(update={"channels": channels, "http": http})
    configure_logging(config.log.level, config.log.format, config.secrets())
    async with App.open(config, folder=data or config.folder) as bot:
        logger.info("serving %s", ", ".join(channels))
        await bot.run(http=True)
    logger.info("stopped")
