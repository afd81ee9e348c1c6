"""The bundled model itself, where what it says matters."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests

import botframework_mini
from botframework.engine.chat_model import LocalChatModel
from tests.engine.test_standard import Declared

pytestmark = pytest.mark.skipif(
    not (Path(botframework_mini.weights) / "config.json").is_file(), reason="the bundled weights are not in this copy"
)


@pytest.fixture(scope="module")
def mini() -> LocalChatModel:
    model = LocalChatModel(model="mini", device="cpu", dtype="float32", temperature=0, max_tokens=60)
    model.load()
    return model


class TestIntegration(Declared, ChatModelIntegrationTests):
    """langchain's suite that asks for answers."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "mini", "device": "cpu", "dtype": "float32"}


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("French", "Good morning.", {"bonjour"}),
        ("German", "Thank you very much.", {"danke", "dank"}),
        ("Chinese", "I love you.", {"我爱你", "爱"}),
    ],
)
async def test_it_translates_a_plain_sentence(mini: LocalChatModel, language: str, text: str, words: set[str]) -> None:
    """A sentence everybody learns first comes out in the language asked."""
    answer = await mini.ainvoke(f"Translate into {language}:\n{text}", lora=mini.skill_loras()["translation"])
    said = str(answer.content).lower()
    assert any(word in said for word in words), said
    assert answer.response_metadata["finish_reason"] == "stop"


async def test_three_requests_at_once_say_what_each_says_alone(mini: LocalChatModel) -> None:
    """Sharing a batch changes no answer, in English and in Chinese."""
    asked: list[list[BaseMessage]] = [
        [HumanMessage("Hello, how are you?")],
        [HumanMessage("你好，你叫什么名字？")],
        [SystemMessage("You are a helpful assistant."), HumanMessage("Summarise:\nThe train was late again today.")],
    ]
    alone = [(await mini.ainvoke(messages)).content for messages in asked]
    together = await asyncio.gather(*(mini.ainvoke(messages) for messages in asked))
    assert [answer.content for answer in together] == alone
    assert all(alone)


def test_the_lora_weights_it_brings_are_its_own(mini: LocalChatModel) -> None:
    """Every set that a skill gets without a setting can be read and belongs to these weights."""
    assert mini.skill_loras()
    for name in set(mini.skill_loras().values()):
        mini.check_lora(name)
