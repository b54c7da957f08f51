"""`python -m chassis <service>`: host one service. The standard library is patched before anything else is imported."""

import os

os.environ.setdefault("EVENTLET_NO_GREENDNS", "yes")

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402 after the patch

from chassis import lookup  # noqa: E402 after the patch
from chassis.runner import run  # noqa: E402 after the patch

if __name__ == "__main__":
    lookup.install()
    sys.exit(run(sys.argv[1]))
