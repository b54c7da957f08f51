"""Sheets as workbooks: what a person reads in Excel is what is imported, and what cannot be read is named."""

import warnings
import zipfile
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from security import workbooks
from security.holder_sheet import CODES, OPTIONAL, REQUIRED, holder_rows
from security.sheets import Lines, lines_of, read_cells
from security.unit_sheet import unit_rows
from security.workbook_refusals import (
    SheetEmpty,
    WorkbookEncrypted,
    WorkbookNotBase64,
    WorkbookOld,
    WorkbookOverLimit,
    WorkbookUnreadable,
    WorksheetMissing,
)
from security.workbooks import LAST_ROW, MAX_COLUMNS, MAX_PARTS, MAX_ROWS, MAX_WORKBOOK_BYTES, unpacked, workbook_lines

MIDNIGHT, NINE = (datetime(2026, 12, 31, hour) for hour in (0, 9))  # noqa: DTZ001 a workbook knows no zones
HEADER = ["person", "post", "unit", "kind", "from", "to"]
ROW = ["P440100301", "teller", "0401003", "holder", "2026-01-01", ""]


def book(*rows, **more):
    """A workbook with these rows in its first worksheet, and further worksheets by name."""
    made = Workbook()
    made.active.title = "任职"
    for row in rows:
        made.active.append(row)
    for name, others in more.items():
        for row in others:
            (made[name] if name in made.sheetnames else made.create_sheet(name)).append(row)
    return saved(made)


def saved(made):
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def read(content, worksheet=None) -> Lines:
    return workbook_lines(content, worksheet=worksheet, codes=CODES)


def cells(content):
    rows, faults = read_cells(read(content), required=REQUIRED, optional=OPTIONAL)
    assert not faults
    return [row.cells for row in rows]


def faults(content):
    return [(one.line, one.column, one.code) for one in holder_rows(read(content)).faults]


def test_its_lines_are_those_that_the_same_sheet_has_as_csv():
    text = ",".join(HEADER) + "\n" + ",".join(ROW) + "\n"

    assert read(book(HEADER, ROW)) == lines_of(text.encode())


def test_lines_bear_the_numbers_that_excel_shows_and_blank_rows_are_passed_over():
    assert [number for number, _ in read(book(HEADER, ROW, [], ["", " "], ROW)).lines] == [2, 5]


def test_columns_may_bear_their_chinese_names_as_in_csv():
    chinese = ["人员", "岗位", "机构", "任职类别", "起始日期", "终止日期"]

    assert holder_rows(read(book(chinese, ROW))).rows == holder_rows(read(book(HEADER, ROW))).rows
    units = "机构代码,机构类型,机构名称,上级机构\nHQ,head_office,总公司,\n"
    assert [row.name for row in unit_rows(lines_of(units.encode())).rows] == ["总公司"]


def test_a_date_is_the_day_that_is_shown():
    made = book(HEADER, [*ROW[:4], date(2026, 1, 1), MIDNIGHT])

    assert [(row["from"], row["to"]) for row in cells(made)] == [("2026-01-01", "2026-12-31")]


def test_leading_zeros_survive_as_text_and_where_the_format_shows_them():
    made = Workbook()
    made.active.append(HEADER)
    made.active.append([*ROW[:2], 401003, *ROW[3:]])
    made.active["C2"].number_format = "0000000"

    assert [row["unit"] for row in cells(book(HEADER, ROW))] == ["0401003"]
    assert [row["unit"] for row in cells(saved(made))] == ["0401003"]


@pytest.mark.parametrize("shown_as", ["General", "0", "@", "#,##0"])
def test_a_plain_number_in_a_column_of_codes_is_a_fault_of_its_cell(shown_as):
    made = Workbook()
    made.active.append(HEADER)
    made.active.append([*ROW[:2], 401003, *ROW[3:]])
    made.active["C2"].number_format = shown_as

    assert faults(saved(made)) == [(2, "unit", "security.cell_is_number")]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("=A1", "security.cell_is_formula"),
        ("#N/A", "security.cell_is_error"),
        (NINE, "security.cell_is_moment"),
        (True, "security.day_wrong"),
        (46023, "security.day_wrong"),
        (0.5, "security.day_wrong"),
    ],
)
def test_what_no_day_is_is_a_fault_of_its_cell_and_drops_no_other_row(cell, code):
    made = book(HEADER, [*ROW[:4], cell], ROW)

    assert [(line, column) for line, column, _ in faults(made)] == [(2, "from")]
    if "cell" in code:
        assert faults(made)[0][2] == code
    assert [row.line for row in holder_rows(read(made)).rows] == [3]


def test_a_cell_beyond_the_header_is_a_fault_of_its_row():
    (fault,) = holder_rows(read(book(HEADER, [*ROW, "x"]))).faults

    assert (fault.line, fault.code) == (2, "security.line_of_wrong_width")


def test_a_cell_with_quotes_commas_and_line_ends_is_one_cell():
    made = book(["id", "kind", "name", "parent"], ["HQ", "head_office", '总,"公"\n司', ""])
    rows, _ = read_cells(
        workbook_lines(made, worksheet=None, codes=()), required=("id", "kind", "name", "parent"), optional=()
    )

    assert rows[0]["name"] == '总,"公"\n司'


def test_the_named_worksheet_is_taken_and_one_that_is_not_there_is_named_with_those_that_are():
    made = book(["x"], 二月=[HEADER, ROW])

    assert len(read(made, "二月").lines) == 1
    with pytest.raises(WorksheetMissing) as refused:
        read(made, "三月")
    assert refused.value.facts == {"wanted": "三月", "found": "任职, 二月"}


