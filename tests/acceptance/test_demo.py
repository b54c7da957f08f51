"""The demo is the acceptance test: the whole product on an instance of its own, used as its users would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.machine import can_start_servers

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 600


@pytest.mark.live
@pytest.mark.clause("R7.4")
def test_every_step_of_the_demo_passes_on_a_fresh_instance() -> None:
    can_start_servers()
    launcher = [sys.executable, "-m", "launcher", "run", "--root", ".local/acceptance", "--env", "local", "--fresh"]

    played = subprocess.run(
        [*launcher, "--", str(Path(sys.executable).parent / "decalog"), "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )

    assert played.returncode == 0, played.stdout[-6000:] + played.stderr[-3000:]
    report = json.loads((ROOT / ".local/demo.json").read_text())
    assert report["failures"] == []
    assert "0 failed" in played.stdout
