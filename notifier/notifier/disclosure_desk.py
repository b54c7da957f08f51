"""What callers do with disclosures: each is written down before anything is answered.

A reading is one write of the reader's record of the day. The limit is kept by that write, so that calls at the same
moment share it; a reading that is not in what was written is refused.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from attrs import evolve, frozen
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.clock import business_day
from chassis.entries import Announce, filed_under
from chassis.fieldcrypt import FieldKeys, PersonKeys
from chassis.frame import Frame
from chassis.resealing import Sealed
from chassis.service import Answer, Call
from chassis.store import Aggregates, Command, NotFound, Saved, TakenByAnother
from notifier import contact_points, disclosures
from notifier.contact_points import ContactPoint
from notifier.directory import ROOT
from notifier.disclosure_operations import DISCLOSURE_LIMIT_REACHED
from notifier.disclosures import MOST_A_DAY, Disclosure, LimitReached, Purpose, Reading
from notifier.subscriptions import Subscription

MOST_SUBJECTS = 50
"""Persons told of one address (D): a group's mail box is shared, and nobody's is by more."""


@frozen(eq=False)
class DisclosureDesk:
    """The operations on disclosures."""

    disclosures: Aggregates[Disclosure]
    points: Aggregates[ContactPoint]
    subscriptions: Aggregates[Subscription]
    keys: FieldKeys
    persons: Callable[[], PersonKeys]

    def disclose(self, call: Call) -> Answer:
        """A contact point in clear, once: the same key again shows no value."""
        person = call.path["person"]
        contact_points.check_person(person)
        point = self.points.load(person, call.reach).state
        said = contact_points.opened(point, self.keys)
        clear = {"mail": said.mail, "webhook": said.webhook}
        held = tuple(name for name, value in clear.items() if value is not None)
        _, replayed = self._read(call, call.body["purpose"], (person,), held)
        shown = dict.fromkeys(clear) if replayed else clear
        return Answer({"person": person, **shown}, replayed=replayed)

    def export_subject(self, call: Call) -> Answer:
        """Of whom the address is, as far as the caller's units reach; written down also where it is nobody's."""
        asked = {
            "subject": {"$in": list(self.persons().all_of("mail", call.body["mail"]))},
            "units": {"$in": list(call.within)},
        }
        found = [one.state for one in self.points.find(asked, sort=[("_id", ASCENDING)], limit=MOST_SUBJECTS)]
        told = tuple(point.person for point in found)
        reading, replayed = self._read(call, Purpose.SUBJECT_REQUEST.value, told, ("mail",))
        shown = [self._held(point) for point in found if point.person in reading.persons]
        return Answer({"subjects": shown}, replayed=replayed)

    def list(self, call: Call) -> Answer:
        """Who read what."""
        answer = call.page(self.disclosures, {})
        return evolve(answer, body={"items": [self._shown(one) for one in answer.body["items"]]})

    def _read(self, call: Call, purpose: str, persons: tuple[str, ...], held: tuple[str, ...]) -> tuple[Reading, bool]:
        """The reading as it is on record, and whether it was there before this call."""
        reader, day, name = call.caller.subject, business_day(call.now), call.new_id()
        record_id = disclosures.id_of(reader, day)
        reason = disclosures.seal_reason(record_id, name, call.body["reason"], self.keys)
        reading = Reading(id=name, at=call.now, persons=persons, fields=held, purpose=purpose, reason=reason)

        def decided(record: Disclosure) -> Any:
            after, effects = disclosures.read(record, reading, at=call.now)
            return after, [_limit_reached(after) for _ in effects]

        saved = self._saved(record_id, self._private(call), disclosures.begun(reader, day), decided)
        written = saved.state.reading(name)
        if written is None:
            raise LimitReached(most=MOST_A_DAY)
        return written, written is not reading

    def _saved(self, id: str, command: Command, begun: Disclosure, decided: Callable[[Disclosure], Any]) -> Saved:
        with suppress(NotFound):
            return self.disclosures.change(id, command, decided)
        with suppress(TakenByAnother):
            return self.disclosures.create(id, command, lambda: decided(begun))
        return self.disclosures.change(id, command, decided)

    def _private(self, call: Call) -> Command:
        """The call with a keyed fingerprint: a plain hash of an address could be found by trying addresses."""
        command = call.command()
        return evolve(command, fingerprint=self.keys.derive("fingerprint", command.fingerprint).hex())

    def _held(self, point: ContactPoint) -> dict[str, Any]:
        webhooks = self.subscriptions.find({"state.person": point.person}, sort=[("_id", ASCENDING)], limit=200)
        return {
            "person": point.person,
            "unit": point.unit,
            "fields_held": _fields(point),
            "webhooks": [one.id for one in webhooks],
        }

    def _shown(self, record: Disclosure) -> dict[str, Any]:
        readings = [
            {
                "at": one.at,
                "persons": one.persons,
                "fields_read": one.fields,
                "purpose": one.purpose,
                "reason": disclosures.reason_of(record, one, self.keys),
            }
            for one in record.readings
        ]
        shown = {"reader": record.reader, "day": record.day, "limit_reached_at": record.limit_reached_at}
        return {**shown, "readings": readings}


def disclosure_records(frame: Frame, keys: FieldKeys) -> Aggregates[Disclosure]:
    """The records; filed under head office, whose auditors alone list them, for they name persons of all units."""
    return frame.aggregates(
        disclosures.COLLECTION,
        Disclosure,
        mark="disclosure/",
        stamps=lambda record: {"units": [ROOT], "at": _first_moment(record)},
        indexes=(IndexModel([("units", ASCENDING), ("at", DESCENDING), ("_id", DESCENDING)]),),
        sealed=Sealed(
            lambda: keys.older,
            lambda record: [one.reason for one in record.readings],
            lambda record: disclosures.resealed(record, keys),
        ),
    )


def _limit_reached(record: Disclosure) -> Announce:
    facts = {"reader": record.reader, "day": record.day, "readings": len(record.readings)}
    told = DISCLOSURE_LIMIT_REACHED.data({**facts, "at": record.limit_reached_at})
    return Announce(DISCLOSURE_LIMIT_REACHED.name, told, filed_under((ROOT,)))


def _fields(point: ContactPoint) -> Sequence[str]:
    return [name for name in ("mail", "webhook", "chat") if getattr(point, name) is not None]


def _first_moment(record: Disclosure) -> Any:
    return record.readings[0].at if record.readings else record.limit_reached_at
