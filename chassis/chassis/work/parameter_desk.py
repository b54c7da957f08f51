"""Parameters over the store: what a service's methods do with them, and what holds when something opens.

Each proposed value is a document. Two that are approved at one moment don't see each other; no harm comes of it,
because what holds is worked out from all of them whenever it is asked, and what is laxer than may be doesn't count.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.entries import Announce, SetTasks, filed_under
from chassis.frame import Frame
from chassis.refiling import Filed
from chassis.service import Answer, Call
from chassis.store import Aggregates, Decision, NotFound, Reach, Restates, Saved
from chassis.work import parameters
from chassis.work.approvals import ApprovalState
from chassis.work.parameter_operations import PARAMETER_STATED
from chassis.work.parameter_shelf import ParameterShelf
from chassis.work.parameters import Definition, ParameterValue
from chassis.work.tasks import Owner, Task, Title, make

DECIDING = Title("审批参数调整申请", "decide on a proposed value of a parameter")

Decide = Callable[[ParameterValue, tuple[str, ...]], ParameterValue]


@frozen(kw_only=True)
class People:
    """What the service knows of units and people.

    `units_of` gives a unit's ids from the root down, within a reach; `posts_of` the posts that the caller holds at
    these units today; `deciders` who may approve for the last of these units, whose task it is first.
    """

    units_of: Callable[[str, Reach | None], tuple[str, ...]]
    posts_of: Callable[[Call, tuple[str, ...]], tuple[str, ...]]
    deciders: Callable[[tuple[str, ...]], tuple[Owner, ...]]


@frozen
class ParameterDesk:
    """The parameters of one service process."""

    service: str
    definitions: Mapping[str, Definition]
    values: Aggregates[ParameterValue]
    people: People
    shelf: ParameterShelf

    def value(self, definition: Definition, units: tuple[str, ...], at: datetime) -> int:
        """What holds for the last of these units at that instant: whatever opens then keeps it."""
        return self.shelf.value(definition, units, at)

    def all(self, call: Call) -> Answer:
        """The numbers that hold at a unit."""
        units = self.people.units_of(call.query["unit"], call.reach)
        return Answer({"items": [self._standing(each, units, call.now) for each in self.definitions.values()]})

    def one(self, call: Call) -> Answer:
        """One number."""
        definition = self._named(call.path["key"])
        return Answer(self._standing(definition, self.people.units_of(call.query["unit"], call.reach), call.now))

    def propose(self, call: Call) -> Answer:
        """Another value is proposed."""
        definition, said, name = self._named(call.path["key"]), call.body, call.new_id()
        units = self.people.units_of(said["unit"], call.reach)

        def proposed() -> Any:
            deciders = self.people.deciders(units)
            made = parameters.propose(
                definition,
                said["value"],
                id=name,
                units=units,
                reason=said["reason"],
                wanted_from=said["effective_from"],
                maker=call.caller.subject,
                posts=tuple(each.post for each in deciders if each.post),
                others=self._of(definition, units),
                at=call.now,
            )
            return made, [parameter_stated(made), SetTasks((self._task(made, deciders[0]),))]

        saved = self.values.create(name, call.command(), proposed)
        return call.answer(saved, _shown(saved.state), location=f"/v1/{self.service}/parameter-proposals/{saved.id}")

    def approve(self, call: Call) -> Answer:
        """It comes into force."""

        def approved(value: ParameterValue, posts: tuple[str, ...]) -> ParameterValue:
            definition = self._named(value.key)
            others = self._of(definition, value.units)
            who = call.caller.subject
            return parameters.approve(value, definition, person=who, posts=posts, others=others, at=call.now)

        return self._changed(call, approved)

    def reject(self, call: Call) -> Answer:
        """It does not."""
        who, why = call.caller.subject, call.body["reason"]
        return self._changed(
            call, lambda value, posts: parameters.reject(value, person=who, posts=posts, reason=why, at=call.now)
        )

    def withdraw(self, call: Call) -> Answer:
        """It is no longer proposed."""
        return self._changed(call, lambda value, _: parameters.withdraw(value, person=call.caller.subject, at=call.now))

    def proposal(self, call: Call) -> Answer:
        """One proposed value."""
        loaded = self.values.load(call.path["proposal"], call.reach)
        return call.answer(loaded, _shown(loaded.state))

    def page(self, call: Call) -> Answer:
        """Proposed values within the caller's reach."""
        names = {"key": "key", "unit": "unit", "state": "status"}
        wanted = {stamp: str(call.query[name]) for name, stamp in names.items() if call.query[name] is not None}
        answer = call.page(self.values, wanted)
        return evolve(answer, body={"items": [_shown(each) for each in answer.body["items"]]})

    def filed(self) -> Filed[ParameterValue]:
        """What is still to be decided of a unit that moves is decided by whoever is above it then."""
        return Filed(self.values, {"status": ApprovalState.PENDING.value}, self._refiled)

    def _refiled(self, value: ParameterValue, units: tuple[str, ...], _: datetime) -> Decision[ParameterValue]:
        if value.units == units or value.approval.state is not ApprovalState.PENDING:
            return value, ()
        moved = evolve(value, units=units)
        return moved, [parameter_stated(moved), SetTasks((self._task(moved, self.people.deciders(units)[0]),))]

    def _changed(self, call: Call, decide: Decide) -> Answer:
        def decided(value: ParameterValue) -> Any:
            units = self.people.units_of(value.unit, call.reach)  # it may have moved: whose it was decides no more
            after = decide(evolve(value, units=units), self.people.posts_of(call, units))
            return after, [parameter_stated(after), SetTasks(())]

        saved: Saved = self.values.change(call.path["proposal"], call.command(), decided, reach=call.reach)
        self.shelf.forget()
        return call.answer(saved, _shown(saved.state))

    def _named(self, key: str) -> Definition:
        definition = self.definitions.get(key)
        if definition is None:
            raise NotFound(id=key)
        return definition

    def _of(self, definition: Definition, units: tuple[str, ...]) -> list[ParameterValue]:
        wanted = {"key": definition.key, "unit": {"$in": list(units)}, "status": ApprovalState.APPROVED.value}
        return [found.state for found in self.values.find(wanted)]

    def _standing(self, definition: Definition, units: tuple[str, ...], at: datetime) -> Mapping[str, Any]:
        values = self._of(definition, units)
        held = parameters.in_force(definition, values, units, at)
        return {
            **asdict(definition),
            "unit": units[-1],
            "value": held.value,
            "set_for": held.unit,
            "since": held.since,
            "proposal": held.by,
            "next": parameters.next_change(definition, values, units, at),
        }

    def _task(self, value: ParameterValue, owner: Owner) -> Task:
        address = f"/v1/{self.service}/parameter-proposals/{value.id}"
        return make(
            Task(
                id="decide",
                title=DECIDING,
                owner=owner,
                about=address,
                done_at=f"{address}/approval",
                units=value.units,
                made_at=value.approval.asked_at,
                due=value.wanted_from,
            )
        )


