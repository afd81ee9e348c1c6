"""A server as subject, over real HTTP on the loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from botframework.errors import ModelError, ModelNotFound
from botframework.evaluation.subject import open_subject


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def _send(self, body: bytes, kind: str = "application/json", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._send(json.dumps({"data": [{"id": "toy"}]}).encode())

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = asked["messages"][-1]["content"]
        if said == "garble":
            self._send(b"<html>", "text/html")
        elif said == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b'{"choices"')
        elif said == "refuse":
            self._send(b'{"error": "no"}', status=400)
        elif asked.get("stream"):
            events = [{"choices": [{"delta": {"content": piece}}]} for piece in ("a", "b")]
            text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
            self._send(text.encode(), "text/event-stream")
        else:
            answer = f"{asked['model']}: {said} at {asked['temperature']}"
            self._send(json.dumps({"choices": [{"message": {"content": answer}}]}).encode())


@pytest.fixture
def address() -> Iterator[str]:
    """A server that answers with what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_answers_come_in_the_order_of_the_chats(address: str) -> None:
    """Many at a time, greedy, from the model it lists."""
    subject = open_subject(address)
    chats = [[{"role": "user", "content": str(number)}] for number in range(20)]
    assert subject.answer(chats) == [f"toy: {number} at 0.0" for number in range(20)]
    assert subject.name.endswith("#toy")


def test_a_model_can_be_named_and_timed(address: str) -> None:
    """After a #; the pieces of a stream are counted."""
    subject: Any = open_subject(f"{address}#other")
    assert subject.answer([[{"role": "user", "content": "x"}]]) == ["other: x at 0.0"]
    assert subject.time([{"role": "user", "content": "x"}], 4).tokens == 2


def test_what_goes_wrong_is_told(address: str) -> None:
    """A refusal with what the server said, an answer that is no JSON or cut off, and where nobody answers."""
    with pytest.raises(ModelError, match=r"refused \(400\)"):
        open_subject(address).answer([[{"role": "user", "content": "refuse"}]])
    for said, problem in (("garble", "does not speak"), ("cut", "broke off")):
        with pytest.raises(ModelError, match=problem):
            open_subject(address).answer([[{"role": "user", "content": said}]])
    with pytest.raises(ModelNotFound, match="no answer from"):
        open_subject("http://127.0.0.1:9/v1")
