"""What may be uploaded, and whether the bytes are what they are declared to be.

A type is told by the bytes themselves, as they go by: those with a signature by their beginning, a workbook by the
names in its archive's directory too, which stands at the end; a table of text by being text all the way through.
"""

import codecs
import re

PDF, JPEG, PNG, CSV = "application/pdf", "image/jpeg", "image/png", "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

SIGNATURES = {PDF: b"%PDF-", JPEG: b"\xff\xd8\xff", PNG: b"\x89PNG\r\n\x1a\n", XLSX: b"PK\x03\x04", CSV: b""}
PERMITTED = tuple(SIGNATURES)

CHARSETS = ("utf-8", "gb18030")
"""What tables come in: ours, and what spreadsheet programs write on a Chinese machine."""

DIRECTORY_BYTES = 64 * 1024
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class NotAsDeclared(Exception):
    """The bytes are not of the declared type."""


class Sight:
    """Looks at the bytes of one upload as they go by. `type` is one of `PERMITTED`."""

    def __init__(self, type: str) -> None:
        self._type = type
        self._signature = SIGNATURES[type]
        self._head = self._tail = b""
        self._decoders = [codecs.getincrementaldecoder(name)() for name in CHARSETS]

    def see(self, chunk: bytes) -> None:
        """The next bytes. NotAsDeclared as soon as that is sure."""
        if len(self._head) < len(self._signature):
            self._head += chunk[: len(self._signature) - len(self._head)]
            if not self._signature.startswith(self._head):
                raise NotAsDeclared
        if self._type == XLSX:
            self._tail = (self._tail + chunk)[-DIRECTORY_BYTES:]
        if self._type == CSV:
            self._read(chunk, final=False)

    def end(self) -> None:
        """No more bytes come. NotAsDeclared."""
        if self._head != self._signature:
            raise NotAsDeclared
        if self._type == XLSX and (b"xl/workbook.xml" not in self._tail or b"vbaProject" in self._tail):
            raise NotAsDeclared
        if self._type == CSV:
            self._read(b"", final=True)

    def _read(self, chunk: bytes, *, final: bool) -> None:
        if _NO_TEXT.search(chunk):
            raise NotAsDeclared
        self._decoders = [decoder for decoder in self._decoders if _reads(decoder, chunk, final=final)]
        if not self._decoders:
            raise NotAsDeclared


def _reads(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True
