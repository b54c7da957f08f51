"""From wire to plain data: marshmallow loads, and what it finds wrong becomes field faults in both languages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from chassis import loads
from chassis.errors import FieldFault, Malformed

_NAME = re.compile(r"(?!.*[0-9]{6})[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""How fields are called. What a caller has put where a name belongs may be anything, a person's name or number too."""

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}")

_SENTENCES: tuple[tuple[str, str, str], ...] = (
    (r"Missing data for required field\.", "required", "缺少必填项"),
    (r"Field may not be null\.", "null", "不能为空"),
    (r"Unknown field\.", "unknown_field", "没有这个字段"),
    (r"Not a valid integer\.", "not_integer", "应为整数"),
    (r"Not a valid number\.", "not_number", "应为数字"),
    (r"Number too large\.", "too_large", "数字过大"),
    (r"Not an amount of money\.", "not_money", "应为以元计的金额文字，至多两位小数"),
    (r"Not a valid string\.", "not_string", "应为文字"),
    (r"Not a valid boolean\.", "not_boolean", "应为 true 或 false"),
    (r"Not a valid (datetime|aware datetime|date|time)\.", "not_time", "应为带时区的时间或日期（RFC 3339）"),
    (r"Not a valid list\.", "not_list", "应为数组"),
    (r"Not a valid mapping type\.", "not_object", "应为对象"),
    (r"Invalid type\.", "not_list", "应为数组"),
    (r"Invalid input type\.", "not_object", "应为对象"),
    (r"Special numeric values .*", "not_finite", "应为有限的数字"),
    (r"Must be one of: (?P<a>.*)\.", "not_a_choice", "应为以下之一：{a}"),
    (
        r"Must be greater than or equal to (?P<a>.*) and less than or equal to (?P<b>.*)\.",
        "range",
        "应在 {a} 与 {b} 之间",
    ),
    (r"Must be greater than or equal to (?P<a>.*)\.", "range", "不能小于 {a}"),
    (r"Must be greater than (?P<a>.*)\.", "range", "应大于 {a}"),
    (r"Must be less than or equal to (?P<a>.*)\.", "range", "不能大于 {a}"),
    (r"Must be less than (?P<a>.*)\.", "range", "应小于 {a}"),
    (r"Length must be between (?P<a>\d+) and (?P<b>\d+)\.", "length", "长度应在 {a} 与 {b} 之间"),
    (r"Longer than maximum length (?P<a>\d+)\.", "length", "长度不能超过 {a}"),
    (r"Shorter than minimum length (?P<a>\d+)\.", "length", "长度不能少于 {a}"),
    (r"String does not match expected pattern\.", "pattern", "格式不符"),
)
_COMPILED = [(re.compile(pattern), code, zh) for pattern, code, zh in _SENTENCES]


class InputFaulty(Malformed):
    """The input does not have the form that the contract states; every fault is named."""

    code = "chassis.input_faulty"
    zh = "输入有 {count} 处错误"
    en = "the input has {count} fault(s)"


def load(schema: Schema, data: Any, *, root: str) -> Any:
    """The schema's plain data; InputFaulty with a pointer below `root` for every fault."""
    try:
        return loads.load(schema, data)
    except ValidationError as error:
        faults = tuple(_faults(error.messages, root))
        raise InputFaulty(fields=faults, count=len(faults)) from None


def check_path(path: Mapping[str, str]) -> None:
    """Path parameters are ids: letters, digits and `_.:-`, at most 80 characters (InputFaulty)."""
    faults = tuple(
        FieldFault(
            f"/path/{name}",
            "pattern",
            "编号只能含字母、数字和 _.:-，至多 80 个字符",
            "an id has letters, digits and _.:-, at most 80 characters",
        )
        for name, value in path.items()
        if not _SEGMENT.fullmatch(value)
    )
    if faults:
        raise InputFaulty(fields=faults, count=len(faults))


def _faults(messages: Any, pointer: str) -> Iterator[FieldFault]:
    match messages:
        case dict():
            for key, inner in messages.items():
                yield from _faults(inner, pointer if key == "_schema" else f"{pointer}/{_part(key)}")
        case list():
            for inner in messages:
                yield from _faults(inner, pointer)
        case _:
            yield _fault(pointer, str(messages))


def _fault(pointer: str, sentence: str) -> FieldFault:
    for pattern, code, zh in _COMPILED:
        if found := pattern.fullmatch(sentence):
            return FieldFault(pointer, code, zh.format(**found.groupdict()), sentence)
    return FieldFault(pointer, "invalid", f"无效的值：{sentence}", sentence)


def _part(key: object) -> str:
    """A part of a pointer: the place in a list, or the field's name; `*` for what is no name, which is not repeated."""
    return str(key) if isinstance(key, int) or _NAME.fullmatch(str(key)) else "*"
