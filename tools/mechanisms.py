"""`python -m tools.mechanisms`: would the tests of the chassis notice if a mechanism of it were gone?

In time order: every named test runs once as things are, and must pass; then, for each mechanism of the list in
`tools.mechanism_list`, a pytest of its own runs the tests named for it with the mechanism switched off (this module is
its plugin; processes that the tests start read the same variable), and each of them must fail. A named test that passes
means that the mechanism survived. Words after the command narrow it to mechanisms whose names contain one of them.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.mechanism_list import MECHANISMS, Mechanism

VARIABLE = "DECALOG_MUTANT"
AT_ONCE = 2
WHOLE_SECONDS = 300  # all tests with nothing switched off
LIMIT_SECONDS = 75


def switch_off(name: str, *, hosted: bool = True) -> None:
    """Switch this mechanism off in the present process; one that works only in services' processes, only there."""
    (mechanism,) = [mechanism for mechanism in MECHANISMS if mechanism.name == name]
    if hosted or not mechanism.hosted:
        mechanism.switch_off()


def pytest_configure(config: pytest.Config) -> None:  # noqa: ARG001 pytest's own name
    """As a plugin: what the variable names is off before any test is imported."""
    if name := os.environ.get(VARIABLE):
        switch_off(name, hosted=False)


def failing(tests: Iterable[str], mutant: str | None) -> set[str] | None:
    """Those of these tests that fail with the mechanism off, as node ids without parameters; None: pytest broke."""
    environment = {**os.environ, VARIABLE: mutant or ""}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.mechanisms", "-p", "no:cacheprovider"]
        try:
            subprocess.run(
                [*command, f"--junitxml={report}", *tests],
                env=environment,
                timeout=LIMIT_SECONDS if mutant else WHOLE_SECONDS,
                check=False,
                stdout=subprocess.DEVNULL,
            )
        except subprocess.TimeoutExpired:
            if mutant is None:
                raise
            return set(tests)  # a test that waits for ever for what was switched off has noticed it
        return _failures(report) if report.exists() else None


def _failures(report: Path) -> set[str]:
    found = set()
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 our own pytest wrote it
        if case.find("failure") is not None or case.find("error") is not None:
            file = (case.get("classname") or "").replace(".", "/")
            found.add(f"{file}.py::{(case.get('name') or '').partition('[')[0]}")
    return found


def survivors(mechanism: Mechanism) -> list[str]:
    """The named tests that do not notice."""
    failed = failing(mechanism.tests, mechanism.name)
    return [test for test in mechanism.tests if failed is None or test not in failed]


def main(words: Sequence[str]) -> int:
    """Try the mechanisms; 0 when every one of them is caught by every test named for it."""
    chosen = [one for one in MECHANISMS if not words or any(word in one.name for word in words)]
    broken = failing(sorted({test for one in chosen for test in one.tests}), None)
    if broken is None or broken:
        print(f"mutants: these tests fail as things are: {', '.join(sorted(broken or {'pytest itself'}))}")
        return 2
    with ThreadPoolExecutor(AT_ONCE) as pool:
        blind = dict(zip([one.name for one in chosen], pool.map(survivors, chosen), strict=True))
    for name, tests in blind.items():
        print(f"{'SURVIVED' if tests else 'caught  '}  {name}{''.join(f'{chr(10)}    {test}' for test in tests)}")
    survived = sum(bool(tests) for tests in blind.values())
    print(f"mutants: {len(blind) - survived} caught, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
