"""Files at the socket: uploads that break off, downloads that must, and time for a slow line."""

import asyncio
import base64
import hashlib

import httpx
import pytest

from gateway import limits
from gateway.server import _server
from gateway.wire import request_body

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
LARGE = PNG + bytes(3_000_000 - len(PNG))
FRAME_BYTES = 4_096


@pytest.fixture
def offered(operation):
    path = "/v1/incidents/{incident}/attachments"
    return [
        operation("attach", path=path, key="none"),
        operation("attachment", kind="query", method="GET", path=f"{path}/{{hash}}", key="none", object=True),
    ]


@pytest.fixture
async def server(house):
    server = _server(house.app, "127.0.0.1", 0, ())
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0)
    yield server
    server.should_exit = True
    await serving


@pytest.fixture
def port(server):
    return server.servers[0].sockets[0].getsockname()[1]


@pytest.fixture
async def client(house, port):
    headers = house.bearer() | {"content-type": "image/png"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as made:
        yield made


@pytest.fixture
async def line(house, port):
    """A connection on which half an upload has been said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(LARGE)}\r\n"
    writer.write(f"{head}Authorization: {house.bearer()['Authorization']}\r\n\r\n".encode() + LARGE[:1_000_000])
    await writer.drain()
    yield reader, writer
    writer.close()


def name(content):
    return hashlib.sha256(content).hexdigest()


def file_of(house, content):
    return house.folder / "objects" / name(content)[:2] / name(content)


def answer_of(content):
    """What a service says of this object."""
    return {"hash": name(content), "size": len(content), "type": "image/png", "name": "a.png"}


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_file_goes_up_and_comes_down_as_it_was_and_no_message_grows_by_it(house, client, done):
    uploaded = (await client.post("/v1/uploads", content=LARGE)).json()
    assert house.services.calls == []

    body = {"receipt": uploaded["receipt"], "name": "a.png", "kind": "other"}
    await client.post("/v1/incidents/i1/attachments", json=body, headers={"content-type": "application/json"})
    house.services.answers.append(done(200, answer_of(LARGE)))
    fetched = await client.get(f"/v1/incidents/i1/attachments/{uploaded['hash']}")

    assert fetched.content == LARGE
    assert fetched.headers["repr-digest"] == f"sha-256=:{base64.b64encode(bytes.fromhex(name(LARGE))).decode()}:"
    assert len(house.services.calls) == 2
    assert max(len(request_body(call.kwargs)) for call in house.services.calls) < FRAME_BYTES


async def test_a_client_that_hangs_up_half_way_leaves_nothing(house, line):
    _, writer = line
    await until(lambda: house.counts.in_flight == 1)
    writer.close()

    await until(lambda: house.counts.in_flight == 0)

    assert [path for path in house.folder.rglob("*") if path.is_file()] == []


async def test_an_upload_has_more_time_than_other_requests_and_not_for_ever(house, client, line, monkeypatch):
    reader, _ = line
    monkeypatch.setattr(limits, "UPLOAD_PAUSE_SECONDS", 0.01)

    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)

    assert head.startswith(b"HTTP/1.1 408 ")


async def test_a_file_that_is_refused_is_answered_however_much_of_it_still_comes(house, client):
    for content, code in ((bytes(12_000_000), "upload_too_large"), (b"MZ" + LARGE, "upload_differs")):
        answer = await client.post("/v1/uploads", content=content)

        assert answer.json()["code"] == f"gateway.{code}"


@pytest.mark.parametrize(("uploads", "others", "status"), [(30.0, 0.0, b"201"), (0.0, 30.0, None)])
async def test_the_time_of_a_message_is_that_of_its_kind(house, port, monkeypatch, uploads, others, status):
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", uploads)
    monkeypatch.setattr(limits, "MESSAGE_SECONDS", others)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(PNG)}\r\n"
    writer.write(f"{head}Authorization: {house.bearer()['Authorization']}\r\n\r\n".encode())
    await writer.drain()
    if status:
        writer.write(PNG)

    answer = await asyncio.wait_for(reader.read(12), 10)

    assert answer[9:] == (status or b"")
    writer.close()


async def test_what_was_altered_in_a_large_file_never_reaches_the_client_as_a_whole(house, client, done):
    await client.post("/v1/uploads", content=LARGE)
    file_of(house, LARGE).write_bytes(b"x" + LARGE[1:])
    house.services.answers.append(done(200, answer_of(LARGE)))

    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(f"/v1/incidents/i1/attachments/{name(LARGE)}")
