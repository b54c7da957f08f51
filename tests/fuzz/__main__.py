"""`python -m tests.fuzz`: fuzz the instance that DECALOG_INSTANCE_FILE names; 1 where something must not be."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.result import Ok

from decalog.demo.mailbox import mailbox
from decalog.demo.programme import open_stage
from decalog.demo.stage import Stage
from tests.fuzz import files
from tests.fuzz.document import operations, tailored
from tests.fuzz.preparation import Known, Persona, prepare
from tests.fuzz.tally import Failure, Tally
from tests.fuzz.trial import STREAM, OutOfTime, Trials

SEED = 7
SECONDS = 240.0
EXAMPLES = 12
FEW = 2
"""Generated requests to an operation whose answers take seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepare, try every operation as every persona, print what came of it."""
    options = _options(arguments)
    stage = open_stage()
    with mailbox(stage.state["ports"]["smtp"]) as mails:
        known = prepare(stage, mails)
        began = time.monotonic()
        tally, sent = fuzz(stage, known, seed=options.seed, examples=options.examples, seconds=options.seconds)
    said = f"seed {options.seed}: {sent} requests in {time.monotonic() - began:.0f} s"
    sys.stdout.write("\n".join([*tally.lines(said), ""]))
    return 0 if tally.passed else 1


def fuzz(stage: Stage, known: Known, *, seed: int, examples: int, seconds: float) -> tuple[Tally, int]:
    """Try everything, for at most so many seconds: what was not tried by then is a failure. The tally, the requests."""
    files.register()
    document = tailored(stage.http.get("/openapi.json").json(), known)
    schema = schemathesis.openapi.from_dict(document)
    schema.config.generation.update(with_security_parameters=False, allow_x00=False)
    tally = Tally([one["operationId"] for one in operations(document)], [one.name for one in known.personas])
    ends = time.monotonic() + seconds
    trials = Trials(stage.state["gateway_url"], Path(stage.state["keys"]), known, tally, seed, ends)
    try:
        for result in schema.get_all_operations():
            assert isinstance(result, Ok), result
            _try(trials, result.ok(), known.personas, examples)
    except OutOfTime:
        tally.fail(Failure("all", "OutOfTime", 0, f"not everything was tried within {seconds:.0f} s", ""))
    return tally, trials.sent


def _try(trials: Trials, operation: Any, personas: Sequence[Persona], examples: int) -> None:
    slow = operation.definition.raw["operationId"] == STREAM
    most = FEW if slow else examples
    for place, persona in enumerate(personas):
        trials.run(operation, persona, place=place, boundaries=place == 0 and not slow, examples=most)


def _options(arguments: Sequence[str] | None) -> Any:
    shape = argparse.ArgumentParser("tests.fuzz", description=__doc__)
    shape.add_argument("--seed", type=int, default=SEED, help="the same seed sends the same requests")
    shape.add_argument("--examples", type=int, default=EXAMPLES, help="generated for each operation and persona")
    shape.add_argument("--seconds", type=float, default=SECONDS, help="at most, apart from the preparation")
    return shape.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
