"""A name service that hangs costs who asked a while, and the rest of the process nothing."""

import os
import subprocess
import sys

import pytest

from chassis.names import addresses

PATCHED = """
import eventlet
eventlet.monkey_patch()
import socket
from chassis import lookup, names

threading = eventlet.patcher.original("threading")
released = threading.Event()
resolver = eventlet.patcher.original("socket").getaddrinfo

def look(host, port, *rest):
    if host != "hooks.example.invalid" or rest[-1] & socket.AI_NUMERICHOST:
        return resolver(host, port, *rest)
    {looks}
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

lookup._resolver.getaddrinfo = look
lookup.install()
{body}
"""

WAITS = "assert released.wait(20), 'nothing else ran while the name was looked up'"
ADDRESSES = "eventlet.spawn(released.set); print(names.addresses('hooks.example.invalid', 443))"
CONNECTION = """
listening = socket.create_server(("127.0.0.1", 0))
eventlet.spawn(released.set)
socket.create_connection(("hooks.example.invalid", listening.getsockname()[1]), 5)
print("connected")
"""
ENDS = """
lookup.SECONDS = 0.05
try:
    names.addresses("hooks.example.invalid", 443)
except OSError as error:
    print(error)
released.set()
"""


@pytest.mark.parametrize(
    ("looks", "body", "said"),
    [
        (WAITS, ADDRESSES, "('127.0.0.1',)"),
        (WAITS, CONNECTION, "connected"),
        (WAITS, ENDS, "no address within 0.05 s"),
        ("raise socket.gaierror('no such name')", ENDS, "no such name"),
        ("raise AssertionError", "print(names.addresses('127.0.0.1', 443))", "('127.0.0.1',)"),
    ],
    ids=["asked", "connecting", "ends", "unknown", "number"],
)
def test_while_a_name_is_looked_up_the_process_goes_on(looks, body, said):
    environment = os.environ | {"EVENTLET_NO_GREENDNS": "yes"}
    script = PATCHED.format(looks=looks, body=body)

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip

    assert (done.stdout.strip(), done.returncode) == (said, 0), done.stderr


def test_a_number_is_its_own_address():
    assert addresses("127.0.0.1", 80) == ("127.0.0.1",)
