"""Values that stand in documents as text are the same values, made and read once."""

from decimal import Decimal

import pytest
from attrs import frozen

from chassis.documents import converter, keep_as_text


@frozen
class Table:
    name: str
    rows: tuple[tuple[str, Decimal], ...] = ()


@frozen
class Case:
    id: str
    table: Table


@pytest.fixture(scope="module", autouse=True)
def as_text():
    keep_as_text(Table)


def test_what_is_kept_as_text_comes_back_equal():
    case = Case("c1", Table("fees", (("开户", Decimal("12.50")), ("变更", Decimal("0")))))

    document = converter().unstructure(case)

    assert document == {"id": "c1", "table": '{"name":"fees","rows":[["开户","12.50"],["变更","0"]]}'}
    assert converter().structure(document, Case) == case


def test_cases_that_share_a_text_share_the_value_and_its_text():
    table = Table("fees", (("开户", Decimal("1")),))
    documents = [converter().unstructure(Case(name, table)) for name in ("c1", "c2")]

    first, second = (converter().structure(document, Case) for document in documents)

    assert documents[0]["table"] is documents[1]["table"]
    assert first.table is second.table


def test_a_changed_value_has_a_text_of_its_own():
    texts = {converter().unstructure(Case("c1", Table(f"t{number}")))["table"] for number in range(300)}

    assert len(texts) == 300
