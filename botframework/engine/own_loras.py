"""The LoRA weights that a model brings along for skills; knows files, loads nothing.

A model's folder may hold a folder ``lora`` with a folder for each set, and in it ``skills.json``, which says which set
answers for which skill:

    {"chat": "chat", "codegen": "code"}
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from botframework.errors import ModelNotFound

__all__ = ["own_lora_folder", "skill_loras"]

_SKILLS = TypeAdapter(dict[str, str])


def own_lora_folder(model: Path) -> Path:
    """Where the sets of the model in ``model`` are, if it has any."""
    return model / "lora"


def skill_loras(model: Path) -> dict[str, str]:
    """The sets that the model in ``model`` brings along, by skill name; empty where it brings none.

    Raises:
        ModelNotFound: the list is wrong, or a set that it names is missing.
    """
    root = own_lora_folder(model)
    file = root / "skills.json"
    if not file.is_file():
        return {}
    try:
        found = _SKILLS.validate_python(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise ModelNotFound(f"{file} is wrong: it must name a set of LoRA weights for each skill: {error}") from error
    for skill, name in found.items():
        if not (root / name / "adapter_config.json").is_file():
            raise ModelNotFound(f"{file} is wrong: there are no LoRA weights {name!r} for {skill!r} beside it")
    return found
