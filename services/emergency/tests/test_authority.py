"""R7.3, R7.5: who may do what with an incident, as the table of posts says."""

import pytest

from emergency.authority import PERMISSIONS, POST_TIERS, Action, Actor, Relation, may
from emergency.levels import Level, Tier
from emergency.policies import DEFAULT_POLICY

COUNTER_POSTS = [
    "teller",
    "guide",
    "counter_supervisor",
    "information_officer",
    "device_keeper",
    "seal_keeper",
    "document_keeper",
    "elite_marketer",
]


def allowed(post, action):
    return [level for level in Level if may(Actor("somebody", (post,)), action, level)]


@pytest.mark.clause("R7.4")
@pytest.mark.parametrize("post", COUNTER_POSTS)
def test_everybody_at_a_counter_may_report(post):
    assert allowed(post, Action.REPORT) == list(Level)


@pytest.mark.clause("R7.3")
@pytest.mark.parametrize("action", [Action.LOWER, Action.CLOSE])
@pytest.mark.parametrize(
    ("post", "levels"),
    [
        ("teller", []),
        ("counter_supervisor", []),
        ("centre_manager", ["IV"]),
        ("city_reviewer", ["III", "IV"]),
        ("province_reviewer", ["II", "III", "IV"]),
        ("ho_reviewer", ["I", "II", "III", "IV"]),
        ("elite_marketer", []),
        ("auditor", []),
    ],
)
def test_lowering_and_closing_reach_up_to_a_level(post, levels, action):
    assert allowed(post, action) == levels


@pytest.mark.clause("R7.3")
def test_raising_reaches_every_level_from_the_supervisor_upward():
    raising = {post for post in POST_TIERS if allowed(post, Action.GRADE) == list(Level)}

    assert raising == set(POST_TIERS) - (set(COUNTER_POSTS) - {"counter_supervisor"}) - {"auditor"}


@pytest.mark.clause("R7.3")
def test_elite_marketers_have_the_least_access_and_auditors_only_read():
    assert [p.action for p in PERMISSIONS if p.post == "elite_marketer"] == [Action.REPORT]
    assert {p.action for p in PERMISSIONS if p.post == "auditor"} == {
        Action.READ,
        Action.READ_BODY,
        Action.READ_PLAN,
        Action.READ_INSPECTION,
        Action.READ_WARNING,
        Action.READ_DRILL,
        Action.READ_DRAFT,
        Action.READ_STATISTICS,
        Action.READ_PARAMETERS,
    }
    assert all(p.action.value.endswith(".read") for p in PERMISSIONS if p.post == "auditor")


@pytest.mark.clause("R7.5")
def test_everybody_whom_the_policy_tells_may_acknowledge_guide_and_read():
    posts = {post for ladder in DEFAULT_POLICY.ladders for rung in ladder.rungs for post in rung.posts}

    for post in posts:
        for action in (Action.ACKNOWLEDGE, Action.GUIDE, Action.READ):
            assert allowed(post, action) == list(Level)


@pytest.mark.clause("R7.5")
def test_acknowledging_belongs_to_who_was_told_and_the_rest_to_the_posts_unit():
    assert {p.relation for p in PERMISSIONS if p.action is Action.ACKNOWLEDGE} == {Relation.TOLD}
    assert {p.relation for p in PERMISSIONS if p.action is not Action.ACKNOWLEDGE} == {Relation.WITHIN}


@pytest.mark.clause("R7.4")
def test_a_branch_system_reports_adds_facts_files_and_reads_and_no_more():
    system = Actor("ccms", system=True)

    assert [action for action in Action if may(system, action, Level.I)] == [
        Action.REPORT,
        Action.READ,
        Action.ADD_FACTS,
        Action.FILE_REPORT,
        Action.REPORT_SIGNAL,
    ]


@pytest.mark.clause("R7.3")
def test_several_posts_count_by_the_highest_and_no_post_counts_for_nothing():
    assert Actor("x", ("teller", "province_reviewer")).tier is Tier.PROVINCE
    assert not any(may(Actor("x"), action, level) for action in Action for level in Level)
    assert not may(Actor("x", ("unheard_of",)), Action.REPORT, Level.IV)


@pytest.mark.clause("R7.3")
def test_the_table_names_known_posts_once_for_each_action():
    rows = [(p.post, p.action) for p in PERMISSIONS]

    assert len(rows) == len(set(rows))
    assert {post for post, _ in rows} == set(POST_TIERS)
