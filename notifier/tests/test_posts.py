"""R9.5, R9.8: what people may do in the notifier, by the posts they hold."""

from datetime import date

import pytest
from attrs import evolve
from postroom.office import NINE, PERSON

from chassis.identity import Caller
from notifier.authority import AUTHORITY
from notifier.directory import AssignmentCopy, grants

HEAD, STRANGER = "P440100001", "P440200001"
TODAY = date(2026, 11, 23)
HELD = AssignmentCopy("a1", HEAD, "centre_manager", "4401", date(2026, 1, 1), None)
HOOK = "https://hooks.example.invalid/T01/secret-path"
MAIL = "p440100017@example.invalid"


def state(office, person, post, unit, *, since="2026-01-01", to=None, kind="holder", number=1):
    """Security states that a person holds a post."""
    name = f"{unit}:{post}:{person}"
    data = {"id": name, "person": person, "post": post, "unit": unit, "kind": kind, "order": None}
    office.hear("security", "assignment_stated", name, {**data, "held_from": since, "held_to": to}, version=number)


def organised(office):
    """A city with a counter, its head and a teller; the same elsewhere."""
    for units in (("HQ",), ("HQ", "44"), ("HQ", "44", "4401"), ("HQ", "44", "4401", "4401003"), ("HQ", "45")):
        office.hear("security", "unit_stated", units[-1], {"id": units[-1], "units": list(units)})
    state(office, HEAD, "centre_manager", "4401")
    state(office, PERSON, "teller", "4401003")
    return office


def by(office, person, operation, **request):
    """The answer to a person whose grants are those of the copies."""
    service = office.service
    caller = Caller(person, "person", service.grants_of(person, office.clock.now()))
    return office.as_caller(caller, operation, **request)


def set_mail(office, person, whom=PERSON, unit="4401003"):
    return by(office, person, "set_contact_point", path={"person": whom}, body={"unit": unit, "mail": MAIL})


def subscribe(office, person, unit="44"):
    body = {"name": "duty screen", "unit": unit, "url": HOOK}
    return by(office, person, "create_webhook", body=body, key=f"{person} {unit}")


def code(answer):
    return answer["refusal"]["code"] if "refusal" in answer else answer["ok"]["status"]


@pytest.mark.clause("R9.5")
@pytest.mark.parametrize(("day", "held"), [(date(2025, 12, 31), False), (TODAY, True)])
def test_a_post_gives_its_actions_over_its_unit_from_the_day_it_is_held(day, held):
    given = {(grant.action, grant.unit) for grant in grants([HELD], on=day)}

    assert given == ({(each.value, "4401") for each in AUTHORITY["centre_manager"]} if held else set())


def test_a_post_that_has_ended_or_that_nothing_is_written_of_gives_nothing():
    assert grants([evolve(HELD, held_to=TODAY)], on=TODAY) == ()
    assert grants([evolve(HELD, post="sales")], on=TODAY) == ()


@pytest.mark.live
@pytest.mark.clause("R9.5")
def test_the_head_of_a_city_sets_and_sees_where_the_people_of_its_counters_are_reached(office):
    organised(office)

    assert code(set_mail(office, HEAD)) == 201
    seen = by(office, HEAD, "contact_point", path={"person": PERSON})
    assert seen["ok"]["body"]["mail"] != MAIL


@pytest.mark.live
@pytest.mark.clause("R9.5")
def test_nobody_takes_over_what_is_told_to_others(office):
    organised(office)
    state(office, STRANGER, "duty_officer", "HQ")

    assert code(set_mail(office, HEAD, whom=STRANGER)) == "notifier.not_of_this_unit"
    assert code(set_mail(office, HEAD, whom=PERSON, unit="4401")) == "notifier.not_of_this_unit"
    assert code(set_mail(office, HEAD, whom=STRANGER, unit="HQ")) == "chassis.not_permitted"
    assert office.service.points.collection.count_documents({}) == 0


@pytest.mark.live
@pytest.mark.clause("R9.5")
def test_head_office_sets_where_a_duty_desk_is_reached_that_holds_no_post(office):
    organised(office)
    state(office, STRANGER, "ho_customer_service_head", "HQ")

    assert code(set_mail(office, STRANGER, whom="D0001", unit="HQ")) == 201


@pytest.mark.live
@pytest.mark.clause("R9.5")
def test_a_post_elsewhere_or_without_the_action_or_not_known_here_gets_nothing(office):
    organised(office)
    set_mail(office, HEAD)
    state(office, STRANGER, "province_ops_head", "45")

    assert code(set_mail(office, STRANGER)) == "chassis.not_permitted"
    assert code(by(office, STRANGER, "contact_point", path={"person": PERSON})) == "chassis.not_found"
    assert code(set_mail(office, PERSON)) == "chassis.not_granted"
    assert code(by(office, "P999900001", "contact_point", path={"person": PERSON})) == "chassis.not_granted"


@pytest.mark.live
@pytest.mark.clause("R9.5")
@pytest.mark.parametrize("kind", ["acting", "deputy", "lent"])
def test_who_acts_stands_by_or_is_lent_does_what_the_post_may(office, kind):
    organised(office)
    state(office, STRANGER, "province_ops_head", "44", kind=kind)

    assert code(subscribe(office, STRANGER)) == 201


@pytest.mark.live
@pytest.mark.clause("R9.5")
def test_head_office_subscribes_a_webhook_its_duty_officer_sees_it_and_a_city_does_not(office):
    organised(office)
    state(office, STRANGER, "ho_business_management_head", "HQ")
    state(office, "P110000009", "duty_officer", "HQ")

    made = subscribe(office, STRANGER, "HQ")
    path = {"webhook": made["ok"]["body"]["id"]}

    assert code(by(office, "P110000009", "webhook", path=path)) == 200
    assert code(by(office, "P110000009", "disable_webhook", path=path, body={})) == "chassis.not_granted"
    assert code(subscribe(office, HEAD, "4401")) == "chassis.not_granted"


@pytest.mark.live
@pytest.mark.clause("R9.8")
@pytest.mark.parametrize("standing", ["suspended", "left"])
def test_whoever_is_suspended_or_has_left_does_nothing_here(office, standing):
    organised(office)
    office.hear("security", "staff_stated", HEAD, {"standing": standing})

    assert not office.service.admits(HEAD)
    assert code(set_mail(office, HEAD)) == "chassis.not_admitted"
    assert office.service.grants_of(HEAD, NINE) == ()
    office.hear("security", "staff_stated", HEAD, {"standing": "employed"}, version=2)
    assert code(set_mail(office, HEAD)) == 201


@pytest.mark.live
def test_a_post_that_ended_is_not_revived_by_an_older_word_of_it(office):
    organised(office)
    state(office, HEAD, "centre_manager", "4401", to="2026-11-01", number=3)
    state(office, HEAD, "centre_manager", "4401", number=2)

    assert code(set_mail(office, HEAD)) == "chassis.not_granted"
