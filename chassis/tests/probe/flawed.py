"""`python -m probe.flawed <name>`: host a probe with an operation that needs what `DECALOG_FLAW` says."""

import os

os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402 after the patch

from attrs import evolve  # noqa: E402

from chassis import runner  # noqa: E402
from chassis.contract import query  # noqa: E402
from probe.contract import SAYS  # noqa: E402
from probe.service import Probe  # noqa: E402

NEEDS = {"no_grant": None, "strange_grant": "tally.see", "none": "tally.count"}
"""What the operation needs; the last one is as it should be, and shows that the others fail for this reason alone."""


class Flawed(Probe):
    """The probe with one operation more."""

    def __init__(self, frame):
        super().__init__(frame)
        peek = query("peek", "/v1/peeks", says=SAYS, needs=NEEDS[os.environ["DECALOG_FLAW"]])
        self.contract = evolve(self.contract, operations=(*self.contract.operations, peek))

    def peek(self, call):
        raise AssertionError("nobody may call it")


if __name__ == "__main__":
    sys.exit(runner.run(sys.argv[1], load=lambda _: Flawed))