@pytest.mark.parametrize("rows", [(), ([],), ([1, 2],)])
def test_a_worksheet_without_names_of_columns_is_empty(rows):
    with pytest.raises(SheetEmpty):
        read(book(*rows))


def test_a_workbook_with_a_password_and_one_of_the_old_form_are_told_apart():
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)

    with pytest.raises(WorkbookEncrypted):
        read(ole + "EncryptedPackage".encode("utf-16-le"))
    with pytest.raises(WorkbookOld):
        read(ole)


@pytest.mark.parametrize("cut", [4, 30, 100, 1000, -400, -30, -1])
def test_a_damaged_workbook_is_unreadable(cut):
    with pytest.raises(WorkbookUnreadable):
        read(book(HEADER, ROW)[:cut])


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK", b"%PDF-1.7", bytes(100)])
def test_what_is_no_workbook_is_unreadable(content):
    with pytest.raises(WorkbookUnreadable):
        read(content)


def test_every_byte_turned_over_is_read_or_refused_and_never_a_defect():
    whole = book(HEADER, ROW)
    for place in range(0, len(whole), 7):
        content = bytearray(whole)
        content[place] ^= 0xFF
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                read(bytes(content))
            except (WorkbookUnreadable, WorksheetMissing, SheetEmpty, WorkbookOverLimit):
                continue


def with_part(name, body):
    """A sound workbook of which one part is another."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(book(HEADER, ROW))) as whole,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for one in whole.namelist():
            made.writestr(one, whole.read(one) if one != name else body)
        if name not in whole.namelist():
            made.writestr(name, body)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
MARKS = b'< > " &amp; <f> A1048576 ZZZZ9 -1 1e400 NaN 999999999999 t="s" t="d" t="b" t="e" s="999" r="" x'
PIECES = st.sampled_from([b"", *MARKS.split()])


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_whatever_its_parts_say_it_is_read_or_refused_and_never_a_defect(data):
    with zipfile.ZipFile(BytesIO(book(HEADER, ROW, [*ROW[:4], 5, 0.25]))) as whole:
        name = data.draw(st.sampled_from(whole.namelist()))
        body = bytearray(whole.read(name))
    for place, length, piece in data.draw(
        st.lists(st.tuples(st.integers(0, len(body)), st.integers(0, 20), PIECES), max_size=4)
    ):
        body[place : place + length] = piece

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(WorkbookUnreadable, WorksheetMissing, SheetEmpty, WorkbookOverLimit):
            read(with_part(name, bytes(body)))


def test_a_bomb_is_refused_before_it_is_held():
    bomb = with_part("xl/media/bomb.bin", bytes(workbooks.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < MAX_WORKBOOK_BYTES

    with pytest.raises(WorkbookOverLimit, match="unpacked"):
        read(bomb)
    with pytest.raises(WorkbookOverLimit, match="elements"):
        read(with_part(SHEET, b"<worksheet>" + b"<c/>" * workbooks.MAX_TAGS))


def test_xml_with_entities_of_its_own_is_refused():
    laughs = b'<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    sheet = laughs + b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'

    with pytest.raises(WorkbookUnreadable):
        read(with_part(SHEET, sheet + b'<row r="1"><c r="A1" t="str"><v>&b;</v></c></row></sheetData></worksheet>'))


@pytest.mark.parametrize("far", [b"A1048576", b"XFD1", b"XFD1048576"])
def test_a_cell_far_away_costs_nothing_and_is_no_row(far):
    number = far.lstrip(b"AXFD")
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="%b">'
        b'<c r="%b" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>' % (number, far)
    )

    with pytest.raises(SheetEmpty):
        read(with_part(SHEET, sheet))


def many_parts():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(MAX_PARTS + 1):
            made.writestr(f"x{number}", b"")
    return out.getvalue()


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("parts", many_parts()),
        ("bytes", b"PK" + bytes(MAX_WORKBOOK_BYTES)),
        ("columns", book([f"c{number}" for number in range(MAX_COLUMNS + 1)])),
        ("rows", book(HEADER, *([ROW] * (MAX_ROWS + 1)))),
        ("text", book(HEADER, *([["x" * 32_000] * 6] * 25))),
    ],
)
def test_more_than_the_limit_is_refused(what, content):
    with pytest.raises(WorkbookOverLimit) as refused:
        read(content)

    assert what in str(refused.value.facts["what_en"])


def test_a_row_far_below_is_not_passed_over_in_silence():
    made = Workbook()
    made.active.append(HEADER)
    made.active.cell(row=LAST_ROW, column=1, value="P440100301")

    with pytest.raises(WorkbookOverLimit) as refused:
        read(saved(made))
    assert refused.value.facts["found"] == LAST_ROW - 1


def test_as_many_rows_and_columns_as_the_limit_are_read():
    assert len(read(book(HEADER, *([ROW] * MAX_ROWS))).lines) == MAX_ROWS
    assert read(book([f"c{number}" for number in range(MAX_COLUMNS)])).header.count(b",") == MAX_COLUMNS - 1


def test_a_part_that_is_packed_otherwise_is_refused():
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("x", b"x")

    with pytest.raises(WorkbookUnreadable, match="compression"):
        read(out.getvalue())


def test_what_is_not_base64_is_named():
    for text in ("x", "====", "字", "AA=A"):
        with pytest.raises(WorkbookNotBase64):
            unpacked(text)
    assert unpacked("UEs=") == b"PK"
