"""What the gateway itself says no with (RFC 9457), in Chinese and English.

A `Problem` is raised where it is found and rendered once, at the edge. What the services refuse arrives as data
and is mapped by kind in `refusals.py`; it takes the same shape.
"""

from attrs import field, frozen

from gateway.language import Language, Words

Header = tuple[bytes, bytes]


@frozen
class Kind:
    """One problem the gateway can have with a request. `code` is stable; `title` and `detail` are for people."""

    code: str
    status: int
    title: Words
    detail: Words


@frozen
class Fault:
    """What is wrong with one part of the input. `pointer` is a JSON pointer such as `/body/people`."""

    pointer: str
    code: str
    detail: Words


@frozen(eq=False)
class Problem(Exception):
    """A refusal of the gateway's own. `facts` fill the detail's placeholders."""

    kind: Kind
    facts: dict[str, object] = field(factory=dict)
    faults: tuple[Fault, ...] = ()
    headers: tuple[Header, ...] = ()

    def detail(self, language: Language) -> str:
        return self.kind.detail.of(language).format(**self.facts)


KINDS: dict[str, Kind] = {}


def _kind(name: str, status: int, title: tuple[str, str], detail: tuple[str, str]) -> Kind:
    kind = Kind(f"gateway.{name}", status, Words(*title), Words(*detail))
    KINDS[kind.code] = kind
    return kind


