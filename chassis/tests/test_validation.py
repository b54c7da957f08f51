"""What is wrong with the input is said in Chinese and English, at the right place."""

import re
from decimal import Decimal
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields, validate

from chassis.errors import FieldFault
from chassis.validation import InputFaulty, check_path, load


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Part(Schema):
    amount = fields.Decimal(required=True, as_string=True, validate=validate.Range(min=Decimal(0), min_inclusive=False))


class Input(Schema):
    """Every kind of field, and every rule, that contracts use."""

    text = fields.String(required=True, validate=validate.Length(min=2, max=5))
    at_most = fields.String(validate=validate.Length(max=3))
    at_least = fields.String(validate=validate.Length(min=3))
    choice = fields.String(validate=validate.OneOf(["a", "b"]))
    pattern = fields.String(validate=validate.Regexp(r"\d+"))
    whole = fields.Integer(strict=True, validate=validate.Range(min=1, max=9))
    least = fields.Integer(validate=validate.Range(min=1))
    above = fields.Integer(validate=validate.Range(min=1, min_inclusive=False))
    most = fields.Integer(validate=validate.Range(max=9))
    below = fields.Integer(validate=validate.Range(max=9, max_inclusive=False))
    number = fields.Float()
    money = fields.Decimal(as_string=True)
    flag = fields.Boolean()
    at = fields.AwareDateTime()
    day = fields.Date()
    hour = fields.Time()
    colour = fields.Enum(Colour, by_value=True)
    several = fields.List(fields.Integer())
    some = fields.List(fields.Integer(), validate=validate.Length(min=1, max=2))
    mapping = fields.Dict(keys=fields.String(), values=fields.Integer())
    part = fields.Nested(Part)
    nested = fields.Nested(Part, many=True)
    parts = fields.List(fields.Nested(Part))


SCHEMA = Input()
FAULTS = [
    ({}, "/body/text", "required", "缺少必填项"),
    ({"text": None}, "/body/text", "null", "不能为空"),
    ({"text": 3}, "/body/text", "not_string", "应为文字"),
    ({"text": "x"}, "/body/text", "length", "长度应在 2 与 5 之间"),
    ({"at_most": "xxxx"}, "/body/at_most", "length", "长度不能超过 3"),
    ({"at_least": "x"}, "/body/at_least", "length", "长度不能少于 3"),
    ({"choice": "c"}, "/body/choice", "not_a_choice", "应为以下之一：a, b"),
    ({"pattern": "x"}, "/body/pattern", "pattern", "格式不符"),
    ({"whole": "x"}, "/body/whole", "not_integer", "应为整数"),
    ({"whole": 1.5}, "/body/whole", "not_integer", "应为整数"),
    ({"whole": 10}, "/body/whole", "range", "应在 1 与 9 之间"),
    ({"least": 0}, "/body/least", "range", "不能小于 1"),
    ({"above": 1}, "/body/above", "range", "应大于 1"),
    ({"most": 10}, "/body/most", "range", "不能大于 9"),
    ({"below": 9}, "/body/below", "range", "应小于 9"),
    ({"number": "x"}, "/body/number", "not_number", "应为数字"),
    ({"number": float("nan")}, "/body/number", "not_finite", "应为有限的数字"),
    ({"number": 10**400}, "/body/number", "too_large", "数字过大"),
    ({"money": "x"}, "/body/money", "not_number", "应为数字"),
    ({"money": "NaN"}, "/body/money", "not_finite", "应为有限的数字"),
    ({"flag": "maybe"}, "/body/flag", "not_boolean", "应为 true 或 false"),
    ({"at": "yesterday"}, "/body/at", "not_time", "应为带时区的时间或日期（RFC 3339）"),
    ({"at": "2026-11-23T09:00:00"}, "/body/at", "not_time", "应为带时区的时间或日期（RFC 3339）"),
    ({"day": "x"}, "/body/day", "not_time", "应为带时区的时间或日期（RFC 3339）"),
    ({"hour": "x"}, "/body/hour", "not_time", "应为带时区的时间或日期（RFC 3339）"),
    ({"colour": "x"}, "/body/colour", "not_a_choice", "应为以下之一：red, green"),
    ({"nested": 3}, "/body/nested", "not_list", "应为数组"),
    ({"several": 3}, "/body/several", "not_list", "应为数组"),
    ({"several": [1, "x"]}, "/body/several/1", "not_integer", "应为整数"),
    ({"some": []}, "/body/some", "length", "长度应在 1 与 2 之间"),
    ({"mapping": []}, "/body/mapping", "not_object", "应为对象"),
    ({"mapping": {"13800000000": "x"}}, "/body/mapping/*/value", "not_integer", "应为整数"),
    ({"part": []}, "/body/part", "not_object", "应为对象"),
    ({"part": {}}, "/body/part/amount", "required", "缺少必填项"),
    ({"parts": [{"amount": "1"}, {"amount": "0"}]}, "/body/parts/1/amount", "range", "应大于 0"),
    ({"other": 1}, "/body/other", "unknown_field", "没有这个字段"),
]


