"""Taking messages off a channel as they come. aiormq's own way would make a task for each."""

from collections.abc import Callable
from typing import Any

from aiormq import Channel
from aiormq.abc import AbstractConnection, DeliveredMessage
from pamqp import commands as spec
from pamqp.header import ContentHeader


class DirectChannel(Channel):
    """A channel whose messages go straight to `arrived`; its consumers' own callbacks are never called."""

    def __init__(
        self, connection: AbstractConnection, number: int, *, arrived: Callable[[DeliveredMessage], None]
    ) -> None:
        super().__init__(connection, number, publisher_confirms=False)
        self._arrived = arrived

    async def _on_deliver_frame(self, frame: spec.Basic.Deliver) -> None:
        header, body = await content(self)
        self._arrived(DeliveredMessage(delivery=frame, header=header, body=body, channel=self))


async def content(channel: Channel) -> tuple[ContentHeader, bytes]:
    """The header and body that follow a deliver or return frame."""
    header: Any = await channel._get_frame()
    parts: list[bytes] = []
    missing = header.body_size
    while missing > 0:
        part: Any = await channel._get_frame()
        parts.append(part.value)
        missing -= len(part.value)
    return header, parts[0] if len(parts) == 1 else b"".join(parts)


async def never(_: object) -> None:
    """What a consumer is given where messages are taken before its callback would be called."""
