"""200 planted personal values show in clear nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.machine import can_start_servers

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 300
QUOTAS = ("DEFAULT_SYSTEM", "DEFAULT_PERSON", "DEFAULT_ADDRESS", "INCIDENT_SYSTEM", "SIGN_IN_ADDRESS")
NO_QUOTA = {f"DECALOG_RATE_{one}": "6000000:100000" for one in QUOTAS}


@pytest.mark.live
@pytest.mark.clause("R9.7")
def test_what_is_planted_shows_in_no_document_message_file_log_metric_or_refusal() -> None:
    can_start_servers()
    launcher = [sys.executable, "-m", "launcher", "run", "--root", ".local/canary", "--env", "local", "--fresh"]

    played = subprocess.run(
        [*launcher, "--", sys.executable, "-m", "tests.canary"],
        cwd=ROOT,
        env={**os.environ, **NO_QUOTA, "DECALOG_LOG_LEVEL": "DEBUG", "DECALOG_TRUSTED_PROXIES": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )

    assert played.returncode == 0, played.stdout[-6000:] + played.stderr[-3000:]
    assert "canary: 200 values planted" in played.stdout
    assert "canary: 0 found in " in played.stdout
