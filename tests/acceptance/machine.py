"""Whether this machine can run the product's servers."""

import os

import pytest


def can_start_servers() -> None:
    """Skip where `make test` has not prepared the machine; fail in CI, where it must have."""
    if "DECALOG_TEST_INSTANCE" in os.environ:
        return
    if "CI" in os.environ:
        pytest.fail("CI runs the whole suite: start it with `make test`")
    pytest.skip("needs the broker and the database that `make test` starts")
