"""What the tests of the emergency domain share: a province, its people, and short ways to report and answer."""

from datetime import UTC, datetime, timedelta

from attrs import evolve

from emergency.alarm import acknowledge, escalate, record_guidance
from emergency.announcements import Escalated, Notice
from emergency.authority import Actor
from emergency.facts import Facts
from emergency.handling import begin_response, close, contain, submit_report
from emergency.incidents import Outcome
from emergency.judgement import add_facts, judge
from emergency.kinds import Kind
from emergency.levels import Tier
from emergency.opening import EventReport, report
from emergency.places import Place
from emergency.policies import DEFAULT_POLICY, Ladder
from emergency.reports import ReportContent, ReportKind
from emergency.tellings import PersonInCharge
from emergency.thresholds import DEFAULT_THRESHOLDS

NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

PLACE = Place(unit="4401003", units=("HQ", "p44", "c4401", "4401003"), counter="4401003", city="c4401", province="p44")
PROVINCE_IS_COMPANY = Place(
    unit="4400001", units=("HQ", "p44", "4400001"), counter="4400001", province="p44", company=Tier.PROVINCE
)

PERSONS = (
    PersonInCharge("leader", "company_leader", "c4401", "leader-deputy"),
    PersonInCharge("manager", "centre_manager", "c4401", "manager-deputy"),
    PersonInCharge("province-head", "province_ops_head", "p44", "province-deputy"),
    PersonInCharge("business-head", "ho_business_management_head", "HQ", "business-deputy"),
    PersonInCharge("service-head", "ho_customer_service_head", "HQ", "service-deputy"),
    PersonInCharge("elsewhere", "company_leader", "c4402", "elsewhere-deputy"),
)

CCMS = Actor("ccms", system=True)
TELLER = Actor("teller", ("teller",))
SUPERVISOR = Actor("supervisor", ("counter_supervisor",))
MANAGER = Actor("manager", ("centre_manager",))
CITY = Actor("city", ("city_reviewer",))
PROVINCE = Actor("province", ("province_reviewer",))
HEAD_OFFICE = Actor("head-office", ("ho_reviewer",))

CONTENT = ReportContent(course="120 人在柜面要求退保", signer="manager", contact="supervisor")

#: Nothing unknown: level IV at first.
CALM = Facts(people_gathering=3)


def _with_three_channels(ladder: Ladder) -> Ladder:
    rungs = (
        evolve(rung, channels=("chat", "sms", "mail")) if len(rung.channels) > 1 else rung for rung in ladder.rungs
    )
    return evolve(ladder, rungs=tuple(rungs))


#: The default policy with one channel more than this release has, so that lines are long.
THREE_CHANNELS = evolve(DEFAULT_POLICY, ladders=tuple(_with_three_channels(each) for each in DEFAULT_POLICY.ladders))


def minutes(count):
    """So many minutes."""
    return timedelta(minutes=count)


def reported(kind=Kind.GATHERING, facts=CALM, *, persons=PERSONS, at=NINE, id="E1", **more):
    """The incident and what its report announced; `more` are fields of the report."""
    given = {"place": PLACE, "reporter": TELLER, "summary": "柜面有人聚集", **more}
    event = EventReport(kind=kind, facts=facts, **given)
    return report(event, id=id, thresholds=DEFAULT_THRESHOLDS, policy=THREE_CHANNELS, persons=persons, at=at)


def gathering(people, **more):
    return reported(facts=Facts(people_gathering=people), **more)


def news(incident, facts, *, at=NINE, actor=TELLER, persons=PERSONS):
    return add_facts(incident, news=facts, thresholds=DEFAULT_THRESHOLDS, persons=persons, actor=actor, at=at)


def judged(incident, level, *, actor, at=NINE, reason="现场判断"):
    return judge(incident, level=level, reason=reason, persons=PERSONS, actor=actor, at=at)


def ran(incident, at, persons=PERSONS):
    return escalate(incident, persons=persons, at=at)


def guided(incident, actor, at=NINE):
    return record_guidance(incident, words="先疏导客户，逐一登记", actor=actor, at=at)


def acknowledged(incident, person, at=NINE):
    return acknowledge(incident, person=person, at=at)


def filed(incident, kind=ReportKind.FIRST, *, at=NINE, actor=MANAGER, content=CONTENT):
    return submit_report(incident, kind=kind, content=content, actor=actor, at=at)


def closed(incident, *, actor=HEAD_OFFICE, at=NINE, outcome=Outcome.HANDLED, reason=None):
    return close(incident, outcome=outcome, reason=reason, actor=actor, at=at)


def contained(incident, *, at=NINE, actor=MANAGER):
    return contain(begin_response(incident, actor=actor, at=at)[0], actor=actor, at=at)


def told(facts):
    """The persons told, in order."""
    return [fact.person for fact in facts if isinstance(fact, Notice)]


def companies(facts):
    """The units reported to, in order."""
    return [fact.unit for fact in facts if isinstance(fact, Escalated)]
