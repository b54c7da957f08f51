"""`python -m tests.imports`: the whole company into an empty instance, through the gateway: seconds and memory.

3,000 counters and about 20,000 people, in sheets of half a megabyte that are worked off in the background, as
personnel's system would send them. In time order: units, then holders, then rest (every event delivered, every copy
made); then the same sheets again, which must change nothing; then one person is looked up in each service that keeps a
copy.
"""

import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

from decalog import idleness, place, topology
from decalog.demo.programme import open_stage
from decalog.demo.stage import Speaker
from decalog.organisation import FULL, holders_sheet, organisation, units_sheet
from tests.bench.meters import peak_mib

BYTES = 500_000
LOOK_SECONDS = 0.5
REST_SECONDS = 900
GRANTS = ("directory.import", "directory.read", "staff.read", "incident.read")


def main() -> int:
    """Import twice and say what it took; 1 where the second time changed anything or a row was refused."""
    stage = open_stage()
    made = organisation(FULL, seed=1, since=date(2026, 1, 1))
    people = {one.person for one in made.holders}
    system = stage.system("IMPORT", GRANTS)
    say(f"{len(made.units)} units, {len(made.holders)} assignments, {len(people)} people")

    first = [
        timed("units", lambda: sheets(system, "units", units_sheet(made))),
        timed("holders", lambda: sheets(system, "holders", holders_sheet(made))),
    ]
    timed("rest: every copy made", rest)
    again = [
        timed("units again", lambda: sheets(system, "units", units_sheet(made))),
        timed("holders again", lambda: sheets(system, "holders", holders_sheet(made))),
    ]
    for name, process in place.instance()["processes"].items():
        say(f"  {name:<12} at most {peak_mib(process['pid']):.0f} MiB")
    staffed = system.get("/v1/staff", limit=1).status_code == 200
    done = sum(one["done"] for one in first)
    good = done == len(made.units) + len(made.holders) and all(one["done"] == 0 for one in again) and staffed
    good = good and not any(one["faults"] for one in (*first, *again))
    say("nothing was changed the second time" if good else f"NOT AS IT SHOULD BE: {first} {again}")
    return 0 if good else 1


def sheets(system: Speaker, kind: str, whole: str) -> dict[str, Any]:
    """Import the sheet, one piece after the other; what all of them did together."""
    done, faults = 0, []
    for piece in pieces(whole):
        said = imported(system, kind, piece)
        done += said["done"]
        faults += [said] if said["faults"] or said["state"] != "done" else []
    return {"done": done, "faults": faults}


def imported(system: Speaker, kind: str, piece: str) -> Any:
    """What the sheet came to, when it has been worked off."""
    response = system.post("/v1/imports", {"kind": kind, "csv": piece})
    assert response.status_code == 202, f"{response.status_code} {response.text[:300]}"
    place_of = response.headers["Location"]
    while (said := system.get(place_of).json())["ended_at"] is None:
        time.sleep(LOOK_SECONDS)
    return said


def pieces(whole: str) -> Iterator[str]:
    """Sheets of at most `BYTES`, each with the header; a parent stands in an earlier piece than its children."""
    header, *rows = whole.splitlines()
    piece, size = [header], 0
    for row in rows:
        if size + len(row.encode()) + 1 > BYTES:
            yield "\n".join([*piece, ""])
            piece, size = [header], 0
        piece.append(row)
        size += len(row.encode()) + 1
    yield "\n".join([*piece, ""])


def timed(what: str, act: Any) -> Any:
    """Do it, and say how long it took."""
    began = time.monotonic()
    given = act()
    say(f"  {what}: {time.monotonic() - began:.1f} s")
    return given


def rest() -> None:
    """Wait until every event is delivered and every copy made."""
    state = place.instance()
    ports, url = place.health_ports(state), state["amqp"]["deploy"]
    idleness.wait(ports, url, topology.contracts(), seconds=REST_SECONDS)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
