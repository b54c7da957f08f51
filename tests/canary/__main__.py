"""`python -m tests.canary`: plant on the instance in DECALOG_INSTANCE_FILE, and search it; 1 where one shows."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from decalog import idleness, place, topology
from decalog.demo.mailbox import Mailbox, mailbox
from decalog.demo.programme import open_stage
from decalog.demo.stage import Stage, wait_for
from tests.canary import planting, search, values
from tests.canary.planting import Planting
from tests.canary.search import Place
from tests.canary.values import Canary


def main() -> int:
    """Plant, let everything run, search."""
    began = time.monotonic()
    stage, given = open_stage(), values.invented()
    with mailbox(stage.state["ports"]["smtp"]) as mails, search.tapped(stage.state["amqp"]["deploy"]):
        made = planting.planting(stage, given)
        rest(stage)
        play(made, mails)
        rest(stage)
        hits, seen = search.found(everywhere(made), [*given, *made.drawn])
        control, _ = search.found(search.stored(stage.state["mongo"]["deploy"]), [Canary("free text", made.mark)])
        assert any("local.oplog.rs" in one for one in control), "the search does not find what is there"
        carried, _ = search.found(on_the_way(made), [Canary("free text", made.mark)])
    lines = [*hits, *carried]
    looked = ", ".join(f"{size:,} bytes of {sort}" for sort, size in seen.items())
    lines.append(f"canary: {len(given)} values planted, {len(made.drawn)} secrets drawn, {len(made.answers)} answers")
    lines.append(f"canary: {len(hits) + len(carried)} found in {looked}, in {time.monotonic() - began:.0f} s")
    sys.stdout.write("\n".join([*lines, ""]))
    return 1 if hits or carried else 0


def play(made: Planting, mails: Mailbox) -> None:
    """Everything that is given to the product."""
    planting.contacts(made)
    planting.incidents(made)
    planting.accounts(made)
    planting.disclosures(made)
    planting.strays(made)
    first = made.of(values.MAIL)[0]
    wait_for("the mail to the planted address", lambda: next((one for one in mails.mails if one.to == first), None))


def everywhere(made: Planting) -> Iterator[Place]:
    """All places in which none of the values may show."""
    state = made.stage.state
    yield Place("answers", "\n".join(made.answers).encode())
    yield from search.stored(state["mongo"]["deploy"])
    yield from on_the_way(made)
    yield from search.files(Path(state["root"]))


def on_the_way(made: Planting) -> Iterator[Place]:
    """Places in which free text may not show either."""
    state = made.stage.state
    yield from search.passed(state["amqp"]["deploy"])
    yield from search.metrics(place.health_ports(dict(state)))
    for log in sorted(Path(state["logs"]).iterdir()):
        yield Place(f"log {log.name}", log.read_bytes())


def rest(stage: Stage) -> None:
    """Wait until nothing is under way."""
    state = dict(stage.state)
    idleness.wait(place.health_ports(state), state["amqp"]["deploy"], topology.contracts(), seconds=60)


if __name__ == "__main__":
    sys.exit(main())
