"""One run as it was asked for, as it was seen, and as figures."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from tests.bench.figures import percentile
from tests.bench.meters import Reading
from tests.bench.readback import Readback
from tests.bench.requests import EXPECTED

LIMITED = (
    " (the gateway limits each caller: start the instance with DECALOG_RATE_INCIDENT_SYSTEM=6000000:100000,"
    " DECALOG_RATE_DEFAULT_SYSTEM=6000000:100000, DECALOG_RATE_DEFAULT_PERSON=6000000:100000,"
    " DECALOG_TRUSTED_PROXIES=127.0.0.1 and DECALOG_CONCURRENCY=1000 in the environment)"
)


@frozen(kw_only=True)
class Wanted:
    """One series: what is sent, by how many clients, with how many tokens."""

    kind: str
    clients: int
    tokens: int
    seconds: float
    warm_up: float


@frozen
class Which:
    """Which run it is. `workers` is 0 for an arm that has no such number."""

    series: str
    arm: str
    round: int
    workers: int


@frozen(kw_only=True)
class Seen:
    """What the load told, and the meters at the beginning and the end of the measured time."""

    told: Mapping[str, Any]
    before: Reading
    after: Reading
    peaks: Mapping[str, float]
    readback: Readback | None = None

    @property
    def seconds(self) -> float:
        """How long was measured."""
        return float(self.told["ended"] - self.told["began"])

    @property
    def times_ms(self) -> list[float]:
        """How long each request took that was answered in the measured time, ascending."""
        began, ended = self.told["began"], self.told["ended"]
        return sorted((done - sent) * 1000 for _, sent, done in self.told["answers"] if began <= done < ended)

    @property
    def cpu(self) -> dict[str, float]:
        """CPU seconds used in the measured time, by role."""
        return {role: after - self.before.roles[role] for role, after in self.after.roles.items()}

    @property
    def cores(self) -> dict[str, float]:
        """Cores used by those who should not matter: bystanders of the bench, everything else, the host's host."""
        bystanders = self.after.bystanders - self.before.bystanders
        known = sum(self.cpu.values()) + bystanders
        elsewhere = self.after.machine - self.before.machine - known
        spent = {"bystanders": bystanders, "elsewhere": elsewhere, "stolen": self.after.stolen - self.before.stolen}
        return {name: seconds / self.seconds for name, seconds in spent.items()}


@frozen(kw_only=True)
class Run:
    """One run's figures. CPU in microseconds a request; memory in MiB, the most since the process began.

    `cores`: how many were busy with something else at the time. `void`: why the run does not count, or None.
    """

    which: Which
    wanted: Wanted
    rps: float
    p50_ms: float
    p99_ms: float
    cpu_us: Mapping[str, float]
    peak_mib: Mapping[str, float]
    cores: Mapping[str, float]
    uses_per_token: float
    answer_bytes: int
    readback: Readback | None
    void: str | None

    @property
    def round(self) -> int:
        """The round's number, from 1."""
        return self.which.round


def run_of(which: Which, wanted: Wanted, seen: Seen) -> Run:
    """The figures of what was seen."""
    times = seen.times_ms
    return Run(
        which=which,
        wanted=wanted,
        rps=len(times) / seen.seconds,
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
        cpu_us={role: seconds / max(1, len(times)) * 1e6 for role, seconds in seen.cpu.items()},
        peak_mib=seen.peaks,
        cores=seen.cores,
        uses_per_token=len(seen.told["answers"]) / wanted.tokens,
        answer_bytes=seen.told["bytes"],
        readback=seen.readback,
        void=amiss(seen.told, wanted.kind) or (seen.readback.amiss if seen.readback else None),
    )


def amiss(told: Mapping[str, Any], kind: str) -> str | None:
    """Why what the load told can't count, or None."""
    if set(told["statuses"]) - {str(EXPECTED[kind])} or told["faults"]:
        return f"answers {told['statuses']}, {told['faults'][:1]}{LIMITED if '429' in told['statuses'] else ''}"
    return None if told["answers"] else "nothing was answered"
