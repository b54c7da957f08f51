"""Reading imported sheets: what is taken, what is refused as a whole, what is named by line and column."""

import pytest

from security import sheets
from security.holder_sheet import read_holders
from security.sheets import MAX_BYTES, MAX_ROWS
from security.unit_sheet import UnitRow, read_units

HEADER = "id,kind,name,parent\n"


def faults(text: str | bytes) -> list[tuple[int, str, str]]:
    content = text if isinstance(text, bytes) else text.encode()
    return [(fault.line, fault.column, fault.code.removeprefix("security.")) for fault in read_units(content).faults]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_byte_order_mark_and_line_ends_make_no_difference(mark, end, last):
    lines = ["id,kind,name,parent", "HQ,head_office,总公司,", '44,province,"广东省分公司",HQ'] + [""] * last

    sheet = read_units(mark + end.join(lines).encode())

    assert sheet.faults == ()
    assert [(row.line, row.id, row.name) for row in sheet.rows] == [
        (2, "HQ", "总公司"),
        (3, "44", "广东省分公司"),
    ]


def test_columns_may_stand_in_any_order_and_blanks_do_not_count():
    sheet = read_units("Parent, name ,ID,kind\n\n HQ , 广东省分公司 ,44,province\n,,,\n".encode())

    assert sheet.rows == (UnitRow(3, "44", "province", "广东省分公司", "HQ", None, None),)
    assert sheet.faults == ()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "id,kind,name",
        "id,kind,name,parent,colour",
        "id,kind,name,parent,id",
        "44,province,广东,HQ",
        "id;kind;name;parent",
        '"id,kind,name,parent',
    ],
)
def test_a_header_with_other_columns_is_refused_as_a_whole(header):
    with pytest.raises(sheets.HeaderWrong):
        read_units(f"{header}\n".encode())


def test_a_sheet_in_another_encoding_is_refused_with_the_way_out():
    with pytest.raises(sheets.HeaderWrong, match="UTF-8"):
        read_units((HEADER + "44,province,广东省分公司,HQ\n").encode("utf-16"))


def test_five_thousand_rows_are_taken_and_one_more_is_not():
    rows = "".join(f"c{number},counter,示例,4401\n\n" for number in range(MAX_ROWS))

    assert len(read_units((HEADER + rows).encode()).rows) == MAX_ROWS
    with pytest.raises(sheets.SheetTooLong):
        read_units((HEADER + rows + "one,counter,示例,4401").encode())


def test_bad_rows_count_towards_the_limit():
    with pytest.raises(sheets.SheetTooLong):
        read_units((HEADER + "?\n" * (MAX_ROWS + 1)).encode())


def test_a_mebibyte_is_taken_and_one_byte_more_is_not():
    content = HEADER.encode()
    full = content + b" " * (MAX_BYTES - len(content))

    assert read_units(full).rows == ()
    with pytest.raises(sheets.SheetTooLarge):
        read_units(full + b" ")


def test_a_bad_line_spoils_only_itself():
    content = (HEADER + "HQ,head_office,总公司,\n").encode()
    content += "44,province,广东省分公司,HQ\n".encode("gbk")
    content += '45,province,"广西,HQ\n46,province,海南省分公司,HQ\n50,province,重庆\n'.encode()

    assert [row.id for row in read_units(content).rows] == ["HQ", "46"]
    assert faults(content) == [
        (3, "", "line_undecodable"),
        (4, "", "line_unreadable"),
        (6, "", "line_of_wrong_width"),
    ]


def test_every_bad_cell_of_a_row_is_named():
    assert faults(HEADER + "4.4,shire,,H Q\n") == [
        (2, "id", "unit_id_malformed"),
        (2, "kind", "unit_kind_unknown"),
        (2, "name", "cell_empty"),
        (2, "parent", "unit_id_malformed"),
    ]


def test_a_fault_speaks_both_languages():
    (fault,) = read_units((HEADER + "44,shire,广东省分公司,HQ\n").encode()).faults

    assert "机构类型" in fault.zh
    assert "no kind of unit" in fault.en


def test_the_optional_columns_of_units_are_checked_too():
    header = "id,kind,name,parent,region,from\n"

    assert faults(header + "44,province,广东,HQ,44,2026-2-1\n45,province,广西,HQ,450000,2026-02-01\n") == [
        (2, "region", "region_code_malformed"),
        (2, "from", "day_malformed"),
    ]


def test_every_bad_cell_of_a_holder_is_named():
    sheet = read_holders("person,post,unit,kind,from,to,order\n张三,cashier,4.4,boss,2026-02-30,soon,0\n".encode())

    assert [(fault.column, fault.code.removeprefix("security.")) for fault in sheet.faults] == [
        ("person", "person_id_malformed"),
        ("post", "post_unknown"),
        ("unit", "unit_id_malformed"),
        ("kind", "holder_kind_unknown"),
        ("from", "day_malformed"),
        ("to", "day_malformed"),
        ("order", "order_malformed"),
    ]


@pytest.mark.parametrize("day", ["20261123", "2026-W48-1", "2026/11/23", "2026-13-01", "２０２６-11-23"])
def test_a_day_is_written_one_way_only(day):
    (fault,) = read_holders(f"person,post,unit,kind,from,to\nP0001,teller,c,holder,{day},\n".encode()).faults

    assert (fault.column, fault.code) == ("from", "security.day_malformed")
