"""`make clauses`: each clause of `docs/rules` with the code that cites it and the tests that prove it.

`RULE=R7` or `CLAUSES=R7.2-R7.5,R7.10` in the environment narrow it to those clauses, which must then all be
covered. Not narrowed, it fails for what is built and unproven, and always for a number that is not listed.
"""

import os
import sys
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import Factory, frozen

from tools.citations import Citations, Place, read_citations
from tools.clause_list import Clause, ClauseListError, narrowed, order, read_clauses
from tools.proof import Mutant, Proof, ProofError, Verdict, prove


@frozen
class Entry:
    """What is known of one clause. `tests` of a principle are also those of the clauses that cover it."""

    clause: Clause
    functions: list[Place]
    tests: list[Place]
    mentions: list[Place]
    survivors: Mapping[Place, Verdict]
    covering: "list[Entry]" = Factory(list)

    @property
    def state(self) -> str:
        """`covered`, or why it is missing."""
        if self.survivors:
            return "unproven"
        if self.covering:
            return "covered" if all(entry.state == "covered" for entry in self.covering) else "missing"
        if self.functions and self.tests:
            return "covered"
        return "untested" if self.functions else "uncited" if self.tests else "missing"


@frozen
class Book:
    """The clause list, what the repository says of it, and the verdicts of the proof."""

    clauses: dict[str, Clause]
    citations: Citations
    verdicts: Mapping[Mutant, Verdict] = Factory(dict)

    def marks(self, number: str) -> tuple[str, ...]:
        """The numbers whose marked tests speak for a clause: its own, and those that cover a principle."""
        return (number, *self.clauses[number].covered_by)

    def with_covering(self, numbers: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(mark for number in numbers for mark in self.marks(number)))

    def mutants(self, numbers: Iterable[str]) -> list[Mutant]:
        """Each function that cites one of the clauses, or one that covers it, and has tests to notice."""
        return [
            Mutant(number, place, self.marks(number))
            for number in self.with_covering(numbers)
            for place in self.citations.functions[number]
            if self._tests(number)
        ]

    def entry(self, number: str) -> Entry:
        """What is known of the clause."""
        clause, cited = self.clauses[number], self.citations
        survivors = {
            mutant.place: verdict
            for mutant, verdict in self.verdicts.items()
            if mutant.clause == number and verdict is not Verdict.CAUGHT
        }
        covering = [self.entry(other) for other in clause.covered_by]
        functions, mentions = cited.functions[number], cited.mentions[number]
        return Entry(clause, functions, self._tests(number), mentions, survivors, covering)

    def unknown(self) -> list[tuple[str, Place]]:
        """The numbers named in code and tests that the list does not have."""
        return sorted({named for named in self.citations.named() if named[0] not in self.clauses})

    def _tests(self, number: str) -> list[Place]:
        return sorted({place for mark in self.marks(number) for place in self.citations.tests[mark]})


def report(entries: list[Entry], *, verbose: bool) -> Iterator[str]:
    """A line a clause; verbose, also the places under it."""
    for entry in entries:
        clause = entry.clause
        counts = f"{_count(entry.functions, 'function')} {_count(entry.tests, 'test')}"
        covered_by = f"  ← {', '.join(clause.covered_by)}" if clause.covered_by else ""
        yield f"{clause.number:<7} {entry.state:<9} {counts}  {clause.standing} {clause.title}{covered_by}"
        for name, places in (("code", entry.functions), ("test", entry.tests), ("mention", entry.mentions)):
            yield from (f"        {name:<8} {place}" for place in places if verbose)


def faults(book: Book, entries: list[Entry], proof: Proof) -> Iterator[str]:
    """What is wrong, a line each: it is told whatever was asked for."""
    yield from (f"unknown: {number} is not in the clause list: {place}" for number, place in book.unknown())
    yield from (f"failing: {test} fails with nothing changed, so it proves nothing" for test in proof.failing)
    told = {entry.clause.number: entry for one in entries for entry in (one, *one.covering)}
    for number, entry in sorted(told.items(), key=lambda pair: order(pair[0])):
        for place, verdict in entry.survivors.items():
            yield f"unproven: {number} {place}: {verdict.value}"
        if entry.functions and not entry.tests:
            yield f"untested: {number} is cited and no test is marked: {entry.functions[0]}"


def main(root: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Prints the report of the repository at `root`; the exit code is 0 when what was asked for holds."""
    options = _parser().parse_args(arguments)
    rule, wanted = environment.get("RULE", ""), environment.get("CLAUSES", "")
    try:
        book = Book(read_clauses(root / "docs" / "rules"), read_citations(root))
        numbers = narrowed(book.clauses, rule=rule, wanted=wanted)
        mutants = book.mutants(numbers) if options.prove else []
        proof = prove(mutants, files=_files(book, mutants), root=root, live=options.live)
    except (ClauseListError, ProofError) as fault:
        print(f"clauses: {fault}")
        return 2

    book = Book(book.clauses, book.citations, proof.verdicts)
    entries = [book.entry(number) for number in numbers]
    wrong = list(faults(book, entries, proof))
    covered = sum(entry.state == "covered" for entry in entries)
    print(*report(entries, verbose=options.verbose), *wrong, sep="\n")
    print(f"clauses: {covered} covered, {len(entries) - covered} missing")
    return int(bool(wrong) or (bool(rule or wanted) and covered < len(entries)))


def _files(book: Book, mutants: list[Mutant]) -> set[str]:
    return {place.path for mutant in mutants for mark in mutant.marks for place in book.citations.tests[mark]}


def _count(places: list[Place], noun: str) -> str:
    return f"{len(places):>3} {noun + ('' if len(places) == 1 else 's'):<9}"


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m tools.clauses", description=__doc__)
    add = parser.add_argument
    add("-v", "--verbose", action="store_true", help="show the places under each clause")
    add("--prove", action=BooleanOptionalAction, default=True, help="make each cited function raise")
    add("--live", action="store_true", help="also run the marked tests that need broker and database")
    return parser


if __name__ == "__main__":
    sys.exit(main(Path.cwd(), sys.argv[1:], os.environ))
