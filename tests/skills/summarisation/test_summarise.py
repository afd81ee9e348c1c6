"""The summarisation skill in a whole bot."""

from __future__ import annotations

import io

import docx
import pytest

from botframework import Attachment, Context, Quote, skill
from botframework.testing import BotTester, FakeChannel
from botframework_summarisation import SummarySettings, summarise
from tests.skills.scripted_model import SmallModel, answering


@skill("chat", "Echoes.")
async def chat(ctx: Context, text: str = "") -> str:
    return f"chat: {text}"


def answer(prompt: str) -> str:
    """The first three words."""
    return " ".join(prompt.partition("\n")[2].split()[:3])


@pytest.fixture
def model() -> SmallModel:
    return answering(answer, context_window=120)


async def test_a_given_text_is_summarised(model: SmallModel) -> None:
    """By command, or in words, with the canonical prompt."""
    async with BotTester([chat, summarise], model) as bot:
        assert (await bot.say("/summarise The river rose quickly.")).text == "The river rose"
        reply = await bot.say("Please summarise this text:\nThe river rose quickly.")
        assert (reply.skill, reply.text) == ("summarisation", "The river rose")
        await bot.say("总结一下：河水上涨了。")
    assert model.asked == ["Summarise:\nThe river rose quickly."] * 2 + ["总结：\n河水上涨了。"]


async def test_a_reply_summarises_the_quoted_message(model: SmallModel) -> None:
    """``/summarise short`` as a reply takes the text that is replied to."""
    async with BotTester([chat, summarise], model) as bot:
        quote = Quote("m1", "The river rose quickly.")
        assert (await bot.say("/summarise short", reply_to=quote)).text == "The river rose"
    assert model.asked == ["Summarise in one sentence:\nThe river rose quickly."]


async def test_the_last_messages_are_summarised_with_their_names(model: SmallModel) -> None:
    """As many messages as asked, in the order in which they were said, with who said them."""
    async with BotTester([chat, summarise], model) as bot:
        await bot.say("We meet on Monday.", group=True, person="ann")
        await bot.say("I cannot come.", group=True, person="ben")
        await bot.say("/summarise 3", group=True, person="ann")
        await bot.say("总结一下上面的对话", group=True, person="ben")
    lines = model.asked[0].split("\n")
    assert [line.partition(": ")[2] for line in lines[1:]] == [
        "chat: We meet on Monday.",
        "I cannot come.",
        "chat: I cannot come.",
    ]
    assert "We meet on Monday." in model.asked[1]


async def test_an_attached_document_is_read_and_summarised(model: SmallModel) -> None:
    """A long Word file is read, cut into parts, reported part by part and summarised."""
    document = docx.Document()
    for number in range(40):
        document.add_paragraph(f"Paragraph number {number} tells about the river and the town beside it.")
    file = io.BytesIO()
    document.save(file)
    channel = FakeChannel()
    channel.files["f1"] = file.getvalue()
    async with BotTester([chat, summarise], model, channel=channel) as bot:
        reply = await bot.say("/summarise", attachments=(Attachment("f1", "report.docx"),))
        assert reply.text == "Paragraph number 0"
    assert len(model.prompts) > 4


@pytest.mark.parametrize(
    ("attachment", "reason"),
    [
        (Attachment("f1", "table.xlsx"), "I read .txt, .md, .pdf, .docx files"),
        (Attachment("f1", "big.txt", size=20_000_000), "at most 0.5 MB"),
        (Attachment("f1", "big.txt"), "at most 0.5 MB"),
    ],
)
async def test_a_document_that_cannot_be_read_is_refused(
    model: SmallModel, attachment: Attachment, reason: str
) -> None:
    """Of another kind or too large, told before or after it was fetched."""
    channel = FakeChannel()
    channel.files["f1"] = b"word " * 200_000
    settings = {"summarisation": SummarySettings(max_megabytes=0.5)}
    async with BotTester([summarise], model, channel=channel, settings=settings) as bot:
        assert reason in (await bot.say("/summarise", attachments=(attachment,))).text
    assert model.said == []


async def test_bullets_are_a_list(model: SmallModel) -> None:
    """Each point on its line."""
    model = answering(lambda _: "The river rose. Nobody was hurt.")
    async with BotTester([summarise], model) as bot:
        reply = await bot.say("/summarise bullets The river rose and rose.")
        assert reply.parts[-1].markdown == "- The river rose.\n- Nobody was hurt."  # type: ignore[union-attr]  # a Text


async def test_with_nothing_to_summarise_the_text_is_asked_for(model: SmallModel) -> None:
    """The next message is then the text."""
    async with BotTester([chat, summarise], model) as bot:
        assert "What shall I summarise?" in (await bot.say("/summarise")).text
        assert (await bot.say("The river rose quickly.")).text == "The river rose"
