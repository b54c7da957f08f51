"""What a cell of a sheet can be besides plain text: marked as no text, or kept from being a formula.

A cell of a workbook that no text stands for travels as `MARK` and why, which no CSV holds, and becomes a fault of its
place like any other wrong cell. An apostrophe before what a spreadsheet would take for a formula is put there on the
way out and taken away on the way in, as spreadsheets do themselves.
"""

import re
from collections.abc import Mapping

from chassis.errors import Malformed

MARK = "\x00"
SHOWN = {
    "机构代码": "id",
    "机构类型": "kind",
    "机构名称": "name",
    "上级机构": "parent",
    "行政区划": "region",
    "开设日期": "from",
    "人员": "person",
    "岗位": "post",
    "机构": "unit",
    "任职类别": "kind",
    "起始日期": "from",
    "终止日期": "to",
    "顺位": "order",
}
"""Columns by their Chinese names."""

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
_QUOTED = re.compile(r"'+[=+\-@\t\r＝＋－＠]")


class CellEmpty(Malformed):
    code = "security.cell_empty"
    zh = "该列不能为空"
    en = "the cell must not be empty"


class CellIsFormula(Malformed):
    code = "security.cell_is_formula"
    zh = "单元格是公式，请粘贴为值"
    en = "the cell holds a formula: paste its value instead"


class CellIsError(Malformed):
    code = "security.cell_is_error"
    zh = "单元格是错误值"
    en = "the cell holds an error"


class CellIsMoment(Malformed):
    code = "security.cell_is_moment"
    zh = "单元格含有时刻，应只有日期"
    en = "the cell holds a time of day, where a date alone is wanted"


class CellIsNumber(Malformed):
    code = "security.cell_is_number"
    zh = "代码被存为数字，前导零可能已丢失；请将该列设为文本格式后重新录入"
    en = "the code is stored as a number, whose leading zeros are lost: make the column text and enter it again"


MARKED: Mapping[str, type[Malformed]] = {
    f"{MARK}formula": CellIsFormula,
    f"{MARK}error": CellIsError,
    f"{MARK}moment": CellIsMoment,
    f"{MARK}number": CellIsNumber,
}


def safe(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would take it for a formula; `plain` undoes it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """The cell without the apostrophe that makes it no formula."""
    return cell[1:] if _QUOTED.match(cell) else cell


def unmarked(text: str) -> None:
    """Raises what the mark says, where there is one."""
    if text.startswith(MARK):
        raise MARKED.get(text, CellIsError)()
