"""What the quick ways from and to the wire give is what marshmallow itself gives."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, post_dump, validate

from chassis.dumps import Sparse, dump
from chassis.forms import Count, Flag
from chassis.loads import load
from chassis.money import Money


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@frozen
class Part:
    name: str
    price: Decimal | None
    colour: Colour | None = None
    tags: tuple[str, ...] = ()


@frozen
class Whole:
    title: str
    at: datetime | None
    parts: tuple[Part, ...]
    more: tuple[Part, ...]
    first: Part | None
    good: bool
    count: int
    notes: Mapping[str, int]

    @property
    def halves(self) -> int:
        return 2 * self.count


class PartForm(Schema):
    name = fields.String(required=True, validate=validate.Length(1, 5))
    price = Money(allow_none=True)
    colour = fields.Enum(Colour, by_value=True, load_default=None)
    labels = fields.List(fields.String(), data_key="tags", attribute="tags", load_default=tuple)


class SparsePart(Sparse, PartForm):
    """Without what has no value."""


class Halves(fields.Integer):
    """Computed from the whole object."""

    def get_value(self, obj: Any, *_: Any, **__: Any) -> int:
        return int(obj.halves)


class WholeForm(Schema):
    title = fields.String()
    at = fields.AwareDateTime(allow_none=True)
    parts = fields.List(fields.Nested(PartForm))
    more = fields.Nested(SparsePart, many=True)
    first = fields.Nested(SparsePart, allow_none=True)
    good = Flag()
    count = Count()
    notes = fields.Dict()
    halves = Halves()
    absent = fields.String()
    usual = fields.String(dump_default="usual")


class Shouting(PartForm):
    """A schema with a hook of its own."""

    @post_dump
    def shout(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: f"{value}!" for name, value in data.items()}


TEXTS = st.text(max_size=8)
MONEY = st.none() | st.decimals(0, 10**9, places=2, allow_nan=False)
PARTS = st.builds(
    Part, TEXTS, MONEY, st.none() | st.sampled_from(Colour), st.lists(st.sampled_from(Colour) | TEXTS).map(tuple)
)
WHOLES = st.builds(
    Whole,
    TEXTS,
    st.none() | st.datetimes(timezones=st.just(UTC)),
    st.lists(PARTS, max_size=3).map(tuple),
    st.lists(PARTS, max_size=3).map(tuple),
    st.none() | PARTS,
    st.booleans(),
    st.integers(),
    st.dictionaries(TEXTS, st.integers(), max_size=3),
)
WHOLE, PART, SPARSE, SHOUTING = WholeForm(), PartForm(), SparsePart(), Shouting()


@given(WHOLES)
def test_an_object_is_dumped_as_marshmallow_dumps_it(whole):
    quick = dump(WHOLE, whole)

    assert quick == WHOLE.dump(whole)
    assert list(quick) == list(WHOLE.dump(whole))
    assert type(quick["title"]) is str


@pytest.mark.parametrize("schema", [PART, SPARSE, SHOUTING], ids=["plain", "sparse", "with a hook"])
@pytest.mark.parametrize("given", [{"name": "a"}, {"name": "a", "price": None, "tags": ["x"], "other": 1}, {}])
def test_a_mapping_is_dumped_as_marshmallow_dumps_it(schema, given):
    assert dump(schema, given) == schema.dump(given)


VALUES = st.sampled_from(["ab", "", "too long", "red", "12.50", "12.505", None, 5, True, [], ["x"], [1], {"a": 1}])
KEYS = st.sampled_from(["name", "price", "colour", "tags", "labels", "other"])


def outcome(read, schema, data):
    """The data, or every fault."""
    try:
        return read(schema, data)
    except ValidationError as error:
        return error.messages


@given(st.dictionaries(KEYS, VALUES) | VALUES)
def test_what_comes_in_is_read_and_refused_as_marshmallow_does(data):
    assert outcome(load, PART, data) == outcome(lambda schema, each: schema.load(each), PART, data)


@given(st.fixed_dictionaries({"name": st.sampled_from(["ab", "", 3])}, optional={"tags": VALUES, "price": VALUES}))
def test_what_comes_in_nested_is_read_and_refused_alike(data):
    class Outer(Schema):
        part = fields.Nested(PartForm, load_default=dict)
        parts = fields.List(fields.Nested(PartForm))

    outer = Outer()

    for given_ in ({"part": data}, {"parts": [data, data]}, {"part": data, "parts": "none"}, {}):
        assert outcome(load, outer, given_) == outcome(lambda schema, each: schema.load(each), outer, given_)


def test_a_default_that_is_made_is_made_anew_each_time():
    class Form(Schema):
        things = fields.List(fields.String(), load_default=list)

    form = Form()

    assert load(form, {})["things"] is not load(form, {})["things"]
