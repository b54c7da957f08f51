"""A staffed province for the tests of permissions: who holds what, and short ways to matrices and elevations."""

from typing import Any

from security.matrix_rows import Row, Scope, digest
from services.security.tests.component.bureau import holders, units
from tests.house import Badge, House, system

COUNTER, PROVINCE_UNIT = "4401003", {"unit": "44"}
HEAD, DEPUTY, REVIEWER = Badge("P440000001"), Badge("P440000002"), Badge("P440000003")
IT, IT_TOO = Badge("P440000007"), Badge("P440000008")
ELSEWHERES = Badge("P330000001")
AUDITOR = Badge("P000000008")
MANAGER, MANAGER_DEPUTY = Badge("P440100001"), Badge("P440100002")
TELLER, COLLEAGUE, SUPERVISOR, GUIDE = (Badge(f"P44010030{number}") for number in range(1, 5))
ACTING = Badge("P440100305")
MARKETER, KEEPER = Badge("P440100306"), Badge("P440100307")
NEIGHBOUR = Badge("P440100101")
ALMIGHTY = system(
    "overgranted",
    "HQ",
    *(f"permission_matrix.{each}" for each in ("read", "draft", "set", "accept", "return", "recertify")),
    *(f"elevation.{each}" for each in ("request", "read", "decide", "revoke")),
)
"""A system with grants that no system may use."""

BUSINESS_SYSTEM = system("business-44", "44", "elevation.use", "elevation.read")

UNITS = """id,kind,name,parent
HQ,head_office,总公司,
44,province,广东省分公司,HQ
33,province,浙江省分公司,HQ
4401,city,广州市分公司,44
4401001,counter,越秀柜面,4401
4401003,counter,天河柜面,4401
"""
HOLDERS = f"""person,post,unit,kind,from,to
{HEAD.subject},province_ops_head,44,holder,2026-01-01,
{DEPUTY.subject},province_ops_head,44,deputy,2026-01-01,
{REVIEWER.subject},province_reviewer,44,holder,2026-01-01,
{IT.subject},it_permission_admin,44,holder,2026-01-01,
{IT_TOO.subject},it_permission_admin,44,holder,2026-01-01,
{ELSEWHERES.subject},province_ops_head,33,holder,2026-01-01,
{AUDITOR.subject},auditor,HQ,holder,2026-01-01,
{MANAGER.subject},centre_manager,4401,holder,2026-01-01,
{MANAGER_DEPUTY.subject},centre_manager,4401,deputy,2026-01-01,
{TELLER.subject},teller,{COUNTER},holder,2026-01-01,
{COLLEAGUE.subject},teller,{COUNTER},holder,2026-01-01,
{SUPERVISOR.subject},counter_supervisor,{COUNTER},holder,2026-01-01,
{GUIDE.subject},guide,{COUNTER},holder,2026-01-01,
{ACTING.subject},guide,{COUNTER},holder,2026-01-01,
{ACTING.subject},counter_supervisor,{COUNTER},acting,2026-11-23,2026-11-24
{MARKETER.subject},elite_marketer,{COUNTER},holder,2026-01-01,
{KEEPER.subject},document_keeper,{COUNTER},holder,2026-01-01,
{NEIGHBOUR.subject},teller,4401001,holder,2026-01-01,
"""

ROWS = [
    {"post": "teller", "permission": "policy.change", "scope": "own"},
    {"post": "counter_supervisor", "permission": "policy.change_check", "scope": "unit"},
    {"post": "counter_supervisor", "permission": "payment.release", "scope": "unit"},
]
WIDER = [{**ROWS[0], "scope": "unit"}, *ROWS[1:]]
EXPLAINED = {"explanations": [{"post": "teller", "permission": "policy.change", "words": "系统只支持机构级"}]}


def staffed(house: House) -> House:
    """The bureau with the province and its people."""
    units(house, UNITS)
    assert holders(house, HOLDERS)["faults"] == []
    return house


def digest_of(rows: list[dict[str, str]]) -> str:
    """The digest of these rows."""
    return digest(Row(each["post"], each["permission"], Scope(each["scope"])) for each in rows)


def drawn(house: House, rows: list[dict[str, str]] = ROWS, *, by: Badge = HEAD, **request: Any) -> dict[str, Any]:
    """The next version is drawn up."""
    return house.done("draft_matrix", by, path=PROVINCE_UNIT, body={"rows": rows}, **request)


def submitted(house: House, rows: list[dict[str, str]] = ROWS, *, by: Badge = HEAD) -> None:
    """It is submitted too."""
    drawn(house, rows, by=by)
    house.done("submit_matrix", by, path=PROVINCE_UNIT, body={})


def setting(rows: list[dict[str, str]] = ROWS, *, of: list[dict[str, str]] = ROWS) -> dict[str, Any]:
    """What IT says that it has set, of the export of these rows."""
    return {"digest": digest_of(of), "rows": rows}


def was_set(house: House, rows: list[dict[str, str]] = ROWS, *, of: list[dict[str, str]] = ROWS) -> None:
    """It is set too: `rows`, where `of` was wanted."""
    submitted(house, of)
    house.done("report_setting", IT, path=PROVINCE_UNIT, body=setting(rows, of=of))


def in_force(house: House, rows: list[dict[str, str]] = ROWS) -> None:
    """It is in force too; everything that this announces arrives."""
    was_set(house, rows, of=rows)
    house.done("accept_matrix", REVIEWER, path=PROVINCE_UNIT, body={})
    house.settle()


def wish(right: str = "policy.reprint", **more: Any) -> dict[str, Any]:
    """The body of a request."""
    return {"kind": "temporary", "right": right, "unit": COUNTER, "reason": "经办人员请假", **more}


def once(right: str = "policy.reprint", **more: Any) -> dict[str, Any]:
    """The body of a request for one transaction."""
    return wish(right, kind="single", reference="BQ-2026-0001", **more)


def asked(house: House, body: dict[str, Any] | None = None, *, by: Badge = TELLER, key: str = "k1") -> str:
    """An elevation is asked for; its id."""
    answer = house.done("request_elevation", by, body=body or wish(), key=key)
    return str(answer["body"]["id"])


def approved(house: House, body: dict[str, Any] | None = None, *, by: Badge = SUPERVISOR, **rest: Any) -> str:
    """It is approved too; its id."""
    elevation = asked(house, body, **rest)
    house.done("approve_elevation", by, path={"elevation": elevation}, body={})
    house.settle()
    return elevation
