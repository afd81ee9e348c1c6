"""Chooses the device and the precision of a run; knows hardware, no model."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Literal

import torch

from botframework.training.recipe import RecipeError


def choose_device(wanted: Literal["auto", "cpu", "cuda"], local_rank: int = 0) -> torch.device:
    """The device of this process: with `auto` a GPU where there is one.

    Args:
        wanted: the recipe's `device`.
        local_rank: which of this machine's processes asks; each takes the GPU of its number.

    Raises:
        RecipeError: a GPU is wanted and there is none, or there are more processes than GPUs.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and not count):
        return torch.device("cpu")
    if not count:
        raise RecipeError("device: cuda, but torch finds no GPU; set `device: auto` or install torch for CUDA")
    if local_rank >= count:
        raise RecipeError(f"process {local_rank} finds {count} GPUs only; start as many processes as there are GPUs")
    device = torch.device("cuda", local_rank)
    torch.cuda.set_device(device)
    return device


def missing_to_compile(device: torch.device) -> str | None:
    """What torch.compile would look for in vain on this machine, in words; None if everything is there."""
    if device.type == "cuda":
        compilers = [os.environ.get("CC", "gcc"), "gcc", "clang", "cc"]
    else:
        compilers = [os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")]
    if not any(shutil.which(name) for name in compilers):
        return f"no compiler ({', '.join(dict.fromkeys(compilers))})"
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        return "no Python.h (the package python3-dev of many systems)"
    return None


def use_threads(count: int | None) -> None:
    """Compute in so many threads of the CPU; None leaves it to torch, which heeds OMP_NUM_THREADS."""
    if count is not None:
        torch.set_num_threads(count)


def computes_in_bfloat16(wanted: Literal["auto", "float32", "bfloat16"], device: torch.device) -> bool:
    """Whether the decoder runs in bfloat16: with `auto` only where the hardware multiplies it natively.

    A CPU without AMX or AVX-512 BF16 imitates bfloat16, many times slower than float32.
    """
    if wanted != "auto":
        return wanted == "bfloat16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
