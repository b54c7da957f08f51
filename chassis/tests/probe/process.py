"""`python -m probe.process <name>`: host the probe in a process that is restarted when a crash point ends it.

The keeper imports everything once and forks; so a restart takes no longer than a service needs to connect.
"""

import os

os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

import eventlet

eventlet.monkey_patch()

import signal  # noqa: E402 after the patch
import sys  # noqa: E402
from datetime import timedelta  # noqa: E402

from chassis import bus, crash, relay, runner, timers  # noqa: E402
from probe.service import Probe  # noqa: E402

wait_for = eventlet.patcher.original("os").waitpid


def hurry() -> None:
    """Spans that are only there to save work are short, so that tests need not wait for them."""
    relay.SWEEP_AFTER, relay.SWEEP_EVERY_SECONDS = timedelta(seconds=0.6), 0.05
    relay.SWEEP_LEASE = timers.LEASE = timedelta(seconds=0.5)
    timers.POLL_SECONDS = bus.AWAY_PAUSE_SECONDS = 0.05


def keep(name: str) -> int:
    """Run the service; again each time that a crash point ended it."""
    while True:
        child = os.fork()
        if child == 0:
            os._exit(runner.run(name, load=lambda _: Probe))
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda number, _, child=child: os.kill(child, number))
        _, status = wait_for(child, 0)
        if os.waitstatus_to_exitcode(status) != crash.EXIT_STATUS:
            return abs(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    hurry()
    if mutant := os.environ.get("DECALOG_MUTANT"):
        from tools.mechanisms import switch_off

        switch_off(mutant)
    sys.exit(keep(sys.argv[1]))
