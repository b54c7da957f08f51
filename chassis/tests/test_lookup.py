"""A name service that hangs costs who asked a while, and the rest of the process nothing."""

import os
import subprocess
import sys

import pytest

from chassis.names import addresses

HUNG = """
import eventlet
eventlet.monkey_patch()
from chassis import lookup

threading = eventlet.patcher.original("threading")
{body}
"""

GOES_ON = """
released = threading.Event()

def look(host, port):
    assert released.wait(20), "nothing else ran while the name was looked up"
    return ("192.0.2.1",)

eventlet.spawn(released.set)
print(lookup.addresses("hooks.example.invalid", 443, look=look))
"""

ENDS = """
never = threading.Event()
try:
    lookup.addresses("hooks.example.invalid", 443, look=lambda *_: never.wait(20), seconds=0.05)
except TimeoutError as error:
    print(error)
never.set()
"""

FAILS = """
def look(host, port):
    raise OSError("no such name")

try:
    lookup.addresses("hooks.example.invalid", 443, look=look)
except OSError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [(GOES_ON, "('192.0.2.1',)"), (ENDS, "no address within 0.05 s"), (FAILS, "no such name")],
    ids=["goes on", "ends", "fails"],
)
def test_while_a_name_is_looked_up_the_process_goes_on(body, said):
    environment = os.environ | {"EVENTLET_NO_GREENDNS": "yes"}

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HUNG.format(body=body)],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip

    assert (done.stdout.strip(), done.returncode) == (said, 0), done.stderr


def test_a_number_is_its_own_address():
    assert addresses("127.0.0.1", 80) == ("127.0.0.1",)