def parameter_desk(frame: Frame, service: str, definitions: Iterable[Definition], people: People) -> ParameterDesk:
    """The desk over this service's collection."""
    values = frame.aggregates(
        "parameters",
        ParameterValue,
        stamps=stamps,
        indexes=(
            IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)]),
            IndexModel([("key", 1), ("unit", 1)]),
        ),
        restates=Restates(PARAMETER_STATED.name, parameter_stated),
    )
    return ParameterDesk(service, {each.key: each for each in definitions}, values, people, ParameterShelf(values))


def stamps(value: ParameterValue) -> dict[str, Any]:
    """What lists, scopes and `value` query."""
    return {
        "units": list(value.units),
        "at": value.approval.asked_at,
        "key": value.key,
        "unit": value.unit,
        "status": value.approval.state.value,
    }


def parameter_stated(value: ParameterValue) -> Announce:
    """The event that carries how a proposed value stands; its reasons stay in the record."""
    return Announce(PARAMETER_STATED.name, PARAMETER_STATED.data(_shown(value)), filed_under(value.units))


def _shown(value: ParameterValue) -> Mapping[str, Any]:
    verdicts = value.approval.verdicts
    return {
        **asdict(value, recurse=False),
        "state": value.approval.state,
        "made_by": value.approval.maker,
        "made_at": value.approval.asked_at,
        "decided_by": verdicts[-1].person if verdicts else None,
        "decided_at": value.approval.ended_at,
        "rejected_for": verdicts[-1].reason if verdicts else None,
    }
