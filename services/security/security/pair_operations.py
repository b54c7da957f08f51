"""What is offered of A/B pairs (R9.1): a part of the contract."""

from typing import Any

from chassis.contract import Event, Hearing, Operation, Words, command, query
from chassis.forms import NothingIn
from security import pair_schemas as wire
from security import pairs
from security.authority import Action
from security.holders import OwnAssignment
from security.separations import PostsSeparated
from security.spans import DaysOutOfOrder
from security.units import UnitUnknown

PAIR_STATED = Event(
    name="pair_stated", kind="state", carries=wire.PairOut(), says=Words("A/B 角状态", "a pair's whole state")
)

_PAIR = "/v1/pairs/{pair}"


def _step(name: str, path: str, says: Words, **rest: Any) -> Operation:
    """A command on one pair, which answers with the pair."""
    return command(
        name,
        "POST",
        f"{_PAIR}/{path}",
        says=says,
        needs=Action.ASSIGN.value,
        gives=wire.PairOut(),
        if_match="optional",
        announces=(PAIR_STATED.name,),
        **rest,
    )


PAIR_OPERATIONS = (
    command(
        "pair_staff",
        "POST",
        "/v1/pairs",
        says=Words("指定 A/B 角", "let two people of a unit stand in for each other"),
        needs=Action.ASSIGN.value,
        takes=wire.PairIn(),
        gives=wire.PairOut(),
        status=201,
        refuses=(
            UnitUnknown,
            OwnAssignment,
            pairs.PairOfOne,
            pairs.NotInPostThere,
            pairs.PairedAlready,
            PostsSeparated,
        ),
        announces=(PAIR_STATED.name,),
        example={"unit": "4401003", "a": "P440100301", "b": "P440100302"},
    ),
    _step(
        "note_absence",
        "absences",
        Words("登记 A/B 角一方离岗，由另一方代理", "one half is away, and the other stands in"),
        takes=wire.AwayIn(),
        refuses=(
            OwnAssignment,
            pairs.NotOfPair,
            pairs.PairEnded,
            pairs.BothAway,
            pairs.AwayAlready,
            DaysOutOfOrder,
        ),
        example={"person": "P440100301", "since": "2026-11-24", "to": "2026-11-26"},
    ),
    _step(
        "end_absence",
        "return",
        Words("登记离岗一方返岗", "who was away is back"),
        takes=wire.BackIn(),
        refuses=(pairs.NotOfPair, pairs.NotAway),
        example={"person": "P440100301"},
    ),
    _step(
        "end_pair",
        "end",
        Words("解除 A/B 角", "they are a pair no longer"),
        takes=NothingIn(),
        refuses=(pairs.PairEnded,),
        example={},
    ),
    query(
        "pair",
        _PAIR,
        says=Words("查询一对 A/B 角", "one pair"),
        needs=Action.READ_DIRECTORY.value,
        gives=wire.PairOut(),
    ),
    query(
        "pair_list",
        "/v1/pairs",
        says=Words("查询 A/B 角", "pairs, those made last first"),
        needs=Action.READ_DIRECTORY.value,
        asks=wire.PairsIn(),
        gives=wire.PairsOut(),
        paged=True,
    ),
)
PAIR_HEARING = Hearing(source="security", event=PAIR_STATED.name, handler="stand_ins", reads=wire.PairOut())
