"""What the component tests of accounts share: a directory with people in post, accounts in it, and ways in."""

from datetime import timedelta
from typing import Any

import pyotp

from services.security.tests.component.bureau import HEAD_OFFICE, holders, units
from tests.house import Badge, House, system

MANAGER = system("it", "HQ", "account.manage")
CITY_MANAGER = system("it-4401", "4401", "account.manage")
ANYBODY = Badge("anybody")

TELLER, HEAD, OTHER = Badge("P440100301"), Badge("P440000001"), Badge("P330000001")
ADMIN, SECOND_ADMIN, CHIEF = Badge("P440000901"), Badge("P440000902"), Badge("P000000001")
"""Two administrators of accounts of the province, and a head of head office."""
CODE, HEAD_CODE, OTHER_CODE = "GD0301", "GD0001", "ZJ0001"
PASSWORD, HEAD_PASSWORD = "Kapok-tree 88", "Canton-tower 604"
COUNTER, NEIGHBOUR = "4401003", "4401001"

UNITS = """id,kind,name,parent
HQ,head_office,总公司,
44,province,广东省分公司,HQ
33,province,浙江省分公司,HQ
4401,city,广州市分公司,44
4401001,counter,越秀柜面,4401
4401003,counter,天河柜面,4401
"""
PEOPLE = """person,post,unit,kind,from,to
P440100301,teller,4401003,holder,2026-01-01,2027-12-31
P440000001,province_ops_head,44,holder,2026-01-01,
P330000001,province_ops_head,33,holder,2026-01-01,
P440000901,it_permission_admin,44,holder,2026-01-01,
P440000902,it_permission_admin,44,holder,2026-01-01,
P000000001,ho_business_management_head,HQ,holder,2026-01-01,
"""


def staffed(house: House) -> House:
    """The house with units and people in post."""
    units(house, UNITS, HEAD_OFFICE)
    holders(house, PEOPLE, HEAD_OFFICE)
    return house


def opened(house: House, code: str = CODE, person: Badge = TELLER, by: Badge = MANAGER, **rest: Any) -> dict[str, Any]:
    """What opening an account answers."""
    body = {"operator_code": code, "person": person.subject}
    return dict(house.done("open_account", by, body=body, **rest)["body"])


def active(house: House, code: str = CODE, person: Badge = TELLER, password: str = PASSWORD) -> dict[str, Any]:
    """An account whose one-time password was changed; what the change answers."""
    first = opened(house, code, person)["one_time_password"]
    return changed(house, code, first, password)


def changed(house: House, code: str, old: str, new: str, **rest: Any) -> dict[str, Any]:
    """What changing a password answers."""
    body = {"old_password": old, "new_password": new, **rest}
    return dict(house.done("change_password", ANYBODY, path={"account": code}, body=body)["body"])


def credentials(code: str = CODE, password: str = PASSWORD, **rest: Any) -> dict[str, Any]:
    """The body of a sign-in."""
    return {"operator_code": code, "password": password, **rest}


def signed_in(house: House, address: str = "192.0.2.1", **given: Any) -> dict[str, Any]:
    """The tokens of a sign-in."""
    return dict(house.done("sign_in", ANYBODY, body=credentials(**given), address=address)["body"])


def turned_away(house: House, address: str = "192.0.2.1", **given: Any) -> dict[str, Any]:
    """The refusal of a sign-in."""
    return house.refused("sign_in", ANYBODY, body=credentials(**given), address=address)


def refreshed(house: House, token: str) -> dict[str, Any]:
    """The answer to a refresh."""
    return house.answer("refresh_session", ANYBODY, body={"refresh_token": token})


def shown(house: House, code: str = CODE) -> dict[str, Any]:
    """The account as its manager sees it."""
    return dict(house.done("account", MANAGER, path={"account": code})["body"])


def present_code(house: House, secret: str, *, steps: int = 0) -> str:
    """The code of the second factor now, or so many half minutes away."""
    return pyotp.TOTP(secret).at(house.clock.now() + timedelta(seconds=30 * steps))


def in_use(house: House, span: timedelta) -> None:
    """So much time passes, and the teller signs in every four weeks of it."""
    ends, month = house.clock.now() + span, timedelta(weeks=4)
    while house.clock.now() + month <= ends:
        house.clock.step(house.clock.now() + month)
        if house.clock.now() < ends:
            signed_in(house)
    house.clock.step(ends)


def headed(house: House) -> str:
    """A province's head with an active account; the secret of the second factor that came with it."""
    return str(active(house, HEAD_CODE, HEAD, HEAD_PASSWORD)["second_factor"]["secret"])


REASON = {"reason": "手机遗失，已当面核实身份"}


def enrolled(house: House, code: str = CODE, person: Badge = TELLER, password: str = PASSWORD) -> str:
    """An active account whose person has set up a second factor; its secret."""
    first = active(house, code, person, password)["second_factor"]
    path = {"account": code}
    made = first or house.done("enrol_second_factor", person, path=path, body={"password": password})["body"]
    given = present_code(house, made["secret"], steps=-1)
    house.done("confirm_second_factor", person, path=path, body={"code": given})
    return str(made["secret"])


def removal_asked(house: House, code: str = CODE, by: Badge = ADMIN, **rest: Any) -> dict[str, Any]:
    """What asking that a second factor be taken away answers."""
    return dict(house.done("request_factor_removal", by, path={"account": code}, body=REASON, **rest)["body"])


def removal_approved(house: House, code: str = CODE, by: Badge = HEAD, **rest: Any) -> dict[str, Any]:
    """What approving it answers."""
    return dict(house.done("approve_factor_removal", by, path={"account": code}, body={}, **rest)["body"])
