"""The local model: a transformer in this process, its batching, its text and its OpenAI-compatible server.

Importing this package loads neither torch nor langchain; its modules do when they are imported by name:
``chat_model`` for langchain users, ``local_model`` for everybody else, ``server`` for HTTP.
"""

from __future__ import annotations

from botframework.engine.options import SamplingOptions
from botframework.engine.sequence import EngineStats, FinishReason, LinePosition, TokenEvent

__all__ = ["EngineStats", "FinishReason", "LinePosition", "SamplingOptions", "TokenEvent"]
