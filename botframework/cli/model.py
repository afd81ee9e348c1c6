"""``botframework model …``: which model answers, and one on its own; torch is imported only where it is needed."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from botframework.cli.model_choice import list_models, use

__all__ = ["app"]

app = typer.Typer(name="model", help="Choose, list and serve models.", no_args_is_help=True)
app.command()(use)
app.command("list")(list_models)


@app.callback()
def model() -> None:
    """Choose, list and serve models."""


@app.command()
def serve(  # noqa: PLR0917 - every argument is an option by name
    model: Annotated[str, typer.Option(help="A registered name, a model folder, or a Hugging Face id.")] = "mini",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8000,
    name: Annotated[str | None, typer.Option(help="What clients call the model; else as --model.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    max_batch: Annotated[int, typer.Option(min=1, help="Answers written at a time; more wait in line.")] = 8,
    context_window: Annotated[
        int | None, typer.Option(min=2, help="Most tokens of prompt and answer; the model's own limit if left out.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads.")] = None,
    lora_root: Annotated[
        Path, typer.Option(file_okay=False, help="Folder of LoRA weights, each served as the model NAME:WEIGHTS.")
    ] = Path("lora"),
    api_key: Annotated[
        str | None,
        typer.Option(envvar="BOTFRAMEWORK_MODEL_API_KEY", help="Clients must send this key.", show_default=False),
    ] = None,
) -> None:
    """Serve a local model over OpenAI's chat-completions interface."""
    from botframework.engine.local_model import LocalModel
    from botframework.errors import BotError

    try:
        local = LocalModel.load(
            model,
            device=device,
            dtype=dtype,
            max_batch=max_batch,
            context_window=context_window,
            threads=threads,
            lora_root=lora_root,
        )
    except BotError as error:
        typer.secho(f"error: {error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error
    local.name = name or model
    if api_key is None and host not in {"127.0.0.1", "::1", "localhost"}:
        typer.secho(
            f"warning: everybody who reaches {host}:{port} can use the model; set --api-key",
            err=True,
            fg=typer.colors.YELLOW,
        )

    async def until_signalled() -> None:
        from botframework.engine.server import create_app, serving

        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with serving(create_app(local, api_key=api_key), host, port) as url:
            typer.echo(f"{local.name} answers at {url}/v1 (window {local.context_window} tokens); Ctrl-C stops it")
            await stop.wait()

    try:
        asyncio.run(until_signalled())
    except OSError as error:
        typer.secho(f"error: cannot listen on {host}:{port}: {error.strerror or error}", err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error
    finally:
        local.engine.close()
