"""The clause list and the tool that proves it, on a made-up rule, package and tests."""

import os
from pathlib import Path
from textwrap import dedent

import pytest

from tools.clause_list import ClauseListError, narrowed, numbers_in, read_clauses
from tools.clauses import main

RULES = """\
    # R7 A rule

    ### R7.1 The principle 原则 (S)
    All of it holds.
    Covered by: R7.2, R7.3

    ### R7.2 Prices 价格 (S)
    A price is never negative.

    ### R7.3 Discounts 折扣 (D)
    At most half of the price.

    ### R7.4 Opening 开门 (D)
    A shop opens once.
"""
PRICES = '''\
    """R7.4 is spoken of here, and not decided."""


    def price(*, amount):
        """R7.2: a price is never negative."""
        return max(amount, 0)
'''
DISCOUNTS = '''\
    def discount(amount):
        """R7.3: at most half of the price."""
        return amount // 2
'''
TESTS = """\
    import pytest

    from shop.discounts import discount
    from shop.prices import price


    @pytest.mark.clause("R7.2")
    def test_a_price_is_never_negative():
        assert price(amount=-1) == 0


    @pytest.mark.clause("R7.3")
    def test_a_discount_is_half():
        assert discount(4) == 2
"""
PYPROJECT = """\
    [tool.pytest.ini_options]
    addopts = "--strict-markers --import-mode=importlib"
    testpaths = ["services"]
    filterwarnings = ["error"]
    markers = ["clause(number): the clause that the test proves", "live: needs servers"]
"""
REPOSITORY = Path(__file__).parents[1]


