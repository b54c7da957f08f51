"""What the desks share: who acts, who may answer, the number that a call names, and who is told."""

from collections.abc import Iterable
from datetime import datetime

from chassis.clock import business_day
from chassis.service import Call
from emergency import directory as directories
from emergency.authority import Actor
from emergency.directory import Directory
from emergency.risk_notices import Voice


def actor_of(directory: Directory, call: Call, units: Iterable[str]) -> Actor:
    """The caller with the posts held today over one of these units."""
    if call.caller.kind == "system":
        return Actor(call.caller.subject, system=True)
    held = directory.of_person(call.caller.subject)
    return directories.actor(call.caller.subject, held, units=units, on=business_day(call.now))


def may_answer(directory: Directory, person: str, units: Iterable[str], *, at: datetime) -> bool:
    """R7.6: whether the person holds a post today at one of these units."""
    chain = set(units)
    return any(one.unit in chain and one.held_on(business_day(at)) for one in directory.of_person(person))


def number_in(call: Call) -> int:
    """The number in the path; 0, which no finding has, for what is no number."""
    number = call.path["number"]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0


def voice_of(directory: Directory, at: datetime) -> Voice:
    """Who is told, and how units are called, at this instant."""
    today = business_day(at)
    return Voice(lambda unit: directory.heads(unit, on=today), directory.name_of, at)
