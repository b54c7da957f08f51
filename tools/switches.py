"""Switches that turn mechanisms of the chassis off: each makes a small replacement from the original function.

Nothing in the product knows of them; `tools.mechanism_list` says which replaces what.
"""

from collections.abc import Callable
from typing import Any

from attrs import evolve
from pymongo import DeleteOne, InsertOne, UpdateMany, UpdateOne

Make = Callable[[Any], Any]


def constant(value: object) -> Make:
    """Another value in place of this one."""
    return lambda _: value


def answering(value: object) -> Make:
    """A function that does nothing and gives `value`."""
    return lambda _: lambda *_args, **_named: value


def unfiltered_write(write: Any) -> Any:
    def blind(self: Any, loaded: Any, *rest: Any) -> Any:
        present = self.collection.find_one({"_id": loaded.id}, {"version": 1})
        return write(self, loaded._replace(version=present["version"]), *rest)

    return blind


def always_born(_: Any) -> Any:
    def born(self: Any, id: str, _command: Any) -> Any:
        from chassis.store import Saved

        loaded = self.load(id)
        return Saved(id, loaded.version, loaded.state, replayed=True, status=200)

    return born


def latest_arrival(_: Any) -> Any:
    def keep(self: Any, subject: str, sequence: int, state: Any) -> bool:
        from chassis.documents import converter

        kept = {"sequence": sequence, "state": converter().unstructure(state)}
        self.collection.update_one({"_id": subject}, {"$set": kept}, upsert=True)
        return True

    return keep


def dead_at_once(_: Any) -> Any:
    def again(_self: Any, _handler: str, _message: Any, error: Exception) -> Any:
        from chassis.bus import Verdict

        return Verdict("dead", reason=str(error))

    return again


def never_dead(verdict: Any) -> Any:
    def forgiving(self: Any, *rest: Any) -> Any:
        from chassis.bus import DONE

        found = verdict(self, *rest)
        return DONE if found and found.does == "dead" else found

    return forgiving


def every_sender(read: Any) -> Any:
    return lambda self, message: read(self, evolve(message, sender=self._name))


def nothing_replayed(read: Any) -> Any:
    def fresh(self: Any, message: Any) -> Any:
        hearing, heard = read(self, message)
        return hearing, evolve(heard, replay=False)

    return fresh


def newest_entry_wins(update: Any) -> Any:
    def unguarded(notice: Any, entry: Any) -> Any:
        made = update(notice, entry)
        return made if isinstance(made, InsertOne) else UpdateOne({"_id": entry["timer"]}, made._doc, upsert=True)

    return unguarded


def newest_word_wins(write: Any) -> Any:
    def unguarded(collection: str, aggregate: str, entry: Any) -> Any:
        made = write(collection, aggregate, entry)
        return made if isinstance(made, InsertOne) else UpdateOne({"_id": made._filter["_id"]}, made._doc, upsert=True)

    return unguarded


def all_tasks(_: Any) -> Any:
    def whatever_their_state(tasks: Any) -> Any:
        from chassis.documents import converter

        return [converter().unstructure(task) for task in tasks]

    return whatever_their_state


def no_tombstone(update: Any) -> Any:
    def deleting(notice: Any, entry: Any) -> Any:
        return update(notice, entry) if entry["due"] else DeleteOne({"_id": entry["timer"]})

    return deleting


def emptied_at_any_version(emptied: Any) -> Any:
    def careless(notices: Any) -> Any:
        return [UpdateMany({"_id": made._filter["_id"]}, made._doc) for made in emptied(notices)]

    return careless


def whole_all_the_same(unknown: Any) -> Any:
    return lambda self, notice: unknown(self, notice)._replace(whole=notice.whole)


def from_gateway(take: Any) -> Any:
    def trusting(self: Any, message: Any) -> Any:
        message.properties["user_id"] = "gateway"
        return take(self, message)

    return trusting


def by_id(_: Any) -> Any:
    return lambda wanted, _units: {"_id": wanted}


def without_if_match(change: Any) -> Any:
    def careless(self: Any, id: str, command: Any, *rest: Any, **named: Any) -> Any:
        return change(self, id, evolve(command, if_match=None), *rest, **named)

    return careless


def first_match(_: Any) -> Any:
    return lambda marks, wanted, _print: next((mark for mark in marks if mark.id == wanted), None)


def in_one_wave(_: Any) -> Any:
    def versions(entries: Any) -> Any:
        messages = [entry for entry in entries if "exchange" in entry]
        return [messages] if messages else []

    return versions


def backwards(claim: Any) -> Any:
    return lambda self: claim(self)[::-1]


def every_hash_right(_: Any) -> Any:
    from chassis.journal import kept

    return kept


def suspected_at_once(again: Any) -> Any:
    def judged(self: Any, collection: str, aggregate: str, seen: Any) -> Any:
        from decalog.journal_chain import Fault

        followed, fault = again(self, collection, aggregate, seen)
        return followed, fault or Fault("suspected", collection, aggregate, 0, "it was not looked at again")

    return judged


def itself(_: Any) -> Any:
    return lambda given: given


def kept_for_ever(verified: Any) -> Any:
    def eternal(self: Any, assertion: str) -> Any:
        self._kept = {known: (float("inf"), claims) for known, (_, claims) in self._kept.items()}
        return verified(self, assertion)

    return eternal


def always_arrived(confirmed: Any) -> Any:
    return lambda self, _arrived, number, multiple: confirmed(self, True, number, multiple)


def one_at_a_time(confirmed: Any) -> Any:
    return lambda self, arrived, number, _multiple: confirmed(self, arrived, number, False)


def without_the_error(end: Any) -> Any:
    def all_written(self: Any, batch: Any) -> None:
        batch.outcomes = [None] * len(batch.items)
        end(self, batch)

    return all_written
