"""Keeps the libraries' remarks to their own developers out of a run's display."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quietly"]


@contextmanager
def quietly() -> Iterator[None]:
    """A block in which peft, TRL and transformers may use each other's deprecated names without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
