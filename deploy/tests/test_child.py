"""A supervised process, on small Python programs."""

import asyncio
import os
import signal
import sys

import pytest

from launcher.child import FIRST_DELAY_SECONDS, Child, Spec, next_delay
from launcher.failures import LaunchError
from launcher.family import Family

SERVES = "import signal, pathlib, sys; pathlib.Path(sys.argv[1]).write_text('up'); signal.pause()"
IGNORES = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVES
DIES = "import sys; sys.exit('no broker here')"


def spec(tmp_path, program=SERVES, *, name="emergency-1", stop_seconds=5.0):
    """Ready once the process has written its file, which is there anew for each start."""
    sign = tmp_path / f"{name}.up"

    async def ready():
        if not sign.exists():
            return "no sign of it"
        sign.unlink()
        return None

    return Spec(
        name=name,
        command=(sys.executable, "-c", program, str(sign)),
        environment=dict(os.environ),
        log=tmp_path / f"{name}.log",
        ready=ready,
        stop_seconds=stop_seconds,
    )


def nothing():
    return None


def gone(pid):
    return not os.path.exists(f"/proc/{pid}")


def within(story):
    return asyncio.run(asyncio.wait_for(story, 20))


def test_a_process_that_is_killed_is_restarted(tmp_path):
    async def story():
        changed = asyncio.Event()
        child = Child(spec(tmp_path), changed=changed.set)
        child.start()
        await child.ready()
        first = child.pid

        os.kill(first, signal.SIGKILL)
        while child.deaths == 0:
            changed.clear()
            await changed.wait()
        await child.ready()
        second = child.pid
        await child.stop()
        return first, second

    first, second = within(story())

    assert first != second
    assert gone(first)
    assert gone(second)


def test_a_process_that_is_stopped_stays_stopped(tmp_path):
    async def story():
        child = Child(spec(tmp_path), changed=nothing)
        child.start()
        await child.ready()
        await child.stop()
        return child

    child = within(story())

    assert (child.state, child.pid, child.deaths) == ("stopped", None, 0)


def test_a_process_that_ignores_the_request_is_killed_when_its_time_is_over(tmp_path):
    async def story():
        child = Child(spec(tmp_path, IGNORES, stop_seconds=0.1), changed=nothing)
        child.start()
        await child.ready()
        pid = child.pid
        await child.stop()
        return pid

    assert gone(within(story()))


def test_a_process_that_never_becomes_ready_ends_the_wait_with_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setattr("launcher.child.FIRST_DELAY_SECONDS", 0.01)

    async def story():
        child = Child(spec(tmp_path, DIES), changed=nothing)
        child.start()
        try:
            await child.ready()
        finally:
            await child.stop()

    with pytest.raises(LaunchError, match=r"emergency-1 keeps dying(.|\n)*no broker here"):
        within(story())


def test_restarts_wait_longer_at_each_quick_death_up_to_five_seconds():
    delays, delay = [], None
    for _ in range(7):
        delay = next_delay(delay, lived_seconds=0.5)
        delays.append(delay)

    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@pytest.mark.parametrize(("lived", "delay"), [(9.99, 5.0), (10.0, FIRST_DELAY_SECONDS)])
def test_ten_seconds_of_life_forgive_the_deaths_before(lived, delay):
    assert next_delay(5.0, lived_seconds=lived) == delay


def test_the_product_stops_before_what_it_stands_on(tmp_path):
    stopped = []

    def changed():
        now = [name for name, child in family.children.items() if child.state == "stopped"]
        stopped.extend(name for name in now if name not in stopped)

    async def story():
        await family.bring_up(spec(tmp_path, name=name) for name in ("epmd", "broker", "database", "gateway-1"))
        stopped.clear()
        await family.stop()

    family = Family(changed=changed)
    within(story())

    assert stopped[0] == "gateway-1"
    assert stopped[-1] == "epmd"


def test_a_program_names_all_its_processes_and_a_process_itself(tmp_path):
    async def story():
        family = Family(changed=nothing)
        await family.bring_up(spec(tmp_path, name=name) for name in ("emergency-1", "emergency-2", "security-1"))
        both, one = family.named("emergency"), family.named("security-1")
        await family.stop()
        return [child.spec.name for child in both], [child.spec.name for child in one]

    assert within(story()) == (["emergency-1", "emergency-2"], ["security-1"])


def test_a_name_that_nothing_has_is_refused():
    with pytest.raises(LaunchError, match="no process is called marketing"):
        Family(changed=nothing).named("marketing")
