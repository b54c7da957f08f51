"""What may be uploaded is told by its bytes, not by what it is called."""

import io
import zipfile

import pytest

from gateway.media import CSV, JPEG, PDF, PERMITTED, PNG, XLSX, NotAsDeclared, Sight

EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"


def archive(*names):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "示例" * 100)
    return made.getvalue()


GENUINE = {
    PDF: b"%PDF-1.7\n%\x80\x81\x82\xff\n1 0 obj\n\x00",
    JPEG: b"\xff\xd8\xff\xe0\x00\x10JFIF",
    PNG: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    XLSX: archive("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"),
    CSV: "柜面,件数\r\n4401003,3\r\n".encode(),
}


def told(type, content, size=7):
    """The verdict on a content that comes in pieces of this size."""
    sight = Sight(type)
    try:
        for start in range(0, len(content), size):
            sight.see(content[start : start + size])
        sight.end()
    except NotAsDeclared:
        return False
    return True


@pytest.mark.parametrize("size", [1, 3, 8, 100_000])
@pytest.mark.parametrize("type", PERMITTED)
def test_each_type_is_known_however_its_bytes_are_cut(type, size):
    assert told(type, GENUINE[type], size)


@pytest.mark.parametrize("declared", PERMITTED)
@pytest.mark.parametrize("type", [PDF, JPEG, PNG, XLSX])
def test_no_type_passes_for_another(declared, type):
    assert told(declared, GENUINE[type]) is (declared == type)


@pytest.mark.parametrize("type", PERMITTED)
def test_a_program_passes_for_nothing(type):
    assert not told(type, EXE)


@pytest.mark.parametrize("type", [PDF, JPEG, PNG, XLSX])
def test_half_a_signature_is_none(type):
    assert not told(type, GENUINE[type][:2])


@pytest.mark.parametrize(
    "names", [("a.txt",), ("[Content_Types].xml", "word/document.xml"), ("xl/workbook.xml", "xl/vbaProject.bin")]
)
def test_an_archive_that_is_no_workbook_or_one_with_macros_is_refused(names):
    assert not told(XLSX, archive(*names))


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_text_in_what_spreadsheet_programs_write(charset):
    assert told(CSV, "机构,负责人\n示例柜面,示例\n".encode(charset), 1)


@pytest.mark.parametrize(
    "content", ["柜面".encode("utf-16"), b"a,b\x00c", b"a,\x07", b"\xff\xfe\xfd,1", "机".encode("gb18030")[:1]]
)
def test_what_is_no_text_to_its_end_is_no_table(content):
    assert not told(CSV, content)