MALFORMED_PATH = _kind(
    "malformed_path",
    400,
    ("路径有误", "Malformed path"),
    ("路径不是合法的 UTF-8,或含有控制字符", "the path is not valid UTF-8, or has control characters in it"),
)
MALFORMED_QUERY = _kind(
    "malformed_query",
    400,
    ("查询参数有误", "Malformed query"),
    ("查询参数有误：{zh}", "the query is wrong: {en}"),
)
MALFORMED_REQUEST = _kind(
    "malformed_request",
    400,
    ("不是合法的 HTTP 请求", "Malformed request"),
    ("请求不符合 HTTP/1.1", "the request does not follow HTTP/1.1"),
)
MALFORMED_JSON = _kind(
    "malformed_json",
    400,
    ("请求体不是合法的 JSON", "Malformed JSON"),
    ("请求体有误：{zh}", "the body is wrong: {en}"),
)
BODY_UNEXPECTED = _kind(
    "body_unexpected",
    400,
    ("不应有请求体", "Body not expected"),
    ("{method} 请求不带请求体", "a {method} request carries no body"),
)
PERSON_REFUSED = _kind(
    "person_refused",
    401,
    ("账号已停用", "No longer admitted"),
    (
        "您目前处于停职或离司状态,或登录后状态有变：请重新登录,仍不能进入的请联系本机构负责人",
        "you are suspended or have left, or were taken back since: sign in again; if that fails, ask your unit's head",
    ),
)
KEY_REQUIRED = _kind(
    "key_required",
    400,
    ("缺少 Idempotency-Key", "Idempotency-Key required"),
    (
        "此操作没有自然主键，请在 Idempotency-Key 头中给出一个自定的唯一值",
        "this operation has no natural key: send a value of your own, unique to this command, as Idempotency-Key",
    ),
)
KEY_MALFORMED = _kind(
    "key_malformed",
    400,
    ("Idempotency-Key 有误", "Malformed Idempotency-Key"),
    ("须为 1 至 {most} 个可见 ASCII 字符", "it takes 1 to {most} visible ASCII characters"),
)
IF_MATCH_MALFORMED = _kind(
    "if_match_malformed",
    400,
    ("If-Match 有误", "Malformed If-Match"),
    ('须为一个强 ETag,例如 "3"', 'it takes one strong entity tag, such as "3"'),
)
IF_MATCH_UNSUPPORTED = _kind(
    "if_match_unsupported",
    400,
    ("不支持 If-Match", "If-Match not supported"),
    ("此操作不看 If-Match,请去掉它", "this operation does not look at If-Match: leave it out"),
)
IF_MATCH_REQUIRED = _kind(
    "if_match_required",
    428,
    ("缺少 If-Match", "If-Match required"),
    ("请先读取该资源，并把其 ETag 放入 If-Match", "read the resource first and send its ETag as If-Match"),
)
TOKEN_MISSING = _kind(
    "token_missing",
    401,
    ("未登录", "No access token"),
    ("请在 Authorization 头中给出 Bearer 令牌", "send a bearer token in the Authorization header"),
)
TOKEN_INVALID = _kind(
    "token_invalid",
    401,
    ("令牌无效", "Access token not accepted"),
    (
        "令牌已过期、签发者不符或签名有误，请重新登录",
        "it is expired, from another issuer or wrongly signed: sign in again",
    ),
)
NOT_FOUND = _kind(
    "not_found",
    404,
    ("没有此地址", "No such address"),
    ("没有此地址", "there is nothing at this address"),
)
METHOD_NOT_ALLOWED = _kind(
    "method_not_allowed",
    405,
    ("不支持此方法", "Method not allowed"),
    ("此地址支持：{allow}", "this address takes: {allow}"),
)
NOT_ACCEPTABLE = _kind(
    "not_acceptable",
    406,
    ("无法以所需格式答复", "Not acceptable"),
    ("答复只有 application/json", "answers come as application/json only"),
)
BODY_TIMEOUT = _kind(
    "body_timeout",
    408,
    ("请求体来得太慢", "Body too slow"),
    ("请求体未在 {seconds} 秒内到齐", "the body was not complete within {seconds} seconds"),
)
BODY_TOO_LARGE = _kind(
    "body_too_large",
    413,
    ("请求体过大", "Body too large"),
    ("请求体最多 {most} 字节", "a body has at most {most} bytes"),
)
URL_TOO_LONG = _kind(
    "url_too_long",
    414,
    ("地址过长", "URL too long"),
    ("地址最多 {most} 字节", "a URL has at most {most} bytes"),
)
MEDIA_TYPE = _kind(
    "media_type",
    415,
    ("不支持的内容类型", "Unsupported media type"),
    ("请求体须为 application/json（UTF-8，不压缩）", "a body is application/json in UTF-8, not compressed"),
)
UPLOAD_TOO_LARGE = _kind(
    "upload_too_large",
    413,
    ("文件过大", "File too large"),
    ("文件最大 {megabytes} MB（{most} 字节）", "a file has at most {megabytes} MB ({most} bytes)"),
)
UPLOAD_TYPE = _kind(
    "upload_type",
    415,
    ("不支持的文件类型", "File type not permitted"),
    (
        "请在 Content-Type 中给出文件类型，不压缩；允许的类型：{types}",
        "state the file's type as Content-Type, not compressed; permitted are: {types}",
    ),
)
UPLOAD_DIFFERS = _kind(
    "upload_differs",
    415,
    ("文件内容与类型不符", "Content is not of the declared type"),
    (
        "文件内容不是 {type}；请以其真实类型上传，允许的类型：{types}",
        "the content is not {type}: upload it as what it is; permitted are: {types}",
    ),
)
UPLOAD_EMPTY = _kind(
    "upload_empty",
    422,
    ("文件为空", "Empty file"),
    ("文件没有内容，请检查后重新上传", "the file has no content: check it and upload it again"),
)
DIGEST_DIFFERS = _kind(
    "digest_differs",
    422,
    ("摘要不符", "Digest differs"),
    (
        "收到的内容的 SHA-256 为 {hash},与 Content-Digest 不符，未保存；请重新上传",
        "what came has the SHA-256 {hash}, which Content-Digest does not state; it was not kept: upload it again",
    ),
)
RATE_EXCEEDED = _kind(
    "rate_exceeded",
    429,
    ("请求过于频繁", "Too many requests"),
    ("配额 {quota} 已用完，请 {seconds} 秒后再试", "quota {quota} is used up: try again in {seconds} s"),
)
TOO_MANY_AT_ONCE = _kind(
    "too_many_at_once",
    429,
    ("同时进行的请求过多", "Too many requests at once"),
    ("同一调用者最多同时进行 {most} 个请求", "one caller has at most {most} requests at work at a time"),
)
HEADERS_TOO_LARGE = _kind(
    "headers_too_large",
    431,
    ("请求头过大", "Headers too large"),
    ("请求头最多 {count} 个、{most} 字节", "a request has at most {count} headers in {most} bytes"),
)
DEFECT = _kind(
    "defect",
    500,
    ("系统缺陷", "Defect"),
    ("系统出错，已记录；请带上跟踪号报修", "something broke and was recorded: report it with the trace id"),
)
NOT_YET = _kind(
    "not_yet",
    503,
    ("此操作正在上线", "Not yet available"),
    ("此操作正在部署，请稍后再试", "this operation is being deployed: try again shortly"),
)
SERVICE_DOWN = _kind(
    "service_down",
    503,
    ("服务暂停", "Service down"),
    ("{service} 服务目前没有运行的实例", "no instance of {service} is running"),
)
BUSY = _kind(
    "busy",
    503,
    ("系统繁忙", "Busy"),
    ("{service} 服务暂时不能接受请求，未执行任何操作", "{service} takes no requests at the moment; nothing was done"),
)
ANSWER_LOST = _kind(
    "answer_lost",
    503,
    ("连接中断", "Connection lost"),
    (
        "与消息系统的连接中断，操作可能已执行；请用同一 Idempotency-Key 重试",
        "the connection to the broker broke and the command may have been done: retry with the same Idempotency-Key",
    ),
)
TIMED_OUT = _kind(
    "timed_out",
    504,
    ("超时", "Timed out"),
    (
        "{seconds} 秒内没有答复，操作可能已执行；请用同一 Idempotency-Key 重试",
        "no answer within {seconds} s; the command may have been done: retry with the same Idempotency-Key",
    ),
)
OBJECTS_AWAY = _kind(
    "objects_away",
    503,
    ("文件暂时不能存取", "Files can't be stored or read now"),
    (
        "文件存储暂时不可用，本次上传未保存，已有文件不受影响；请稍后重试",
        "the file store is not available: nothing was kept of this upload, and no file is lost; try again later",
    ),
)
OBJECT_DAMAGED = _kind(
    "object_damaged",
    500,
    ("文件已损坏", "File damaged"),
    (
        "文件 {hash} 的内容缺失或已被改动，不予提供；请通知运维从备份恢复",
        "the content of {hash} is missing or was altered and is not served: have operations restore it from a backup",
    ),
)
