"""POST /v1/uploads: what is right is kept under its hash, and of what is wrong nothing stays."""

import asyncio
import base64
import hashlib
from datetime import UTC, datetime

import pytest
from joserfc.jwk import KeySet

from chassis.uploads import Receipts, ReceiptUnproven, Upload
from gateway import limits
from gateway.limits import Quota
from gateway.media import PERMITTED

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
EXE = b"MZ\x90\x00" + bytes(100)


@pytest.fixture
def upload(house):
    """Uploads bytes, in pieces where they come so; the answer."""

    async def sent(content, type="image/png", **headers):
        given = {"content-type": type, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await house.http.post("/v1/uploads", content=content, headers=house.bearer() | given)

    return sent


async def pieces(*given):
    for piece in given:
        yield piece


def kept(house):
    """Every file of the store."""
    return sorted(path.name for path in house.folder.rglob("*") if path.is_file())


def sha(content):
    return hashlib.sha256(content).hexdigest()


def stated(content):
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


async def test_what_comes_is_kept_under_its_hash_and_answered_with_a_receipt(house, upload):
    answer = await upload(PNG)

    body = answer.json()
    assert answer.status_code == 201
    assert {name: body[name] for name in ("hash", "size", "type")} == {
        "hash": sha(PNG), "size": len(PNG), "type": "image/png",
    }  # fmt: skip
    assert body["receipt_until"] == "2027-01-15T09:00:16Z"
    assert kept(house) == [sha(PNG)]
    assert (house.folder / "objects" / sha(PNG)[:2] / sha(PNG)).read_bytes() == PNG


async def test_a_receipt_says_what_came_and_is_good_for_the_uploader_alone(house, upload, monkeypatch):
    receipt = (await upload(PNG)).json()["receipt"]
    receipts = Receipts(KeySet([house.key]))

    monkeypatch.setattr("chassis.uploads.machine_now", lambda: _at(house.clock.now + 3_599))
    assert receipts.upload(receipt, "person:p1") == Upload(sha(PNG), len(PNG), "image/png")
    for caller in ("person:p2", "system:p1", "p1"):
        with pytest.raises(ReceiptUnproven):
            receipts.upload(receipt, caller)
    monkeypatch.setattr("chassis.uploads.machine_now", lambda: _at(house.clock.now + 3_601))
    with pytest.raises(ReceiptUnproven):
        receipts.upload(receipt, "person:p1")


async def test_the_same_bytes_are_the_same_object_however_often_they_come(house, upload):
    first, second = await upload(PNG), await upload(pieces(PNG[:5], PNG[5:]))

    assert first.json()["hash"] == second.json()["hash"]
    assert kept(house) == [sha(PNG)]


async def test_of_many_at_once_none_disturbs_another(house, upload):
    contents = [PNG + bytes([number]) for number in range(40)]

    answers = await asyncio.gather(*(upload(content) for content in contents), *(upload(PNG) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert kept(house) == sorted({sha(content) for content in (*contents, PNG)})


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("framed", [True, False], ids=["with its length", "in pieces"])
async def test_up_to_the_stated_size_is_taken_and_not_a_byte_more(house, upload, more, framed):
    content = PNG + bytes(house.most - len(PNG) + more)

    answer = await upload(content if framed else pieces(content[:100], content[100:]))

    assert answer.status_code == (413 if more else 201)
    if more:
        assert answer.json()["code"] == "gateway.upload_too_large"
        assert "3 MB" in answer.json()["detail"]
        assert str(house.most) in answer.json()["detail"]
        assert kept(house) == []


@pytest.mark.parametrize("type", ["application/x-msdownload", "image/svg+xml", "text/html", "", "application/json"])
async def test_a_type_that_is_not_permitted_is_refused_with_those_that_are(house, upload, type):
    answer = await upload(PNG, type)

    assert (answer.status_code, answer.json()["code"]) == (415, "gateway.upload_type")
    assert all(one in answer.json()["detail"] for one in PERMITTED)
    assert kept(house) == []


async def test_what_comes_compressed_is_refused(house, upload):
    assert (await upload(PNG, content_encoding="gzip")).status_code == 415


async def test_a_program_called_a_picture_is_refused(house, upload):
    answer = await upload(EXE)

    assert (answer.status_code, answer.json()["code"]) == (415, "gateway.upload_differs")
    assert kept(house) == []


async def test_a_table_that_turns_into_something_else_near_its_end_is_refused(house, upload):
    answer = await upload(pieces(b"a,b\n" * 1000, b"\x00"), "text/csv; charset=utf-8")

    assert answer.json()["code"] == "gateway.upload_differs"
    assert kept(house) == []


@pytest.mark.parametrize("content", [b"", None], ids=["of no length", "of no piece"])
async def test_an_empty_file_is_refused(house, upload, content):
    answer = await upload(pieces() if content is None else content, "text/csv")

    assert (answer.status_code, answer.json()["code"]) == (422, "gateway.upload_empty")
    assert kept(house) == []


async def test_a_digest_that_fits_is_taken_and_any_other_refused(house, upload):
    good = await upload(PNG, content_digest=f"sha-512=:AAAA:, {stated(PNG)}")
    assert good.status_code == 201

    for wrong in (stated(EXE), "sha-512=:AAAA:", "nonsense", "sha-256=::"):
        answer = await upload(PNG + b"x", content_digest=wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "gateway.digest_differs")
        assert sha(PNG + b"x") in answer.json()["detail"]
    assert kept(house) == [sha(PNG)]


async def test_of_an_upload_that_breaks_off_nothing_stays(house):
    come = [{"type": "http.request", "body": PNG, "more_body": True}, {"type": "http.disconnect"}]

    sent = await raw(house, lambda: come.pop(0))

    assert sent == []
    assert kept(house) == []


async def test_an_upload_of_which_nothing_more_comes_is_dropped(house, monkeypatch):
    monkeypatch.setattr(limits, "UPLOAD_PAUSE_SECONDS", 0.01)
    come = [{"type": "http.request", "body": PNG, "more_body": True}]

    sent = await raw(house, lambda: come.pop(0) if come else None)

    assert sent[0]["status"] == 408
    assert kept(house) == []


async def test_while_the_store_is_away_the_caller_is_told_to_come_back_and_loses_nothing(house, upload):
    await upload(PNG)
    aside = house.folder.rename(house.folder.with_name("aside"))
    house.folder.write_text("no folder")

    answer = await upload(PNG + b"x")

    assert (answer.status_code, answer.json()["code"]) == (503, "gateway.objects_away")
    assert answer.headers["retry-after"] == "15"
    house.folder.unlink()
    aside.rename(house.folder)
    assert (await upload(PNG + b"x")).status_code == 201
    assert kept(house) == sorted([sha(PNG), sha(PNG + b"x")])


async def test_a_damaged_object_is_whole_again_when_its_bytes_come_again(house, upload):
    await upload(PNG)
    path = house.folder / "objects" / sha(PNG)[:2] / sha(PNG)
    path.write_bytes(EXE)

    await upload(PNG)

    assert path.read_bytes() == PNG


async def test_nobody_uploads_without_a_token(house):
    answer = await house.http.post("/v1/uploads", content=PNG, headers={"content-type": "image/png"})

    assert answer.status_code == 401
    assert kept(house) == []


class TestQuota:
    @pytest.fixture
    def quotas(self, quotas):
        return quotas | {("upload", "person"): Quota("upload", 60, 2)}

    async def test_uploads_have_a_quota_of_their_own(self, house, upload):
        answers = [await upload(PNG) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert (await house.http.get("/v1/incidents/i1", headers=house.bearer())).status_code == 200


async def raw(house, message):
    """One upload whose messages come from `message`; None is one that never comes. What was sent."""
    sent = []

    async def receive():
        if (come := message()) is None:
            await asyncio.Event().wait()
        return come

    async def send(message):
        sent.append(message)

    headers = {"content-type": "image/png", "authorization": house.bearer()["Authorization"]}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/uploads",
        "raw_path": b"/v1/uploads",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("1.2.3.4", 5),
    }
    await house.app(scope, receive, send)
    return sent


def _at(seconds):
    return datetime.fromtimestamp(seconds, UTC)