@pytest.mark.parametrize(("faulty", "pointer", "code", "zh"), FAULTS, ids=lambda value: str(value)[:24])
def test_each_fault_is_named_at_its_place_in_both_languages(faulty, pointer, code, zh):
    with pytest.raises(InputFaulty) as refused:
        load(SCHEMA, {"text": "good", **faulty} if faulty else {}, root="/body")

    (fault,) = refused.value.fields
    assert (fault.pointer, fault.code, fault.zh) == (pointer, code, zh)
    assert fault.en


def test_all_faults_are_told_at_once():
    with pytest.raises(InputFaulty, match=re.escape("the input has 3 fault(s)")) as refused:
        load(SCHEMA, {"whole": 0, "flag": "x"}, root="/query")

    assert sorted(fault.pointer for fault in refused.value.fields) == ["/query/flag", "/query/text", "/query/whole"]


@pytest.mark.parametrize("body", [None, [], "text", 3])
def test_what_is_no_object_is_a_fault_of_the_whole(body):
    with pytest.raises(InputFaulty) as refused:
        load(SCHEMA, body, root="/body")

    assert [(fault.pointer, fault.code) for fault in refused.value.fields] == [("/body", "not_object")]


def test_good_input_becomes_plain_data():
    assert load(SCHEMA, {"text": "good", "money": "12.50"}, root="/body") == {"text": "good", "money": Decimal("12.50")}


def used_sentences():
    kinds = {type(field) for field in SCHEMA.fields.values()}
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        for of in kind.__mro__:
            for key, sentence in getattr(of, "default_error_messages", {}).items():
                yield pytest.param(sentence, id=f"{kind.__name__}-{key}")


@pytest.mark.parametrize("sentence", sorted({param.values[0] for param in used_sentences()}))
def test_every_sentence_of_the_fields_in_use_is_known_in_chinese(sentence):
    if sentence in NEVER_SAID:
        return
    said = sentence.format(input="x", awareness="aware", obj_type="datetime", choices="a", min=1, max=2, format="x")

    class Saying(Schema):
        text = fields.String(validate=validate.Predicate("isdigit", error=said.replace("{", "{{").replace("}", "}}")))

    with pytest.raises(InputFaulty) as refused:
        load(Saying(), {"text": "x"}, root="/body")

    assert refused.value.fields[0].code != "invalid", said


NEVER_SAID = {
    "Missing data for nested schema.",
    "Field validator failed.",
    "Invalid value.",
    '"{input}" cannot be formatted as a {obj_type}.',
    '"{input}" cannot be formatted as a date.',
    "Not a valid utf-8 string.",
}
"""Sentences that loading JSON cannot lead to: dumping, bytes, validators without a message."""


@pytest.mark.parametrize("id", ["a", "A1", "4401003:2026-11-23", "x" * 80, "a.b_c-d"])
def test_an_id_in_the_path_may_have_letters_digits_and_some_marks(id):
    check_path({"thing": id})


@pytest.mark.parametrize("id", ["", " ", "-a", "a b", "a/b", "a$b", "{a}", "x" * 81, "编号", "a\n", "\x00"])
def test_anything_else_is_a_fault_of_the_path(id):
    with pytest.raises(InputFaulty) as refused:
        check_path({"thing": id})

    assert [type(fault) for fault in refused.value.fields] == [FieldFault]
    assert refused.value.fields[0].pointer == "/path/thing"


@given(st.text())
def test_no_text_in_the_path_is_anything_but_accepted_or_refused(text):
    try:
        check_path({"thing": text})
    except InputFaulty:
        return
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:-]*", text)
