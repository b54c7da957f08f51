"""Objects on their way out: whole and right, or not at all."""

import asyncio
import hashlib

import pytest

from chassis.objects import Damaged
from gateway import limits

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PATH = "/v1/incidents/i1/attachments/a"


@pytest.fixture
def offered(operation):
    path = "/v1/incidents/{incident}/attachments/{hash}"
    return [operation("attachment", kind="query", method="GET", path=path, key="none", object=True)]


@pytest.fixture
def stored(house):
    """Uploads bytes; the file that holds them."""

    async def made(content):
        headers = house.bearer() | {"content-type": "image/png"}
        assert (await house.http.post("/v1/uploads", content=content, headers=headers)).status_code == 201
        name = hashlib.sha256(content).hexdigest()
        return house.folder / "objects" / name[:2] / name

    return made


@pytest.fixture
def fetch(house, done):
    """Asks for an object of which the service says this; the answer."""

    async def asked(content, method="GET", accept="*/*", **more):
        name = hashlib.sha256(content).hexdigest()
        said = {"hash": name, "size": len(content), "type": "image/png", "name": "现场 1.png", **more}
        house.services.answers.append(done(200, said))
        return await house.http.request(method, PATH, headers=house.bearer() | {"accept": accept})

    return asked


async def test_the_bytes_come_as_they_were_and_are_saved_not_shown(stored, fetch):
    await stored(PNG)

    answer = await fetch(PNG)

    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PNG))
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%201.png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["repr-digest"].startswith("sha-256=:")


async def test_a_large_object_comes_whole(stored, fetch):
    large = PNG + bytes(3_000_000 - len(PNG))
    await stored(large)

    assert (await fetch(large)).content == large


async def test_a_picture_may_be_asked_for_as_a_picture(stored, fetch):
    await stored(PNG)

    assert (await fetch(PNG, accept="image/*")).status_code == 200


async def test_head_says_the_same_without_the_bytes(stored, fetch):
    await stored(PNG)

    answer = await fetch(PNG, "HEAD")

    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(PNG)))


@pytest.mark.parametrize(
    "altered", [PNG[:-1] + b"x", PNG + b"x", PNG[:-1], b"", None], ids=["other", "longer", "shorter", "empty", "gone"]
)
async def test_altered_bytes_are_never_served(stored, fetch, altered):
    file = await stored(PNG)
    file.unlink() if altered is None else file.write_bytes(altered)

    answer = await fetch(PNG)

    assert (answer.status_code, answer.json()["code"]) == (500, "gateway.object_damaged")
    assert b"PNG" not in answer.content


async def test_a_large_object_that_was_altered_breaks_off_before_its_end(house, stored, fetch):
    large = PNG + bytes(3_000_000 - len(PNG))
    file = await stored(large)
    file.write_bytes(b"x" + large[1:])

    with pytest.raises(Damaged):  # the server closes the connection: see test_live_uploads
        await fetch(large)


async def test_a_reader_that_takes_nothing_is_dropped(house, stored, done, monkeypatch):
    monkeypatch.setattr(limits, "STREAM_SEND_SECONDS", 0.01)
    await stored(PNG)
    name = hashlib.sha256(PNG).hexdigest()
    house.services.answers.append(done(200, {"hash": name, "size": len(PNG), "type": "image/png", "name": "a.png"}))
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": PATH, "raw_path": PATH.encode(), "query_string": b""}
    headers = [(b"authorization", house.bearer()["Authorization"].encode())]
    await house.app({**scope, "headers": headers, "client": ("1.2.3.4", 5)}, receive, send)

    assert sent == ["http.response.start", "http.response.body"]
    assert house.counts.in_flight == 0


@pytest.mark.parametrize("fault", [{"hash": "../../etc/passwd"}, {"type": "a/b\r\nx: y"}, {"size": 0}, {"size": None}])
async def test_a_service_that_names_no_object_has_a_defect(stored, fetch, fault):
    await stored(PNG)

    answer = await fetch(PNG, **fault)

    assert (answer.status_code, answer.json()["code"]) == (500, "gateway.defect")


async def test_while_the_store_is_away_the_caller_is_told_to_come_back(house, stored, fetch):
    await stored(PNG)
    house.folder.rename(house.folder.with_name("aside"))
    house.folder.write_text("no folder")

    answer = await fetch(PNG)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "15")
