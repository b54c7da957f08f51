"""The server at the socket: what isn't HTTP, what comes too slowly, what is too large, and stopping."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from attrs import define

from gateway import limits
from gateway.server import Server, _server

pytestmark = pytest.mark.anyio


@define
class Socket:
    """A client that says exactly what it is told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, data: bytes) -> None:
        with suppress(OSError):
            self.writer.write(data)
            await self.writer.drain()

    async def hear(self) -> tuple[int, dict[str, str], Any]:
        """The next answer: status, headers, and its JSON."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split(" ")[1]), headers, json.loads(body)

    async def closed(self) -> bool:
        """Whether the server closes without a further word."""
        async with asyncio.timeout(10):
            with suppress(OSError):
                return await self.reader.read() == b""
        return True


@pytest.fixture
async def server(house: Any) -> AsyncIterator[Server]:
    server = _server(house.app, "127.0.0.1", 0, ())
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield server
    server.should_exit = True
    await serving


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Socket]:
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield Socket(reader, writer)
    writer.close()


def request(house: Any, *, length: int, path: str = "/v1/incidents") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"{head}Authorization: {house.bearer()['Authorization']}\r\n\r\n".encode()


async def test_several_requests_share_a_connection(house: Any, client: Socket) -> None:
    for _ in range(3):
        await client.say(request(house, length=2) + b"{}")
        assert (await client.hear())[0] == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET /好 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    ],
)
async def test_what_is_not_http_is_a_problem_too(client: Socket, garbage: bytes) -> None:
    await client.say(garbage)

    status, headers, body = await client.hear()

    assert (status, body["code"]) == (400, "gateway.malformed_request")
    assert headers["content-type"] == "application/problem+json"
    assert await client.closed()


async def test_a_head_that_never_ends_is_too_large(client: Socket) -> None:
    await client.say(b"GET / HTTP/1.1\r\n")
    for _ in range(10):
        await client.say(b"X-A: " + b"x" * 8192 + b"\r\n")

    status, _, body = await client.hear()

    assert (status, body["code"]) == (431, "gateway.headers_too_large")


async def test_a_head_that_comes_too_slowly_is_not_waited_for(
    house: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 0.02)
    port = server.servers[0].sockets[0].getsockname()[1]

    silent = Socket(*await asyncio.open_connection("127.0.0.1", port))
    slow = Socket(*await asyncio.open_connection("127.0.0.1", port))
    await slow.say(b"GET / HTTP/1.1\r\nHost")

    assert await silent.closed()
    assert await slow.closed()
    for one in (silent, slow):
        one.writer.close()


async def test_a_body_that_comes_too_slowly_is_given_up(
    house: Any, client: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.02)
    await client.say(request(house, length=10) + b"{")

    assert (await client.hear())[0] == 408


async def test_a_client_with_too_large_a_body_hears_so_and_may_go_on(house: Any, client: Socket) -> None:
    size = limits.BODY_BYTES + 1
    await client.say(request(house, length=size))
    sending = asyncio.create_task(client.say(b" " * size))

    status, _, body = await client.hear()
    await sending
    await client.say(request(house, length=2) + b"{}")

    assert (status, body["code"]) == (413, "gateway.body_too_large")
    assert (await client.hear())[0] == 200


async def test_a_body_without_end_is_cut_off(house: Any, client: Socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DISCARD_BYTES", 100_000)
    await client.say(request(house, length=10**9))
    assert (await client.hear())[0] == 413

    for _ in range(20):
        await client.say(b" " * 65536)

    assert await client.closed()


async def test_a_server_with_too_many_connections_takes_no_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CONNECTIONS", 0)
    port = server.servers[0].sockets[0].getsockname()[1]

    one = Socket(*await asyncio.open_connection("127.0.0.1", port))

    assert await one.closed()
    one.writer.close()


async def test_the_server_names_neither_itself_nor_its_make(house: Any, client: Socket) -> None:
    await client.say(request(house, length=2) + b"{}")

    assert "server" not in (await client.hear())[1]
