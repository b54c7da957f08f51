"""R7.6, R7.7: the heads of a unit are told of a risk: notices that the notifier puts into words and sends.

Other than an incident's, such a telling has no ladder of its own: each head is told once on each channel, and what is
not answered goes upward by the deadline of the thing itself.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from attrs import frozen

from chassis.dumps import dump
from chassis.entries import Announce, Subject
from emergency.messages import NoticeDue
from emergency.tellings import PersonInCharge

INCIDENT, WARNING, MEASURE, INSPECTION, FINDING = "incident", "warning", "measure", "inspection", "finding"
"""What a notice is about."""

MAIL_ONLY = ("mail",)

_FORM = NoticeDue()


@frozen
class Voice:
    """Who answers for a unit, how units are called, and when: what a telling needs beside the decision."""

    heads_of: Callable[[str], tuple[PersonInCharge, ...]]
    name_of: Callable[[str], str]
    at: datetime


@frozen(kw_only=True)
class Telling:
    """What is to be told. `key` makes the step the same whenever the same telling is decided again."""

    about: str
    reference: str
    key: str
    level: str
    kind: str
    unit: str
    unit_name: str
    because: str
    due: datetime
    drill: bool = False
    channels: tuple[str, ...] = MAIL_ONLY


def notices(telling: Telling, persons: Iterable[str], subject: Subject, *, at: datetime) -> Iterator[Announce]:
    """One notice for each person and channel."""
    for person in sorted(set(persons)):
        for channel in telling.channels:
            yield Announce("notice_due", _data(telling, person, channel, at), subject)


def _data(telling: Telling, person: str, channel: str, at: datetime) -> dict[str, object]:
    data = {
        "step": f"{telling.reference}:{telling.key}:{person}:{channel}",
        "about": telling.about,
        "incident": telling.reference,
        "person": person,
        "channel": channel,
        "level": telling.level,
        "kind": telling.kind,
        "unit": telling.unit,
        "unit_name": telling.unit_name,
        "drill": telling.drill,
        "because": telling.because,
        "attempt": 1,
        "due": telling.due,
        "late_seconds": max(0, int((at - telling.due).total_seconds())),
        "collapsed": 0,
    }
    dumped: dict[str, object] = dump(_FORM, data)
    return dumped
