"""The HTTP side of the plain asyncio build: `python -m tests.bench.arms.plain_gateway`."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import aio_pika
import uvicorn
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.bench.arms.plain_service import REQUESTS

REPLY_SECONDS = 30.0


class Calls:
    """RPC by a reply queue of this process and correlation ids. Requests are transient and not confirmed."""

    def __init__(self, channel: AbstractChannel, replies: str) -> None:
        self._channel = channel
        self._replies = replies
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    async def call(self, operation: str, body: bytes) -> bytes:
        """The service's answer to this operation."""
        call_id = str(uuid4())
        self._waiting[call_id] = asyncio.get_running_loop().create_future()
        message = aio_pika.Message(body, type=operation, correlation_id=call_id, reply_to=self._replies)
        try:
            await self._channel.default_exchange.publish(message, routing_key=REQUESTS)
            return await asyncio.wait_for(self._waiting[call_id], REPLY_SECONDS)
        finally:
            del self._waiting[call_id]

    async def answered(self, message: AbstractIncomingMessage) -> None:
        """Hand a reply to whoever waits for it."""
        if waiting := self._waiting.get(message.correlation_id or ""):
            waiting.set_result(message.body)


@asynccontextmanager
async def connected(_: Starlette) -> AsyncIterator[dict[str, Any]]:
    """The broker, for as long as the application lives."""
    connection = await aio_pika.connect(os.environ["BENCH_AMQP_URL"])
    async with connection:
        channel = await connection.channel(publisher_confirms=False)
        await channel.declare_queue(REQUESTS, durable=True)
        replies = await channel.declare_queue(exclusive=True)
        calls = Calls(channel, replies.name)
        await replies.consume(calls.answered, no_ack=True)
        yield {"calls": calls}


async def report(request: Request) -> Response:
    """POST /incidents."""
    answer = await request.state.calls.call("report", json.dumps(await request.json(), ensure_ascii=False).encode())
    return JSONResponse(json.loads(answer), status_code=201)


async def incident(request: Request) -> Response:
    """GET /incidents/{id}."""
    found = json.loads(await request.state.calls.call("incident", request.path_params["id"].encode()))
    return JSONResponse(found, status_code=200 if found else 404)


ROUTES = [Route("/incidents", report, methods=["POST"]), Route("/incidents/{id}", incident)]

if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=ROUTES, lifespan=connected),
        port=int(os.environ["BENCH_PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
