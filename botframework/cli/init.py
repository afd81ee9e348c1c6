"""`botframework init`: a new project with a configuration, one skill and its test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app", "skill_files"]

app = typer.Typer()

PROJECT = {
    "pyproject.toml": """\
[project]
name = "{name}"
version = "0.1.0"
description = "A bot of our own."
requires-python = ">=3.11"
dependencies = ["botframework[console,local,memory]"]

[project.optional-dependencies]
dev = ["pytest>=8", "pytest-asyncio>=1"]

[tool.pytest.ini_options]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
pythonpath = ["."]
testpaths = ["tests"]
""",
    "config.yaml": """\
# Talk to the bot here:      botframework chat --config config.yaml
# Run it for others:         botframework serve --config config.yaml
# See what is wrong in it:   botframework config check config.yaml
# What is not set here has its default: botframework config show config.yaml

data: data

channels:
  console:
  # telegram:
  #   token: {{env: TELEGRAM_TOKEN}}       # from @BotFather; export it, never write it here

skills:
  haiku: {{path: skills/haiku.py}}         # ours
  chat:
  autotranslate:
  translation:
  summarisation:
  codegen:

model:
  name: mini                             # the bundled one; any Hugging Face id or folder works too
""",
    "README.md": """\
# {name}

    pip install -e ".[dev]"
    botframework chat --config config.yaml        # then: /haiku frogs
    python -m pytest                              # or: botframework skills test

`skills/haiku.py` is a skill of our own, `tests/test_haiku.py` its test. `botframework skills new NAME` adds another.
""",
    ".gitignore": "data/\n__pycache__/\n.pytest_cache/\n.venv/\n*.egg-info/\n",
}
HAIKU = '''\
"""Haiku on request."""

from botframework import Context, skill


@skill("haiku", "Writes a haiku about anything.", examples=["write a haiku about rain"])
async def haiku(ctx: Context, topic: str):
    async for chunk in ctx.model.astream(f"Write a haiku about {topic}."):
        yield chunk
'''
HAIKU_TEST = '''\
"""The haiku skill, without a model and without a network."""

from botframework.testing import BotTester, replies
from skills.haiku import haiku


async def test_haiku_answers():
    """A haiku is what the model wrote."""
    async with BotTester(skills=[haiku], model=replies("old pond / a frog leaps in / splash")) as bot:
        assert (await bot.say("/haiku frogs")).text.endswith("splash")


async def test_haiku_without_a_topic_tells_how_it_is_called():
    """A missing topic is answered with the usage line."""
    async with BotTester(skills=[haiku], model=replies("unused")) as bot:
        assert "/haiku <topic>" in (await bot.say("/haiku")).text
'''
SKILL = '''\
"""{title}."""

from botframework import Context, skill


@skill("{name}", "{title}.", examples=["{name} this please"])
async def {name}(ctx: Context, text: str):
    async for chunk in ctx.model.astream(text):
        yield chunk
'''
SKILL_TEST = '''\
"""The {name} skill, without a model and without a network."""

from botframework.testing import BotTester, replies
from skills.{name} import {name}


async def test_{name}_answers():
    """The answer is what the model wrote."""
    async with BotTester(skills=[{name}], model=replies("done")) as bot:
        assert (await bot.say("/{name} something")).text == "done"
'''


def skill_files(name: str) -> dict[str, str]:
    """The files of a new skill and its test, by path.

    Raises:
        BadParameter: the name cannot be a skill's.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise typer.BadParameter("a skill's name has lower-case letters, digits and _ and begins with a letter")
    title = f"Does {name.replace('_', ' ')}"
    return {
        f"skills/{name}.py": SKILL.format(name=name, title=title),
        f"tests/test_{name}.py": SKILL_TEST.format(name=name),
    }


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files; refuses to replace any.

    Raises:
        BadParameter: one exists already.
    """
    taken = [path for path in files if (folder / path).exists()]
    if taken:
        raise typer.BadParameter(f"{folder / taken[0]} exists already; nothing was written")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


@app.command()
def init(name: Annotated[str, typer.Argument(help="Name of the project and of its folder.")]) -> None:
    """Make a new project: a configuration, one skill and its test, which passes."""
    folder = Path(name)
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?", folder.name):
        raise typer.BadParameter("a project's name has letters, digits, '.', '_' and '-' between them")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"{folder} exists already and is not empty; choose another name")
    files = {path: text.format(name=folder.name) for path, text in PROJECT.items() if path != ".gitignore"}
    files[".gitignore"] = PROJECT[".gitignore"]
    write(folder, {**files, "skills/haiku.py": HAIKU, "tests/test_haiku.py": HAIKU_TEST})
    typer.echo(
        f"""Made {folder}/ with one skill and its test. Next:

  cd {folder}
  botframework chat --config config.yaml     talk to it: /haiku frogs
  botframework skills test                   run its tests
  botframework skills new NAME               add a skill"""
    )
