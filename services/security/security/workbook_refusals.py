"""What is said of a workbook that cannot be imported."""

from typing import Self

from chassis.errors import Malformed

_WHAT = {
    "bytes": ("文件字节数", "bytes of the file"),
    "parts": ("文件内部件数", "parts of the file"),
    "unpacked": ("解压后字节数", "bytes when unpacked"),
    "tags": ("文件内标记数", "elements of the file"),
    "text": ("全部文字字节数", "bytes of text"),
    "rows": ("行数", "rows"),
    "columns": ("列数", "columns"),
}


class WorkbookOverLimit(Malformed):
    code = "security.workbook_over_limit"
    zh = "工作簿的{what_zh}为 {found}，超过上限 {limit}，请分批导入"
    en = "the workbook's {what_en}: {found}, more than {limit}; import it in parts"

    @classmethod
    def of(cls, what: str, found: int, limit: int) -> Self:
        """Too much of this."""
        zh, en = _WHAT[what]
        return cls(what_zh=zh, what_en=en, found=found, limit=limit)


class WorkbookUnreadable(Malformed):
    code = "security.workbook_unreadable"
    zh = "文件不是完好的 XLSX 工作簿（{reason}），请用 Excel 打开并另存为 XLSX"
    en = "the file is no sound XLSX workbook ({reason}): open it in Excel and save it as XLSX"


class WorkbookEncrypted(Malformed):
    code = "security.workbook_encrypted"
    zh = "工作簿有打开密码，请去除密码后再导入"
    en = "the workbook is protected by a password: save it without one"


class WorkbookOld(Malformed):
    code = "security.workbook_old"
    zh = "这是旧格式（XLS）的工作簿，请另存为 XLSX"
    en = "the workbook has the old form XLS: save it as XLSX"


class WorksheetMissing(Malformed):
    code = "security.worksheet_missing"
    zh = "工作簿中没有工作表“{wanted}”；现有：{found}"
    en = "the workbook has no worksheet {wanted!r}; it has: {found}"


class SheetEmpty(Malformed):
    code = "security.sheet_empty"
    zh = "工作表的首行没有列名"
    en = "the first row of the worksheet names no columns"


class SheetNotOne(Malformed):
    code = "security.sheet_not_one"
    zh = "须给出 csv 或 xlsx 之一"
    en = "either csv or xlsx is given, one of the two"


class WorkbookNotBase64(Malformed):
    code = "security.workbook_not_base64"
    zh = "xlsx 须为工作簿文件的 Base64 文本"
    en = "xlsx is the workbook's file in Base64"


WORKBOOK_REFUSALS = (
    WorkbookOverLimit,
    WorkbookUnreadable,
    WorkbookEncrypted,
    WorkbookOld,
    WorksheetMissing,
    SheetEmpty,
    SheetNotOne,
    WorkbookNotBase64,
)
