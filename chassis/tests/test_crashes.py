"""A process may die anywhere: nothing is lost, nothing is sent without a record, nothing is done twice."""

import json
import secrets
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import pytest
from amqp import Message
from probe.bench import until
from probe.verdicts import Deeds, Verdicts, verdicts_on
from probe.wire import connected, escalations, held

from chassis import crash
from chassis.clock import machine_now
from decalog import letters
from decalog.journal_check import ANCHOR, verify

pytestmark = pytest.mark.live

WRITE = ("before-write", "after-write", "before-publish", "after-publish", "before-mark")
COMMAND = (*WRITE, "before-reply")
WALK = (
    *((point, "event") for point in COMMAND),
    *((point, "escalation") for point in COMMAND),
    *((point, "timer") for point in (*COMMAND, "after-timer")),
    *((point, "row") for point in (*COMMAND, "after-row")),
    *((point, "task") for point in (*COMMAND, "after-tasks")),
    ("after-journal", "event"),
    *((point, "reaction") for point in ("before-effect", "after-effect", *WRITE)),
    *((point, "firing") for point in ("after-claim", "after-firing", *WRITE)),
)


def test_the_walk_passes_every_crash_point():
    assert {point for point, _ in WALK} == set(crash.POINTS)


def test_no_crash_point_loses_doubles_or_invents_anything(simulated_host):
    host = simulated_host
    replica, deeds = host.start(), Deeds()
    with host.gateway() as gateway:
        gateway.insist("begin", body={"id": "t1"}, key="begin")
        for point, kind in WALK:
            if kind == "firing":
                add(gateway, deeds, ["timer"], ring_after=60)
                host.rest()
            trap = host.folder / "crashes" / f"{host.name}.{point}"
            trap.touch()
            if kind == "firing":
                step(host, replica, timedelta(seconds=60))
            elif kind == "reaction":
                craft(host, deeds)
            else:
                add(gateway, deeds, [kind])
            until(lambda trap=trap: not trap.exists())
            host.rest()

    with connected(host.url) as connection:
        sent = [message.headers["cloudEvents:id"] for message in held(connection.channel(), f"{host.name}.tap")]
        rung = escalations(connection, host.name)
    assert letters.listed(host.url, host.name) == []
    assert verdicts_on(host.database, "t1", deeds, sent, rung) == Verdicts()
    report = verify(host.database, host.name, [], machine_now())
    assert [fault.kind for fault in report.faults] == [ANCHOR]
    assert report.entries == sum(host.database[name].count_documents({}) for name in ("tallies", "echoes", "journal"))
    assert deeds == Deeds(count=41, events=7, escalations=6, timers=14, rows=7, tasks=7, crafted=7)


def add(gateway, deeds, kinds, **more):
    """One command, sent again with its key until it is acknowledged."""
    answer = gateway.insist(
        "add", key=secrets.token_hex(8), path={"tally": "t1"}, body={"amount": 1, "also": kinds, **more}
    )
    assert answer["ok"]["status"] == 200
    deeds.done(kinds)


def craft(host, deeds):
    """Put an event straight into the queue of the reaction, so that nothing else of its cause can crash."""
    headers = {
        "id": f"t1:0:{deeds.crafted}", "source": f"/decalog/{host.name}", "type": f"decalog.{host.name}.added.v1",
        "subject": "t1", "sequence": 0, "units": "000000", "actor": "test", "time": "2026-11-23T01:00:00Z",
        "correlationid": "c", "traceparent": "", "drill": False,
    }  # fmt: skip
    wire = {f"cloudEvents:{name}": value for name, value in headers.items()}
    with connected(host.url) as connection:
        connection.channel().basic_publish_confirm(
            Message('{"amount": 1}', delivery_mode=2, user_id="deploy", application_headers=wire),
            routing_key=f"{host.name}.heed_added",
        )
    deeds.crafted += 1


def step(host, replica, by):
    """Step the clock; the process may die before it answers, but not before it remembers."""
    told = until(replica.idle)
    now = datetime.fromisoformat(told["now"]) + by
    body = json.dumps({"now": now.isoformat(), "epoch": told["epoch"] + 1}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{replica.port}/clock", data=body, method="POST")
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except (OSError, urllib.error.URLError):
        until(lambda: host.database.meta.find_one({"epoch": told["epoch"] + 1}))
