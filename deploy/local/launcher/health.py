"""Waiting for health, not for time: a probe says what is still amiss, or None."""

import asyncio
from collections.abc import Awaitable, Callable

Probe = Callable[[], Awaitable[str | None]]

PROBE_EVERY_SECONDS = 0.1
ANSWER_WITHIN_SECONDS = 5.0


async def http_ready(port: int, path: str = "/readyz") -> str | None:
    """None when GET on 127.0.0.1 answers 200, else what it said."""
    where = f"http://127.0.0.1:{port}{path}"
    try:
        answer = await asyncio.wait_for(get(port, path), ANSWER_WITHIN_SECONDS)
    except OSError:
        return f"nothing listens at {where}"
    except TimeoutError:
        return f"{where} gave no answer within {ANSWER_WITHIN_SECONDS:.0f} s"
    head, _, body = answer.partition("\r\n\r\n")
    status = head.split("\r\n", 1)[0].split(" ")
    return None if status[1:2] == ["200"] else f"{where} answered {' '.join(status[1:])} {body[:400]}".strip()


async def get(port: int, path: str) -> str:
    """The whole answer to one HTTP/1.0 GET."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        await writer.drain()
        return (await reader.read()).decode(errors="replace")
    finally:
        writer.close()


async def listening(port: int) -> str | None:
    """None when something listens on the port of 127.0.0.1."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return f"nothing listens on port {port}"
    writer.close()
    return None


async def until_healthy(probe: Probe) -> None:
    """Return as soon as the probe has nothing amiss."""
    while await probe() is not None:
        await asyncio.sleep(PROBE_EVERY_SECONDS)
