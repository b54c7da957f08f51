"""R7.5: what a notice says."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from notifier import wording
from notifier.notices import Notice

pytestmark = pytest.mark.clause("R7.5")

LINK = "https://decalog.example.invalid/a/token"
NOTICE = Notice(
    id="I20261123-0001:1:P440100017:2",
    incident="I20261123-0001",
    person="P440100017",
    channel="mail",
    level="I",
    kind="gathering",
    unit="4401003",
    unit_name="示例三柜面",
    units=("HQ", "44", "4401", "4401003"),
    drill=False,
    because="silence",
    attempt=2,
    due=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
    late_seconds=0,
    collapsed=0,
    link="0" * 64,
    accepted_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
)


def test_the_text_says_level_kind_unit_incident_time_attempt_and_link_in_both_languages():
    zh, _, en = wording.text(NOTICE, LINK).partition("-" * 40)

    for words in ("I级（特大）", "群体聚集", "示例三柜面", "I20261123-0001", "2026-11-23 09:30:00", "第 2 次", LINK):
        assert words in zh
    for words in ("level I (extraordinary)", "gathering", "示例三柜面", "I20261123-0001", "notice no. 2", LINK):
        assert words in en


def test_the_text_says_that_silence_is_followed_by_the_next_channel_and_the_deputy():
    text = wording.text(NOTICE, LINK)

    assert "系统将改用下一渠道通知，随后通知副职" in text
    assert "the next channel is used, and then your deputy is told" in text


def test_a_drill_says_so_first_of_all_in_both_languages():
    drill = evolve(NOTICE, drill=True)
    zh, _, en = wording.text(drill, LINK).partition("-" * 40)

    assert wording.subject(drill).startswith("【演练】")
    assert "DRILL " in wording.subject(drill)
    assert zh.startswith("【演练】")
    assert en.strip().startswith("DRILL ")
    assert wording.payload(drill, LINK)["data"]["drill"] is True


def test_what_is_no_drill_never_says_drill():
    everything = wording.subject(NOTICE) + wording.text(NOTICE, LINK)

    assert "演练" not in everything
    assert "DRILL" not in everything


def test_a_late_notice_says_how_late_and_what_it_stands_for():
    text = wording.text(evolve(NOTICE, late_seconds=4000, collapsed=3), LINK)

    assert "迟发 4000 秒" in text
    assert "4000 s late" in text
    assert "3 次通知" in text
    assert "3 earlier notice(s)" in text


def test_a_notice_in_time_says_nothing_of_being_late():
    text = wording.text(NOTICE, LINK)

    assert "迟发" not in text
    assert "earlier notice" not in text.partition("Why")[2].partition("Follow")[2]


def test_words_that_are_new_are_said_as_they_are():
    assert "asteroid" in wording.text(evolve(NOTICE, kind="asteroid"), LINK)


def test_no_words_name_the_person():
    everything = wording.subject(NOTICE) + wording.text(NOTICE, LINK)

    assert NOTICE.person not in everything.replace(NOTICE.id, "")


WARNING = evolve(NOTICE, about="warning", incident="W1:4401003", kind="crowd_surge", level="I", because="warned")


@pytest.mark.clause("R7.7")
def test_a_warning_is_told_by_its_colour_and_asks_to_be_acknowledged():
    zh, _, en = wording.text(WARNING, LINK).partition("-" * 40)

    assert wording.subject(WARNING) == "红色预警：客流激增，示例三柜面 / Warning: red surge of customers, W1:4401003"
    for words in ("红色预警：客流激增", "示例三柜面", "W1:4401003", "本机构在预警范围内", LINK):
        assert words in zh
    for words in ("Warning: red surge of customers", "is told to the unit above", LINK):
        assert words in en
    assert wording.payload(WARNING, LINK)["data"]["about"] == "warning"


@pytest.mark.clause("R7.6", "R7.7")
@pytest.mark.parametrize(
    ("about", "level", "kind", "subject"),
    [
        ("inspection", "", "2026-11", "服务风险隐患排查逾期：2026-11，示例三柜面"),
        ("finding", "high", "queue_pressure", "高风险服务风险隐患整改逾期：排队与客流压力，示例三柜面"),
        ("measure", "III", "crowd_surge", "黄色预警措施逾期：客流激增，示例三柜面"),
    ],
)
def test_what_is_overdue_says_so_and_asks_for_no_acknowledgement(about, level, kind, subject):
    notice = evolve(NOTICE, about=about, level=level, kind=kind, because="overdue")

    assert wording.subject(notice).startswith(subject)
    assert LINK not in wording.text(notice, LINK)
    assert "已到期限" in wording.text(notice, LINK)


@pytest.mark.clause("R7.7")
def test_a_warning_in_a_drill_says_so_first_of_all():
    drill = evolve(WARNING, drill=True)
    zh, _, en = wording.text(drill, LINK).partition("-" * 40)

    assert wording.subject(drill).startswith("【演练】")
    assert zh.startswith("【演练】")
    assert en.strip().startswith("DRILL ")
