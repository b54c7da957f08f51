"""R7.11: what is attached to an incident stays with it, is said once, and is never more than its document can hold."""

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.errors import Refusal
from emergency.announcements import Entry
from emergency.attachments import MOST_ATTACHMENTS, DocumentKind, File, attach, attachment
from emergency.authority import Actor
from emergency.incidents import Outcome
from emergency.refusals import (
    AlreadyClosed,
    AttachedOtherwise,
    AttachmentUnknown,
    BeyondAuthority,
    TextMissing,
    TooManyAttachments,
)
from services.emergency.tests.scenes import CCMS, HEAD_OFFICE, MANAGER, NINE, SUPERVISOR, closed, gathering, minutes

pytestmark = pytest.mark.clause("R7.11")

INCIDENT = gathering(3)[0]
AUDITOR = Actor("auditor", ("auditor",))
SCAN = DocumentKind.REPORT_SCAN


def file(number=1, **more):
    given = {"hash": f"{number:064x}", "size": 100, "type": "image/png", "name": f"{number}.png"}
    return File(**{**given, "kind": DocumentKind.ON_SITE_PHOTO, **more})


def attached(incident, *files, actor=SUPERVISOR, at=NINE):
    announced = ()
    for one in files:
        incident, facts = attach(incident, one, actor=actor, at=at)
        announced += facts
    return incident, announced


def handled(incident):
    return evolve(incident, closed_at=NINE, outcome=Outcome.HANDLED)


def test_the_incident_keeps_what_was_attached_by_whom_and_when_and_the_timeline_says_so():
    incident, (entry,) = attached(INCIDENT, file(), at=minutes(3))

    kept = attachment(incident, file().hash)
    assert (kept.name, kept.size, kept.type, kept.kind) == ("1.png", 100, "image/png", "on_site_photo")
    assert (kept.at, kept.by) == (minutes(3), "supervisor")
    assert isinstance(entry, Entry)
    assert (entry.kind, entry.actor, entry.words, entry.seq) == (
        "attached", "supervisor", "1.png", INCIDENT.timeline_count + 1,
    )  # fmt: skip
    assert entry.data == {"hash": kept.hash, "type": "image/png", "size": "100", "document": "on_site_photo"}


def test_attaching_the_same_again_changes_nothing_and_says_nothing():
    incident, _ = attached(INCIDENT, file())

    assert attach(incident, file(), actor=MANAGER, at=minutes(1)) == (incident, ())


@pytest.mark.parametrize("other", [{"name": "other.png"}, {"kind": DocumentKind.OTHER}])
def test_the_same_file_is_not_attached_as_something_else(other):
    incident, _ = attached(INCIDENT, file())

    with pytest.raises(AttachedOtherwise):
        attach(incident, file(**other), actor=SUPERVISOR, at=NINE)


def test_the_reporter_may_attach_and_whoever_may_add_facts():
    for actor in (CCMS, SUPERVISOR, MANAGER, HEAD_OFFICE, Actor(INCIDENT.reporter)):
        assert attached(INCIDENT, file(), actor=actor)[0].attachments
    with pytest.raises(BeyondAuthority):
        attached(INCIDENT, file(), actor=AUDITOR)


def test_a_name_of_which_nothing_is_left_is_none():
    with pytest.raises(TextMissing):
        attached(INCIDENT, file(name=""))


def test_as_many_as_fit_are_taken_and_not_one_more():
    full, _ = attached(INCIDENT, *(file(number) for number in range(MOST_ATTACHMENTS)))

    assert len(full.attachments) == MOST_ATTACHMENTS
    assert attached(full, file(0))[0] == full
    with pytest.raises(TooManyAttachments):
        attached(full, file(MOST_ATTACHMENTS))


def test_after_the_closing_a_handled_incident_takes_scans_of_reports_alone():
    assert attached(handled(INCIDENT), file(kind=SCAN))[0].attachments
    with pytest.raises(AlreadyClosed):
        attached(handled(INCIDENT), file())


def test_a_false_alarm_takes_nothing_more():
    alarm, _ = closed(INCIDENT, outcome=Outcome.FALSE_ALARM, reason="误报")

    for kind in DocumentKind:
        with pytest.raises(AlreadyClosed):
            attached(alarm, file(kind=kind))


def test_a_file_of_another_incident_is_unknown():
    incident, _ = attached(INCIDENT, file(1))

    with pytest.raises(AttachmentUnknown):
        attachment(incident, file(2).hash)


class Attaching(RuleBasedStateMachine):
    """One incident and any files, in any order, closed at any time."""

    def __init__(self):
        super().__init__()
        self.incident = INCIDENT
        self.before = INCIDENT
        self.numbers = []

    @rule(
        number=st.integers(0, MOST_ATTACHMENTS + 5),
        kind=st.sampled_from(DocumentKind),
        name=st.sampled_from(["a.png", "b.png", ""]),
        actor=st.sampled_from([SUPERVISOR, MANAGER, CCMS, AUDITOR]),
    )
    def attach(self, number, kind, name, actor):
        self.before = self.incident
        try:
            self.incident, facts = attach(self.incident, file(number, kind=kind, name=name), actor=actor, at=NINE)
        except Refusal:
            return
        self.numbers += [fact.seq for fact in facts]

    @rule(outcome=st.sampled_from([Outcome.HANDLED, Outcome.FALSE_ALARM]))
    def close(self, outcome):
        self.before = self.incident = evolve(self.incident, closed_at=NINE, outcome=outcome)

    @invariant()
    def nothing_is_lost_doubled_or_too_much(self):
        files = self.incident.attachments
        assert files[: len(self.before.attachments)] == self.before.attachments
        assert len({one.hash for one in files}) == len(files) <= MOST_ATTACHMENTS
        assert all(one.name for one in files)
        assert self.numbers == list(range(INCIDENT.timeline_count + 1, INCIDENT.timeline_count + 1 + len(files)))

    @invariant()
    def a_false_alarm_takes_nothing(self):
        if self.before.outcome is Outcome.FALSE_ALARM:
            assert self.incident == self.before


Attaching.TestCase.settings = settings(deadline=None, max_examples=50)
TestAttaching = Attaching.TestCase
