"""R7.7: signals over the store: kept once, said to the rules, and shown."""

from collections.abc import Callable
from typing import Any

from attrs import asdict, evolve, frozen
from pymongo import DESCENDING, IndexModel

from chassis.entries import Announce, filed_under
from chassis.frame import Frame
from chassis.service import Answer, Call
from chassis.store import Aggregates
from emergency import signals
from emergency.authority import Actor
from emergency.directory import Directory
from emergency.signals import Signal, SignalReport
from emergency.watch_operations import SIGNAL_TAKEN


@frozen
class SignalDesk:
    """The signals of one service process."""

    signals: Aggregates[Signal]
    directory: Directory

    def take(self, call: Call, actor: Callable[[tuple[str, ...]], Actor]) -> Answer:
        """R7.7: a signal is kept; the rules look at it."""
        said, signal_id = dict(call.body), call.new_id()
        unit = self.directory.taking(said.pop("counter"), call)
        told = SignalReport(**said, units=unit.units, unit_kind=unit.kind)

        def taken() -> Any:
            signal = signals.take(told, id=signal_id, reporter=actor(unit.units), at=call.now)
            data = SIGNAL_TAKEN.data({"id": signal_id})
            return signal, [Announce(SIGNAL_TAKEN.name, data, filed_under(unit.units))]

        saved = self.signals.create(signal_id, call.command(), taken)
        return call.answer(saved, _signal_shown(saved.state))

    def page(self, call: Call) -> Answer:
        """R7.7: signals within the caller's reach."""
        kind = call.query["kind"]
        answer = call.page(self.signals, {} if kind is None else {"kind": kind})
        return evolve(answer, body={"items": [_signal_shown(each) for each in answer.body["items"]]})


def signal_desk(frame: Frame, directory: Directory) -> SignalDesk:
    """The desk over its collection in this frame."""
    by_units = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
    return SignalDesk(frame.aggregates("signals", Signal, stamps=_signal_stamps, indexes=(by_units,)), directory)


def _signal_stamps(signal: Signal) -> dict[str, Any]:
    return {"units": list(signal.units), "at": signal.occurred_at, "kind": signal.kind.value}


def _signal_shown(signal: Signal) -> dict[str, Any]:
    return {**asdict(signal, recurse=False), "counter": signal.units[-1]}
