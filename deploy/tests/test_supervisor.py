"""The supervisor over processes that answer /readyz and do nothing else; broker and database given by URL."""

import asyncio
import os
import signal

import pytest

from launcher import control, foundation
from launcher.health import until_healthy
from launcher.instance import recorded_state, settle
from launcher.layout import Layout
from launcher.processes import Program
from launcher.supervisor import Supervisor

SERVES = """
import http.server, os, signal, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(os.environ["DECALOG_HEALTH_PORT"])), Ready).serve_forever()
"""
DIES = "import sys; sys.exit('cannot')"


@pytest.fixture
def supervisor(tmp_path, monkeypatch):
    """Makes one of a single program, `emergency`, that runs the given code."""
    for kind, admin in (("AMQP", "BROKER"), ("MONGO", "DATABASE")):
        monkeypatch.setenv(f"DECALOG_{admin}_ADMIN_URL", "given")
        for user in ("EMERGENCY", "SECURITY", "NOTIFIER", "GATEWAY"):
            monkeypatch.setenv(f"DECALOG_{kind}_URL_{user}", "given")
    monkeypatch.setattr(foundation, "installed", lambda module: False)

    def of(code=SERVES):
        program = Program("emergency", ("-c", code))
        return Supervisor(settle(Layout.at(tmp_path), kind="test", programs=(program,), replicas={}))

    return of


def story_of(supervisor, tell):
    """Run the supervisor, tell the story once it is ready or has failed, take it down by its socket."""

    async def settled():
        return supervisor.phase if supervisor.phase == "starting" else None

    async def story():
        running = asyncio.create_task(supervisor.run())
        await until_healthy(settled)
        told = await tell()
        await asyncio.to_thread(control.ask, supervisor.instance.layout, "down")
        await running
        return told

    return asyncio.run(asyncio.wait_for(story(), 30))


def test_the_state_file_tells_each_process_and_who_keeps_it(supervisor):
    here = supervisor()

    async def tell():
        return recorded_state(here.instance.layout), dict(here.family.children)

    state, children = story_of(here, tell)

    assert state["phase"] == "ready"
    assert state["supervisor"]["pid"] == os.getpid()
    assert state["processes"]["emergency-1"] == {
        "state": "ready",
        "pid": state["processes"]["emergency-1"]["pid"],
        "deaths": 0,
        "health_port": here.instance.ports["health:emergency-1"],
        "log": str(here.instance.layout.log("emergency-1")),
    }
    assert children["emergency-1"].state == "stopped"


def test_going_down_leaves_no_process_and_says_so_in_the_state_file(supervisor):
    here = supervisor()

    async def tell():
        return here.family.children["emergency-1"].pid

    pid = story_of(here, tell)

    assert not os.path.exists(f"/proc/{pid}")
    assert recorded_state(here.instance.layout)["phase"] == "stopped"


def test_sigterm_takes_it_down(supervisor):
    here = supervisor()

    async def tell():
        os.kill(os.getpid(), signal.SIGTERM)

    story_of(here, tell)

    assert here.phase == "stopped"


def test_a_program_is_scaled_up_and_down(supervisor):
    here = supervisor()

    async def tell():
        counts = []
        for count in (3, 1, 0, 2):
            answer = await here.answer({"do": "scale", "name": "emergency", "count": count})
            counts.append(sorted(answer["processes"]))
        return counts

    assert story_of(here, tell) == [
        ["emergency-1", "emergency-2", "emergency-3"],
        ["emergency-1"],
        [],
        ["emergency-1", "emergency-2"],
    ]


def test_a_restarted_process_is_another_one_on_the_same_port(supervisor):
    here = supervisor()

    async def tell():
        before = (await here.answer({"do": "status"}))["processes"]["emergency-1"]
        return before, (await here.answer({"do": "restart", "name": "emergency"}))["processes"]["emergency-1"]

    before, after = story_of(here, tell)

    assert before["pid"] != after["pid"]
    assert before["health_port"] == after["health_port"]
    assert after["deaths"] == 0


def test_a_process_that_is_stopped_says_why_it_is_not_ready_and_can_be_started(supervisor):
    here = supervisor()

    async def tell():
        stopped = await here.answer({"do": "stop", "name": "emergency-1"})
        return stopped, await here.answer({"do": "start", "name": "emergency-1"})

    stopped, started = story_of(here, tell)

    assert stopped["amiss"]["emergency-1"].startswith("nothing listens at")
    assert started["amiss"] == {}


def test_a_name_that_is_unknown_is_answered_with_a_sentence(supervisor):
    here = supervisor()

    async def tell():
        return [await here.answer({"do": do, "name": "marketing", "count": 2}) for do in ("restart", "scale")]

    restart, scale = story_of(here, tell)

    assert restart["error"].startswith("no process is called marketing")
    assert scale["error"] == "no program is called marketing"


def test_a_product_that_keeps_dying_makes_the_start_fail_with_its_last_words(supervisor, monkeypatch):
    monkeypatch.setattr("launcher.child.FIRST_DELAY_SECONDS", 0.01)
    here = supervisor(DIES)

    async def tell():
        return here.phase, here.why

    phase, why = story_of(here, tell)

    assert phase == "failed"
    assert "emergency-1 keeps dying" in why
    assert "cannot" in why


def test_a_defect_while_starting_is_told_and_not_waited_out(supervisor, monkeypatch, capsys):
    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(foundation, "lay", broken)
    here = supervisor()

    async def tell():
        return here.phase, here.why

    phase, why = story_of(here, tell)

    assert phase == "failed"
    assert why.startswith("ZeroDivisionError()")
    assert "Traceback" in capsys.readouterr().err
