"""No event has a field for personal data: what an event carries goes to many, is kept in a stream, and is never masked.

The words are those that such fields are called by. Who an event is about is said by a pseudonymous id alone. A field
whose name holds one of the words and that says nothing of a person is named in `ALLOWED`, with the reason.
"""

import re
from collections.abc import Iterator, Mapping

import pytest
from marshmallow import Schema, fields

from chassis.contract import Contract, Event
from decalog.topology import contracts

WORDS = """
    account address age bank birth birthday birthdate biometric card cardno certificate cellphone contact contacts
    customer_name diagnosis email ethnicity face fax fingerprint firstname full_name gender given_name health home
    id_card id_no id_number idcard identity_card key lastname location mail mobile name nation nickname otp passport
    password passwd person_name phone phone_number photo policy_no policyholder postcode pwd qq remark remarks salary
    secret sex signature ssn surname tel telephone text token url username voice webhook_url wechat weixin comment note
"""
DENIED = frozenset(WORDS.split())
ALLOWED: Mapping[str, str] = {
    "emergency.notice_due.unit_name": "a unit's name",
    "security.unit_stated.name": "a unit's name",
    "security.parameter_stated.key": "which number of the rules it is",
    "emergency.parameter_stated.key": "which number of the rules it is",
    "emergency.plan_stated.card": "the card of a plan, not of a person",
    "emergency.plan_stated.card.contacts": "lines of a plan: posts and institutions to call; no persons, by rule",
}
"""`<service>.<event>.<field>` and why it is no personal data."""


def words(field: str) -> set[str]:
    """The words of a field's name, and every run of them."""
    parts = re.findall(r"[A-Za-z][a-z0-9]*|[0-9]+", field)
    lower = [part.lower() for part in parts]
    return {"_".join(lower[i:j]) for i in range(len(lower)) for j in range(i + 1, len(lower) + 1)}


def names(schema: Schema, path: str = "") -> Iterator[str]:
    """Every field of a schema, those of what is nested in it too."""
    for name, one in schema.fields.items():
        yield f"{path}{one.data_key or name}"
        yield from _inner(one, f"{path}{one.data_key or name}.")


def _inner(one: fields.Field, path: str) -> Iterator[str]:
    match one:
        case fields.Nested():
            yield from names(one.schema, path)
        case fields.List():
            yield from _inner(one.inner, path)
        case fields.Mapping() if one.value_field is not None:
            yield from _inner(one.value_field, path)


def suspicious(schema: Schema) -> list[str]:
    """The fields whose names hold a denied word."""
    return [path for path in names(schema) if words(path.rpartition(".")[2]) & DENIED]


def declared() -> list[tuple[Contract, Event]]:
    return [(contract, event) for contract in contracts() for event in contract.events]


def _id(one: Contract | Event) -> str:
    return one.name if isinstance(one, Event) else one.service


@pytest.mark.parametrize(("contract", "event"), declared(), ids=_id)
def test_no_event_has_a_field_for_personal_data(contract, event):
    found = [f"{contract.service}.{event.name}.{path}" for path in suspicious(event.carries)]

    assert [path for path in found if path not in ALLOWED] == []


def test_what_is_allowed_exists():
    known = {
        f"{contract.service}.{event.name}.{path}" for contract, event in declared() for path in names(event.carries)
    }

    assert set(ALLOWED) <= known


class Inner(Schema):
    id_card = fields.String()


class Outer(Schema):
    person = fields.String()
    contactPhone = fields.String()  # noqa: N815 as a careless author might write it
    people = fields.List(fields.Nested(Inner))
    by_unit = fields.Dict(values=fields.Nested(Inner))
    unit = fields.String(data_key="mail")


def test_the_lint_finds_fields_however_they_are_written_and_nested():
    assert set(suspicious(Outer())) == {"contactPhone", "people.id_card", "by_unit.id_card", "mail"}
