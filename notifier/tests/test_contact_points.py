"""R7.5: where a person is reached: sealed in the database, masked in answers, filed under the units above."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from postroom.office import EVERYTHING, KEYS, PERSON, PERSONS, UNITS

from chassis.fieldcrypt import FieldKeys, FieldUnreadable
from chassis.identity import Grant
from notifier.contact_points import Contacts, masked, opened, replaced, sealed

pytestmark = pytest.mark.clause("R7.5")
live = pytest.mark.live

ADDRESS = "p440100017@example.invalid"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
URL = "https://hooks.example.invalid/T01/secret-path"
CONTACTS = Contacts(ADDRESS, URL, SECRET)
POINT = sealed(PERSON, UNITS, CONTACTS, KEYS, PERSONS)
NEW_KEYS = FieldKeys("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"L" * 32)
COUNTER = {"id": "4401003", "units": list(UNITS), "name": "示例三柜面"}

maybe = st.none() | st.text()


@given(st.builds(Contacts, maybe, maybe, maybe))
def test_what_was_sealed_is_what_opens(contacts):
    assert opened(sealed(PERSON, UNITS, contacts, KEYS, PERSONS), KEYS) == contacts


def test_nothing_of_a_contact_point_is_shown_in_clear():
    shown = f"{POINT!r} {CONTACTS!r} {masked(POINT, KEYS)}"

    for value in (ADDRESS, ADDRESS.partition("@")[0], SECRET, "secret-path"):
        assert value not in shown


def test_a_masked_contact_point_keeps_what_its_person_recognises():
    assert masked(POINT, KEYS) == {
        "person": PERSON,
        "unit": "4401003",
        "mail": "p***@example.invalid",
        "webhook": "https://hooks.example.invalid/***",
        "chat": None,
    }


def test_a_sealed_value_of_one_person_does_not_open_for_another():
    with pytest.raises(FieldUnreadable):
        opened(evolve(POINT, person="P440100018"), KEYS)


def test_said_twice_it_changes_nothing():
    assert replaced(POINT, UNITS, CONTACTS, KEYS, PERSONS) is POINT


def test_said_again_after_the_key_was_turned_it_is_sealed_by_the_new_key():
    fresh = replaced(POINT, UNITS, CONTACTS, NEW_KEYS, PERSONS)

    assert fresh is not POINT
    assert opened(fresh, FieldKeys("k2", {"k2": b"2" * 32}, b"L" * 32)) == CONTACTS


def test_a_point_that_no_key_opens_is_replaced_by_what_is_said_now():
    only_new = FieldKeys("k2", {"k2": b"2" * 32}, b"L" * 32)

    assert opened(replaced(POINT, UNITS, CONTACTS, only_new, PERSONS), only_new) == CONTACTS


@live
def test_a_contact_point_is_made_and_then_replaced(office):
    made = office.set_contact(mail=ADDRESS)["ok"]
    changed = office.set_contact(mail="new@example.invalid")["ok"]
    again = office.set_contact(mail="new@example.invalid")["ok"]

    assert [(one["status"], one["version"]) for one in (made, changed, again)] == [(201, 1), (200, 2), (200, 2)]
    assert changed["body"]["mail"] == "n***@example.invalid"


@live
def test_a_command_repeated_with_its_key_answers_as_before(office):
    first = office.set_contact(mail=ADDRESS, key="a")["ok"]
    second = office.set_contact(mail="new@example.invalid", key="b")["ok"]

    assert office.set_contact(mail=ADDRESS, key="a")["ok"]["status"] == first["status"]
    assert office.set_contact(mail="new@example.invalid", key="b")["ok"] == {**second, "replayed": True}
    assert office.set_contact(mail="other@example.invalid", key="b")["refusal"]["code"] == "chassis.key_reused"


@live
def test_a_contact_point_is_read_masked_with_its_version(office):
    office.set_contact(mail=ADDRESS, webhook={"url": "http://hooks.example.invalid/x", "secret": SECRET})

    answer = office.ask("contact_point", path={"person": PERSON})["ok"]

    assert (answer["version"], answer["body"]["mail"]) == (1, "p***@example.invalid")
    assert answer["body"]["webhook"] == "http://hooks.example.invalid/***"


@live
def test_if_match_of_another_version_is_refused(office):
    office.set_contact(mail=ADDRESS)
    body = {"unit": "4401003", "mail": "new@example.invalid"}

    refusal = office.ask("set_contact_point", path={"person": PERSON}, body=body, if_match=7)["refusal"]

    assert refusal["kind"] == "stale"


@live
def test_a_person_nobody_has_set_is_not_found(office):
    assert office.ask("contact_point", path={"person": PERSON})["refusal"]["kind"] == "missing"


@live
@pytest.mark.parametrize(
    ("given", "code", "pointer"),
    [
        ({}, "notifier.nothing_given", "/body"),
        ({"mail": "not an address"}, "chassis.input_faulty", "/body/mail"),
        ({"mail": f"{ADDRESS}\nBcc: x@example.invalid"}, "chassis.input_faulty", "/body/mail"),
        ({"mail": f"{ADDRESS}\n"}, "chassis.input_faulty", "/body/mail"),
        ({"mail": "张三@example.invalid"}, "chassis.input_faulty", "/body/mail"),
        ({"mail": "a..b@example.invalid"}, "chassis.input_faulty", "/body/mail"),
        ({"mail": ADDRESS, "unit": "44.01"}, "chassis.input_faulty", "/body/unit"),
        ({"webhook": {"url": "ftp://x.invalid", "secret": SECRET}}, "notifier.webhook_malformed", "/body/webhook/url"),
        ({"webhook": {"url": URL, "secret": "whsec_c2hvcnQ="}}, "notifier.secret_malformed", "/body/webhook/secret"),
        ({"webhook": {"url": URL}}, "chassis.input_faulty", "/body/webhook/secret"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(office, given, code, pointer):
    refusal = office.set_contact(**given)["refusal"]

    assert (refusal["kind"], refusal["code"], refusal["fields"][0]["pointer"]) == ("malformed", code, pointer)
    assert "example.invalid" not in str(refusal)


@live
@pytest.mark.parametrize("person", ["张三", "zhang.san", "P1", "PERSON12345", "p440100017"])
@pytest.mark.parametrize("operation", ["set_contact_point", "contact_point"])
def test_a_person_is_a_pseudonymous_id(office, person, operation):
    body = {"unit": "4401003", "mail": ADDRESS}

    refusal = office.ask(operation, path={"person": person}, body=body)["refusal"]

    assert refusal["kind"] == "malformed"
    assert person not in str(refusal)


@live
def test_a_caller_reaches_the_people_of_the_granted_units_only(office):
    office.hear("security", "unit_stated", "4401003", COUNTER)
    in_province, elsewhere = (Grant("contact.write", "44"),), (Grant("contact.write", "35"),)

    assert office.set_contact(mail=ADDRESS, grants=elsewhere)["refusal"]["kind"] == "forbidden"
    assert office.set_contact(mail=ADDRESS, grants=in_province)["ok"]["status"] == 201
    assert office.set_contact(mail=ADDRESS, unit="35", grants=elsewhere)["refusal"]["kind"] == "missing"


@live
def test_who_may_write_may_not_read(office):
    office.set_contact(mail=ADDRESS)

    refusal = office.ask("contact_point", (Grant("contact.write", "HQ"),), path={"person": PERSON})["refusal"]

    assert refusal["code"] == "chassis.not_granted"


@live
def test_a_unit_that_nobody_knows_yet_lies_right_below_head_office_until_it_is_stated(office):
    office.set_contact(mail=ADDRESS)
    before = office.database.contact_points.find_one({"_id": PERSON})

    office.hear("security", "unit_stated", "4401003", COUNTER, version=2)
    office.hear("security", "unit_stated", "4401003", COUNTER | {"units": ["HQ", "4401003"]}, version=1)

    after = office.database.contact_points.find_one({"_id": PERSON})
    assert (before["units"], after["units"]) == (["HQ", "4401003"], list(UNITS))
    assert after["state"]["mail"] == before["state"]["mail"]


@live
def test_a_stated_unit_files_all_its_people_and_nobody_elses(office):
    for person, unit in (("P1001", "4401003"), ("P1002", "4401003"), ("P1003", "4401001")):
        office.set_contact(person, mail=ADDRESS, unit=unit)

    office.hear("security", "unit_stated", "4401003", COUNTER)

    filed = {one["_id"]: len(one["units"]) for one in office.database.contact_points.find()}
    assert filed == {"P1001": 4, "P1002": 4, "P1003": 2}


@live
def test_head_office_itself_is_filed_under_head_office(office):
    office.set_contact(mail=ADDRESS, unit="HQ", grants=EVERYTHING)

    assert office.database.contact_points.find_one()["units"] == ["HQ"]
