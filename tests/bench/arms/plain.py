"""(b) Plain asyncio at both ends: Starlette and aio-pika, aio-pika and async pymongo; two processes, on uvloop.

The same write (majority, journal) and a confirmed publish for each request; no token is checked, no request logged.
"""

from tests.bench import children
from tests.bench.arms.arm import GATEWAY, PLAIN, SERVICE
from tests.bench.arms.yardstick import await_consumer, trail_of
from tests.bench.place import Place


class Plain:
    """The two processes."""

    name = PLAIN
    path = "/incidents"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._processes: dict[str, children.Process] = {}
        self._port = 0
        self.trail = trail_of(PLAIN)

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self._port

    def pids(self) -> dict[str, int]:
        return {role: process.pid for role, process in self._processes.items()}

    def prepare(self, workers: int) -> None:
        if self._processes:
            return
        self._port = children.free_port()
        log = self._place.logs / "plain.log"
        told = {
            "BENCH_AMQP_URL": self._place.amqp_url,
            "BENCH_MONGO_URL": self._place.mongo_url,
            "BENCH_PORT": str(self._port),
        }
        for role in (SERVICE, GATEWAY):
            module = f"tests.bench.arms.plain_{role}"
            self._processes[role] = children.spawn([module], log=log, environment=told)
        children.await_port(self._processes[GATEWAY], self._port, log)
        await_consumer(self._place.amqp_url, "bench-plain.requests")

    def stop(self) -> None:
        for process in self._processes.values():
            children.stop(process)
        self._processes.clear()
