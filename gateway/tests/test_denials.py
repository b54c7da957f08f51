"""R9.8: people who were suspended or have left are refused at the door, from the moment that it is told."""

from typing import Any

import pytest
from attrs import define, field

from gateway.denials import Denials
from gateway.language import Words
from gateway.principal import Principal
from gateway.rpc import Unsent
from gateway.store import KnownDenials, StoreDown
from gateway.wire import Broken, Refused

pytestmark = [pytest.mark.anyio, pytest.mark.clause("R9.8")]

LEAVER = "P440100301"


@define
class Memory:
    """The gateway's database, which may be away."""

    people: dict[str, dict[str, Any]] = field(factory=dict)
    offset: int = -1
    away: bool = False

    async def denials(self, stream: str) -> KnownDenials:
        self._check()
        return KnownDenials(list(self.people.values()), self.offset)

    async def keep_denials(self, stream: str, people: list[dict[str, Any]], offset: int) -> None:
        self._check()
        self.people |= {one["_id"]: one for one in people}
        self.offset = max(self.offset, offset)

    def _check(self) -> None:
        if self.away:
            raise StoreDown("away")


def person(sub: str = LEAVER, issued: float = 0) -> Principal:
    return Principal(sub, "person", (), 0, float("inf"), issued)


def denials(clock: Any, store: Any = None) -> Denials:
    return Denials("amqp://nowhere/", "staff.log.1", store, clock=clock)


async def test_a_person_who_leaves_is_refused_with_a_token_that_is_good(house):
    bearer = house.bearer(LEAVER)
    assert (await house.http.get("/v1/incidents", headers=bearer)).status_code == 200

    house.denials.hear(LEAVER, 2, admitted=False)
    answer = await house.http.get("/v1/incidents", headers=bearer)

    assert (answer.status_code, answer.json()["code"]) == (401, "gateway.person_refused")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert len(house.services.calls) == 1
    assert (await house.http.get("/v1/incidents", headers=house.bearer("P440100302"))).status_code == 200


async def test_a_system_of_the_same_name_is_nobodys_to_refuse(house):
    house.denials.hear(LEAVER, 2, admitted=False)

    headers = {"Authorization": f"Bearer {house.token(LEAVER, kind='system')}"}
    assert (await house.http.get("/v1/incidents", headers=headers)).status_code == 200


async def test_who_is_taken_back_needs_a_token_that_was_issued_afterwards(house):
    before = house.bearer(LEAVER)
    house.denials.hear(LEAVER, 2, admitted=False)
    house.clock.now += 100
    house.denials.hear(LEAVER, 3, admitted=True)

    assert (await house.http.get("/v1/incidents", headers=before)).status_code == 401
    assert (await house.http.get("/v1/incidents", headers=house.bearer(LEAVER))).status_code == 200


def test_an_older_word_never_undoes_a_newer_one(clock):
    known = denials(clock)
    known.hear(LEAVER, 5, admitted=False)
    known.hear(LEAVER, 4, admitted=True)
    assert known.refuses(person(issued=clock.now + 1))

    known.hear(LEAVER, 6, admitted=True)
    known.hear(LEAVER, 5, admitted=False)
    assert not known.refuses(person(issued=clock.now + 1))


def test_who_is_suspended_and_then_leaves_is_refused_throughout(clock):
    known = denials(clock)
    for sequence in (2, 3):
        known.hear(LEAVER, sequence, admitted=False)

    assert known.refuses(person(issued=clock.now + 1_000))


def test_whoever_was_never_refused_is_not_remembered(clock):
    known = denials(clock)
    known.hear(LEAVER, 1, admitted=True)

    assert known._known == {}


async def test_what_was_learned_outlives_the_process(clock):
    memory = Memory()
    first = denials(clock, memory)
    await first.load()
    first.hear(LEAVER, 2, admitted=False)
    await first.save()

    second = denials(clock, memory)
    await second.load()

    assert second.refuses(person())


async def test_while_the_database_is_away_it_is_known_all_the_same_and_kept_later(clock):
    memory = Memory()
    known = denials(clock, memory)
    await known.load()
    memory.away = True
    known.hear(LEAVER, 2, admitted=False)
    with pytest.raises(StoreDown):
        await known.save()
    assert known.refuses(person())

    memory.away = False
    await known.save()
    assert memory.people[LEAVER]["denied"] is True


async def test_the_call_of_somebody_refused_is_told_once_an_hour(house, operation, manifest, beacon):
    offer(house, operation, manifest, beacon)
    house.denials.hear(LEAVER, 2, admitted=False)
    for _ in range(3):
        await house.http.get("/v1/incidents", headers=house.bearer(LEAVER))
    house.clock.now += 3_601
    await house.http.get("/v1/incidents", headers=house.bearer(LEAVER))

    assert house.refused._waiting.qsize() == 2
    assert await house.refused._tell(house.refused._waiting.get_nowait())
    (call,) = house.services.calls
    assert (call.service, call.operation) == ("security", "refused_call")
    body = call.kwargs["body"]
    assert (body["person"], body["operation"]) == (LEAVER, "/v1/incidents")


async def test_what_no_service_takes_is_not_told(house, operation, manifest, beacon):
    house.denials.hear(LEAVER, 2, admitted=False)
    await house.http.get("/v1/incidents", headers=house.bearer(LEAVER))
    refused = house.refused._waiting.get_nowait()
    assert not await house.refused._tell(refused)

    offer(house, operation, manifest, beacon)
    away = Refused("unready", "chassis.database_away", Words("稍后", "later"), ())
    for answer in (Unsent(), away, Broken("KeyError")):
        house.services.answers.append(answer)
        assert not await house.refused._tell(refused)
    assert await house.refused._tell(refused)


async def test_what_the_service_will_never_take_is_not_told_again_and_again(house, operation, manifest, beacon):
    offer(house, operation, manifest, beacon)
    house.denials.hear(LEAVER, 2, admitted=False)
    await house.http.get("/v1/incidents", headers=house.bearer(LEAVER))
    house.services.answers.append(Refused("malformed", "chassis.input_faulty", Words("有误", "wrong"), ()))

    assert await house.refused._tell(house.refused._waiting.get_nowait())


def offer(house: Any, operation: Any, manifest: Any, beacon: Any) -> None:
    """A service that looks into such calls."""
    noted = operation("refused_call", path="/v1/refused-calls", status=200)
    for _ in range(2):
        house.discovery.hear(beacon(manifest(noted, service="security")), "security")
        house.clock.now += 16
