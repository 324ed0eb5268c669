"""What an uploaded file is, told by its content alone: its name and what the client calls it prove nothing."""

import struct
import unicodedata
import zipfile
from typing import BinaryIO, NamedTuple

from app.domain.errors import ErrorCode, Refusal
from app.domain.goods import AttachmentPurpose

NAME_LONGEST = 200
_TAIL = 1_024
# A list of members longer than this is no document of an office
_DIRECTORY_MOST = 1_048_576


class Kind(NamedTuple):
    """A kind of file: its media type, how its content begins, and what stands near its end."""

    media_type: str
    head: bytes
    end: bytes


PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_KINDS = (
    Kind(PDF, b"%PDF-", b"%%EOF"),
    Kind(PNG, b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    Kind(JPEG, b"\xff\xd8\xff", b"\xff\xd9"),
)
_ZIP = b"PK\x03\x04"
_DIRECTORY_END = b"PK\x05\x06"
_MEMBERS = {"xl/workbook.xml": XLSX, "word/document.xml": DOCX}
_PICTURES = frozenset({PNG, JPEG})
# What is there to be looked at
_SHOWN = frozenset({AttachmentPurpose.PRODUCT, AttachmentPurpose.PRODUCTION})


def media_type(content: BinaryIO, size: int) -> str | None:
    """The media type of a whole file; None for every other kind, and for one that is cut off."""
    content.seek(0)
    head = content.read(16)
    content.seek(max(0, size - _TAIL))
    tail = content.read(_TAIL)
    for kind in _KINDS:
        if head.startswith(kind.head):
            return kind.media_type if kind.end in tail else None
    return _office_type(content, size) if head.startswith(_ZIP) else None


def _office_type(content: BinaryIO, size: int) -> str | None:
    """XLSX or DOCX by the members of the archive; the list of them is looked at, nothing is unpacked."""
    content.seek(max(0, size - 65_535 - 22))
    tail = content.read()
    at = tail.rfind(_DIRECTORY_END)
    if at < 0 or len(tail) < at + 22:
        return None
    (directory,) = struct.unpack_from("<L", tail, at + 12)
    # an archive of the larger format says its sizes elsewhere; no document of a few megabytes needs it
    if directory > _DIRECTORY_MOST or b"PK\x06\x07" in tail:
        return None
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, UnicodeDecodeError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((kind for member, kind in _MEMBERS.items() if member in names), None)


def check_type(found: str | None, purpose: AttachmentPurpose) -> str:
    """The media type, if files of this purpose may have it."""
    if found is None:
        message = "Only whole PDF, PNG, JPEG, XLSX and DOCX files are kept; this is none of them, or it is cut off."
        raise Refusal(ErrorCode.FILE_REFUSED, message, ("content",))
    if purpose in _SHOWN and found not in _PICTURES:
        message = "A picture is a PNG or a JPEG."
        raise Refusal(ErrorCode.FILE_REFUSED, message, ("content",), {"mediaType": found})
    return found


def check_name(name: str) -> str:
    """The name under which a file is shown; one that could be taken for a path, or cannot be seen, is refused."""
    name = unicodedata.normalize("NFC", name).strip()
    hidden = any(unicodedata.category(letter).startswith("C") for letter in name)
    if not 0 < len(name) <= NAME_LONGEST or hidden or set(name) & set("/\\") or set(name) == {"."}:
        message = f"Name the file in 1 to {NAME_LONGEST} characters, without a folder."
        raise Refusal(ErrorCode.FILE_REFUSED, message, ("name",))
    return name
