"""Contact data is read in clear for a purpose, on record, and so often a day; nothing of it is kept by that."""

import threading
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postroom.office import KEYS, NINE, PERSON, UNITS

from chassis.fieldcrypt import FieldKeys, PersonKeys
from chassis.identity import Grant
from notifier.disclosures import MOST_A_DAY, Reading, begun, read, reason_of, resealed, seal_reason

live = pytest.mark.live

MAIL = "p440100017@example.invalid"
URL = "https://hooks.example.invalid/T01/secret-path"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
REVEAL = (Grant("contact.reveal", "4401003"), Grant("subject.export", "4401003"))
AUDIT = (Grant("disclosure.read", "HQ"),)
WHY = {"purpose": "delivery_fault", "reason": "致电张三核对"}
DAY = begun("HELPDESK", date(2026, 11, 23))


def reading(number: int, reason: str = "sealed") -> Reading:
    return Reading(id=f"r{number}", at=NINE, persons=(PERSON,), fields=("mail",), purpose="correction", reason=reason)


@given(st.lists(st.integers(0, 80), max_size=80))
def test_no_sequence_of_readings_goes_beyond_the_limit_and_it_is_made_known_once(numbers):
    record, told, numbers = DAY, 0, list(dict.fromkeys(numbers))
    for number in [*numbers, *numbers[:1]]:
        record, effects = read(record, reading(number), at=NINE)
        told += len(effects)

    assert len(record.readings) == min(len(numbers), MOST_A_DAY)
    assert told == (1 if len(numbers) > MOST_A_DAY else 0)
    assert (record.limit_reached_at is not None) == (len(numbers) > MOST_A_DAY)


@given(st.text(max_size=50))
def test_a_reason_opens_in_its_own_reading_alone_before_and_after_the_key_is_turned(text):
    turned = FieldKeys("k2", {"k1": b"1" * 32, "k2": b"2" * 32}, b"L" * 32)
    record, _ = read(DAY, reading(1, seal_reason(DAY.id, "r1", text, KEYS)), at=NINE)

    anew = resealed(record, turned)

    assert anew.readings[0].reason.startswith("k2.")
    assert reason_of(anew, anew.readings[0], turned) == text
    assert resealed(anew, turned) is anew


def disclosed(office, *, grants=REVEAL, person=PERSON, key=None, **changed):
    return office.ask("disclose_contact_point", grants, path={"person": person}, body=WHY | changed, key=key)


def exported(office, mail, *, grants=REVEAL, key=None):
    body = {"mail": mail, "reason": "请求编号 17"}
    return office.ask("export_subject", grants, body=body, key=key)


def records(office, grants=AUDIT):
    return office.ask("disclosures", grants, query={})["ok"]["body"]["items"]


@pytest.fixture
def reached(office):
    """The person has a mail address and a webhook."""
    office.set_contact(mail=MAIL, webhook={"url": URL, "secret": SECRET})
    return office


@live
def test_what_is_disclosed_is_told_in_clear_and_recorded_without_it(reached):
    answer = disclosed(reached)

    assert answer["ok"]["body"] == {"person": PERSON, "mail": MAIL, "webhook": URL}
    (record,) = records(reached)
    (one,) = record["readings"]
    assert (record["reader"], record["day"]) == ("directory-loader", "2026-11-23")
    assert (one["persons"], one["fields_read"], one["purpose"]) == ([PERSON], ["mail", "webhook"], "delivery_fault")
    assert one["reason"] == WHY["reason"]
    stored = str(list(reached.database["disclosures"].find()))
    assert [text for text in (MAIL, URL, SECRET, "张三") if text in stored] == []


@live
def test_the_same_key_again_tells_no_value_and_is_recorded_once(reached):
    disclosed(reached, key="a")

    again = disclosed(reached, key="a")["ok"]

    assert (again["replayed"], again["body"]["mail"], again["body"]["webhook"]) == (True, None, None)
    assert len(records(reached)[0]["readings"]) == 1


