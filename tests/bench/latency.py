"""From a report to its subscriber, and from a bare confirmed publish to its consumer, at the same rate and size."""

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from decalog.broker import connected
from tests.bench import children
from tests.bench.arms.arm import OURS, Arm
from tests.bench.figures import percentile
from tests.bench.readback import forget
from tests.bench.rounds import SLACK_SECONDS, Bench
from tests.bench.runs import LIMITED, Wanted

BARE = "bare"
EXCHANGE, QUEUE, BARE_QUEUE = "bench-bare.events", "bench-ours.subscriber", "bench-bare.subscriber"
FIRST_SIZE = 730


@frozen(kw_only=True)
class Delay:
    """One run. `p50_ms` and `p99_ms` count from sending, the others from the answer (or the confirm)."""

    arm: str
    round: int
    rate: float
    messages: int
    body_bytes: int
    p50_ms: float
    p99_ms: float
    after_answer_p50_ms: float
    after_answer_p99_ms: float
    void: str | None


@frozen
class Delays:
    """The two arms of this part, on the place of the bench."""

    bench: Bench
    wanted: Wanted
    rate: float

    def rounds(self, ours: Arm | None, *, bare: bool, rounds: int) -> Iterator[Delay]:
        """Ours and bare alternating, in reversed order in even rounds; bare takes the size of our events."""
        size = FIRST_SIZE
        names = [name for name, wanted in ((OURS, ours is not None), (BARE, bare)) if wanted]
        self._open(ours)
        try:
            for number in range(1, rounds + 1):
                for name in names if number % 2 else reversed(names):
                    delay = self._bare(number, size) if name == BARE else self._reported(ours, number)
                    size = delay.body_bytes or size
                    yield delay
        finally:
            forget(self.bench.place.amqp_url, queues=(QUEUE, BARE_QUEUE), exchanges=(EXCHANGE,))

    def _open(self, ours: Arm | None) -> None:
        with connected(self.bench.place.amqp_url) as channel:
            channel.exchange_declare(EXCHANGE, "topic", durable=True, auto_delete=False)
            bindings = [(BARE_QUEUE, EXCHANGE, "#")]
            if ours is not None:
                bindings.append((QUEUE, ours.trail.exchange, ours.trail.key))
            for queue, exchange, key in bindings:
                channel.queue_declare(queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})
                channel.queue_bind(queue, exchange, key)
                channel.queue_purge(queue)

    def _reported(self, ours: Arm | None, number: int) -> Delay:
        assert ours is not None
        spec = self.bench.load_spec(ours, self.wanted) | {"rate": self.rate}
        return self._followed(OURS, number, "tests.bench.load", spec, QUEUE)

    def _bare(self, number: int, size: int) -> Delay:
        spec = {
            "url": self.bench.place.amqp_url,
            "exchange": EXCHANGE,
            "size": size,
            "clients": self.wanted.clients,
            "rate": self.rate,
            "warm_up": self.wanted.warm_up,
            "seconds": self.wanted.seconds,
        }
        return self._followed(BARE, number, "tests.bench.bare", spec, BARE_QUEUE)

    def _followed(self, arm: str, number: int, module: str, spec: Mapping[str, Any], queue: str) -> Delay:
        """Run the senders with the subscriber listening."""
        place, seconds = self.bench.place, self.wanted.warm_up + self.wanted.seconds + SLACK_SECONDS
        log = place.logs / "latency.log"
        listening = {"url": place.amqp_url, "queue": queue}
        with children.talking("tests.bench.subscriber", listening, log=log, seconds=seconds) as subscriber:
            children.hear(subscriber)
            with children.talking(module, spec, log=log, seconds=seconds) as senders:
                while isinstance(told := children.hear(senders), str):
                    pass
            children.pipe_to(subscriber).close()
            heard = children.hear(subscriber)
        return delay_of(arm, number, told, heard)


def delay_of(arm: str, number: int, told: Mapping[str, Any], heard: Mapping[str, Any]) -> Delay:
    """The figures of one run: what was sent in the measured time, and when it arrived."""
    arrivals, began, ended = heard["arrivals"], told["began"], told["ended"]
    rows = [(arrivals[record], sent, answered) for record, sent, answered in told["answers"] if record in arrivals]
    rows = [row for row in rows if began <= row[1] < ended]
    whole = sorted((arrived - sent) * 1000 for arrived, sent, _ in rows)
    after = sorted((arrived - answered) * 1000 for arrived, _, answered in rows)
    missing = sum(record not in arrivals for record, _, _ in told["answers"])
    return Delay(
        arm=arm,
        round=number,
        rate=len(rows) / (ended - began),
        messages=len(rows),
        body_bytes=heard["bytes"],
        p50_ms=percentile(whole, 50),
        p99_ms=percentile(whole, 99),
        after_answer_p50_ms=percentile(after, 50),
        after_answer_p99_ms=percentile(after, 99),
        void=_void(missing, told),
    )


def _void(missing: int, told: Mapping[str, Any]) -> str | None:
    """Why a run does not count, or None."""
    if told["faults"]:
        return f"{told['faults'][0]}{LIMITED if '429' in told['statuses'] else ''}"
    if not told["answers"]:
        return "nothing was sent"
    return f"{missing} did not arrive" if missing else None
