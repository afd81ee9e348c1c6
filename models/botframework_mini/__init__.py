"""The bundled model `mini`: where its files are; loads nothing."""

from __future__ import annotations

from pathlib import Path

__all__ = ["embedder", "weights"]

_HERE = Path(__file__).parent

weights = _HERE / "weights"
"""Folder that `AutoModelForCausalLM` and `AutoTokenizer` load."""

embedder = _HERE / "embedder"
"""Folder that `botframework.engine.embeddings.StaticEmbeddings` loads."""
