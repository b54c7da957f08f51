"""The notifier's service: a table of contents. It tells people and systems, and turns a one-time link into a fact."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from attrs import evolve
from environs import Env
from pymongo import ASCENDING, IndexModel

from chassis.bus import Heard
from chassis.clock import business_day
from chassis.fieldcrypt import FieldKeys, PersonKeys
from chassis.frame import Frame
from chassis.keyfile import read_keys, read_person_keys
from chassis.resealing import Sealed
from chassis.service import Answer, Call
from chassis.store import Command, Loaded, OutOfReach, TakenByAnother
from chassis.timers import Firing
from notifier import contact_points, contract, notices, targets
from notifier.callers import Callers
from notifier.contact_points import ContactPoint, Contacts, NotOfThisUnit
from notifier.directory import ROOT, filing
from notifier.disclosure_desk import DisclosureDesk, disclosure_records
from notifier.fan_out import FanOut
from notifier.links import link_of
from notifier.notices import LinkUnknown, Notice
from notifier.outgoing import outcome
from notifier.posting import Posting
from notifier.reactions import Reactions
from notifier.robots import check_robot, robot_of
from notifier.sender import Sender
from notifier.settings import Settings, read_settings
from notifier.webhook_desk import WebhookDesk
from notifier.webhook_store import webhook_store


class Notifier(Callers):
    """R7.5: contact points, notices, links. `settings` and `keys` come from the environment where none are given."""

    contract = contract.CONTRACT

    def __init__(
        self,
        frame: Frame,
        settings: Settings | None = None,
        keys: FieldKeys | None = None,
        persons: Callable[[], PersonKeys] | None = None,
    ) -> None:
        self.settings = settings or read_settings()
        self.keys = keys or read_keys(Env(prefix="DECALOG_").path("KEYS"))
        self.persons = persons or read_person_keys(Env(prefix="DECALOG_").path("KEYS"))
        self.points = frame.aggregates(
            contact_points.COLLECTION,
            ContactPoint,
            stamps=lambda point: {"unit": point.unit, "units": list(point.units), "subject": point.subject},
            indexes=(IndexModel([("units", ASCENDING), ("_id", ASCENDING)]), IndexModel("unit"), IndexModel("subject")),
            sealed=Sealed(
                lambda: (*self.keys.older, *self.persons().older),
                contact_points.made_by_keys,
                lambda point: contact_points.resealed(point, self.keys, self.persons()),
            ),
        )
        self.notes = frame.aggregates(
            "notices",
            Notice,
            stamps=lambda notice: {"link": notice.link},
            indexes=(IndexModel("link", unique=True),),
        )
        self.open_callers(frame)
        sender = Sender(self.settings, self.keys, self._point_of, frame.resolve)
        self.reactions = Reactions(self.notes, self.points, self.directory.units, sender, self.keys, frame.clock)
        store, posting = webhook_store(frame, self.keys), Posting(self.settings, self.keys, frame.resolve)
        self.jobs = frame.working_off(store.deliveries, lambda one: self.fan_out.attempt(one))
        look = self.jobs.look
        self.fan_out = FanOut(*store, posting, frame.clock, random.random, look)
        self.desk = WebhookDesk(*store, self.points, self.directory.units, self.settings, self.keys, look)
        records = disclosure_records(frame, self.keys)
        self.disclosing = DisclosureDesk(records, self.points, store.subscriptions, self.keys, self.persons)

    def set_contact_point(self, call: Call) -> Answer:
        """R7.5: set where a person is reached, all of it anew; said twice, it changes nothing.

        A person sets it for who holds a post at that unit today, so that nobody takes over what is told to others; at
        head office for everybody, duty desks too.
        """
        person, unit = call.path["person"], call.body["unit"]
        units = filing(unit, self.directory.units.get(unit))
        contacts = self._given(call)
        if not set(units) & set(call.within):
            raise OutOfReach(id=person)
        if not self._theirs(call, person):
            raise NotOfThisUnit(unit=unit, pointer="/body/unit")
        command = self._private(call.command())

        def replaced(point: ContactPoint) -> Any:
            return contact_points.replaced(point, units, contacts, self.keys, self.persons()), ()

        if call.if_match is None:
            made = contact_points.sealed(person, units, contacts, self.keys, self.persons())
            with suppress(TakenByAnother):
                saved = self.points.create(person, evolve(command, status=201), lambda: (made, ()))
                return call.answer(saved, contact_points.masked(saved.state, self.keys))
        saved = self.points.change(person, command, replaced, reach=call.reach)
        return call.answer(saved, contact_points.masked(saved.state, self.keys))

    def contact_point(self, call: Call) -> Answer:
        """Where a person is reached, masked."""
        contact_points.check_person(call.path["person"])
        loaded = self.points.load(call.path["person"], call.reach)
        return call.answer(loaded, contact_points.masked(loaded.state, self.keys))

    def disclose_contact_point(self, call: Call) -> Answer:
        """Where a person is reached, in clear."""
        return self.disclosing.disclose(call)

    def export_subject(self, call: Call) -> Answer:
        """What is kept of a person."""
        return self.disclosing.export_subject(call)

    def disclosures(self, call: Call) -> Answer:
        """Who read what in clear."""
        return self.disclosing.list(call)

    def link(self, call: Call) -> Answer:
        """What a link is for. Programs that look into mails follow links, so this has no effect."""
        return Answer(_shown(self._of_link(call).state, call))

    def acknowledge_link(self, call: Call) -> Answer:
        """R7.5: acknowledge by the link; followed again, it answers as before."""
        found = self._of_link(call)
        command = evolve(call.command(), id="link", fingerprint="")
        saved = self.notes.change(found.id, command, lambda notice: outcome(notices.acknowledge(notice, at=call.now)))
        before = found.state.acknowledged_at is not None
        return Answer(_shown(saved.state, call), status=saved.status, replayed=before or saved.replayed)

    def notices(self, heard: Heard) -> None:
        """Somebody is to be told."""
        self.reactions.notice_due(heard)

    def mails(self, heard: Heard) -> None:
        """A mail is to be sent."""
        self.reactions.try_due(heard)

    def webhooks(self, heard: Heard) -> None:
        """A webhook is to be called."""
        self.reactions.try_due(heard)

    def units(self, heard: Heard) -> None:
        """A unit was stated."""
        if unit := self.reactions.unit_stated(heard):
            self.fan_out.refile(unit)

    def escalations(self, heard: Heard) -> None:
        """Something was escalated."""
        self.fan_out.escalated(heard)

    def redeliveries(self, heard: Heard) -> None:
        """Escalations are to be delivered again."""
        self.fan_out.redelivery_due(heard)

    def disablings(self, heard: Heard) -> None:
        """A webhook was disabled."""
        self.reactions.webhook_disabled(heard)

    def create_webhook(self, call: Call) -> Answer:
        """Subscribe to escalations."""
        return self.desk.create(call)

    def webhook_list(self, call: Call) -> Answer:
        """Subscriptions."""
        return self.desk.list(call)

    def webhook(self, call: Call) -> Answer:
        """One subscription."""
        return self.desk.one(call)

    def change_webhook(self, call: Call) -> Answer:
        """Set a subscription anew."""
        return self.desk.change(call)

    def rotate_webhook_secret(self, call: Call) -> Answer:
        """Begin a rotation."""
        return self.desk.rotate(call)

    def end_webhook_rotation(self, call: Call) -> Answer:
        """End a rotation."""
        return self.desk.end_rotation(call)

    def disable_webhook(self, call: Call) -> Answer:
        """Disable a subscription."""
        return self.desk.disable(call)

    def enable_webhook(self, call: Call) -> Answer:
        """Enable a subscription."""
        return self.desk.enable(call)

    def test_webhook(self, call: Call) -> Answer:
        """Send a test."""
        return self.desk.test(call)

    def webhook_deliveries(self, call: Call) -> Answer:
        """Deliveries of a subscription."""
        return self.desk.deliveries_of(call)

    def redeliver(self, call: Call) -> Answer:
        """Deliver again."""
        return self.desk.redeliver(call)

    def fire(self, firing: Firing) -> None:
        """The next try of a notice is due."""
        self.reactions.retry(firing)

    def _theirs(self, call: Call, person: str) -> bool:
        everybody = call.caller.kind == "system" or ROOT in call.within
        return everybody or self.directory.belongs(person, call.body["unit"], on=business_day(call.now))

    def _given(self, call: Call) -> Contacts:
        """The contacts that the call gives, checked."""
        contact_points.check_person(call.path["person"])
        webhook = call.body["webhook"] or {"url": None, "secret": None}
        chat = call.body["chat"] or {"platform": None, "key": None, "secret": None}
        contacts = Contacts(
            call.body["mail"], webhook["url"], webhook["secret"], chat["platform"], chat["key"], chat["secret"]
        )
        contact_points.check_contacts(contacts)
        if robot := robot_of(contacts):
            check_robot(robot)
        if contacts.webhook is not None:
            plain, private = self.settings.plain_http, self.settings.private_addresses
            targets.read_target(contacts.webhook, plain_http=plain, private_addresses=private)
        return contacts

    def _private(self, command: Command) -> Command:
        """The command with a keyed fingerprint: a plain hash of an address could be found by trying addresses."""
        return evolve(command, fingerprint=self.keys.derive("fingerprint", command.fingerprint).hex())

    def _of_link(self, call: Call) -> Loaded:
        link = link_of(call.path["link"])
        found = self.notes.find({"link": link}, limit=1) if link else []
        if not found:
            raise LinkUnknown
        return found[0]

    def _point_of(self, person: str) -> ContactPoint | None:
        found = self.points.find({"_id": person})
        return found[0].state if found else None


def _shown(notice: Notice, call: Call) -> dict[str, Any]:
    return {
        "about": notice.about,
        "incident": notice.incident,
        "level": notice.level,
        "kind": notice.kind,
        "drill": notice.drill,
        "ends_at": notice.link_ends_at,
        "expired": call.now >= notice.link_ends_at,
        "acknowledged_at": notice.acknowledged_at,
    }
