"""Slack's Web API over a pretended workspace: each method answers or refuses as the platform does."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from typing import Any

from tests.slack.fake_blocks import check_content, check_metadata
from tests.slack.fake_workspace import APP_TOKEN, BOT_TOKEN, Refused, Workspace

__all__ = ["WebApi"]

Body = dict[str, Any]
_APP_METHODS = frozenset({"apps.connections.open"})


class WebApi:
    """The methods; ``new_socket`` gives the address of a new WebSocket."""

    def __init__(self, workspace: Workspace, new_socket: Callable[[], str], url: Callable[[], str]) -> None:
        self._space = workspace
        self._new_socket = new_socket
        self._url = url
        self._pending: dict[str, tuple[str, int]] = {}
        self.tokens = {BOT_TOKEN, APP_TOKEN}
        self._methods: dict[str, Callable[[Body], Body]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
            "conversations.open": self._open,
            "conversations.info": self._info,
            "users.info": self._user,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._complete_upload,
            "files.info": self._file,
            "files.delete": self._delete_file,
            "assistant.threads.setStatus": self._set_status,
            "views.publish": self._view,
            "views.open": self._view,
        }

    def call(self, method: str, token: str, body: Body) -> Body:
        """One call; raises ``Refused``."""
        if method not in self._methods:
            raise Refused("unknown_method", req_method=method)
        if not token:
            raise Refused("not_authed")
        if token not in self.tokens:
            raise Refused("invalid_auth")
        if (token == APP_TOKEN) != (method in _APP_METHODS):
            raise Refused("not_allowed_token_type")
        return {"ok": True, **self._methods[method](body)}

    def receive_upload(self, identifier: str, data: bytes) -> bool:
        """Bytes sent to an upload address; False when they are not what was announced."""
        if identifier not in self._pending or len(data) != self._pending[identifier][1]:
            return False
        self._space.contents[identifier] = data
        return True

    def _auth_test(self, body: Body) -> Body:
        space = self._space
        return {
            "url": "https://fake.slack.com/",
            "team": "Fake",
            "user": "robo",
            "team_id": space.team,
            "user_id": space.bot_user,
            "bot_id": space.bot_id,
            "is_enterprise_install": False,
        }

    def _connections_open(self, body: Body) -> Body:
        return {"url": self._new_socket()}

    def _post(self, body: Body) -> Body:
        self._scope("chat:write")
        space = self._space
        channel = space.channel(body.get("channel"), writing=True)
        content = check_content(body, text_limit=40_000)
        metadata = check_metadata(body.get("metadata"))
        message = {
            **content,
            "user": space.bot_user,
            "bot_id": space.bot_id,
            "app_id": space.app,
            "unfurl_links": _flag(body.get("unfurl_links"), default=True),
            "unfurl_media": _flag(body.get("unfurl_media"), default=True),
        }
        if metadata:
            message["metadata"] = metadata
        if thread := body.get("thread_ts"):
            space.root(channel, thread)
            message["thread_ts"] = thread
        posted = space.post(channel, message)
        return {"channel": channel.id, "ts": posted["ts"], "message": _visible(posted, metadata=True)}

    def _update(self, body: Body) -> Body:
        self._scope("chat:write")
        channel = self._space.channel(body.get("channel"), writing=True)
        message = self._space.message(channel, body.get("ts"))
        if message["user"] != self._space.bot_user:
            raise Refused("cant_update_message")
        message.update(check_content(body, text_limit=4_000))
        if metadata := check_metadata(body.get("metadata")):
            message["metadata"] = metadata
        message["edits"] = message.get("edits", 0) + 1
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": _visible(message)}

    def _delete(self, body: Body) -> Body:
        channel = self._space.channel(body.get("channel"))
        message = self._space.message(channel, body.get("ts"))
        if message["user"] != self._space.bot_user:
            raise Refused("cant_delete_message")
        channel.messages.remove(message)
        return {"channel": channel.id, "ts": message["ts"]}

    def _history(self, body: Body) -> Body:
        channel = self._space.channel(body.get("channel"))
        self._scope({"channel": "channels", "group": "groups"}.get(channel.kind, channel.kind) + ":history")
        top = [m for m in channel.messages if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self._page(_within(list(reversed(top)), body), body)

    def _replies(self, body: Body) -> Body:
        channel = self._space.channel(body.get("channel"))
        self._scope({"channel": "channels", "group": "groups"}.get(channel.kind, channel.kind) + ":history")
        named = next((m for m in channel.messages if m["ts"] == body.get("ts")), {})
        root = self._space.root(channel, named.get("thread_ts") or body.get("ts"))
        replies = [m for m in channel.messages if m.get("thread_ts") == root["ts"] and m is not root]
        return self._page([root, *_within(replies, body)], body)

    def _page(self, messages: list[dict[str, Any]], body: Body) -> Body:
        limit = int(body.get("limit") or 100)
        if not 1 <= limit <= 1000:
            raise Refused("invalid_limit")
        start = int(body.get("cursor") or 0)
        following = start + limit
        metadata = _flag(body.get("include_all_metadata"), default=False)
        more = following < len(messages)
        return {
            "messages": [_visible(message, metadata=metadata) for message in messages[start:following]],
            "has_more": more,
            "response_metadata": {"next_cursor": str(following) if more else ""},
        }

    def _open(self, body: Body) -> Body:
        self._scope("im:write")
        user = str(body.get("users"))
        if user not in self._space.users:
            raise Refused("user_not_found")
        channel = f"D{user[1:]}"
        if channel not in self._space.channels:
            self._space.add_channel(channel, "im")
        return {"channel": {"id": channel}}

    def _info(self, body: Body) -> Body:
        channel = self._space.channel(body.get("channel"))
        return {"channel": {"id": channel.id, f"is_{channel.kind}": True, "is_archived": channel.archived}}

    def _user(self, body: Body) -> Body:
        self._scope("users:read")
        user = self._space.users.get(str(body.get("user")))
        if user is None:
            raise Refused("user_not_found")
        keep = (
            user
            if _flag(body.get("include_locale"), default=False)
            else {k: v for k, v in user.items() if k != "locale"}
        )
        return {"user": keep}

    def _upload_url(self, body: Body) -> Body:
        self._scope("files:write")
        length = int(body.get("length") or 0)
        if not body.get("filename") or length <= 0:
            raise Refused("invalid_arguments", "length must be a positive integer")
        identifier = self._space.next_id("F")
        self._pending[identifier] = (str(body["filename"]), length)
        return {"upload_url": f"{self._url()}/upload/v1/{identifier}", "file_id": identifier}

    def _complete_upload(self, body: Body) -> Body:
        self._scope("files:write")
        space = self._space
        files = json.loads(body["files"]) if isinstance(body.get("files"), str) else body.get("files")
        done = []
        for file in files or []:
            identifier = file.get("id")
            if identifier not in self._pending or identifier not in space.contents:
                raise Refused("file_not_found")
            done.append(identifier)
        if not done:
            raise Refused("invalid_arguments", "missing required field: files")
        channel = space.channel(body["channel_id"], writing=True) if body.get("channel_id") else None
        if channel and body.get("thread_ts"):
            space.root(channel, body["thread_ts"])
        for identifier in done:
            name, size = self._pending.pop(identifier)
            media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
            space.files[identifier] = {
                "id": identifier,
                "name": name,
                "title": name,
                "size": size,
                "mimetype": media_type,
            }
        found = [space.files[identifier] for identifier in done]
        if channel:
            message = {"user": space.bot_user, "bot_id": space.bot_id, "files": found}
            message["text"] = body.get("initial_comment") or ""
            if body.get("thread_ts"):
                message["thread_ts"] = body["thread_ts"]
            space.post(channel, message)
        return {"files": found}

    def _file(self, body: Body) -> Body:
        self._scope("files:read")
        if body.get("file") not in self._space.files:
            raise Refused("file_not_found")
        return {"file": self._space.files[body["file"]]}

    def _delete_file(self, body: Body) -> Body:
        self._scope("files:write")
        if body.get("file") not in self._space.files:
            raise Refused("file_not_found")
        file = self._space.files.pop(body["file"])
        for channel in self._space.channels.values():
            channel.messages = [m for m in channel.messages if file not in m.get("files", ())]
        return {}

    def _set_status(self, body: Body) -> Body:
        channel = self._space.channel(body.get("channel_id"))
        self._space.root(channel, body.get("thread_ts"))
        self._space.statuses.append((channel.id, str(body.get("thread_ts")), str(body.get("status"))))
        return {}

    def _view(self, body: Body) -> Body:
        if not body.get("view"):
            raise Refused("invalid_arguments", "missing required field: view")
        return {"view": {"id": self._space.next_id("V")}}

    def _scope(self, name: str) -> None:
        if name not in self._space.scopes.split(","):
            raise Refused("missing_scope", needed=name, provided=self._space.scopes)


def _flag(value: Any, *, default: bool) -> bool:
    return default if value is None else value in (True, 1, "1", "true", "True")


def _within(messages: list[dict[str, Any]], body: Body) -> list[dict[str, Any]]:
    oldest, latest = float(body.get("oldest") or 0), float(body.get("latest") or "inf")
    if _flag(body.get("inclusive"), default=False):
        return [message for message in messages if oldest <= float(message["ts"]) <= latest]
    return [message for message in messages if oldest < float(message["ts"]) < latest]


def _visible(message: dict[str, Any], *, metadata: bool = False) -> dict[str, Any]:
    hidden = {"edits", "unfurl_links", "unfurl_media"} | (set() if metadata else {"metadata"})
    return {name: value for name, value in message.items() if name not in hidden}
