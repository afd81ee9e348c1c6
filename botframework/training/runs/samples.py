"""Answers a recipe's `samples` with a model, before and after a run; knows a Hugging Face model and its tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def answer_samples(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase | Path,
    prompts: Sequence[str],
    *,
    max_new_tokens: int = 96,
) -> list[tuple[str, str]]:
    """(prompt, likeliest answer) of each prompt; the model's mode and the random state stay as they are.

    Args:
        model: on any device, in training mode or not.
        tokenizer: with or without a chat template (without one a prompt is text to go on with), or its folder.
        prompts: what a user says, one by one.
        max_new_tokens: most tokens of an answer.
    """
    import torch

    if not prompts:
        return []
    if isinstance(tokenizer, Path):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(tokenizer, local_files_only=True)
    was_training = model.training
    model.eval()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    try:
        with torch.no_grad():
            return [(prompt, _answer(model, tokenizer, prompt, max_new_tokens)) for prompt in prompts]
    finally:
        model.train(was_training)


def _answer(model: Any, tokenizer: Any, prompt: str, max_new_tokens: int) -> str:
    text = prompt
    if tokenizer.chat_template:
        chat = [{"role": "user", "content": prompt}]
        text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    inputs = tokenizer(text, return_tensors="pt", add_special_tokens=not tokenizer.chat_template).to(model.device)
    output = model.generate(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        max_new_tokens=max_new_tokens,
        do_sample=False,
        temperature=None,
        top_p=None,
        top_k=None,
        pad_token_id=tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id,
    )
    return str(tokenizer.decode(output[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)).strip()
