"""Which language and which format the caller wants (RFC 9110, 12.5.1 and 12.5.4)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from attrs import frozen

Language = Literal["zh", "en"]


@frozen
class Words:
    """The same words in both languages of the house."""

    zh: str
    en: str

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


@lru_cache(maxsize=512)
def language_of(accept_language: str) -> Language:
    """The language to answer in; Chinese unless English is wanted more."""
    wishes = dict.fromkeys(("zh", "en"), 0.0)
    others = 0.0
    for name, weight in _weights(accept_language):
        primary = name.split("-", 1)[0]
        if primary in wishes:
            wishes[primary] = max(wishes[primary], weight)
        elif primary == "*":
            others = weight
    zh = wishes["zh"] or others
    return "en" if wishes["en"] > zh else "zh"


@lru_cache(maxsize=512)
def accepts_json(accept: str) -> bool:
    """Whether an answer in JSON will do. An empty header accepts everything."""
    if not accept.strip():
        return True
    served = {"*/*", "application/*", "application/json", "application/problem+json"}
    return any(name in served and weight > 0 for name, weight in _weights(accept))


def _weights(header: str) -> Iterator[tuple[str, float]]:
    """The members of a header with their q-values; a q that is no number counts as 0."""
    for member in header.split(","):
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        yield name, next((_q(p) for p in parameters if p.startswith("q=")), 1.0)


def _q(parameter: str) -> float:
    try:
        return min(max(float(parameter[2:]), 0.0), 1.0)
    except ValueError:
        return 0.0
