"""What the broker says of the messages published on one channel: those of one `publish` are waited for together.

The broker counts a channel's messages from 1 and names them by that number (AMQP 0-9-1 with RabbitMQ's extension
"Consumer Acknowledgements and Publisher Confirms"); with `multiple` it speaks of all up to that number.
"""

import threading


class Batch:
    """What became of the messages that were published together: `known` is set when all is known."""

    __slots__ = ("_unknown", "arrived", "known")

    def __init__(self, length: int) -> None:
        self.arrived = [False] * length
        self._unknown = set(range(length))
        self.known = threading.Event()
        if not length:
            self.known.set()

    def tell(self, place: int, *, arrived: bool) -> None:
        """What became of one of them; the first word counts."""
        if place in self._unknown:
            self._unknown.discard(place)
            self.arrived[place] = arrived
            if not self._unknown:
                self.known.set()


class Confirms:
    """The messages of one channel that the broker has not spoken of yet."""

    def __init__(self) -> None:
        self._number = 0
        self._waiting: dict[int, tuple[Batch, int]] = {}

    def expect(self, batch: Batch, place: int) -> None:
        """The channel's next message is the one at this place of the batch."""
        self._number += 1
        self._waiting[self._number] = batch, place

    def confirmed(self, arrived: bool, number: int, multiple: bool) -> None:
        """The broker has spoken."""
        numbers = [each for each in self._waiting if each <= number] if multiple else [number]
        for each in numbers:
            if waiting := self._waiting.pop(each, None):
                batch, place = waiting
                batch.tell(place, arrived=arrived)

    def lost(self) -> None:
        """The channel has ended: of what it has not said to have arrived, nothing counts as arrived."""
        for batch, place in self._waiting.values():
            batch.tell(place, arrived=False)
        self._waiting.clear()
