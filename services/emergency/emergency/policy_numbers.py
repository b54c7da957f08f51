"""The numbers of an incident's policy that are parameters (R7.4, R7.5, R7.11), and the policy that they make.

All of them are ours (D), by the reasons in `parameters.py`. An incident copies the policy when it opens, so a number
that changes later changes nothing for it.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from attrs import evolve

from chassis.work.parameters import Basis, Definition, Meaning, Measure, Stricter, Value
from emergency.levels import Level
from emergency.places import Addressee
from emergency.policies import DEFAULT_LIMITS, DEFAULT_POLICY, Ladder, Policy, Rung
from emergency.reports import ReportLimits

_OURS = Meaning("制度未定数字，本系统默认", "the rules give no number; this one is ours")
_REGULATOR = Meaning(
    "制度未定数字，本系统默认；监管对最重大事件的要求为电话三十分钟、书面一小时",
    "the rules give no number; ours lies by the regulator's 30 minutes by phone and 1 hour in writing for the gravest",
)


def number(
    key: str, measure: Measure, default: int, highest: int, zh: str, en: str, *, based_on: Meaning = _OURS
) -> Definition:
    """A number of ours, of which a smaller one is stricter."""
    return Definition(
        key=key,
        says=Meaning(zh, en),
        measure=measure,
        default=default,
        basis=Basis.OWN_DEFAULT,
        based_on=based_on,
        stricter=Stricter.LOWER,
        lowest=1,
        highest=highest,
    )


_WORDS = {
    "phone_minutes": ("{}级事件电话报告的时限", "how long until level {} is reported by phone"),
    "written_minutes": ("{}级事件书面首报的时限", "how long until level {} is reported in writing"),
    "follow_up_minutes": ("{}级事件续报的间隔", "how long between follow-up reports of level {}"),
    "final_workdays": ("{}级事件控制后终报的时限", "from containment to the final report of level {}"),
}


def _report(limits: ReportLimits, name: str) -> Definition | None:
    default: int | None = getattr(limits, name)
    if default is None:
        return None
    in_days, level = name == "final_workdays", limits.level
    zh, en = (words.format(level.value) for words in _WORDS[name])
    measure, highest = (Measure.WORKDAYS, 30) if in_days else (Measure.MINUTES, 7 * 24 * 60)
    return number(f"report_{name}_{level.lower()}", measure, default, highest, zh, en, based_on=_REGULATOR)


REPORTS: Mapping[tuple[Level, str], Definition] = {
    (limits.level, name): made for limits in DEFAULT_LIMITS for name in _WORDS if (made := _report(limits, name))
}
"""R7.4, R7.11: the limits of reports. Level IV owes no follow-up."""


def _wait(level: Level, minutes: int) -> Definition:
    zh, en = f"{level}级事件告知后等待确认的时间", f"how long level {level} waits for an answer before telling again"
    return number(f"telling_wait_minutes_{level.lower()}", Measure.MINUTES, minutes, 240, zh, en)


def _guidance(level: Level, minutes: int) -> Definition:
    zh, en = f"{level}级事件确认后作出指导的时限", f"how long an answer to level {level} holds without guidance"
    return number(f"guidance_minutes_{level.lower()}", Measure.MINUTES, minutes, 240, zh, en)


WAITS = {ladder.level: _wait(ladder.level, ladder.rungs[0].wait_minutes) for ladder in DEFAULT_POLICY.ladders}
GUIDANCE = {
    ladder.level: _guidance(ladder.level, minutes)
    for ladder in DEFAULT_POLICY.ladders
    if (minutes := ladder.rungs[0].guidance_minutes)
}
"""R7.5: how long until somebody is told again."""

AFTER = {
    (Level.II, Addressee.HEAD_OFFICE): number(
        "telling_head_office_after_minutes_ii",
        Measure.MINUTES,
        30,
        240,
        "II级事件多久后告知总公司",
        "how long until head office is told of level II",
    ),
    (Level.III, Addressee.PROVINCE): number(
        "telling_province_after_minutes_iii",
        Measure.MINUTES,
        60,
        480,
        "III级事件多久后告知省级分公司",
        "how long until the province is told of level III",
    ),
}
"""R7.5: who is told after a while whatever happens."""

REVIEW_WORKDAYS = number(
    "review_workdays",
    Measure.WORKDAYS,
    DEFAULT_POLICY.review_workdays,
    60,
    "I、II级事件关闭后复盘的时限",
    "from the closing of a level I or II incident to its review",
)

POLICY_NUMBERS = (*REPORTS.values(), *WAITS.values(), *GUIDANCE.values(), *AFTER.values(), REVIEW_WORKDAYS)


def policy_at(value: Value, units: tuple[str, ...], at: datetime) -> Policy:
    """R7.4, R7.5, R7.11: the policy that an incident at these units gets when it opens at that instant."""
    return _policy(tuple(value(each, units, at) for each in POLICY_NUMBERS))


@lru_cache(256)
def _policy(numbers: tuple[int, ...]) -> Policy:
    """One policy for the same numbers, so that it is written as text once (`keep_as_text`)."""
    held = dict(zip((each.key for each in POLICY_NUMBERS), numbers, strict=True))
    if all(held[each.key] == each.default for each in POLICY_NUMBERS):
        return DEFAULT_POLICY
    return evolve(
        DEFAULT_POLICY,
        ladders=tuple(_ladder(each, held) for each in DEFAULT_POLICY.ladders),
        limits=tuple(_limits(each, held) for each in DEFAULT_POLICY.limits),
        review_workdays=held[REVIEW_WORKDAYS.key],
    )


def _ladder(ladder: Ladder, held: Mapping[str, int]) -> Ladder:
    return evolve(ladder, rungs=tuple(_rung(ladder.level, each, held) for each in ladder.rungs))


def _rung(level: Level, rung: Rung, held: Mapping[str, int]) -> Rung:
    guidance, after = GUIDANCE.get(level), AFTER.get((level, rung.addressee))
    return evolve(
        rung,
        wait_minutes=held[WAITS[level].key],
        guidance_minutes=held[guidance.key] if guidance else rung.guidance_minutes,
        after_minutes=held[after.key] if after else rung.after_minutes,
    )


def _limits(limits: ReportLimits, held: Mapping[str, int]) -> ReportLimits:
    own: dict[str, Any] = {name: held[each.key] for (level, name), each in REPORTS.items() if level is limits.level}
    return evolve(limits, **own)
