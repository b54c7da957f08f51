"""Frames on their way to the socket: those of one turn of the event loop are sent as one.

What is refused because too much waits already is never sent, so that who counts messages (`confirms.py`) counts right.
"""

from collections.abc import Callable
from typing import Any

UNSENT_LIMIT_BYTES = 16 * 1024 * 1024


class Sending:
    """Takes a frame when called. `soon` runs a function once the present turn is over; a failed `send` ends in `close`.

    OSError where more than `UNSENT_LIMIT_BYTES` would wait: the broker does not read, as in its memory alarm.
    """

    def __init__(
        self, send: Callable[[bytes], Any], close: Callable[[], Any], soon: Callable[[Callable[[], None]], Any]
    ) -> None:
        self._send, self._close, self._soon = send, close, soon
        self._frames: list[bytes] = []
        self._size = 0
        self._sending = False

    def __call__(self, frame: Any) -> None:
        """Send this frame soon."""
        if self._size + len(frame) > UNSENT_LIMIT_BYTES:
            raise OSError("the broker does not take what is sent")
        self._frames.append(bytes(frame))
        self._size += len(frame)
        if not self._sending:
            self._sending = True
            self._soon(self._flush)

    def _flush(self) -> None:
        try:
            while self._frames:
                frames, self._frames, self._size = b"".join(self._frames), [], 0
                self._send(frames)
        except OSError:
            self._close()
        finally:
            self._sending = False
