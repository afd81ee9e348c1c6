"""The model that a run starts from: fresh or from a folder, its token vectors maybe from an embedder."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedModel

from botframework.training.checkpoint import load_model
from botframework.training.model import build_model
from botframework.training.recipe import LanguageModelRecipe, RecipeError
from botframework.training.tokenizer import END, PAD, token_id


def starting_model(
    recipe: LanguageModelRecipe, tokenizer: Tokenizer, folder: Path | None, embeddings: Path | None = None
) -> PreTrainedModel:
    """The model of `folder`, or a fresh one of the recipe's shape; its weights follow from torch's seed.

    Raises:
        ModelNotFound: `folder` holds no model.
        RecipeError: the model knows fewer tokens than the tokenizer, or `embeddings` belong to another tokenizer.
    """
    if folder is not None:
        known = load_model(folder)
        size = int(known.config.vocab_size)
        if tokenizer.get_vocab_size() > size:
            raise RecipeError(
                f"the model in {folder} knows {size} tokens and the tokenizer has {tokenizer.get_vocab_size()}: "
                "it belongs to another model"
            )
        return known
    end, pad = token_id(tokenizer, END), token_id(tokenizer, PAD)
    model = build_model(recipe.shape, tokenizer.get_vocab_size(), end, pad)
    if embeddings is not None:
        start_embeddings(model, embeddings)
    return model


def start_embeddings(model: PreTrainedModel, folder: Path) -> None:
    """Start the token embeddings (and the head) from an embedder's vectors, turned into the model's width.

    Raises:
        RecipeError: `folder` holds no embedder, or one of another tokenizer.
    """
    from safetensors.torch import load_file

    file, size = folder / "embedder.safetensors", int(model.config.vocab_size)
    if not file.is_file():
        raise RecipeError(f"embeddings: {folder} holds no embedder.safetensors; `botframework train embedder` makes it")
    vectors = load_file(file)["embedding"].float()  # (V, d)
    if len(vectors) != size:
        raise RecipeError(f"embeddings: {folder} has {len(vectors)} vectors, and the model {size} tokens")
    vectors = vectors - vectors.mean(0)
    lengths = vectors.norm(dim=1, keepdim=True)  # (V, 1)
    vectors = vectors / torch.maximum(lengths, lengths.median())  # rare tokens stay short
    width = model.config.hidden_size
    turn = torch.empty(max(width, vectors.shape[1]), min(width, vectors.shape[1]))
    torch.nn.init.orthogonal_(turn)
    turn = turn if width >= vectors.shape[1] else turn.T
    with torch.no_grad():
        turned = vectors @ turn.T  # (V, D)
        for weight in {model.get_input_embeddings().weight, model.lm_head.weight}:
            weight.copy_(0.02 * turned / turned.pow(2).mean().sqrt() + 0.5 * weight)
