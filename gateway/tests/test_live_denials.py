"""R9.8: whom the gateway refuses, by a real stream and database: several processes, a pause, a forged word."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiormq
import pytest
from aiormq.abc import AbstractChannel
from attrs import define
from pamqp import commands as spec
from pymongo import AsyncMongoClient

from gateway.denials import Denials
from gateway.principal import Principal
from gateway.store import Store

pytestmark = [pytest.mark.anyio, pytest.mark.live, pytest.mark.clause("R9.8")]


@define
class Staff:
    """A stream of standings of the test's own, and people whom nobody else names."""

    name: str
    channel: AbstractChannel

    async def tell(self, person: str, sequence: int, standing: str, *, source: str = "/decalog/deploy") -> None:
        attributes = {
            "specversion": "1.0",
            "id": uuid.uuid4().hex,
            "source": source,
            "type": "decalog.security.staff_stated.v1",
            "time": "2026-11-23T02:00:00.000Z",
            "sequence": sequence,
        }
        headers = {f"cloudEvents:{name}": value for name, value in attributes.items()}
        properties = spec.Basic.Properties(delivery_mode=2, user_id="deploy", headers=headers)
        body = json.dumps({"person": person, "standing": standing}).encode()
        await self.channel.basic_publish(body, routing_key=self.name, properties=properties)


@pytest.fixture
async def staff(instance: dict[str, Any]) -> AsyncIterator[Staff]:
    async with aiormq.connect(instance["amqp"]["deploy"]) as connection:
        channel = await connection.channel()
        name = f"staff.log.{random.randrange(10**8, 10**9)}"
        await channel.queue_declare(name, durable=True, arguments={"x-queue-type": "stream"})
        yield Staff(name, channel)
        await channel.queue_delete(name)
    async with AsyncMongoClient(instance["mongo"]["gateway"]) as client:
        remembered = client.get_default_database()
        await remembered["denials"].delete_many({"_id": {"$regex": "^PT"}})
        await remembered["denial_streams"].delete_many({"_id": name})


def somebody() -> str:
    """A person of this test alone."""
    return f"PT{random.randrange(10**10, 10**11)}"


@asynccontextmanager
async def process(instance: dict[str, Any], staff: Staff) -> AsyncIterator[Denials]:
    """One gateway process's denials, at work."""
    store = Store(instance["mongo"]["gateway"])
    denials = Denials(instance["amqp"]["gateway"], staff.name, store)
    tasks = [asyncio.create_task(one) for one in (denials.read(), denials.remember())]
    try:
        yield denials
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


def refused(denials: Denials, person: str) -> bool:
    return denials.refuses(Principal(person, "person", (), 0, float("inf"), 0))


async def test_every_process_learns_of_a_departure_and_of_a_return(instance: dict[str, Any], staff: Staff) -> None:
    leaver, other = somebody(), somebody()

    async with process(instance, staff) as one, process(instance, staff) as two:
        await staff.tell(leaver, 2, "left")
        await staff.tell(other, 2, "suspended")
        await until(lambda: all(refused(each, who) for each in (one, two) for who in (leaver, other)))
        await staff.tell(other, 3, "employed")
        fresh = Principal(other, "person", (), 0, float("inf"), 2**40)
        await until(lambda: not one.refuses(fresh) and not two.refuses(fresh))


async def test_a_process_that_was_away_learns_of_what_it_missed(instance: dict[str, Any], staff: Staff) -> None:
    before, meanwhile = somebody(), somebody()
    async with process(instance, staff) as one:
        await staff.tell(before, 2, "left")
        await until(lambda: one._saved_offset == 0)

    await staff.tell(meanwhile, 2, "left")

    async with process(instance, staff) as again:
        await until(lambda: refused(again, meanwhile))
        assert refused(again, before)


async def test_a_word_in_anothers_name_and_one_of_another_shape_are_passed_over(
    instance: dict[str, Any], staff: Staff
) -> None:
    victim, leaver = somebody(), somebody()

    async with process(instance, staff) as one:
        await staff.tell(victim, 9, "left", source="/decalog/security")
        await staff.channel.basic_publish(b"[]", routing_key=staff.name)
        await staff.tell(leaver, 2, "left")
        await until(lambda: refused(one, leaver))

        assert not refused(one, victim)
