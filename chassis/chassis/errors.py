"""Refusals: the normal answers that say no.

The domain raises a refusal and knows only its kind; the transport carries it as data (kind, code, words in
Chinese and English, fields), and the gateway maps the kinds to HTTP in one table. So a new code needs no change
anywhere else, and no module path is part of the contract. Everything that is not a refusal is a defect or an
outage.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from attrs import asdict, frozen


@frozen
class FieldFault:
    """What is wrong with one part of the input. `pointer` is a JSON pointer such as `/body/people`."""

    pointer: str
    code: str
    zh: str
    en: str


class Refusal(Exception):
    """A normal answer that says no.

    Subclasses state `code` (stable, `<service>.<name>`) and the sentence in both languages as format strings over
    the keyword facts. `pointer` names the part of the input that is at fault, where one is.
    """

    kind: ClassVar[str]
    code: ClassVar[str]
    zh: ClassVar[str]
    en: ClassVar[str]
    passing: ClassVar[bool] = False
    """Whether the same may be granted when tried again: reactions and timers then do so."""

    def __init__(self, *, pointer: str | None = None, fields: Iterable[FieldFault] = (), **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts
        self.fields = tuple(fields)
        if pointer is not None:
            self.fields += (FieldFault(pointer, self.code, self.zh.format(**facts), self.en.format(**facts)),)
        super().__init__(f"{self.code}: {self.en.format(**facts)}")

    def at(self, pointer: str) -> Self:
        """The same refusal, naming the part of the input at fault: for callers that know where a value came from."""
        return type(self)(pointer=pointer, fields=(), **self.facts)

    def wire(self) -> dict[str, object]:
        """The refusal as it travels over RPC."""
        return {
            "kind": self.kind,
            "code": self.code,
            "zh": self.zh.format(**self.facts),
            "en": self.en.format(**self.facts),
            "fields": [asdict(field) for field in self.fields],
        }


class Missing(Refusal):
    """What is asked for does not exist, or not for this caller."""

    kind = "missing"


class Conflict(Refusal):
    """The state of the thing forbids it."""

    kind = "conflict"


class Malformed(Refusal):
    """The input is wrong, whatever the state."""

    kind = "malformed"


class Forbidden(Refusal):
    """The caller may see the thing, and may not do this with it."""

    kind = "forbidden"


class Stale(Refusal):
    """The caller's picture of the thing (If-Match) is out of date."""

    kind = "stale"


class Required(Refusal):
    """The operation asks for a condition (If-Match) that the call lacks."""

    kind = "required"


class Unready(Refusal):
    """It cannot be answered now and may be tried again."""

    kind = "unready"
    passing = True
