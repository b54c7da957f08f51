"""The contract says what happens: every refusal and every event that it declares is produced here, and no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import frozen

from chassis.work.approvals import ReasonMissing
from chassis.work.corrections import MOST_CORRECTIONS, CorrectionsTooMany, NothingCorrected
from chassis.work.parameter_operations import PARAMETER_STATED
from chassis.work.rectifications import EvidenceMissing, NotInThatState, OwnWork
from security import activity, holders, mergers, misuse, pairs, staff, units
from security import lending as lending_refusals
from security.account_operations import ACCOUNT_EVENTS, ACCOUNT_OPERATIONS
from security.contract import CONTRACT
from security.elevation_operations import ELEVATION_OPERATIONS, ELEVATION_STATED
from security.export_operations import EXPORT_OPERATIONS
from security.factor_removal_operations import FACTOR_REMOVAL_EVENTS, FACTOR_REMOVAL_OPERATIONS
from security.import_operations import IMPORT_OPERATIONS
from security.matrix_operations import MATRIX_EVENTS, MATRIX_OPERATIONS
from security.posts import PostUnknown
from security.separations import PostsSeparated
from security.sheets import MAX_BYTES, MAX_ROWS, HeaderWrong, SheetTooLarge, SheetTooLong
from security.spans import DaysOutOfOrder
from security.units import UnitClosed, UnitMerged, UnitUnknown
from services.emergency.tests.component.office import NINE
from services.security.tests.component.bureau import (
    CORE,
    GATEWAY,
    HEAD,
    HEAD_OFFICE,
    HOLDERS,
    KEEPER,
    PLANNER,
    PROVINCE_HEAD,
    SOMEBODY,
    UNITS,
    open_bureau,
    staffed,
)
from tests.house import Badge, House, system

pytestmark = pytest.mark.live

ELSEWHERE = {
    one.name
    for one in (
        *MATRIX_OPERATIONS,
        *ELEVATION_OPERATIONS,
        *ACCOUNT_OPERATIONS,
        *FACTOR_REMOVAL_OPERATIONS,
        *IMPORT_OPERATIONS,
        *EXPORT_OPERATIONS,
    )
}
"""What `test_permission_contract`, `test_account_contract`, `test_factor_removals`, `test_sheets_taken`, `test_exports`
and `test_parameter_calls` look at."""

OPERATIONS = [one for one in CONTRACT.operations if one.name not in ELSEWHERE and "parameter" not in one.name]
PERSON = SOMEBODY.subject
TELLER = f"4401003:teller:{PERSON}:2026-01-01"
SEALS = f"4401003:seal_keeper:{PERSON}:2026-01-01"
LENT_OUT = f"4401003:teller:{HEAD.subject}:2026-11-23"
LATE = NINE + timedelta(minutes=5)
CHECK = f"4401003:{PERSON}:2026-11-23"
NEW = {"person": "P440100901", "post": "teller", "unit": "4401003"}
OWN = {"person": HEAD.subject, "post": "city_reviewer", "unit": "4401"}
LENT_OWN = {"post": "teller", "unit": "4401003", "held_to": "2026-11-25"}
MANAGER, LONGER = f"4401:centre_manager:{HEAD.subject}:2026-01-01", {"kind": "acting", "reason": "登记有误"}
DOCUMENTS = {"person": PERSON, "post": "document_keeper", "unit": "4401003"}
UNIT = {"id": "4401099", "kind": "counter", "name": "示例新柜面", "parent": "4401"}
UNDER = ["HQ", "44", "4401"]
RESULT = {"finding": "other", "words": "已核实"}

Preparing = Callable[[House], Any]


@frozen
class Scene:
    """A call, and what must be so before it."""

    by: Badge
    path: dict[str, str] = {}  # noqa: RUF008 never changed
    body: Any = None
    before: Preparing = lambda house: None


def member(body: Any, *steps: tuple[str, Any], by: Badge = KEEPER) -> Scene:
    """A command on a member of the staff, after others on the same one."""

    def before(house: House) -> None:
        for operation, said in steps:
            house.done(operation, KEEPER, path={"person": PERSON}, body=said)

    return Scene(by, {"person": PERSON}, body, before)


def closing(house: House) -> None:
    """The counter has a closing day: no operation gives it one yet."""
    house.database["units"].update_one({"_id": "4401003"}, {"$set": {"state.open_to": "2027-01-01"}})


def merging(house: House) -> None:
    """The counter merges into a second one next year."""
    second_office(house)
    house.done("merge_unit", PLANNER, path={"unit": "4401003"}, body={"into": "4401001", "on": "2027-01-01"})


SUSPECTED = f"disclosure_limit:4401003:{PERSON}:2026-11-23"


def suspected(*steps: tuple[str, Any], checked: bool = False, reader: str = PERSON) -> Preparing:
    """The teller (or the head) has read as much personal data as a day allows, and the province's head took these
    steps."""

    def before(house: House) -> None:
        house.settle()
        said = {"reader": reader, "day": "2026-11-23", "readings": 30, "at": NINE.isoformat()}
        house.hear("notifier", "disclosure_limit_reached", f"{reader}:2026-11-23", said)
        if checked:
            body = {"verdict": "in_order", "words": "已核实"}
            house.done("record_misuse_result", PROVINCE_HEAD, path={"check": SUSPECTED}, body=body)
        for operation, said in steps:
            house.done(operation, PROVINCE_HEAD, path={"check": SUSPECTED}, body=said)

    return before


MISUSED = ("record_misuse_result", {"verdict": "misuse", "words": "已核实"})
RIGHTED = ("put_misuse_right", {"note": "已收回权限"})
OWN_CHECK = f"disclosure_limit:4401:{HEAD.subject}:2026-11-23"
PUTTING_RIGHT: list[tuple[str, type, Scene]] = [
    found
    for operation, said in (
        ("put_misuse_right", RIGHTED[1]),
        ("verify_misuse", {}),
        ("reject_misuse_fix", {"reason": "未整改"}),
    )
    for found in (
        (operation, activity.OwnActivity, Scene(HEAD, {"check": OWN_CHECK}, said, suspected(reader=HEAD.subject))),
        (operation, misuse.NothingToPutRight, Scene(HEAD, {"check": SUSPECTED}, said, suspected())),
    )
] + [
    ("put_misuse_right", EvidenceMissing, Scene(HEAD, {"check": SUSPECTED}, {"note": " "}, suspected(MISUSED))),
    ("put_misuse_right", NotInThatState, Scene(HEAD, {"check": SUSPECTED}, RIGHTED[1], suspected(MISUSED, RIGHTED))),
    ("verify_misuse", NotInThatState, Scene(HEAD, {"check": SUSPECTED}, {}, suspected(MISUSED))),
    ("verify_misuse", OwnWork, Scene(PROVINCE_HEAD, {"check": SUSPECTED}, {}, suspected(MISUSED, RIGHTED))),
    ("reject_misuse_fix", NotInThatState, Scene(HEAD, {"check": SUSPECTED}, {"reason": "x"}, suspected(MISUSED))),
    (
        "reject_misuse_fix",
        OwnWork,
        Scene(PROVINCE_HEAD, {"check": SUSPECTED}, {"reason": "x"}, suspected(MISUSED, RIGHTED)),
    ),
]


def opening(house: House) -> None:
    """The counter opens next year."""
    house.database["units"].update_one({"_id": "4401003"}, {"$set": {"state.open_from": "2027-01-01"}})


def seals(house: House) -> None:
    """The teller keeps the seals."""
    house.done("assign", KEEPER, body={**DOCUMENTS, "post": "seal_keeper"})


def made_anew(house: House) -> None:
    """The teller was ended by mistake, and assigned anew."""
    house.done("end_assignment", KEEPER, path={"assignment": TELLER}, body={"on": "2026-06-01"})
    house.done("assign", KEEPER, body=NEW | {"person": PERSON})


def separated(house: House) -> None:
    """The seals were kept for a while, and the documents have been since."""
    house.done("assign", KEEPER, body={**DOCUMENTS, "post": "seal_keeper", "held_from": "2026-01-01"})
    house.done("end_assignment", KEEPER, path={"assignment": SEALS}, body={"on": "2026-06-01"})
    house.done("assign", KEEPER, body=DOCUMENTS)


def full(house: House) -> None:
    """The end was corrected again and again."""
    for day in range(1, MOST_CORRECTIONS + 1):
        body = {"held_to": f"2027-01-{day:02}", "reason": "误记"}
        house.done("correct_assignment", KEEPER, path={"assignment": TELLER}, body=body, key=f"c{day}")


def lent_out(house: House) -> None:
    """Somebody of the city works at the counter for some days."""
    house.done("lend_staff", LENDER, path={"person": HEAD.subject}, body=LENT, key="lent")


def correction(body: Any, before: Preparing = lambda house: None) -> Scene:
    """A correction of the teller's assignment, or of the seals' where they were ended."""
    of = {separated: SEALS, lent_out: LENT_OUT}.get(before, TELLER)
    return Scene(KEEPER, {"assignment": of}, None if body is None else {"reason": "误记", **body}, before)


def city_seals(house: House) -> None:
    """The head keeps the seals of the counter."""
    house.done("assign", KEEPER, body={**DOCUMENTS, "post": "seal_keeper", "person": HEAD.subject})


def both_posts(house: House) -> None:
    """The head is a teller of the counter too."""
    house.done("assign", KEEPER, body=NEW | {"person": HEAD.subject})


def late_city(house: House) -> None:
    """The city opens next year."""
    house.database["units"].update_one({"_id": "4401"}, {"$set": {"state.open_from": "2027-01-01"}})


def late_province(house: House) -> None:
    """The other province opens next year."""
    house.database["units"].update_one({"_id": "33"}, {"$set": {"state.open_from": "2027-01-01"}})


def found(*, checked: bool = False) -> Preparing:
    """A leaver's act was found (and checked)."""

    def before(house: House) -> None:
        house.done("leave_staff", KEEPER, path={"person": PERSON}, body={})
        house.wait(minutes=10)
        act = {"person": PERSON, "unit": "4401003", "at": LATE.isoformat(), "system": "core", "reference": "T-1"}
        house.done("report_activities", CORE, body={"acts": [act]})
        if checked:
            house.done("record_activity_result", PROVINCE_HEAD, path={"check": CHECK}, body=RESULT)

    return before


