"""A server that speaks OpenAI's chat-completions interface as what is measured; knows no suite."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botframework.errors import ModelError, ModelNotFound
from botframework.evaluation.decoding import Draw
from botframework.evaluation.subject import Chat, Timing

__all__ = ["ServerSubject"]


class ServerSubject:
    """The model behind an address such as ``http://127.0.0.1:8000/v1``; the first it lists, or the one after ``#``.

    A key is taken from the environment: ``BOTFRAMEWORK_MODEL_API_KEY``, else ``OPENAI_API_KEY``.

    Args:
        address: with ``/v1``; ``#model`` behind it names the model.
        side_by_side: requests sent at a time.
        timeout: seconds that one answer may take.

    Raises:
        ModelNotFound: nobody answers there, or it lists no model.
    """

    def __init__(self, address: str, *, side_by_side: int = 8, timeout: float = 300) -> None:
        self._url, _, wanted = address.partition("#")
        self._url = self._url.rstrip("/")
        self._side_by_side = side_by_side
        self._timeout = timeout
        self._key = os.environ.get("BOTFRAMEWORK_MODEL_API_KEY") or os.environ.get("OPENAI_API_KEY")
        self._model = wanted or self._first()
        self.name = f"{self._url}#{self._model}"

    def answer(self, chats: Sequence[Chat], max_new_tokens: int = 128, draw: Draw | None = None) -> list[str]:
        """The assistant's next message of each chat, in the order of the chats."""
        draw = draw or Draw()
        numbered = enumerate(chats)
        with ThreadPoolExecutor(self._side_by_side) as pool:
            return list(pool.map(lambda item: self._one(item[1], max_new_tokens, draw, item[0]), numbered))

    def _one(self, chat: Chat, max_new_tokens: int, draw: Draw, number: int) -> str:
        body = self._body(chat, max_new_tokens) | {"temperature": draw.temperature}
        if draw.temperature:
            body |= {"top_p": draw.top_p, "seed": draw.seed + number}
        with self._open("chat/completions", body) as response, self._understood():
            return str(json.load(response)["choices"][0]["message"]["content"] or "").strip()

    def time(self, chat: Chat, max_new_tokens: int) -> Timing:
        """Answer one chat alone and watch the pieces come; each piece counts as one token."""
        begin = time.perf_counter()
        first, pieces = None, 0
        body = self._body(chat, max_new_tokens) | {"stream": True}
        with self._open("chat/completions", body) as response, self._understood():
            for piece in _streamed(response):
                if piece:
                    first = first or time.perf_counter()
                    pieces += 1
        end = time.perf_counter()
        return Timing((first or end) - begin, end - begin, max(1, pieces))

    def _body(self, chat: Chat, max_new_tokens: int) -> dict[str, Any]:
        return {"model": self._model, "messages": chat, "max_tokens": max_new_tokens, "temperature": 0.0}

    def _first(self) -> str:
        with self._open("models") as response, self._understood():
            names = [str(model["id"]) for model in json.load(response)["data"] or []]
        if not names:
            raise ModelNotFound(f"the server at {self._url} lists no model; name one behind a #: {self._url}#NAME")
        return names[0]

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        """Turn what cannot be read of an answer into an error that says so."""
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            raise ModelError(f"the server at {self._url} broke off: {error or type(error).__name__}") from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModelError(
                f"the server at {self._url} does not speak OpenAI's interface ({type(error).__name__}: {error}); "
                "does its address end in /v1?"
            ) from error

    def _open(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/{path}", data, headers)
        try:
            return urllib.request.urlopen(request, timeout=self._timeout)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(500).decode("utf-8", "replace")
            raise ModelError(f"the server at {self._url} refused ({error.code}): {said}") from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise ModelNotFound(f"no answer from {self._url}: {error}") from error


def _streamed(lines: Any) -> Iterator[str]:
    """The pieces of text in a stream of server-sent events."""
    for line in lines:
        text = line.decode("utf-8").strip()
        if not text.startswith("data:") or text == "data: [DONE]":
            continue
        event = json.loads(text.removeprefix("data:"))
        if "error" in event:
            raise ModelError(f"the server failed: {event['error']}")
        choices = event["choices"]
        if choices:
            yield str(choices[0]["delta"].get("content") or "")
