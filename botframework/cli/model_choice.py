"""``botframework model use`` and ``list``: which model answers, changed by one line of the configuration."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botframework.cli.lora import ROOT, size_of
from botframework.errors import BotError, ConfigError

if TYPE_CHECKING:
    from botframework.config import ModelConfig
    from botframework.engine.footprint import Footprint

__all__ = ["list_models", "use"]

CONFIG = Path("config.yaml")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the configuration is to say, and what is to be told about it."""

    settings: dict[str, Any]
    remarks: list[str]
    footprint: Footprint | None = None
    parameters: int | None = None


def use(
    name: Annotated[
        str, typer.Argument(help="An installed name (mini), a folder, owner/name on Hugging Face, or a URL.")
    ],
    config: Annotated[Path, typer.Option("--config", help="Configuration to change; made if there is none.")] = CONFIG,
    served: Annotated[
        str | None, typer.Option("--name", help="With a URL: which of the server's models; else its only one.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key-env", help="With a URL: environment variable that holds the API key.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
) -> None:
    """Answer with another model: change that line of the configuration, and say what the model will want."""
    from botframework.config_edit import edit_settings, write_text

    is_url = name.startswith(("http://", "https://"))
    if not is_url and (served or key):
        raise ConfigError("--name and --key-env belong to a URL; a model in this process needs neither")
    choice = _server(name, served, key) if is_url else _local(name)
    before = ""
    if config.exists():
        try:
            with config.open(encoding="utf-8", newline="") as file:
                before = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{config}: cannot be read: {error}") from error
    changes = _changes(before, choice.settings)
    try:
        after = edit_settings(before, "model", changes) if changes else before
    except ConfigError as error:
        raise ConfigError(f"{config}: {error}") from error
    model = _checked(config, after)
    if not changes:
        typer.echo(f"{config} says so already: {_told(choice.settings)}")
    else:
        if not dry_run:
            write_text(config, after)
        typer.echo(f"{config}: {'would be ' if dry_run else ''}{'changed' if before else 'made'}")
        old = _old(before)
        for setting, value in changes.items():
            was = f"  (was {_shown(old[setting])})" if setting in old and value is not None else ""
            typer.echo(f"  model.{setting}: {_shown(value) if value is not None else 'removed'}{was}")
    for remark in [*choice.remarks, *_memory(choice, model), *_overruled()]:
        typer.echo(remark)


def list_models(
    config: Annotated[Path, typer.Option("--config", help="Marks the model that this configuration names.")] = CONFIG,
    runs: Annotated[Path, typer.Option("--runs", help="Folder of run folders.", file_okay=False)] = Path("runs"),
    root: Annotated[Path, typer.Option("--lora", help="Folder of LoRA weights.", file_okay=False)] = ROOT,
) -> None:
    """List the models at hand: installed ones, those that runs have trained, and LoRA weights."""
    from botframework.training.tuning.weights import list_weights

    used = ""
    if config.is_file():
        from botframework.config_file import ConfigFile

        section = ConfigFile.read(config).values.get("model")
        used = str(section.get("name", "mini")) if isinstance(section, dict) else "mini"
    found = [*_installed(), *_trained(runs)]
    rows = [("", "MODEL", "KIND", "PARAMETERS", "SIZE")]
    for name, kind, folder in found:
        parameters, size = _sizes(folder)
        rows.append(("*" if name == used else "", name, kind, parameters, size))
    for weights in list_weights(root):
        kind = f"LoRA weights for {weights.info.base_name}"
        rows.append(("", str(weights.folder), kind, f"rank {weights.info.rank}", size_of(weights.size)))
    if used and used not in {name for name, _, _ in found}:
        rows.append(("*", used, "named in " + str(config), "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    if used:
        typer.echo(f"* what {config} names")


def _server(url: str, served: str | None, key: str | None) -> Choice:
    remarks = []
    if served is None:
        names = _served_names(url, key)
        if len(names) != 1:
            raise ConfigError(f"{url} serves {', '.join(names) or 'no model'}; say which one by --name")
        served = names[0]
    settings: dict[str, Any] = {"provider": "openai", "name": served, "base_url": url}
    if key is not None:
        settings["api_key"] = {"env": key}
        if not os.environ.get(key):
            raise ConfigError(f"the environment variable {key} is not set; set it: export {key}=…")
    remarks.append("the model runs on that server; this process needs no memory for it")
    return Choice(settings, remarks)


def _served_names(url: str, key: str | None) -> list[str]:
    import urllib.error
    import urllib.request

    headers = {"Authorization": f"Bearer {os.environ[key]}"} if key and os.environ.get(key) else {}
    try:
        request = urllib.request.Request(f"{url.rstrip('/')}/models", headers=headers)  # only http and https get here
        with urllib.request.urlopen(request, timeout=5) as answer:
            return [str(entry["id"]) for entry in json.load(answer)["data"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{url} cannot be asked for its models ({error}); is it the address that ends in /v1? "
            "Start the server, or name the model by --name"
        ) from error


def _local(name: str) -> Choice:
    from botframework.engine.footprint import Footprint, parameters_in_name

    settings: dict[str, Any] = {"provider": "local", "name": name}
    folder = _folder_of(name)
    if folder is not None:
        _check_folder(name, folder)
        return Choice(settings, [], Footprint.of_folder(folder))
    remark = f"{name} is not on this machine; the first start will download it from Hugging Face"
    return Choice(settings, [remark], None, parameters_in_name(name))


def _folder_of(name: str) -> Path | None:
    """Where a model's files are on this machine; None for one on Hugging Face that is not here yet.

    Raises:
        ModelNotFound: the name can be no model at all.
    """
    from botframework.engine.local_model import resolve_model

    path = Path(name).expanduser()
    installed = any(True for _ in metadata.entry_points(group="botframework.models", name=name))
    if installed or path.is_dir() or name.count("/") != 1 or name.startswith((".", "/", "~")):
        return resolve_model(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError):
        return None
    return folder if any(folder.glob("*.safetensors")) else None


def _check_folder(name: str, folder: Path) -> None:
    """Refuse a folder the engine could not answer from.

    Raises:
        ModelNotFound: it holds no model, no tokenizer or no chat template, or LoRA weights alone.
    """
    from botframework.engine.prompt import Prompter
    from botframework.errors import ModelNotFound

    if (folder / "adapter_config.json").is_file():
        raise ModelNotFound(
            f"{name} holds LoRA weights, not a whole model; `botframework lora merge {name} OUT` makes one of them"
        )
    if not (folder / "config.json").is_file():
        raise ModelNotFound(f"{name} holds no model: there is no config.json in {folder}")
    Prompter.load(folder)


def _changes(text: str, settings: dict[str, Any]) -> dict[str, Any]:
    """What differs from the text: settings that are its defaults are not written, those of another kind removed."""
    old = _old(text)
    changes = {
        key: value for key, value in settings.items() if old.get(key, "local" if key == "provider" else None) != value
    }
    if settings["provider"] == "local":
        changes |= {key: None for key in ("base_url", "api_key") if key in old}
    return changes


def _old(text: str) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}  # the edit says what is wrong
    section = values.get("model") if isinstance(values, dict) else None
    return section if isinstance(section, dict) else {}


def _checked(path: Path, text: str) -> ModelConfig:
    """The model's section of a configuration, read as the bot will.

    Raises:
        ConfigError: the configuration is wrong, maybe in quite another place.
    """
    from botframework.config import load

    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(".yaml", f".{path.stem}-", path.parent)  # beside it: plugins' paths are relative
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        return load(temporary).model
    except BotError as error:
        raise ConfigError(
            f"{path} is left as it was, for it would not work:\n{error}".replace(name, str(path))
        ) from error
    finally:
        temporary.unlink()


def _memory(choice: Choice, model: ModelConfig) -> Iterator[str]:
    if choice.settings["provider"] != "local":
        return
    from botframework.engine.runner import pick_device, pick_dtype

    device = pick_device(model.device)
    dtype = pick_dtype(model.dtype, device)
    if choice.footprint is not None:
        window = min(choice.footprint.context_window, model.context_window or choice.footprint.context_window)
        weights, cache = choice.footprint.weights(dtype), choice.footprint.cache(dtype, window)
        yield (
            f"memory: {size_of(weights)} for the weights ({choice.footprint.parameters / 1e6:,.0f} M parameters in "
            f"{dtype} on {device}), and up to {size_of(cache)} for each of {model.max_batch} answers at a time "
            f"({window} tokens)"
        )
    elif choice.parameters is not None:
        size = size_of(choice.parameters * (4 if dtype == "float32" else 2))
        yield (
            f"memory: about {size} for the weights in {dtype} on {device}, and some for each answer, judging by the "
            f"size in its name; the download is about {size_of(choice.parameters * 2)}"
        )
    else:
        yield "memory: not known before it is downloaded; 2 bytes for each parameter in bfloat16, 4 in float32"


def _overruled() -> Iterator[str]:
    for setting in ("PROVIDER", "NAME", "BASE_URL"):
        if os.environ.get(variable := f"BOTFRAMEWORK__MODEL__{setting}"):
            yield f"but the environment variable {variable} is set and wins over the file; unset it"


def _installed() -> Iterator[tuple[str, str, Path]]:
    for entry in sorted(metadata.entry_points(group="botframework.models"), key=lambda entry: entry.name):
        yield entry.name, "installed", Path(entry.load().weights)


def _trained(runs: Path) -> Iterator[tuple[str, str, Path]]:
    for config in sorted(runs.glob("*/checkpoint/config.json")):
        yield str(config.parent), "trained here", config.parent


def _sizes(folder: Path) -> tuple[str, str]:
    from botframework.engine.footprint import Footprint
    from botframework.errors import ModelNotFound

    try:
        parameters = Footprint.of_folder(folder).parameters
    except ModelNotFound:
        return "?", "?"
    return f"{parameters / 1e6:,.1f} M", size_of(sum(file.stat().st_size for file in folder.glob("*.safetensors")))


def _told(settings: dict[str, Any]) -> str:
    return ", ".join(f"model.{name}: {_shown(value)}" for name, value in settings.items())


def _shown(value: Any) -> str:
    return f"{{env: {value['env']}}}" if isinstance(value, dict) and "env" in value else str(value)