class Shop:
    """A small repository with one rule, one service `shop` and its tests."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("docs/rules/R7.md", RULES)
        self.write("pyproject.toml", PYPROJECT)
        self.write("services/shop/shop/__init__.py", "")
        self.write("services/shop/shop/prices.py", PRICES)
        self.write("services/shop/shop/discounts.py", DISCOUNTS)
        self.write("services/shop/tests/test_shop.py", TESTS)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(dedent(text), encoding="utf-8")

    def test(self, body: str) -> None:
        """Replaces the tests by these."""
        self.write("services/shop/tests/test_shop.py", dedent(TESTS).split("\n\n\n")[0] + "\n\n" + dedent(body))


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path / "services" / "shop"))
    return Shop(tmp_path)


def list_of(shop: Shop, **environment: str) -> int:
    """Lists without the proof; the exit code."""
    return main(shop.root, ["--no-prove", "-v"], environment)


def test_ranges_and_single_numbers_parse():
    assert numbers_in("R7.2-R7.5,R7.10") == ("R7.2", "R7.3", "R7.4", "R7.5", "R7.10")
    assert numbers_in("R7.2–R7.3: and R7.2 again, R10.1") == ("R7.2", "R7.3", "R10.1")


@pytest.mark.parametrize("text", ["R7.2-R8.1", "R7.5-R7.2"])
def test_a_range_runs_upwards_within_one_rule(text):
    with pytest.raises(ClauseListError, match="within one rule"):
        numbers_in(text)


def test_narrowing_is_by_rule_or_by_list(shop):
    clauses = read_clauses(shop.root / "docs" / "rules")

    assert narrowed(clauses, rule="", wanted="") == ("R7.1", "R7.2", "R7.3", "R7.4")
    assert narrowed(clauses, rule="R7", wanted="") == ("R7.1", "R7.2", "R7.3", "R7.4")
    assert narrowed(clauses, rule="", wanted="R7.2-R7.3,R7.1") == ("R7.2", "R7.3", "R7.1")


@pytest.mark.parametrize(
    ("rule", "wanted", "said"),
    [
        ("R8", "", "not in the clause list: R8"),
        ("", "R7.4-R7.6", "not in the clause list: R7.5, R7.6"),
        ("", "7.2", "names no clause"),
        ("R7", "R7.2", "exclude each other"),
    ],
)
def test_a_request_for_what_is_not_there_is_refused(shop, rule, wanted, said):
    with pytest.raises(ClauseListError, match=said):
        narrowed(read_clauses(shop.root / "docs" / "rules"), rule=rule, wanted=wanted)


def test_a_refused_request_ends_with_code_2(shop, capsys):
    assert list_of(shop, RULE="R8") == 2
    assert capsys.readouterr().out == "clauses: not in the clause list: R8\n"


@pytest.mark.parametrize(
    ("heading", "said"),
    [
        ("### R7.5 Without a standing\n", "no heading"),
        ("### R7.2 Again 再 (S)\n", "twice"),
        ("### R8.1 Elsewhere 别处 (S)\n", "wrong file"),
        ("### R7.5 Principle 原则 (S)\nCovered by: R7.9\n", "covered by R7.9"),
        ("### R7.5 Principle 原则 (S)\nCovered by: R7.1\n", "covered by R7.1"),
    ],
)
def test_a_broken_clause_list_is_refused(shop, heading, said):
    path = shop.root / "docs" / "rules" / "R7.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n" + heading, encoding="utf-8")

    with pytest.raises(ClauseListError, match=said):
        read_clauses(path.parent)


def test_each_clause_has_a_line_with_its_counts_and_the_places_under_it(shop, capsys):
    list_of(shop)

    assert capsys.readouterr().out.splitlines() == [
        "R7.1    covered     0 functions   2 tests      S The principle 原则  ← R7.2, R7.3",
        "        test     services/shop/tests/test_shop.py:7 test_a_price_is_never_negative",
        "        test     services/shop/tests/test_shop.py:12 test_a_discount_is_half",
        "R7.2    covered     1 function    1 test       S Prices 价格",
        "        code     services/shop/shop/prices.py:4 price",
        "        test     services/shop/tests/test_shop.py:7 test_a_price_is_never_negative",
        "R7.3    covered     1 function    1 test       D Discounts 折扣",
        "        code     services/shop/shop/discounts.py:1 discount",
        "        test     services/shop/tests/test_shop.py:12 test_a_discount_is_half",
        "R7.4    missing     0 functions   0 tests      D Opening 开门",
        "        mention  services/shop/shop/prices.py:1 (module)",
        "clauses: 3 covered, 1 missing",
    ]


def test_what_is_not_built_fails_only_when_it_is_asked_for(shop):
    assert list_of(shop) == 0
    assert list_of(shop, CLAUSES="R7.2") == 0
    assert list_of(shop, CLAUSES="R7.2,R7.4") == 1
    assert list_of(shop, RULE="R7") == 1


def test_a_clause_with_code_and_no_test_fails(shop, capsys):
    shop.test('@pytest.mark.clause("R7.2")\ndef test_price():\n    assert price(amount=1) == 1\n')

    assert list_of(shop) == 1
    said = capsys.readouterr().out.splitlines()
    assert "untested: R7.3 is cited and no test is marked: services/shop/shop/discounts.py:1 discount" in said
    assert said[-1] == "clauses: 1 covered, 3 missing"


def test_a_clause_with_a_test_and_no_code_is_missing(shop, capsys):
    shop.test('@pytest.mark.clause("R7.4")\ndef test_open():\n    assert price\n')

    assert list_of(shop, CLAUSES="R7.4") == 1
    assert capsys.readouterr().out.startswith("R7.4    uncited ")


def test_a_number_that_the_list_does_not_have_fails(shop, capsys):
    shop.write("services/shop/shop/doors.py", 'def lock():\n    """R7.9: unheard of."""\n')

    assert list_of(shop) == 1
    place = "services/shop/shop/doors.py:1 lock"
    assert f"unknown: R7.9 is not in the clause list: {place}" in capsys.readouterr().out


def test_marks_on_classes_and_modules_count(shop, capsys):
    shop.test(
        """
        pytestmark = pytest.mark.clause("R7.3")


        class TestPrices:
            pytestmark = [pytest.mark.clause("R7.2")]

            def test_all(self):
                assert price(amount=discount(4)) == 2
        """
    )

    assert main(shop.root, ["-v"], {"CLAUSES": "R7.2-R7.3"}) == 0
    said = capsys.readouterr().out
    assert "test_shop.py:1 (module)" in said
    assert "test_shop.py:10 TestPrices" in said


def test_what_every_marked_test_notices_is_proved(shop, capsys):
    assert main(shop.root, [], {"CLAUSES": "R7.1"}) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "clauses: 1 covered, 0 missing"


def test_what_no_marked_test_reaches_or_notices_is_unproven(shop, capsys):
    shop.test(
        """
        @pytest.mark.clause("R7.2")
        def test_that_reaches_nothing():
            assert price


        @pytest.mark.clause("R7.3")
        def test_that_notices_nothing():
            try:
                discount(4)
            except Exception:
                pass


        def test_without_a_mark():
            assert price(amount=discount(4)) == 2
        """
    )

    assert main(shop.root, [], {}) == 1
    said = capsys.readouterr().out.splitlines()
    assert "unproven: R7.2 services/shop/shop/prices.py:4 price: no marked test reaches it" in said
    survivor = "services/shop/shop/discounts.py:1 discount"
    assert f"unproven: R7.3 {survivor}: every marked test passes while it raises" in said
    assert said[-1] == "clauses: 0 covered, 4 missing"


def test_tests_that_fail_by_themselves_or_need_servers_prove_nothing(shop, capsys):
    shop.test(
        """
        @pytest.mark.clause("R7.2")
        def test_wrong():
            assert price(amount=1) == 2


        @pytest.mark.live
        @pytest.mark.clause("R7.3")
        def test_on_servers():
            assert discount(4) == 2
        """
    )

    assert main(shop.root, [], {}) == 1
    said = capsys.readouterr().out
    assert "failing: services/shop/tests/test_shop.py::test_wrong fails with nothing changed" in said
    assert "R7.3 services/shop/shop/discounts.py:1 discount: none of its marked tests ran" in said

    assert main(shop.root, ["--live"], {"CLAUSES": "R7.3"}) == 0


def test_tests_that_cannot_be_collected_end_with_code_2(shop, capsys):
    shop.test('import nowhere\n\n\n@pytest.mark.clause("R7.2")\ndef test_price():\n    assert price\n')

    assert main(shop.root, [], {"CLAUSES": "R7.2"}) == 2
    assert "No module named 'nowhere'" in capsys.readouterr().out


def test_functions_of_every_shape_are_made_to_raise(shop, capsys):
    shop.write("services/shop/shop/prices.py", SHAPES)
    shop.write("services/shop/tests/test_shop.py", TESTS_OF_SHAPES)
    cited = SHAPES.count('"""R7.2')

    assert main(shop.root, ["-v"], {"CLAUSES": "R7.2"}) == 0, capsys.readouterr().out
    assert f"R7.2    covered    {cited} functions" in capsys.readouterr().out


