"""The clause list as data: what `docs/rules` says.

A rule's file has one heading a clause, `### R7.2 Level I, extraordinary 特大 (S)`; the text of a principle
ends with a line `Covered by: R7.4, R7.5`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

HEADING = re.compile(r"^### (R\d+\.\d+) (.+) \(([SD])\)$")
COVERED_BY = re.compile(r"^Covered by: (.+)$")
NUMBERS = re.compile(r"\bR(\d+)\.(\d+)\b(?:\s*[-–]\s*R(\d+)\.(\d+)\b)?")


class ClauseListError(Exception):
    """The clause list, or a request for clauses, can't be read; the message says where and why."""


@frozen
class Clause:
    """One clause. `standing` is S (company's words) or D (our default); only a principle has `covered_by`."""

    number: str
    title: str
    standing: str
    covered_by: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        return self.number.split(".")[0]


def order(number: str) -> tuple[int, int]:
    """Sorts clause numbers as a reader counts: R7.2 before R7.10, R9.22 before R10.1."""
    rule, place = number[1:].split(".")
    return int(rule), int(place)


def numbers_in(text: str) -> tuple[str, ...]:
    """The clause numbers that a text names, ranges such as `R7.2-R7.5` spelt out.

    A range across rules or backwards raises ClauseListError.
    """
    return tuple(dict.fromkeys(number for match in NUMBERS.finditer(text) for number in _spelt_out(match)))


def _spelt_out(match: re.Match[str]) -> list[str]:
    rule, first = int(match[1]), int(match[2])
    if match[3] is None:
        return [f"R{rule}.{first}"]

    if int(match[3]) != rule or int(match[4]) < first:
        raise ClauseListError(f"{match[0]}: a range runs upwards within one rule")
    return [f"R{rule}.{place}" for place in range(first, int(match[4]) + 1)]


def read_clauses(folder: Path) -> dict[str, Clause]:
    """Every clause of the rule files in `folder`, by number, in the order of the numbers."""
    clauses: dict[str, Clause] = {}
    for path in sorted(folder.glob("R*.md")):
        for clause in _clauses_of(path):
            if clause.number in clauses or clause.rule != path.stem:
                raise ClauseListError(f"{path.name}: {clause.number} stands here twice or in the wrong file")
            clauses[clause.number] = clause
    if not clauses:
        raise ClauseListError(f"{folder} holds no clauses")
    _check_principles(clauses)
    return {number: clauses[number] for number in sorted(clauses, key=order)}


def _clauses_of(path: Path) -> Iterator[Clause]:
    heading: re.Match[str] | None = None
    covered_by: tuple[str, ...] = ()
    for line in [*path.read_text(encoding="utf-8").splitlines(), "### "]:
        if covering := COVERED_BY.match(line):
            covered_by = numbers_in(covering[1])
        if not line.startswith("### "):
            continue
        if heading:
            yield Clause(heading[1], heading[2], heading[3], covered_by)
        heading, covered_by = HEADING.match(line), ()
        if heading is None and line != "### ":
            raise ClauseListError(f"{path.name}: {line!r} is no heading of a clause")


def _check_principles(clauses: dict[str, Clause]) -> None:
    for clause in clauses.values():
        for number in clause.covered_by:
            if number not in clauses or clauses[number].covered_by:
                raise ClauseListError(f"{clause.number} is covered by {number}: unknown, or a principle")


def narrowed(clauses: dict[str, Clause], *, rule: str, wanted: str) -> tuple[str, ...]:
    """The numbers asked for by rule (`R7`) or by list (`R7.2-R7.5,R7.10`); none asked for means every one."""
    if rule and wanted:
        raise ClauseListError("RULE and CLAUSES exclude each other")
    if rule:
        found = tuple(number for number, clause in clauses.items() if clause.rule == rule)
        asked: tuple[str, ...] = found or (rule,)
    else:
        asked = numbers_in(wanted) if wanted else tuple(clauses)

    if unknown := [number for number in asked if number not in clauses]:
        raise ClauseListError(f"not in the clause list: {', '.join(unknown)}")
    if not asked:
        raise ClauseListError(f"{wanted!r} names no clause")
    return asked
