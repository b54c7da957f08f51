"""The merged OpenAPI document tells the truth: an instance of its own is fuzzed as five personas."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.machine import can_start_servers

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 400
EXAMPLES = "3"
UNLIMITED = "6000000:100000"
QUOTAS = {
    f"DECALOG_RATE_{quota}_{kind}": UNLIMITED
    for quota in ("DEFAULT", "INCIDENT", "UPLOAD")
    for kind in ("SYSTEM", "PERSON")
}
PROXY = {"DECALOG_TRUSTED_PROXIES": "127.0.0.1"}


@pytest.mark.live
def test_every_operation_answers_as_its_document_says() -> None:
    can_start_servers()
    launcher = [sys.executable, "-m", "launcher", "run", "--root", ".local/fuzz", "--env", "local", "--fresh"]

    fuzzed = subprocess.run(
        [*launcher, "--", sys.executable, "-m", "tests.fuzz", "--examples", EXAMPLES],
        cwd=ROOT,
        env=os.environ | QUOTAS | PROXY,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )

    assert fuzzed.returncode == 0, fuzzed.stdout[-6000:] + fuzzed.stderr[-3000:]
    assert ", 0 failures" in fuzzed.stdout