def own_check(*, checked: bool) -> Preparing:
    """The check of the caller's own act, off their post."""

    def before(house: House) -> None:
        rows = [
            {"person": one.subject, "unit": "33", "at": NINE.isoformat(), "system": "core", "reference": "T-1"}
            for one in (HEAD, PROVINCE_HEAD)
        ]
        house.done("report_activities", CORE, body={"acts": rows})
        house.database["activity_checks"].update_many({}, {"$set": {"units": UNDER, "state.units": UNDER}})
        if checked:
            path = {"check": f"33:{PROVINCE_HEAD.subject}:2026-11-23"}
            house.done("record_activity_result", HEAD, path=path, body=RESULT)

    return before


def act(**said: Any) -> dict[str, Any]:
    """One act, reported alone."""
    usual = {"person": PERSON, "unit": "4401003", "at": NINE.isoformat(), "system": "core", "reference": "T-1"}
    return {"acts": [usual | said]}


GONE, SUSPENDED = ("leave_staff", {}), ("suspend_staff", {"ground": "other"})
SHEETS = {
    HeaderWrong: lambda header: "a,b\n",
    SheetTooLong: lambda header: header + "\nx" * (MAX_ROWS + 1),
    SheetTooLarge: lambda header: header + "\n" + "字" * (MAX_BYTES // 3),
}
MANY = ["suspend_staff", "reinstate_staff"] * (staff.MOST_STANDINGS // 2)


def changed(times: int) -> list[tuple[str, Any]]:
    """So many changes of standing."""
    return [(one, {"ground": "other"} if one == "suspend_staff" else {}) for one in MANY[:times]]


LENT = {"post": "teller", "unit": "4401003", "held_from": "2026-11-23", "held_to": "2026-11-25"}
LENDER = system("lender", "HQ", "directory.assign")


def lending(before: Preparing = lambda house: None, by: str = HEAD.subject, **said: Any) -> Scene:
    """Somebody who belongs to the city is lent to its counter."""
    return Scene(LENDER, {"person": by}, LENT | said, before)


LENDING: list[tuple[type, Scene]] = [
    (staff.NotEmployed, lending(member({}, GONE).before, PERSON, unit="4401")),
    (lending_refusals.LentHome, lending(by=PERSON)),
    (lending_refusals.LendingTooLong, lending(held_to="2027-02-24")),
    (PostUnknown, lending(post="king")),
    (UnitUnknown, lending(unit="9999")),
    (UnitClosed, lending(closing, held_to="2027-01-02")),
    (UnitMerged, lending(merging, held_to="2027-01-02")),
    (holders.PostNotAtKind, lending(unit="33")),
    (holders.UnitNotYetOpen, lending(opening)),
    (holders.AlreadyHeld, lending(both_posts, held_from="2026-11-24")),
    (PostsSeparated, lending(city_seals, post="document_keeper")),
    (DaysOutOfOrder, lending(held_to="2026-11-23")),
]


PAIR = f"4401003:{PERSON}-P440100302:2026-11-23"
HEADS_PAIR = f"4401003:{PERSON}-{HEAD.subject}:2026-11-23"
AWAY = {"person": PERSON, "since": "2026-11-24", "to": "2026-11-26"}


def paired(*steps: tuple[str, Any]) -> Preparing:
    """The teller and another one are a pair, with whom these steps were taken."""

    def before(house: House) -> None:
        house.done("assign", KEEPER, body=NEW | {"person": "P440100302"})
        house.done("pair_staff", KEEPER, body={"unit": "4401003", "a": PERSON, "b": "P440100302"})
        for operation, said in steps:
            house.done(operation, KEEPER, path={"pair": PAIR}, body=said)

    return before


def paired_with_head(house: House) -> None:
    """The teller and the head are a pair at the counter."""
    both_posts(house)
    house.done("pair_staff", KEEPER, body={"unit": "4401003", "a": PERSON, "b": HEAD.subject})


def pairing(before: Preparing = lambda house: None, **said: Any) -> Scene:
    """The teller and another one are to be a pair."""
    return Scene(KEEPER, {}, {"unit": "4401003", "a": PERSON, "b": "P440100302"} | said, before)


def absence(*steps: tuple[str, Any], **said: Any) -> Scene:
    """Somebody of the pair is away, after these steps."""
    return Scene(KEEPER, {"pair": PAIR}, AWAY | said, paired(*steps))


def keepers(house: House) -> None:
    """One keeps the seals, the other the documents."""
    house.done("assign", KEEPER, body={**DOCUMENTS, "post": "seal_keeper"})
    house.done("assign", KEEPER, body={**DOCUMENTS, "person": "P440100302"})


PAIRS: list[tuple[str, type, Scene]] = [
    ("pair_staff", UnitUnknown, pairing(unit="9999")),
    ("pair_staff", holders.OwnAssignment, Scene(HEAD, {}, {"unit": "4401", "a": PERSON, "b": HEAD.subject})),
    ("note_absence", holders.OwnAssignment, Scene(HEAD, {"pair": HEADS_PAIR}, AWAY, paired_with_head)),
    ("pair_staff", pairs.PairOfOne, pairing(b=PERSON)),
    ("pair_staff", pairs.NotInPostThere, pairing()),
    ("pair_staff", pairs.PairedAlready, pairing(paired(), a="P440100302", b=PERSON)),
    ("pair_staff", PostsSeparated, pairing(keepers)),
    ("note_absence", pairs.NotOfPair, absence(person="P440100999")),
    ("note_absence", pairs.PairEnded, absence(("end_pair", {}))),
    ("note_absence", pairs.BothAway, absence(("note_absence", AWAY | {"person": "P440100302"}))),
    ("note_absence", pairs.AwayAlready, absence(("note_absence", AWAY))),
    ("note_absence", DaysOutOfOrder, absence(to="2026-11-24")),
    ("end_absence", pairs.NotOfPair, Scene(KEEPER, {"pair": PAIR}, {"person": "P440100999"}, paired())),
    ("end_absence", pairs.NotAway, Scene(KEEPER, {"pair": PAIR}, {"person": PERSON}, paired())),
    ("end_pair", pairs.PairEnded, Scene(KEEPER, {"pair": PAIR}, {}, paired(("end_pair", {})))),
]


REFUSED: list[tuple[str, type, Scene]] = [
    *(
        (operation, refusal, Scene(HEAD_OFFICE, body={"csv": sheet(header.splitlines()[0])}))
        for operation, header in (("import_units", UNITS), ("import_holders", HOLDERS))
        for refusal, sheet in SHEETS.items()
    ),
    ("open_unit", units.ParentUnknown, Scene(PLANNER, body=UNIT | {"parent": "9999"})),
    ("open_unit", units.ParentOfWrongKind, Scene(PLANNER, body=UNIT | {"parent": "44"})),
    ("open_unit", units.ParentNotOpen, Scene(PLANNER, body=UNIT, before=late_city)),
    ("open_unit", units.RootMisplaced, Scene(PLANNER, body=UNIT | {"kind": "head_office"})),
    ("open_unit", units.UnitIdMalformed, Scene(PLANNER, body=UNIT | {"id": "unknown"})),
    ("open_unit", units.UnitNameMalformed, Scene(PLANNER, body=UNIT | {"name": "  "})),
    ("rename_unit", units.UnitClosed, Scene(PLANNER, {"unit": "4401003"}, {"name": "示例"}, closing)),
    ("rename_unit", units.UnitNameMalformed, Scene(PLANNER, {"unit": "4401003"}, {"name": "  "})),
    ("move_unit", units.ParentUnknown, Scene(PLANNER, {"unit": "4401003"}, {"parent": "9999"})),
    ("move_unit", units.ParentOfWrongKind, Scene(PLANNER, {"unit": "4401003"}, {"parent": "44"})),
    ("move_unit", units.ParentNotOpen, Scene(PLANNER, {"unit": "4401"}, {"parent": "33"}, late_province)),
    ("move_unit", units.UnitClosed, Scene(PLANNER, {"unit": "4401003"}, {"parent": "4401"}, closing)),
    ("close_unit", units.UnitClosed, Scene(PLANNER, {"unit": "4401003"}, {"on": "2027-01-01"}, closing)),
    ("rename_unit", UnitMerged, Scene(PLANNER, {"unit": "4401003"}, {"name": "示例"}, merging)),
    ("move_unit", UnitMerged, Scene(PLANNER, {"unit": "4401003"}, {"parent": "4401"}, merging)),
    ("close_unit", UnitMerged, Scene(PLANNER, {"unit": "4401003"}, {"on": "2027-01-01"}, merging)),
    ("merge_unit", UnitMerged, Scene(PLANNER, {"unit": "4401003"}, {"into": "4401001"}, merging)),
    ("merge_unit", UnitClosed, Scene(PLANNER, {"unit": "4401003"}, {"into": "4401"}, closing)),
    ("merge_unit", mergers.SurvivorUnknown, Scene(PLANNER, {"unit": "4401003"}, {"into": "9999"})),
    ("merge_unit", mergers.SurvivorUnfit, Scene(PLANNER, {"unit": "4401003"}, {"into": "4401"})),
    ("merge_unit", mergers.SurvivorNotOpen, Scene(PLANNER, {"unit": "4401001"}, {"into": "4401003"}, merging)),
    ("merge_unit", mergers.MergerDayUnfit, Scene(PLANNER, {"unit": "33"}, {"into": "44", "on": "2026-11-22"})),
    ("merge_unit", DaysOutOfOrder, Scene(PLANNER, {"unit": "33"}, {"into": "44"}, late_province)),
    ("close_unit", units.ChildrenOpen, Scene(PLANNER, {"unit": "4401"}, {"on": "2027-01-01"})),
    ("close_unit", units.PostsHeld, Scene(PLANNER, {"unit": "4401003"}, {"on": "2026-12-01"})),
    ("close_unit", DaysOutOfOrder, Scene(PLANNER, {"unit": "4401003"}, {"on": "2026-12-01"}, opening)),
    ("assign", holders.OwnAssignment, Scene(HEAD, body=OWN)),
    *PUTTING_RIGHT,
    (
        "record_misuse_result",
        activity.CheckedAlready,
        Scene(HEAD, {"check": SUSPECTED}, {"verdict": "in_order", "words": "已核实"}, suspected(checked=True)),
    ),
    (
        "record_misuse_result",
        activity.OwnActivity,
        Scene(
            HEAD,
            {"check": f"disclosure_limit:4401:{HEAD.subject}:2026-11-23"},
            {"verdict": "in_order", "words": "已核实"},
            suspected(reader=HEAD.subject),
        ),
    ),
    ("assign", staff.NotEmployed, Scene(KEEPER, body=NEW | {"person": PERSON}, before=member({}, GONE).before)),
    ("assign", PostUnknown, Scene(KEEPER, body=NEW | {"post": "king"})),
    ("assign", UnitUnknown, Scene(KEEPER, body=NEW | {"unit": "9999"})),
    ("assign", UnitClosed, Scene(KEEPER, body=NEW, before=closing)),
    ("assign", UnitMerged, Scene(KEEPER, body=NEW, before=merging)),
    ("assign", holders.PostNotAtKind, Scene(KEEPER, body=NEW | {"unit": "4401"})),
    ("assign", holders.UnitNotYetOpen, Scene(KEEPER, body=NEW, before=opening)),
    ("assign", holders.AlreadyHeld, Scene(KEEPER, body=NEW | {"person": PERSON})),
    ("assign", holders.OrderOnlyForDeputies, Scene(KEEPER, body=NEW | {"order": 1})),
    ("assign", DaysOutOfOrder, Scene(KEEPER, body=NEW | {"held_from": "2026-11-23", "held_to": "2026-11-23"})),
    ("assign", PostsSeparated, Scene(KEEPER, body=DOCUMENTS, before=seals)),
    ("lend_staff", holders.OwnAssignment, Scene(HEAD, {"person": HEAD.subject}, LENT_OWN)),
    *PAIRS,
    *(("lend_staff", refusal, scene) for refusal, scene in LENDING),
    ("end_assignment", holders.AlreadyEnded, Scene(KEEPER, {"assignment": TELLER}, {"on": "2026-12-31"})),
    ("end_assignment", DaysOutOfOrder, Scene(KEEPER, {"assignment": TELLER}, {"on": "2025-12-31"})),
    ("correct_assignment", holders.OwnAssignment, Scene(HEAD, {"assignment": MANAGER}, LONGER)),
    ("correct_assignment", UnitClosed, correction({"held_to": None}, closing)),
    ("correct_assignment", UnitMerged, correction({"held_to": None}, merging)),
    ("correct_assignment", lending_refusals.LendingTooLong, correction({"held_to": None}, lent_out)),
    ("correct_assignment", holders.UnitNotYetOpen, correction({"held_to": "2027-06-01"}, opening)),
    ("correct_assignment", holders.AlreadyHeld, correction({"held_to": None}, made_anew)),
    ("correct_assignment", holders.OrderOnlyForDeputies, correction({"order": 2})),
    ("correct_assignment", PostsSeparated, correction({"held_to": None}, separated)),
    ("correct_assignment", DaysOutOfOrder, correction({"held_to": "2026-01-01"})),
    ("correct_assignment", NothingCorrected, correction({})),
    ("correct_assignment", CorrectionsTooMany, correction({"kind": "acting"}, full)),
    ("correct_assignment", ReasonMissing, correction({"held_to": "2027-06-01", "reason": " "})),
    ("join_staff", UnitUnknown, Scene(KEEPER, body={"person": "P440100901", "unit": "9999"})),
    ("join_staff", UnitMerged, Scene(KEEPER, body={"person": "P440100901", "unit": "4401003"}, before=merging)),
    ("move_staff", UnitMerged, Scene(KEEPER, {"person": PERSON}, {"unit": "4401003"}, merging)),
    (
        "return_to_staff",
        UnitMerged,
        Scene(
            KEEPER,
            {"person": PERSON},
            {"unit": "4401003"},
            lambda house: (member({}, GONE).before(house), merging(house)),
        ),
    ),
    ("join_staff", UnitClosed, Scene(KEEPER, body={"person": "P440100901", "unit": "4401003"}, before=closing)),
    ("move_staff", staff.NotEmployed, member({"unit": "4401"}, SUSPENDED)),
    ("move_staff", UnitUnknown, member({"unit": "9999"})),
    ("move_staff", UnitClosed, Scene(KEEPER, {"person": PERSON}, {"unit": "4401003"}, closing)),
    ("suspend_staff", staff.NotEmployed, member({"ground": "other"}, GONE)),
    ("reinstate_staff", staff.NotSuspended, member({})),
    ("reinstate_staff", staff.StandingsTooMany, member({}, *changed(staff.MOST_STANDINGS - 1))),
    ("leave_staff", staff.NotEmployed, member({}, GONE)),
    ("leave_staff", staff.DepartureTooFar, member({"at": "2020-01-01T00:00:00Z"})),
    ("keep_staff", staff.NoDeparture, member(None)),
    ("return_to_staff", staff.StillHere, member({"unit": "4401003"})),
    ("return_to_staff", staff.StandingsTooMany, member({"unit": "4401003"}, *changed(staff.MOST_STANDINGS - 1), GONE)),
    ("return_to_staff", UnitUnknown, member({"unit": "9999"}, GONE)),
    (
        "return_to_staff",
        UnitClosed,
        Scene(
            KEEPER,
            {"person": PERSON},
            {"unit": "4401003"},
            lambda house: (member({}, GONE).before(house), closing(house)),
        ),
    ),
    ("report_activities", UnitUnknown, Scene(CORE, body=act(unit="9999"))),
    ("report_activities", activity.ActInFuture, Scene(CORE, body=act(at=LATE.isoformat()))),
    ("record_activity_result", activity.CheckedAlready, Scene(HEAD, {"check": CHECK}, RESULT, found(checked=True))),
    (
        "record_activity_result",
        activity.OwnActivity,
        Scene(HEAD, {"check": f"33:{HEAD.subject}:2026-11-23"}, RESULT, own_check(checked=False)),
    ),
    ("receive_activity_result", activity.NotChecked, Scene(PROVINCE_HEAD, {"check": CHECK}, {}, found())),
    (
        "receive_activity_result",
        activity.OwnActivity,
        Scene(PROVINCE_HEAD, {"check": f"33:{PROVINCE_HEAD.subject}:2026-11-23"}, {}, own_check(checked=True)),
    ),
    (
        "receive_activity_result",
        activity.CheckedByReceiver,
        Scene(PROVINCE_HEAD, {"check": CHECK}, {}, found(checked=True)),
    ),
]

READY: dict[str, Scene] = {
    "open_unit": Scene(PLANNER),
    "rename_unit": Scene(PLANNER, {"unit": "4401003"}),
    "move_unit": Scene(PLANNER, {"unit": "4401003"}),
    "merge_unit": Scene(PLANNER, {"unit": "4401003"}),
    "close_unit": Scene(PLANNER, {"unit": "4401001"}),
    "import_units": Scene(HEAD_OFFICE),
    "import_holders": Scene(HEAD_OFFICE),
    "assign": Scene(KEEPER),
    "lend_staff": Scene(LENDER, {"person": PERSON}, before=lambda house: second_office(house)),
    "record_misuse_result": Scene(HEAD, {"check": SUSPECTED}, before=suspected()),
    "put_misuse_right": Scene(HEAD, {"check": SUSPECTED}, before=suspected(MISUSED)),
    "verify_misuse": Scene(HEAD, {"check": SUSPECTED}, before=suspected(MISUSED, RIGHTED)),
    "reject_misuse_fix": Scene(HEAD, {"check": SUSPECTED}, before=suspected(MISUSED, RIGHTED)),
    "pair_staff": Scene(KEEPER, before=lambda house: house.done("assign", KEEPER, body=NEW | {"person": "P440100302"})),
    "note_absence": Scene(KEEPER, {"pair": PAIR}, before=paired()),
    "end_absence": Scene(KEEPER, {"pair": PAIR}, before=paired(("note_absence", {"person": PERSON}))),
    "end_pair": Scene(KEEPER, {"pair": PAIR}, before=paired()),
    "end_assignment": Scene(KEEPER, {"assignment": TELLER}),
    "correct_assignment": correction(None),
    "join_staff": Scene(KEEPER),
    "move_staff": member(None),
    "suspend_staff": member(None),
    "reinstate_staff": member(None, SUSPENDED),
    "leave_staff": member(None),
    "keep_staff": member(None, ("leave_staff", {"at": "2026-12-01T00:00:00Z"})),
    "return_to_staff": member(None, GONE),
    "report_activities": Scene(CORE, before=member(None, ("leave_staff", {"at": "2026-11-19T01:00:00Z"})).before),
    "refused_call": Scene(GATEWAY, before=member(None, GONE).before),
    "record_activity_result": Scene(HEAD, {"check": CHECK}, before=found()),
}
READY["receive_activity_result"] = Scene(Badge("P000000001"), {"check": CHECK}, before=found(checked=True))
NEW_UNIT = {"csv": "id,kind,name,parent\n4409,city,示例市分公司,44\n"}
NEW_HOLDER = {"csv": "person,post,unit,kind,from,to\nP440100777,teller,4401003,holder,2026-01-01,\n"}


@pytest.mark.parametrize(("operation", "refusal", "scene"), REFUSED, ids=lambda each: getattr(each, "__name__", ""))
def test_a_declared_refusal_is_answered_with_its_code(bureau, operation, refusal, scene):
    staffed(bureau)
    scene.before(bureau)

    answer = bureau.refused(operation, scene.by, path=scene.path, body=scene.body)

    assert (answer["kind"], answer["code"]) == (refusal.kind, refusal.code)


def test_every_declared_refusal_is_produced_and_no_other():
    declared = {(operation.name, refusal) for operation in OPERATIONS for refusal in operation.refuses}

    assert {(operation, refusal) for operation, refusal, _ in REFUSED} == declared


def test_each_command_takes_its_example_and_announces_the_events_of_its_contract(security_ground):
    announced, commands = {}, [one for one in OPERATIONS if one.kind == "command"]
    for operation in commands:
        bureau = staffed(open_bureau(security_ground))
        second_office(bureau)
        scene = READY[operation.name]
        scene.before(bureau)
        bureau.settle()
        before = len(bureau.exchange.arrived)
        body = {"import_units": NEW_UNIT, "import_holders": NEW_HOLDER}.get(operation.name, operation.example)

        done = bureau.done(operation.name, scene.by, path=scene.path, body=body)

        bureau.relayed()
        assert done["status"] in (operation.status, *operation.also), operation.name
        types = {each.attributes["type"] for each in bureau.exchange.arrived[before:]}
        announced[operation.name] = {name.split(".")[2] for name in types}
        bureau.check()

    assert announced == {one.name: set(one.announces) for one in commands}


_ELSEWHERE_SAID = (*MATRIX_EVENTS, ELEVATION_STATED, *ACCOUNT_EVENTS, *FACTOR_REMOVAL_EVENTS, PARAMETER_STATED)


def test_every_event_of_the_contract_is_announced_by_a_command_or_a_timer():
    by_commands = {name for operation in OPERATIONS for name in operation.announces}
    elsewhere = {event.name for event in _ELSEWHERE_SAID}

    assert {event.name for event in CONTRACT.events} - elsewhere == {*by_commands, activity_overdue()}


@pytest.mark.parametrize("operation", ["import_units", "import_holders"])
def test_the_examples_of_the_sheets_are_taken(bureau, operation):
    staffed(bureau)

    example = CONTRACT.operation(operation).example
    assert bureau.done(operation, HEAD_OFFICE, body=example)["body"]["faults"] == []


def activity_overdue() -> str:
    """What only a timer tells; `test_activity_checks` has it told."""
    return "departed_activity_overdue"


def second_office(bureau: House) -> None:
    """A second counter, and a head of head office's Business Management Department."""
    bureau.done(
        "import_units",
        HEAD_OFFICE,
        body={"csv": "id,kind,name,parent\n4401001,counter,越秀柜面,4401\n4402,city,韶关市分公司,44\n"},
    )
    sheet = "person,post,unit,kind,from,to\nP000000001,ho_business_management_head,HQ,holder,2026-01-01,\n"
    bureau.done("import_holders", HEAD_OFFICE, body={"csv": sheet})
    bureau.settle()
