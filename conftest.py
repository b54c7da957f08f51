"""What all tests have: our packages, and the instance that `make test` starts.

The packages that lie in a folder of their own name are imported before pytest takes that folder for the package:
`chassis/tests` is collected as `chassis.tests`; without this, `chassis` would then be the outer folder.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

import chassis  # noqa: F401 see above
import gateway  # noqa: F401 see above
import notifier  # noqa: F401 see above


@pytest.fixture(scope="session")
def instance() -> dict[str, Any]:
    """The content of its `instance.json`; without one the test is skipped, or fails where CI says that it runs."""
    path = os.environ.get("DECALOG_TEST_INSTANCE")
    if path is None:
        missing = "no broker and database for tests: run it by `make test`"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    state: dict[str, Any] = json.loads(Path(path).read_text())
    return state
