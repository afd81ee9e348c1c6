"""The memory that is switched off."""

from __future__ import annotations

import pytest

from botframework.errors import MemoryStoreError
from botframework.memory import Scope
from botframework.memory.nothing import NoMemory


async def test_nothing_is_kept_and_a_wish_to_keep_is_refused() -> None:
    """Turns vanish in silence, but who asks to be remembered is told that nothing is."""
    memory, scope = NoMemory(), Scope("p", "c")
    await memory.remember(scope, "said in passing", kind="turn")
    with pytest.raises(MemoryStoreError, match="switched off"):
        await memory.remember(scope, "my name is Ann")
    assert await memory.recall(scope, "name") == await memory.all(scope) == await memory.of_person("p") == []
    assert await memory.forget(scope) == await memory.forget_person("p") == 0
    await memory.aclose()
