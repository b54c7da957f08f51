"""Somebody with the database's password changes what was written: the journal says so, and where."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chassis import documents, journal
from decalog import journals, place
from decalog.demo.stage import wait_for

SERVICE, INCIDENTS = "emergency", "incidents"
ANCHORED_SECONDS = 90.0


def find_tampering(incident: str) -> str:
    """Change an incident's state, then an entry of its journal, and see `decalog journal verify` name each."""
    wait_for("an anchor of the journal at the gateway", lambda: _whole() or None, seconds=ANCHORED_SECONDS)
    database = documents.connect(place.mongo_url(SERVICE), name="demo")
    with _changed(database[INCIDENTS], {"_id": incident}, "state.kind", "weather"):
        state = _named(incident)
    entry = next(iter(journal.chain(database, INCIDENTS, incident)))
    with _changed(database[journal.COLLECTION], {"_id": entry["_id"]}, "who", "P000000000"):
        edited = _named(incident)
    database.client.close()
    assert (state.kind, edited.kind, edited.version) == ("state changed", "edited", entry["_id"]["v"])
    assert _whole(), "put back, and not whole again"
    return f"{journals.sentence(state)}; {journals.sentence(edited)}; put back, the journal is whole"


@contextmanager
def _changed(collection: Any, where: dict[str, Any], field: str, value: Any) -> Iterator[None]:
    """Let a field say something else meanwhile."""
    before = collection.find_one(where)
    for name in field.split("."):
        before = before[name]
    collection.update_one(where, {"$set": {field: value}})
    try:
        yield
    finally:
        collection.update_one(where, {"$set": {field: before}})


def _named(incident: str) -> Any:
    (report,) = journals.reports([SERVICE])
    (fault,) = report.faults
    assert fault.aggregate == incident, report.faults
    return fault


def _whole() -> bool:
    (report,) = journals.reports([SERVICE])
    return not report.found and report.anchors > 0
