"""Documents are read, and what cannot be read is refused with its reason."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]  # has no types

from botframework import Attachment, SkillError
from botframework_summarisation.documents import kind_of, text_of


def attachment(name: str, media_type: str = "application/octet-stream") -> Attachment:
    """An attachment of that name."""
    return Attachment("1", name, media_type)


def pdf(*pages: str) -> bytes:
    """A PDF with a line of text on each page."""
    file = io.BytesIO()
    canvas = Canvas(file)
    for page in pages:
        canvas.drawString(72, 720, page)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def word(*paragraphs: str) -> bytes:
    """A Word document of these paragraphs and a table."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left", "right"
    document.add_paragraph("after the table")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_the_kind_is_told_by_name_or_type() -> None:
    """The ending decides, else the media type."""
    assert kind_of(attachment("Report.PDF")) == "pdf"
    assert kind_of(attachment("notes.markdown")) == "md"
    assert kind_of(attachment("blob", "text/plain; charset=utf-8")) == "txt"
    assert kind_of(attachment("photo.png", "image/png")) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_text_files_are_read_in_their_encoding(encoding: str) -> None:
    """Chinese text files come in several encodings."""
    assert text_of(attachment("a.txt"), "河水上涨了。The river rose.".encode(encoding)) == "河水上涨了。The river rose."


def test_a_pdf_is_read_page_by_page() -> None:
    """The pages' texts in order."""
    assert text_of(attachment("a.pdf"), pdf("The river rose.", "Nobody was hurt.")) == (
        "The river rose.\n\nNobody was hurt."
    )


def test_a_word_document_is_read_in_order() -> None:
    """Paragraphs and tables stand as in the document."""
    assert text_of(attachment("a.docx"), word("One.", "Two.")) == "One.\nTwo.\nleft\tright\nafter the table"


def locked() -> bytes:
    """A PDF with a password."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf("secret")))
    writer.encrypt("password", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def bomb() -> bytes:
    """A small archive that unpacks to 101 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as entry:
        for _ in range(101):
            entry.write(bytes(1024 * 1024))
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xlsx", b"x", "I read .txt, .md, .pdf, .docx files"),
        ("a.txt", b"\x00\x01\x02binary", "no text file"),
        ("a.txt", b"  \n", "no text in"),
        ("a.pdf", pdf(""), "pictures of pages"),
        ("a.pdf", b"%PDF-1.4 rubbish", "damaged"),
        ("a.pdf", b"", "damaged"),
        ("a.pdf", locked(), "password"),
        ("a.docx", b"rubbish", "damaged"),
        ("a.docx", bomb(), "too large"),
    ],
    ids=["kind", "binary", "empty", "scanned", "broken pdf", "no pdf", "locked", "broken docx", "bomb"],
)
def test_what_cannot_be_read_is_refused_with_its_reason(name: str, data: bytes, reason: str) -> None:
    """The person learns which file it is and what is wrong with it."""
    with pytest.raises(SkillError, match=reason) as caught:
        text_of(attachment(name), data)
    assert name in str(caught.value)
