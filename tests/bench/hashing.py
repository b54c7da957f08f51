"""The bare hash: `python -m tests.bench.hashing`, told by one line of JSON (`HashSpec`).

So many threads check a password against its argon2id hash, with the parameters of the security service and nothing
around it: what a sign-in cannot be cheaper than. One line at the end, in the form that the load gives.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from attrs import frozen

from security.hashes import KIBIBYTES, LANES, PASSES
from tests.bench.load import say

PASSWORD = "Kapok-bench-2026"


@frozen(kw_only=True)
class HashSpec:
    """How many at once, how long."""

    threads: int
    warm_up: float
    seconds: float


def check(spec: HashSpec) -> list[tuple[None, float, float]]:
    """Check for the whole time; when each check began and ended."""
    hasher = PasswordHasher(time_cost=PASSES, memory_cost=KIBIBYTES, parallelism=LANES)
    kept, ends = hasher.hash(PASSWORD), time.monotonic() + spec.warm_up + spec.seconds

    def work(_: int) -> list[tuple[None, float, float]]:
        done = []
        while (began := time.monotonic()) < ends:
            hasher.verify(kept, PASSWORD)
            done.append((None, began, time.monotonic()))
        return done

    with ThreadPoolExecutor(spec.threads) as threads:
        return [one for done in threads.map(work, range(spec.threads)) for one in done]


def main() -> None:
    """Read the spec, check, tell."""
    spec = HashSpec(**json.loads(sys.stdin.readline()))
    began = time.monotonic() + spec.warm_up
    say({"began": began, "ended": began + spec.seconds, "answers": check(spec), "statuses": {}, "faults": []})


if __name__ == "__main__":
    main()
