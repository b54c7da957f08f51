"""Free texts: how long they may be. They are kept free of customers' personal data."""

from emergency.refusals import TextMissing, TextTooLong

LONGEST_SUMMARY = 500
LONGEST_REASON = 500
LONGEST_GUIDANCE = 2000
LONGEST_REFERENCE = 100


def check_text(text: str, name: str, limit: int, *, needed: bool = True) -> None:
    """Refuse an empty text where one is needed, and one of more than `limit` characters."""
    pointer = f"/body/{name}"
    if needed and not text.strip():
        raise TextMissing(field=name, pointer=pointer)
    if len(text) > limit:
        raise TextTooLong(field=name, limit=limit, pointer=pointer)
