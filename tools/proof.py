"""The proof of the clause list: a cited function that raises must make a marked test fail.

One pytest process proves all clauses asked for. It gets a plan (which function, which marks), runs the marked
tests once as they are, then for each function once more with that function made to raise (`tools.mutants`),
and leaves a report.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from attrs import frozen

from tools.citations import Place

NOTHING_COLLECTED = 5


class Verdict(Enum):
    """What became of a function made to raise."""

    CAUGHT = "a marked test failed"
    SURVIVED = "every marked test passes while it raises"
    UNREACHED = "no marked test reaches it"
    UNTESTED = "none of its marked tests ran (needing live servers, skipped, or not collected)"


@frozen
class Mutant:
    """One function to be made to raise, and the clause numbers whose marked tests must notice."""

    clause: str
    place: Place
    marks: tuple[str, ...]


@frozen
class Proof:
    """The verdict on each mutant, and the marked tests that fail with nothing changed: they prove nothing."""

    verdicts: dict[Mutant, Verdict]
    failing: tuple[str, ...] = ()


class ProofError(Exception):
    """The tests could not be run; the message is what pytest said."""


def prove(mutants: list[Mutant], *, files: Iterable[str], root: Path, live: bool) -> Proof:
    """The verdicts of the marked tests in `files`. ProofError if pytest can't collect or run them."""
    if not mutants:
        return Proof({})

    with tempfile.TemporaryDirectory() as folder:
        plan, report = Path(folder, "plan.json"), Path(folder, "report.json")
        plan.write_text(json.dumps([_planned(mutant, root) for mutant in mutants]))
        options = [
            "-m",
            "clause" if live else "clause and not live",
            f"--mutants={plan}",
            f"--mutants-report={report}",
        ]
        ran = _pytest([*options, *sorted(set(files))], root)
        if ran.returncode == NOTHING_COLLECTED:
            return Proof(dict.fromkeys(mutants, Verdict.UNTESTED))
        if ran.returncode or not report.exists():
            raise ProofError(ran.stdout + ran.stderr)
        found = json.loads(report.read_text())
    verdicts = (Verdict[name] for name in found["verdicts"])
    return Proof(dict(zip(mutants, verdicts, strict=True)), tuple(found["failing"]))


def _pytest(arguments: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    own = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, [own, os.environ.get("PYTHONPATH")]))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tools.mutants",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:pytest_nameko",
        "-q",
        *arguments,
    ]
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def _planned(mutant: Mutant, root: Path) -> dict[str, object]:
    return {
        "path": os.path.realpath(root / mutant.place.path),
        "line": mutant.place.line,
        "name": mutant.place.name,
        "marks": mutant.marks,
    }
