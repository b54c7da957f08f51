"""Frames go out as they came, together; what is refused never goes."""

import pytest
from attrs import define, field

from chassis import sending
from chassis.sending import Sending


@define
class Socket:
    """Takes what is sent; what is to be done soon is done when the test says so."""

    sent: list[bytes] = field(factory=list)
    closed: bool = False
    soon: list = field(factory=list)
    broken: bool = False

    def sendall(self, frames: bytes) -> None:
        if self.broken:
            raise ConnectionResetError("gone")
        self.sent.append(frames)

    def close(self) -> None:
        self.closed = True

    def turn(self) -> None:
        while self.soon:
            self.soon.pop(0)()


@pytest.fixture
def socket():
    return Socket()


@pytest.fixture
def send(socket):
    return Sending(socket.sendall, socket.close, socket.soon.append)


def test_the_frames_of_one_turn_are_one_send(socket, send):
    send(b"one")
    send(memoryview(b"two"))
    socket.turn()
    send(b"three")
    socket.turn()

    assert socket.sent == [b"onetwo", b"three"]


def test_a_frame_that_is_refused_because_too_much_waits_is_never_sent(socket, send, monkeypatch):
    monkeypatch.setattr(sending, "UNSENT_LIMIT_BYTES", 10)
    send(b"123456")

    with pytest.raises(OSError, match="does not take"):
        send(b"78901")
    send(b"7890")
    socket.turn()

    assert socket.sent == [b"1234567890"]


def test_a_send_that_fails_closes_the_connection_once(socket, send):
    socket.broken = True
    send(b"one")
    socket.turn()

    assert (socket.closed, socket.sent) == (True, [])
