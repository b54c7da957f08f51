"""A file's name as it may be kept, shown and saved by others: in it is no path, no order to a screen, and no lie."""

import re
import unicodedata

LONGEST_NAME = 120

EXTENSIONS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "text/csv": (".csv",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
}
"""What a name ends in, by media type, the usual ending first."""

_RESERVED = re.compile(r'[<>:"|?*]')
_UNSEEN = ("C", "Zl", "Zp")
"""Categories of characters that are not seen, or turn the direction of what is seen around."""


def safe_name(given: str, type: str) -> str:
    """The last part of the name, cleaned, at most `LONGEST_NAME` characters, ending in what its type ends in; empty
    where nothing is left of it."""
    text = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    seen = "".join(" " if one.isspace() else one for one in text if one.isspace() or not _unseen(one))
    name = " ".join(_RESERVED.sub("_", seen).split()).strip(". ")
    if not name:
        return ""
    endings = EXTENSIONS.get(type, ("",))
    ending = next((one for one in endings if name.lower().endswith(one)), None)
    stem = name if ending is None else name[: len(name) - len(ending)]
    ending = endings[0] if ending is None else name[len(stem) :]
    return stem[: LONGEST_NAME - len(ending)] + ending if stem else ""


def _unseen(character: str) -> bool:
    return unicodedata.category(character).startswith(_UNSEEN)
