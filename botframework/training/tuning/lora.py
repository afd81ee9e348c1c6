"""Puts LoRA weights beside a model's layers and takes them out again, through peft; knows tensors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file
from torch import Tensor
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from botframework.errors import ModelNotFound
from botframework.training.recipe import RecipeError
from botframework.training.tuning.base import Base
from botframework.training.tuning.quiet import quietly
from botframework.training.tuning.recipe import LoraSettings, Method
from botframework.training.tuning.weights import WEIGHTS, LoraWeights

if TYPE_CHECKING:
    from peft import LoraConfig

__all__ = ["lora_config", "merged", "save_lora", "start_from", "with_lora"]


def lora_config(settings: LoraSettings, method: Method, model: PreTrainedModel) -> LoraConfig:
    """What peft is told.

    Raises:
        RecipeError: a target is no layer of the model, or peft is missing.
    """
    _need_peft()
    from peft import LoraConfig

    targets: Any = "all-linear"
    if settings.targets != "auto":
        targets = list(settings.targets)
        linear = {name.rsplit(".", 1)[-1] for name, module in model.named_modules() if _is_linear(module)}
        if unknown := sorted(set(targets) - linear):
            raise RecipeError(
                f"lora.targets: the model has no layer {', '.join(unknown)}; its layers are: "
                f"{', '.join(sorted(linear))}"
            )
    return LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,  # type: ignore[arg-type]  # peft annotates int, and scales by any number
        lora_dropout=settings.dropout,
        target_modules=targets,
        use_rslora=settings.rslora,
        use_dora=method == "dora",
        task_type="CAUSAL_LM",
    )


def with_lora(model: PreTrainedModel, settings: LoraSettings, method: Method) -> Any:
    """The model with fresh LoRA weights that alone are trained; at first its answers are what they were."""
    config = lora_config(settings, method, model)
    with quietly():
        from peft import get_peft_model, prepare_model_for_kbit_training

        if method == "qlora":
            prepare: Any = prepare_model_for_kbit_training
            model = prepare(model, use_gradient_checkpointing=False)
        return get_peft_model(model, config)


def start_from(model: Any, weights: LoraWeights, base: Base) -> None:
    """Put trained LoRA weights in the place of the fresh ones.

    Raises:
        WrongBase: they were trained on another model.
        RecipeError: they have another rank, scaling or other layers.
    """
    from peft import LoraConfig, set_peft_model_state_dict

    weights.check_base(base.name, base.fingerprint)
    [wanted] = model.peft_config.values()
    found = LoraConfig.from_pretrained(str(weights.folder))
    for name in ("r", "lora_alpha", "use_dora", "use_rslora"):
        if getattr(found, name) != getattr(wanted, name):
            raise RecipeError(
                f"lora.start: the weights in {weights.folder} have {name} {getattr(found, name)}, and the recipe "
                f"{getattr(wanted, name)}; say the same in the recipe"
            )
    told: Any = set_peft_model_state_dict(model, load_file(weights.folder / WEIGHTS))
    fresh = [name for name in told.missing_keys if "lora_" in name]
    if told.unexpected_keys or fresh:
        raise RecipeError(
            f"lora.start: the weights in {weights.folder} are for other layers; set lora.targets to theirs"
        )


def save_lora(model: Any, folder: Path, base_name: str, weights: dict[str, Tensor] | None = None) -> None:
    """Write peft's two files of a model with LoRA weights.

    Args:
        weights: all weights by name where they are not whole in `model` (FSDP); None takes the model's own.
    """
    for config in model.peft_config.values():
        config.base_model_name_or_path = base_name
    model.save_pretrained(str(folder), state_dict=weights, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card


def merged(model: PreTrainedModel, weights: LoraWeights) -> PreTrainedModel:
    """The model with the LoRA weights added into its own.

    Raises:
        ModelNotFound: their shapes do not fit the model.
    """
    _need_peft()
    try:
        with quietly():
            from peft import PeftModel

            joined: Any = PeftModel.from_pretrained(model, str(weights.folder))
            whole: PreTrainedModel = joined.merge_and_unload()
    except (RuntimeError, ValueError, KeyError) as error:
        raise ModelNotFound(f"the LoRA weights {weights.info.name!r} do not fit the model: {error}") from error
    return whole


def _is_linear(module: Any) -> bool:
    is_turned = isinstance(module, Conv1D)  # as GPT-2 has them: a linear layer with its matrix turned
    return is_turned or (hasattr(module, "in_features") and hasattr(module, "out_features"))


def _need_peft() -> None:
    try:
        with quietly():
            import peft  # noqa: F401 -- only whether it is there
    except ImportError as error:
        raise RecipeError("LoRA needs peft, which is not installed: pip install 'botframework[train]'") from error
