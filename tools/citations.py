"""Where the repository speaks of clauses, read from its syntax trees: nothing is imported.

A function cites a clause by naming its number in the docstring. Docstrings of modules and classes are
mentions: shown, and no proof. A test proves a clause by the mark `@pytest.mark.clause("R7.2")` on it, on its
class or on its module.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from attrs import Factory, frozen

from tools.clause_list import ClauseListError, numbers_in

CODE = ("chassis", "services", "gateway", "notifier")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@frozen(order=True)
class Place:
    """A definition: path below the repository, first line (with decorators), Python's qualified name."""

    path: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}"


def _places() -> defaultdict[str, list[Place]]:
    return defaultdict(list)


@frozen
class Citations:
    """By clause number: the functions that cite it, what else mentions it, the tests marked with it."""

    functions: defaultdict[str, list[Place]] = Factory(_places)
    mentions: defaultdict[str, list[Place]] = Factory(_places)
    tests: defaultdict[str, list[Place]] = Factory(_places)

    def named(self) -> Iterator[tuple[str, Place]]:
        """Every number that code or tests name, with the place that does."""
        for group in (self.functions, self.mentions, self.tests):
            for number, places in group.items():
                for place in places:
                    yield number, place


def read_citations(root: Path) -> Citations:
    """The citations in the code of the services and what they stand on, and in the tests."""
    citations = Citations()
    for path in python_files(root, CODE):
        if not _is_test(path, root):
            _read_code(path, root, citations)
    for path in python_files(root, folders_of_tests(root)):
        if _is_test(path, root) and path.name.startswith("test_"):
            _read_tests(path, root, citations)
    return citations


def folders_of_tests(root: Path) -> tuple[str, ...]:
    """Where pytest looks for tests, as the repository's own settings say."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return tuple(settings["tool"]["pytest"]["ini_options"]["testpaths"])


def python_files(root: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    """The Python files below the folders, each once; hidden folders are left out."""
    found = {path for folder in folders for path in (root / folder).rglob("*.py")}
    for path in sorted(found):
        if not any(part.startswith(".") for part in path.relative_to(root).parts):
            yield path


def _is_test(path: Path, root: Path) -> bool:
    return "tests" in path.relative_to(root).parts[:-1]


def _read_code(path: Path, root: Path, citations: Citations) -> None:
    for node, name in _within(_tree(path), ""):
        if isinstance(node, Function | ast.ClassDef | ast.Module):
            place = _place(path, root, node, name)
            group = citations.functions if isinstance(node, Function) else citations.mentions
            for number in _numbers(ast.get_docstring(node) or "", place):
                group[number].append(place)


def _read_tests(path: Path, root: Path, citations: Citations) -> None:
    tree = _tree(path)
    definitions: dict[str, ast.AST] = {"": tree}
    for node, name in _within(tree, ""):
        if isinstance(node, Function | ast.ClassDef):
            definitions[name] = node
        if isinstance(node, ast.Call) and _is_clause_mark(node.func):
            place = _place(path, root, definitions[name], name)
            words = " ".join(str(word.value) for word in node.args if isinstance(word, ast.Constant))
            for number in _numbers(words, place):
                citations.tests[number].append(place)


def _is_clause_mark(callee: ast.expr) -> bool:
    if not isinstance(callee, ast.Attribute) or callee.attr != "clause":
        return False
    owner = callee.value
    return (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")) == "mark"


def _within(node: ast.AST, name: str) -> Iterator[tuple[ast.AST, str]]:
    """Each node with the qualified name of the definition that it is or is in (decorators too)."""
    yield node, name
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            inside = f"{name}.<locals>." if isinstance(node, Function) else f"{name}." if name else ""
            yield from _within(child, inside + child.name)
        else:
            yield from _within(child, name)


def _place(path: Path, root: Path, node: ast.AST, name: str) -> Place:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    line = min([getattr(node, "lineno", 1), *(decorator.lineno for decorator in decorators)])
    return Place(path.relative_to(root).as_posix(), line, name or "(module)")


def _numbers(text: str, place: Place) -> tuple[str, ...]:
    try:
        return numbers_in(text)
    except ClauseListError as fault:
        raise ClauseListError(f"{place}: {fault}") from None


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
