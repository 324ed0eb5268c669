"""Small whole files of every kind that can be uploaded."""

import io
import zipfile


def archive(*members: str) -> bytes:
    """A ZIP archive with these members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in members:
            made.writestr(name, "<x/>")
    return packed.getvalue()


PDF_FILE = b"%PDF-1.7\n1 0 obj << >> endobj\ntrailer << >>\nstartxref\n9\n%%EOF\n"
PNG_FILE = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 21 + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG_FILE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x01" * 200 + b"\xff\xd9"
XLSX_FILE = archive("[Content_Types].xml", "xl/workbook.xml")
DOCX_FILE = archive("[Content_Types].xml", "word/document.xml")
