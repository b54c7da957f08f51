"""The probe as a service: load, decide, save, answer."""

import time
from typing import Any

from pymongo import IndexModel

from chassis.bus import Heard
from chassis.entries import Origin
from chassis.frame import Frame
from chassis.service import Answer, Call, Service
from chassis.store import Command, Restates
from chassis.timers import Firing
from probe import tally
from probe.contract import contract
from probe.tally import ROOT, Closed, Echo, Seen, Tally

BY_UNIT = IndexModel([("units", 1), ("_id", 1)])


class Probe(Service):
    """Counts, on aggregates, rows, copies and timers of a frame."""

    def __init__(self, frame: Frame) -> None:
        self.contract = contract(frame.service)
        self.tallies = frame.aggregates(
            "tallies",
            Tally,
            stamps=lambda state: {"units": [ROOT, state.unit]},
            indexes=(BY_UNIT,),
            restates=Restates("tally", tally.state_of),
        )
        self.echoes = frame.aggregates("echoes", Echo, stamps=lambda _: {"units": [ROOT]})
        self.notes = frame.rows("notes", "tallies")
        self.board = frame.tasks()
        self.copies = frame.copies("copies", Seen)
        self.database = frame.database
        self.clock = frame.clock

    def begin(self, call: Call) -> Answer:
        wanted = call.body["id"]
        saved = self.tallies.create(wanted, call.command(), lambda: tally.begin(wanted, call.body["unit"]))
        return call.answer(saved, location=f"/v1/tallies/{wanted}")

    def add(self, call: Call) -> Answer:
        def decide(state: Tally) -> tally.Decision:
            return tally.add(state, at=call.now, **call.body)

        return call.answer(self.tallies.change(call.path["tally"], call.command(), decide, reach=call.reach))

    def hold(self, call: Call) -> Answer:
        """Begin a tally, and take its time; the start is recorded at once, in a collection of its own."""
        self.database.starts.insert_one({"call": call.body["call"]})
        time.sleep(call.body["seconds"])
        wanted = call.path["tally"]
        return call.answer(self.tallies.create(wanted, call.command(), lambda: tally.begin(wanted)))

    def stumble(self, call: Call) -> Answer:
        saved = self.tallies.change(
            call.path["tally"], call.command(), lambda state: tally.stumble(state, call.body), reach=call.reach
        )
        return call.answer(saved)

    def tally(self, call: Call) -> Answer:
        return call.answer(self.tallies.load(call.path["tally"], call.reach))

    def fire(self, firing: Firing) -> None:
        self.tallies.change(firing.aggregate, self.own_command(firing.command), tally.ring)

    def copy_tally(self, heard: Heard) -> None:
        self.copies.keep(heard.subject, heard.sequence, Seen(**heard.data))

    def echo_added(self, heard: Heard) -> None:
        def decide() -> Any:
            return Echo(heard.id, heard.data["amount"]), []

        self.echoes.create(f"echo_added:{heard.id}", self.own_command(heard.id), decide)

    def heed_added(self, heard: Heard) -> None:
        self.tallies.change(heard.subject, self.own_command(f"heed:{heard.id}"), tally.heed)

    def trip(self, heard: Heard) -> None:
        """Fail as often as the event says, then hold it for done."""
        attempt = self.database.attempts.find_one_and_update(
            {"_id": heard.id}, {"$inc": {"tries": 1}}, upsert=True, return_document=True
        )
        if heard.data["refuses"]:
            raise Closed(id=heard.subject)
        if attempt["tries"] <= heard.data["fails"]:
            raise RuntimeError(f"stumbled {attempt['tries']} times")

    def own_command(self, id: str) -> Command:
        """What the service does by itself, under an id that repeats with its cause."""
        name = self.contract.service
        origin = Origin(name, name, correlation=id, causation=id, traceparent="")
        return Command(id, name, "itself", fingerprint=id, now=self.clock.now(), origin=origin)
