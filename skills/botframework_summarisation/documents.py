"""Reads the text of attached documents; knows no channel and no model."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePath

from botframework import Attachment, SkillError

__all__ = ["KINDS", "kind_of", "text_of"]

_MOST_UNPACKED = 100 * 1024 * 1024
_KIND_OF_TYPE = {
    "text/plain": "txt",
    "text/markdown": "md",
    "text/x-markdown": "md",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def kind_of(attachment: Attachment) -> str | None:
    """``txt``, ``md``, ``pdf`` or ``docx``; None for any other file."""
    suffix = PurePath(attachment.name).suffix.lower().lstrip(".")
    suffix = {"markdown": "md", "text": "txt"}.get(suffix, suffix)
    return suffix if suffix in KINDS else _KIND_OF_TYPE.get(attachment.media_type.split(";")[0].strip().lower())


def text_of(attachment: Attachment, data: bytes) -> str:
    """The text of a document.

    Raises:
        SkillError: it is of another kind, damaged, protected by a password, or has no text.
    """
    kind = kind_of(attachment)
    if kind is None:
        raise SkillError(f"I cannot read {attachment.name}: I read {', '.join('.' + name for name in KINDS)} files.")
    text = KINDS[kind](attachment.name, data).strip()
    if not text:
        scanned = " It seems to hold pictures of pages only." if kind == "pdf" else ""
        raise SkillError(f"There is no text in {attachment.name}.{scanned}")
    return text


def _plain(name: str, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data[:4096]:
        raise SkillError(f"{name} is no text file.")
    else:
        encodings = ["utf-8-sig", "gb18030", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SkillError(f"I cannot tell how {name} is encoded; save it as UTF-8.")


def _pdf(name: str, data: bytes) -> str:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise _missing(name, error) from error
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SkillError(f"{name} is protected by a password; send it without one.")
        return "\n\n".join(page.extract_text().strip() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise SkillError(f"I cannot read {name}: it seems to be damaged ({error}).") from error


def _docx(name: str, data: bytes) -> str:
    try:
        import docx
        from docx.opc.exceptions import OpcError
        from docx.table import Table
    except ImportError as error:
        raise _missing(name, error) from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_UNPACKED:
                raise SkillError(f"{name} is too large once it is unpacked.")
        blocks = []
        for block in docx.Document(io.BytesIO(data)).iter_inner_content():
            if isinstance(block, Table):
                blocks += ["\t".join(cell.text for cell in row.cells) for row in block.rows]
            else:
                blocks.append(block.text)
        return "\n".join(blocks)
    except (zipfile.BadZipFile, OpcError, ValueError, KeyError, SyntaxError) as error:
        raise SkillError(f"I cannot read {name}: it seems to be damaged ({error}).") from error


def _missing(name: str, error: ImportError) -> SkillError:
    return SkillError(
        f"I cannot read {name}: {error.name} is not installed. The operator can add it: "
        "pip install 'botframework[documents]'."
    )


KINDS: dict[str, Callable[[str, bytes], str]] = {"txt": _plain, "md": _plain, "pdf": _pdf, "docx": _docx}
"""The reader of each kind of document."""
