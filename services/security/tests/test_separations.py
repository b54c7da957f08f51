"""R9.5: what is kept apart comes together in no post and, where it binds the person, in nobody."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chassis.errors import Refusal
from security.holders import HOLDER_KINDS, Assign, Assignment, assign
from security.posts import posts
from security.rights import permissions
from security.separations import (
    PostsJoinable,
    PostsSeparated,
    RightsSeparated,
    claims,
    of_permissions,
    posts_apart,
    refuse_rights,
    refuse_table,
    separations,
)
from security.units import Unit

DAY = date(2026, 11, 23)
UNITS = {
    "counter": Unit("4401003", "counter", "柜面", "4401", ("HQ", "44", "4401", "4401003"), None, None, None),
    "city": Unit("4401", "city", "广州", "44", ("HQ", "44", "4401"), None, None, None),
    "province": Unit("44", "province", "广东", "HQ", ("HQ", "44"), None, None, None),
    "head_office": Unit("HQ", "head_office", "总公司", None, ("HQ",), None, None, None),
}
PERSON = "P440100017"

pytestmark = pytest.mark.clause("R9.5")


def assigned(post, already=(), *, since=0, days=None, kind="holder"):
    unit = UNITS[posts()[post].kinds[-1]]
    begins = DAY + timedelta(days=since)
    ends = None if days is None else begins + timedelta(days=days)
    return assign(Assign(PERSON, post, unit.id, kind, begins, ends), unit=unit, already=already)


def test_the_table_names_known_halves_each_pair_once_with_words_and_a_basis():
    pairs = [(pair.of, frozenset((pair.first, pair.second))) for pair in separations()]

    assert len(set(pairs)) == len(pairs)
    assert len({pair.id for pair in separations()}) == len(pairs)
    for pair in separations():
        assert {pair.first, pair.second} <= set(permissions() if pair.of == "permissions" else posts())
        assert pair.why_zh
        assert pair.why_en.isascii()
        assert pair.basis in ("company", "source", "default")
        assert pair.binds in (("post", "person") if pair.of == "permissions" else ("person",))


def test_seals_and_blank_documents_setting_and_accepting_maker_and_checker_are_apart():
    assert posts_apart("seal_keeper", "document_keeper")
    assert posts_apart("province_ops_head", "it_permission_admin")
    for first, second in (("seal.keep", "document.keep"), ("payment.release", "payment.request")):
        with pytest.raises(RightsSeparated):
            refuse_rights(PERSON, first, (second,))
    assert posts_apart("teller", "seal_keeper") is None


@pytest.mark.parametrize("pair", of_permissions(), ids=lambda pair: pair.id)
def test_no_post_is_given_both_halves(pair):
    with pytest.raises(RightsSeparated) as refused:
        refuse_table({"teller": frozenset((pair.first, pair.second))})

    assert {refused.value.facts["first"], refused.value.facts["second"]} == {pair.first, pair.second}


@pytest.mark.parametrize("pair", [one for one in of_permissions() if one.binds == "person"], ids=lambda pair: pair.id)
def test_two_posts_that_one_person_may_hold_are_not_given_a_half_each(pair):
    with pytest.raises(PostsJoinable):
        refuse_table({"teller": frozenset((pair.first,)), "guide": frozenset((pair.second,))})


def test_two_posts_that_are_apart_may_have_a_half_each():
    refuse_table({"seal_keeper": frozenset(("seal.keep",)), "document_keeper": frozenset(("document.keep",))})


@pytest.mark.parametrize(("since", "refused"), [(9, True), (10, False)])
def test_a_separated_post_may_follow_from_the_very_day_on_which_the_other_has_ended(since, refused):
    keeper = assigned("seal_keeper", days=10)

    if not refused:
        assert assigned("document_keeper", (keeper,), since=since)
        return
    with pytest.raises(PostsSeparated) as answer:
        assigned("document_keeper", (keeper,), since=since)
    assert answer.value.facts["other"] == "seal_keeper"


def test_rights_take_a_word_for_each_pair_and_only_the_halves_of_one_share_it():
    for code in permissions():
        for other in permissions():
            shared = set(claims(PERSON, code)) & set(claims(PERSON, other))
            apart = any(pair.other(code) == other for pair in of_permissions())
            assert bool(shared) == (apart or (code == other and bool(claims(PERSON, code))))


TABLES = st.dictionaries(st.sampled_from(sorted(posts())), st.frozensets(st.sampled_from(sorted(permissions()))))
WISHES = st.lists(
    st.tuples(st.sampled_from(sorted(posts())), st.integers(0, 30), st.integers(1, 30), st.sampled_from(HOLDER_KINDS)),
    max_size=12,
)


@given(table=TABLES, wishes=WISHES)
def test_whatever_the_table_and_the_assignments_nobody_ever_holds_both_halves(table, wishes):
    try:
        refuse_table(table)
    except Refusal:
        assume(False)
    held: list[Assignment] = []
    for post, since, days, kind in wishes:
        try:
            held.append(assigned(post, held, since=since, days=days, kind=kind))
        except Refusal:
            continue

    for ahead in range(61):
        today = [one.post for one in held if one.held_on(DAY + timedelta(days=ahead))]
        rights = frozenset().union(*(table.get(post, frozenset()) for post in today))
        for pair in of_permissions():
            assert pair.binds == "post" or not {pair.first, pair.second} <= rights
            assert all(not {pair.first, pair.second} <= table.get(post, frozenset()) for post in today)
        assert not any(posts_apart(one, other) for one in today for other in today)