@live
def test_after_the_day_s_readings_nothing_more_is_told_and_the_limit_is_announced_once(reached):
    for _ in range(MOST_A_DAY):
        assert "ok" in disclosed(reached)

    refused = [disclosed(reached), disclosed(reached, key="b"), disclosed(reached, key="b"), exported(reached, MAIL)]

    assert {one["refusal"]["code"] for one in refused} == {"notifier.disclosure_limit_reached"}
    reached.settle()
    (told,) = reached.said("disclosure_limit_reached")
    assert (told["reader"], told["day"], told["readings"]) == ("directory-loader", "2026-11-23", MOST_A_DAY)
    assert set(told) == {"reader", "day", "readings", "at"}


@live
def test_the_next_business_day_begins_at_midnight_in_shanghai(reached):
    for _ in range(MOST_A_DAY):
        disclosed(reached)
    reached.clock.step(NINE + timedelta(hours=14, minutes=59))
    assert "refusal" in disclosed(reached)

    reached.clock.step(NINE + timedelta(hours=15))

    assert "ok" in disclosed(reached)
    assert [record["day"] for record in records(reached)] == ["2026-11-24", "2026-11-23"]


@live
def test_readers_at_the_same_moment_share_one_limit(reached):
    answers = []

    def many():
        answers.extend(disclosed(reached) for _ in range(8))

    threads = [threading.Thread(target=many) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = sum("ok" in answer for answer in answers)
    assert len(answers) == 40
    assert told == len(records(reached)[0]["readings"]) <= MOST_A_DAY
    codes = {answer["refusal"]["code"] for answer in answers if "refusal" in answer}
    assert codes <= {"notifier.disclosure_limit_reached", "chassis.contended", "chassis.exists"}


@live
@pytest.mark.parametrize(
    "changed", [{"purpose": "curiosity"}, {"reason": "abc"}, {"reason": "x" * 201}, {"reason": None}]
)
def test_no_purpose_of_the_list_or_no_reason_no_disclosure(reached, changed):
    assert disclosed(reached, **changed)["refusal"]["kind"] == "malformed"
    assert records(reached) == []


@live
def test_what_is_not_there_or_out_of_reach_is_neither_told_nor_recorded(reached):
    assert disclosed(reached, person="P440100018")["refusal"]["code"] == "chassis.not_found"
    assert disclosed(reached, person="张三")["refusal"]["code"] != "chassis.not_found"
    elsewhere = disclosed(reached, grants=(Grant("contact.reveal", "32"),))
    reading_only = disclosed(reached, grants=(Grant("contact.read", "HQ"),))

    assert elsewhere["refusal"]["code"] == "chassis.not_found"
    assert reading_only["refusal"]["kind"] == "forbidden"
    assert records(reached) == []


@live
def test_records_are_head_office_s_to_read(reached):
    disclosed(reached)

    assert records(reached, (Grant("disclosure.read", "44"),)) == []
    assert reached.ask("disclosures", REVEAL, query={})["refusal"]["kind"] == "forbidden"


@live
def test_whoever_asks_what_is_kept_of_them_is_found_by_the_address_under_every_version_of_the_person_key(
    office_with, reached
):
    turned = PersonKeys("p2", {"p1": b"P" * 32, "p2": b"Q" * 32})
    office = office_with(persons=lambda: turned)
    office.set_contact("P440100018", mail=MAIL.upper())

    found = exported(office, MAIL)["ok"]["body"]["subjects"]

    assert [(one["person"], one["fields_held"]) for one in found] == [
        (PERSON, ["mail", "webhook"]),
        ("P440100018", ["mail"]),
    ]
    assert exported(office, "nobody@example.invalid")["ok"]["body"]["subjects"] == []
    assert exported(office, MAIL, grants=(Grant("subject.export", "32"),))["ok"]["body"]["subjects"] == []
    assert [one["persons"] for one in records(office)[0]["readings"]] == [[PERSON, "P440100018"], [], []]
    assert UNITS[-1] == found[0]["unit"]


@live
def test_a_look_up_that_is_repeated_tells_no_more_than_the_first_time(reached):
    exported(reached, MAIL, key="a")
    reached.set_contact("P440100018", mail=MAIL)

    again = exported(reached, MAIL, key="a")["ok"]

    assert again["replayed"]
    assert [one["person"] for one in again["body"]["subjects"]] == [PERSON]