SHAPES = '''\
    import functools
    from contextlib import contextmanager

    from attrs import frozen


    def counted(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper


    @frozen
    class Price:
        """One price."""

        amount: int

        @property
        def doubled(self):
            """R7.2: a property."""
            return 2 * self.amount

        @doubled.setter
        def doubled(self, value):
            raise AttributeError(value)

        @classmethod
        def free(cls):
            """R7.2: a class method."""
            return cls(0)

        @staticmethod
        def currency(*, short=True):
            """R7.2: a static method."""
            return "CNY" if short else "yuan"

        def plus(self, other, /, *, times=1):
            """R7.2: a method."""
            return __class__(self.amount + other.amount * times)


    @counted
    @counted
    def decorated(amount):
        """R7.2: decorated twice."""
        return amount


    @functools.cache
    def cached(amount):
        """R7.2: cached."""
        return amount


    def adding(more):
        """R7.2: what makes a closure."""

        def add(amount):
            """R7.2: the closure."""
            return amount + more

        return add


    ADD_ONE = adding(1)


    def each(*amounts):
        """R7.2: a generator."""
        yield from amounts


    @contextmanager
    def during(amount):
        """R7.2: a context."""
        yield amount


    async def awaited(amount):
        """R7.2: a coroutine."""
        return amount


    def only_in_the_machine(amount):
        """R7.2: reached by a state machine alone."""
        return amount
'''
TESTS_OF_SHAPES = """\
    import asyncio

    import pytest
    from hypothesis.stateful import RuleBasedStateMachine, rule
    from shop import prices
    from shop.prices import ADD_ONE, Price, adding, awaited, cached, decorated, during, each

    pytestmark = pytest.mark.clause("R7.2")


    @pytest.mark.parametrize(
        "made",
        [
            lambda: Price(1).doubled,
            lambda: Price.free().amount + 2,
            lambda: len(Price.currency(short=True)) - 1,
            lambda: Price(1).plus(Price(1)).amount,
            lambda: decorated(2),
            lambda: cached(2),
            lambda: ADD_ONE(1),
            lambda: adding(1)(1),
            lambda: sum(each(1, 1)),
            lambda: asyncio.run(awaited(2)),
        ],
    )
    def test_two(made):
        assert made() == 2


    def test_a_context():
        with during(2) as amount:
            assert amount == 2


    class Machine(RuleBasedStateMachine):
        @rule()
        def price(self):
            assert prices.only_in_the_machine(1) == 1


    TestMachine = Machine.TestCase
"""


def test_the_ten_rules_are_listed_without_a_gap():
    clauses = read_clauses(REPOSITORY / "docs" / "rules")

    last = {1: 6, 2: 7, 3: 3, 4: 11, 5: 4, 6: 5, 7: 12, 8: 13, 9: 22, 10: 13}
    assert list(clauses) == [f"R{rule}.{place}" for rule in last for place in range(1, last[rule] + 1)]


def test_the_principles_are_covered_by_other_clauses():
    clauses = read_clauses(REPOSITORY / "docs" / "rules")

    principles = {number for number, clause in clauses.items() if clause.covered_by}
    assert principles == {"R7.1", "R8.12", "R8.13", "R9.1", "R9.22", "R10.1", "R10.13"}
