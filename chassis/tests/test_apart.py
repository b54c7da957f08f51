"""Work that holds a processor is done apart from the green threads; a public call says where it came from."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from marshmallow import Schema, fields

from chassis.clock import SteppedClock
from chassis.contract import Contract, Words, command
from chassis.errors import Forbidden
from chassis.frame import here
from chassis.openapi import openapi
from chassis.service import Answer, Call, Calls, Service

SAYS = Words("试", "try")

GREEN = """
import eventlet
eventlet.monkey_patch()
from eventlet import patcher
from chassis.transport import apart
went_on = patcher.original("threading").Event()
eventlet.spawn(went_on.set)
assert apart(lambda: went_on.wait(30)), "the green thread had to wait for the work"
try:
    apart(lambda: 1 / 0)
except ZeroDivisionError:
    print("went on")
"""


def test_green_threads_go_on_while_work_is_done_apart_and_what_it_raises_is_raised() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GREEN], capture_output=True, text=True, timeout=120, check=False
    )

    assert ran.stdout == "went on\n", ran.stderr


def test_where_nobody_waits_work_is_done_at_once() -> None:
    assert here(lambda: 7) == 7


class Shut(Forbidden):
    code = "door.shut"
    zh = "门已关"
    en = "the door is shut"


class Nothing(Schema):
    """Nothing."""


class Told(Schema):
    """What the service was told."""

    address = fields.String(required=True)


DOOR = Contract(
    service="door",
    version="1",
    says=SAYS,
    operations=(
        command("knock", "POST", "/v1/knocks", says=SAYS, needs=None, public=True, gives=Told(), refuses=(Shut,)),
        command("ring", "POST", "/v1/rings", says=SAYS, needs=None, public=True, gives=Told()),
    ),
    grants=(),
)


class Door(Service):
    contract = DOOR

    def knock(self, call: Call) -> Answer:
        return Answer({"address": call.address})

    ring = knock


@pytest.mark.parametrize(("headers", "told"), [({}, ""), ({"decalog.address": "192.0.2.1"}, "192.0.2.1")])
def test_a_public_call_says_where_it_came_from(headers: dict[str, Any], told: str) -> None:
    nobody: Any = None
    calls = Calls(Door(), nobody, SteppedClock(datetime(2026, 11, 23, tzinfo=UTC)))

    assert calls.answer("knock", headers, {"path": {}})["ok"]["body"] == {"address": told}


def test_a_public_operation_that_forbids_documents_that() -> None:
    paths = openapi(DOOR)["paths"]

    assert "403" in paths["/v1/knocks"]["post"]["responses"]
    assert "403" not in paths["/v1/rings"]["post"]["responses"]
    assert "401" not in paths["/v1/knocks"]["post"]["responses"]
