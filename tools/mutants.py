"""A pytest plugin that makes functions raise, one at a time, and sees whether a marked test notices.

In order of time: pytest collects the marked tests; each runs once as it is, and those that fail or are
skipped prove nothing; then, for each function of the plan, its code is replaced in place (so that every
reference, method, property and decorated copy has it), the tests with its marks run from the quickest to the
slowest until one fails because of it, and the code is put back. `tools.proof` writes the plan and reads the
report.
"""

import functools
import gc
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType

import pytest
from _pytest.runner import runtestprotocol  # the one way to run an item again; reruns plugins use it too
from attrs import field, frozen, mutable
from hypothesis import HealthCheck, Phase, settings

from tools.citations import CODE
from tools.clause_list import numbers_in

TEST_LIMIT_SECONDS = 20.0


class MutatedError(Exception):
    """What a function made to raise raises; `reached` counts how often."""

    reached = 0

    def __init__(self) -> None:
        super().__init__("this function is made to raise")
        MutatedError.reached += 1


@frozen
class Target:
    """The function to be made to raise: real path, first line (decorators included), qualified name."""

    path: str
    line: int
    name: str
    marks: frozenset[str]

    def is_code(self, code: CodeType) -> bool:
        return (code.co_firstlineno, code.co_qualname) == (self.line, self.name)


def raising(code: CodeType) -> CodeType:
    """Code that raises MutatedError however it is called, and fits where `code` did: same free variables."""
    free = "".join(f"{name}, " for name in code.co_freevars)
    source = f"def around({free}):\n def mutant(*_, **__):\n  if False: ({free})\n  raise 'mutated'\n"
    around = _inner(compile(source, "<mutant>", "exec"))
    mutant = _inner(around)
    consts = (MutatedError if const == "mutated" else const for const in mutant.co_consts)
    return mutant.replace(co_consts=tuple(consts))


def _inner(code: CodeType) -> CodeType:
    return next(const for const in code.co_consts if isinstance(const, CodeType))


def swapped(code: CodeType, target: Target) -> CodeType:
    """`code` with the target's code, at whatever depth in it, made to raise; itself when it isn't there."""
    if target.is_code(code):
        return raising(code)

    consts = [swapped(const, target) if isinstance(const, CodeType) else const for const in code.co_consts]
    changed = any(new is not old for new, old in zip(consts, code.co_consts, strict=True))
    return code.replace(co_consts=tuple(consts)) if changed else code


@contextmanager
def mutation(target: Target, functions: list[FunctionType]) -> Iterator[None]:
    """Inside, every function object that is or contains the target raises where the target would have run."""
    before = [(function, function.__code__) for function in functions]
    for function, code in before:
        function.__code__ = swapped(code, target)
    MutatedError.reached = 0
    try:
        yield
    finally:
        for function, code in before:
            function.__code__ = code


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TimeoutError in the main thread if what is inside waits for what a mutant never does."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"still running after {seconds:.0f} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@mutable
class Trial:
    """The marked tests of one session and what they prove."""

    items: list[pytest.Item]
    root: Path
    failing: list[str] = field(factory=list)
    seconds: dict[pytest.Item, float] = field(factory=dict)
    loaded: dict[str, list[FunctionType]] = field(factory=dict)
    caches: list["functools._lru_cache_wrapper[object]"] = field(factory=list)

    def run_unchanged(self) -> None:
        """Keeps the tests that pass, with their duration; names those that fail."""
        for item in self.items:
            began = time.perf_counter()
            outcomes = {report.outcome for report in runtestprotocol(item, log=False)}
            if outcomes == {"passed"}:
                self.seconds[item] = time.perf_counter() - began
            elif "failed" in outcomes:
                self.failing.append(item.nodeid)
        self.loaded = _functions_by_file()
        self.caches = _caches_below(self.root)

    def verdict(self, target: Target) -> str:
        """The name of the verdict (see `tools.proof.Verdict`) on the target."""
        tests = [item for item in self.seconds if marks_of(item) & target.marks]
        if not tests:
            return "UNTESTED"

        in_file = self.loaded.get(target.path, [])
        functions = [here for here in in_file if swapped(here.__code__, target) is not here.__code__]
        for cache in self.caches:  # a cached answer would hide that its function raises
            cache.cache_clear()
        with mutation(target, functions):
            if any(_fails(item) and MutatedError.reached for item in sorted(tests, key=self.seconds.__getitem__)):
                return "CAUGHT"
        return "SURVIVED" if MutatedError.reached else "UNREACHED"


def marks_of(item: pytest.Item) -> set[str]:
    """The clause numbers that a test is marked with."""
    return {number for mark in item.iter_markers("clause") for number in numbers_in(" ".join(mark.args))}


def _fails(item: pytest.Item) -> bool:
    with limited(TEST_LIMIT_SECONDS):
        return any(report.failed for report in runtestprotocol(item, log=False))


def _functions_by_file() -> dict[str, list[FunctionType]]:
    found: dict[str, list[FunctionType]] = {}
    real = functools.cache(os.path.realpath)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            found.setdefault(real(thing.__code__.co_filename), []).append(thing)
    return found


def _caches_below(root: Path) -> "list[functools._lru_cache_wrapper[object]]":
    caches = [thing for thing in gc.get_objects() if isinstance(thing, functools._lru_cache_wrapper)]
    return [cache for cache in caches if _is_below(root, getattr(cache.__wrapped__, "__code__", None))]


def _is_below(root: Path, code: CodeType | None) -> bool:
    return code is not None and any(Path(code.co_filename).is_relative_to(root / folder) for folder in CODE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutants", type=Path, required=True, help="the plan: functions to be made to raise")
    parser.addoption("--mutants-report", type=Path, required=True, help="where the verdicts go")


def pytest_configure() -> None:
    """Few and always the same examples: to fail once is all that is asked of a property here."""
    settings.register_profile(
        "mutants", max_examples=25, stateful_step_count=25, derandomize=True, database=None, deadline=None,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("mutants")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of running the tests: tries each target against them and writes the report."""
    if session.testsfailed:
        raise session.Interrupted("a test file can't be collected")

    planned = json.loads(session.config.getoption("mutants").read_text())
    targets = [Target(**{**entry, "marks": frozenset(entry["marks"])}) for entry in planned]
    wanted = frozenset[str]().union(*(target.marks for target in targets))
    trial = Trial([item for item in session.items if marks_of(item) & wanted], session.config.rootpath)
    trial.run_unchanged()
    found = {"failing": trial.failing, "verdicts": [trial.verdict(target) for target in targets]}
    session.config.getoption("mutants_report").write_text(json.dumps(found))
    return True
