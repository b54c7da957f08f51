"""Serving, and stopping without losing a request.

On SIGTERM (or SIGINT): /readyz says no, so that load balancers look elsewhere; after a moment the port is closed
to new connections; requests at work are finished; then broker and database are left. All within 25 s.
"""

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from gateway import limits
from gateway.app import Gateway, assemble
from gateway.http_protocol import GuardedProtocol
from gateway.logs import configure, log
from gateway.settings import Settings

CLOSING_SECONDS = limits.BROKER_CLOSE_SECONDS + 1.0  # of the drain, kept for leaving broker and database


class Server(uvicorn.Server):
    """uvicorn without its signal handling: the process decides when to stop, not one of its two servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings) -> None:
    """Run one gateway until it is told to stop."""
    configure(settings.log_level, settings.instance)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    gateway = assemble(settings)
    upkeep = await gateway.start()
    outside = _server(gateway.outside, settings.http_host, settings.http_port, settings.trusted_proxies)
    inside = _server(gateway.inside, "127.0.0.1", settings.health_port, ())
    serving = [asyncio.create_task(one.serve()) for one in (outside, inside)]
    gc.collect()
    gc.freeze()  # what is there after the start stays, and need not be looked at in every collection
    gc.set_threshold(limits.GARBAGE_THRESHOLD)
    log.info("started", instance=settings.instance, http_port=settings.http_port, health_port=settings.health_port)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, *serving, *upkeep}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    await _drain(gateway, outside, serving[0], settings.drain_notice_seconds)
    await _end(gateway, inside, serving, upkeep)


async def _drain(gateway: Gateway, outside: Server, serving: asyncio.Task[None], notice_seconds: float) -> None:
    """Say no to new requests and finish those at work."""
    ends = time.monotonic() + limits.DRAIN_SECONDS - CLOSING_SECONDS
    gateway.health.draining = True
    gateway.end_streams()
    log.info("draining", in_flight=gateway.health.counts.in_flight)
    await asyncio.sleep(notice_seconds)
    outside.config.timeout_graceful_shutdown = max(1, round(ends - time.monotonic()))
    outside.should_exit = True
    await asyncio.wait({serving}, timeout=ends - time.monotonic() + 1)


async def _end(
    gateway: Gateway, inside: Server, serving: list[asyncio.Task[None]], upkeep: list[asyncio.Task[None]]
) -> None:
    for task in upkeep:
        task.cancel()
    await gateway.close()
    inside.should_exit = True
    ended = await asyncio.gather(*serving, *upkeep, return_exceptions=True)
    log.info("stopped")
    for fault in ended:
        if isinstance(fault, Exception):
            raise fault


def _server(app: ASGIApp, host: str, port: int, trusted_proxies: tuple[str, ...]) -> Server:
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=GuardedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(trusted_proxies),
            forwarded_allow_ips=list(trusted_proxies),
            timeout_keep_alive=75,
        )
    )
