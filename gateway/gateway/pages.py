"""The pages for people: /docs and /problems. Made here whole, with one inline style sheet and no script."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from gateway.language import Language, Words
from gateway.problems import KINDS, Kind

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2733}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #ccd5dd}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;vertical-align:top}"
    "tr:nth-child(even){background:#f3f6f8}code{font:14px ui-monospace,monospace}"
)
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'"

_OPERATIONS = Words("Decalog 接口", "Decalog operations")
_PROBLEMS = Words("网关的问题说明", "Problems of the gateway")
_INTRODUCTION = Words(
    "以下为网关目前提供的操作；完整定义见 <a href='/openapi.json'>/openapi.json</a>（OpenAPI 3.1）。",
    "What the gateway serves now; the full definition is <a href='/openapi.json'>/openapi.json</a> (OpenAPI 3.1).",
)
_METHOD_COLUMN, _PATH_COLUMN, _SUMMARY_COLUMN = Words("方法", "Method"), Words("地址", "Path"), Words("说明", "Summary")


def operations_page(document: Mapping[str, Any], language: Language) -> str:
    """The operations of an OpenAPI document, by service."""
    rows: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            tag = str((operation.get("tags") or ["-"])[0])
            summary = str(operation.get("summary") or operation.get("operationId") or "")
            cells = (f"<code>{method.upper()}</code>", f"<code>{escape(path)}</code>", escape(summary))
            rows.setdefault(tag, []).append(_row(cells))
    head = _row([column.of(language) for column in (_METHOD_COLUMN, _PATH_COLUMN, _SUMMARY_COLUMN)], cell="th")
    sections = [f"<h2>{escape(tag)}</h2><table>{head}{''.join(rows[tag])}</table>" for tag in sorted(rows)]
    introduction = f"<p>{_INTRODUCTION.of(language)}</p>"
    return _page(_OPERATIONS.of(language), introduction + "".join(sections), language)


def problems_page(kinds: Iterable[Kind], language: Language) -> str:
    """What each of these problems means."""
    rows = [
        _row(
            (
                f"<a id='{kind.code}'></a><code>{kind.code}</code>",
                str(kind.status),
                escape(kind.title.of(language)),
                escape(kind.detail.of(language)),
            )
        )
        for kind in kinds
    ]
    return _page(_PROBLEMS.of(language), f"<table>{''.join(rows)}</table>", language)


def problem_object(kind: Kind, language: Language) -> dict[str, object]:
    """One problem as data, for those who ask for JSON."""
    return {
        "type": f"/problems/{kind.code}",
        "code": kind.code,
        "status": kind.status,
        "title": kind.title.of(language),
        "detail": kind.detail.of(language),
    }


def all_kinds() -> tuple[Kind, ...]:
    """The gateway's own problems, by status and code."""
    return tuple(sorted(KINDS.values(), key=lambda kind: (kind.status, kind.code)))


def _row(cells: Iterable[str], *, cell: str = "td") -> str:
    return "<tr>" + "".join(f"<{cell}>{one}</{cell}>" for one in cells) + "</tr>"


def _page(title: str, content: str, language: Language) -> str:
    tongue = "zh-CN" if language == "zh" else "en"
    return (
        f"<!doctype html><html lang='{tongue}'><head><meta charset='utf-8'><title>{title}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style></head>"
        f"<body><h1>{title}</h1>{content}</body></html>"
    )
