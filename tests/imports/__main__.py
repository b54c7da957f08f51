"""`python -m tests.imports`: the whole company into an empty instance, through the gateway: seconds and memory.

3,000 counters and about 20,000 people, in sheets of half a megabyte that are worked off in the background, as
personnel's system would send them; `--counters 300` makes a company of a tenth. In time order: units, then holders,
then rest (every event delivered, every copy made); then the same sheets again, which must change nothing; then
all assignments are exported.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from decalog import idleness, place, topology
from decalog.demo.programme import open_stage
from decalog.demo.sheets import exported
from decalog.demo.stage import Speaker
from decalog.organisation import FULL, Size, holders_sheet, organisation, units_sheet
from tests.bench.meters import cpu_seconds, peak_mib

BYTES = 500_000
LOOK_SECONDS = 0.5
REST_SECONDS = 900
GRANTS = ("directory.import", "directory.read", "staff.read", "incident.read")


def main(arguments: Sequence[str] | None = None) -> int:
    """Import twice and say what it took; 1 where the second time changed anything or a row was refused."""
    counters = _options(arguments).counters
    stage = open_stage()
    size = Size(cities=max(36, FULL.cities * counters // FULL.counters), counters=counters)
    made = organisation(size, seed=1, since=date(2026, 1, 1))
    people = {one.person for one in made.holders}
    units, holders = (len(made.units), units_sheet(made)), (len(made.holders), holders_sheet(made))
    system = stage.system("IMPORT", GRANTS)
    say(f"{units[0]} units, {holders[0]} assignments, {len(people)} people; load {os.getloadavg()[0]:.1f}")

    began = time.monotonic()
    first = [timed(system, "units", *units), timed(system, "holders", *holders)]
    rest()
    took = time.monotonic() - began
    say(f"  every copy made: {took:.1f} s in all, {(units[0] + holders[0]) / took:.0f} rows/s")
    again = [timed(system, "units", *units), timed(system, "holders", *holders)]
    for form in ("csv", "xlsx"):
        timed_export(system, form, holders[0])
    tell_processes()
    staffed = system.get("/v1/staff", limit=1).status_code == 200
    good = sum(one["done"] for one in first) == units[0] + holders[0] and all(one["done"] == 0 for one in again)
    good = good and staffed and not any(one["faults"] for one in (*first, *again))
    say("nothing was changed the second time" if good else f"NOT AS IT SHOULD BE: {first} {again}")
    return 0 if good else 1


def timed(system: Speaker, kind: str, rows: int, whole: str) -> dict[str, Any]:
    """Import the whole sheet, one part after the other; what all of them did together. Says how long it took."""
    began = time.monotonic()
    done, faults = 0, []
    for part in parts(whole):
        said = imported(system, kind, part)
        done += said["done"]
        faults += [said] if said["faults"] or said["state"] != "done" else []
    took = time.monotonic() - began
    say(f"  {kind}: {rows} rows, of which {done} written, in {took:.1f} s, {rows / took:.0f} rows/s")
    return {"done": done, "faults": faults}


def timed_export(system: Speaker, form: str, rows: int) -> None:
    """Export all assignments and fetch the file. Says how long it took."""
    began = time.monotonic()
    export, content = exported(system, {"kind": "holders", "form": form, "reason": "measured"})
    assert export["rows"] == rows, export
    took = time.monotonic() - began
    say(f"  export as {form}: {rows} rows, {len(content) / 1024:.0f} KiB, in {took:.1f} s, {rows / took:.0f} rows/s")


def imported(system: Speaker, kind: str, part: str) -> Any:
    """What the sheet came to, when it has been worked off."""
    response = system.post("/v1/imports", {"kind": kind, "csv": part})
    assert response.status_code == 202, f"{response.status_code} {response.text[:300]}"
    place_of = response.headers["Location"]
    while (said := system.get(place_of).json())["ended_at"] is None:
        time.sleep(LOOK_SECONDS)
    return said


def parts(whole: str) -> Iterator[str]:
    """Sheets of at most `BYTES`, each with the header; a parent stands in an earlier part than its children."""
    header, *rows = whole.splitlines()
    part, size = [header], 0
    for row in rows:
        if size + len(row.encode()) + 1 > BYTES:
            yield "\n".join([*part, ""])
            part, size = [header], 0
        part.append(row)
        size += len(row.encode()) + 1
    yield "\n".join([*part, ""])


def rest() -> None:
    """Wait until every event is delivered and every copy made."""
    state = place.instance()
    ports, url = place.health_ports(state), state["amqp"]["deploy"]
    idleness.wait(ports, url, topology.contracts(), seconds=REST_SECONDS)


def tell_processes() -> None:
    """What each process held at most, and what it has worked since it began."""
    processes: Mapping[str, Any] = place.instance()["processes"]
    for name, process in processes.items():
        pid = process["pid"]
        say(f"  {name:<12} at most {peak_mib(pid):5.0f} MiB, {cpu_seconds(pid):6.1f} s of CPU")


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.imports", description=__doc__)
    parser.add_argument("--counters", type=int, default=FULL.counters, help="how many counters (%(default)s)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
