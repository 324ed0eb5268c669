"""What a file is, by its content; and names that are only names."""

import io
import zipfile

import pytest

from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import AttachmentPurpose
from app.domain.media import DOCX, JPEG, NAME_LONGEST, PDF, PNG, XLSX, check_name, check_type, media_type
from tests.papers import DOCX_FILE, JPEG_FILE, PDF_FILE, PNG_FILE, XLSX_FILE, archive

WHOLE = [(PDF_FILE, PDF), (PNG_FILE, PNG), (JPEG_FILE, JPEG), (XLSX_FILE, XLSX), (DOCX_FILE, DOCX)]


def kind_of(content: bytes) -> str | None:
    """What the content is taken for."""
    return media_type(io.BytesIO(content), len(content))


@pytest.mark.parametrize(("content", "kind"), WHOLE)
def test_a_kind_is_told_by_its_content(content: bytes, kind: str) -> None:
    """Each kind as it is, and with a long middle."""
    assert kind_of(content) == kind


@pytest.mark.parametrize(("content", "kind"), WHOLE)
def test_a_file_that_is_cut_off_is_none(content: bytes, kind: str) -> None:
    """ORD-1: whatever is missing at its end."""
    for left in (len(content) - 8, len(content) // 2, 10, 1):
        assert kind_of(content[:left]) is None, left


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00" + b"\x00" * 100,
        b"#!/bin/sh\nexit\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<html>%PDF-1.7 %%EOF</html>",
        b"GIF89a" + b"\x00" * 20,
        archive("hello.txt"),
        archive("[Content_Types].xml", "ppt/presentation.xml"),
        archive("word/document.xml"),
        archive("xl/workbook.xml")[:-22],
        b"PK\x03\x04" + b"\xff" * 3_000,
        b"PK\x03\x04" + b"\x00" * 100 + b"PK\x05\x06" + b"\xff" * 18,
    ],
)
def test_everything_else_is_refused(content: bytes) -> None:
    """Programs, pages, drawings with scripts, other archives, and what only looks like one."""
    assert kind_of(content) is None


def test_an_archive_with_an_endless_list_is_not_read() -> None:
    """A list of members of more than a megabyte is no document's."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in ("[Content_Types].xml", "word/document.xml"):
            made.writestr(name, "")
        for at in range(9_000):
            made.writestr(f"{at:0100d}", "")
    assert kind_of(packed.getvalue()) is None


@pytest.mark.parametrize("purpose", [AttachmentPurpose.PRODUCT, AttachmentPurpose.PRODUCTION])
def test_what_is_looked_at_is_a_picture(purpose: AttachmentPurpose) -> None:
    """SHP-7: of a product, or of its making; a PDF is no picture."""
    assert check_type(PNG, purpose) == PNG
    assert check_type(PDF, AttachmentPurpose.PROOF) == PDF
    for found in (PDF, XLSX, None):
        with pytest.raises(Refusal) as refused:
            check_type(found, purpose)
        assert refused.value.code is ErrorCode.FILE_REFUSED


@pytest.mark.parametrize("name", ["contract.pdf", "合同 2024.pdf", "a" * NAME_LONGEST, ".hidden", 'quote".pdf', "..x"])
def test_a_name_is_kept_as_it_is(name: str) -> None:
    """Letters of any script, and nothing of a path."""
    assert check_name(f" {name} ") == name


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "../etc/passwd", "a/b.pdf", "C:\\a.pdf", "a\x00.pdf", "a\nb", "a\u202egpj.exe", "a" * 201],
)
def test_a_name_that_is_more_than_a_name_is_refused(name: str) -> None:
    """Folders, control letters, letters that turn the reading round, too many of them."""
    with pytest.raises(Refusal) as refused:
        check_name(name)
    assert (refused.value.code, refused.value.field) == (ErrorCode.FILE_REFUSED, ("name",))
