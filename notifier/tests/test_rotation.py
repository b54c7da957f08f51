"""Keys are turned while the notifier works: nothing is lost, everything opens at every moment, old keys end."""

import os
import threading

import pytest
from postroom.office import PERSON

from chassis.fieldcrypt import FieldKeys, FieldUnreadable, PersonKeys, sealed_by
from chassis.keyfile import FIELD_FILE, KeyFile, new_key, read_file, read_keys, write_file
from chassis.resealing import STAMP
from decalog import keys as command
from decalog.keys import KeyStays
from notifier.contact_points import opened

pytestmark = pytest.mark.live

LOOKUP = "TExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTEw="
URL = "http://127.0.0.1:9/T01/secret-path"
PEOPLE = [f"P44010{number:04}" for number in range(12)]


def mail(person: str, version: int = 0) -> str:
    return f"{person.lower()}.{version}@example.invalid"


@pytest.fixture
def path(tmp_path):
    write_file(tmp_path / FIELD_FILE, KeyFile("k1", {"k1": b"1" * 32}, {"lookup": LOOKUP}))
    return tmp_path / FIELD_FILE


@pytest.fixture
def office(office_with, path):
    """A notifier that follows the key file, with people and a webhook."""
    made = office_with(keys=read_keys(path.parent))
    for person in PEOPLE:
        assert "ok" in made.set_contact(person, mail=mail(person))
    made.hook(URL)
    return made


def rotated(path):
    command.obey("rotate", None, path, dict)


def resealed(office, most: int = 200) -> int:
    """One turn of every round that seals anew; how many documents were looked at."""
    return sum(each.work(most) for each in office.resealed)


def counted(office):
    return lambda: command.count([("notifier", office.database)], sealed_by)


def read(office, person: str) -> str | None:
    return opened(office.service.points.load(person).state, office.service.keys).mail


def test_after_a_rotation_everything_opens_and_is_sealed_anew_a_few_at_a_time(office, path):
    rotated(path)
    assert [read(office, person) for person in PEOPLE] == [mail(person) for person in PEOPLE]

    turns = [resealed(office, 5) for _ in range(4)]

    assert turns == [6, 5, 2, 0]
    assert {where for key, where in counted(office)() if key == "k1"} == set()
    assert [read(office, person) for person in PEOPLE] == [mail(person) for person in PEOPLE]
    assert office.database["contact_points"].distinct(STAMP) == ["k2", "p1"]


def test_sealing_anew_is_one_journaled_write_without_an_event_and_nothing_when_repeated(office, path):
    office.settle()
    said = len(office.exchange.taken)
    rotated(path)

    resealed(office)
    office.settle()
    versions = [office.service.points.load(person).version for person in PEOPLE]
    resealed(office)

    assert versions == [2] * len(PEOPLE) == [office.service.points.load(person).version for person in PEOPLE]
    assert len(office.exchange.taken) == said
    resealings = office.database["journal"].count_documents({"operation": "reseal"})
    assert resealings == len(PEOPLE) + 1


def test_a_rotation_under_load_loses_no_write_and_nothing_is_unreadable_at_any_moment(office, path):
    faults: list[str] = []
    done = threading.Event()
    wanted = dict.fromkeys(PEOPLE, 0)

    def writes(people: list[str]) -> None:
        for version in range(1, 12):
            for person in people:
                if "ok" in office.set_contact(person, mail=mail(person, version)):
                    wanted[person] = version

    def reads() -> None:
        while not done.is_set():
            for person in PEOPLE:
                try:
                    read(office, person)
                except FieldUnreadable as fault:
                    faults.append(str(fault))

    writers = [threading.Thread(target=writes, args=(PEOPLE[part::3],)) for part in range(3)]
    reader = threading.Thread(target=reads)
    for thread in (*writers, reader):
        thread.start()
    for _ in range(3):
        rotated(path)
        resealed(office)
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    while resealed(office):
        pass

    assert faults == []
    assert {person: read(office, person) for person in PEOPLE} == {
        person: mail(person, version) for person, version in wanted.items()
    }
    assert {key for key, _ in counted(office)()} == {"k4"}


def test_a_document_from_before_the_stamp_is_sealed_anew_too(office, path):
    office.database["contact_points"].update_many({}, {"$unset": {STAMP: ""}})

    assert resealed(office) == len(PEOPLE)

    assert office.database["contact_points"].count_documents({STAMP: "k1"}) == len(PEOPLE)
    assert resealed(office) == 0


def test_what_does_not_open_is_passed_by_and_holds_up_nothing(office, path):
    spoilt = {"state.mail": "k1.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    office.database["contact_points"].update_one({"_id": PEOPLE[0]}, {"$set": spoilt})
    rotated(path)

    while resealed(office, 3) > 1:
        pass

    left = [key_place for key_place in counted(office)() if key_place[0] == "k1"]
    assert left == [("k1", "notifier.contact_points")]
    assert read(office, PEOPLE[1]) == mail(PEOPLE[1])


def test_a_key_is_retired_only_when_nothing_is_sealed_by_it_and_some_time_after_the_rotation(office, path):
    rotated(path)
    with pytest.raises(KeyStays, match="less than 60 s ago"):
        command.obey("retire", "k1", path, counted(office))
    long_ago = path.stat().st_mtime - 2 * command.QUIET.total_seconds()  # a clock may be set back meanwhile
    os.utime(path, (long_ago, long_ago))
    with pytest.raises(KeyStays, match=r"12 in notifier\.contact_points, 2 in notifier\.subscriptions"):
        command.obey("retire", "k1", path, counted(office))
    with pytest.raises(KeyStays, match="current"):
        command.obey("retire", "k2", path, counted(office))
    with pytest.raises(KeyStays, match="name one"):
        command.obey("retire", "k9", path, counted(office))

    resealed(office)
    command.obey("retire", "k1", path, counted(office))

    assert list(read_file(path).keys) == ["k2"]
    assert [read(office, person) for person in PEOPLE] == [mail(person) for person in PEOPLE]
    assert command.obey("show", None, path, counted(office)) == [
        "k2\tcurrent\t12 in notifier.contact_points, 2 in notifier.subscriptions"
    ]


def test_a_key_can_be_everywhere_before_it_seals(office, path):
    command.obey("add", None, path, dict)
    office.set_contact(PERSON, mail=mail(PERSON))
    assert office.database["contact_points"].distinct(STAMP) == ["k1", "p1"]

    command.obey("use", "k2", path, dict)
    office.set_contact(PERSON, mail=mail(PERSON, 1))

    assert office.database["contact_points"].find_one({"_id": PERSON})[STAMP] == ["k2", "p1"]


def test_a_copy_of_the_database_is_unreadable_without_its_keys_and_a_value_that_was_moved_opens_nowhere(office):
    strange = FieldKeys("k1", {"k1": new_key()}, b"L" * 32)
    points = office.database["contact_points"]
    for person in PEOPLE:
        with pytest.raises(FieldUnreadable):
            opened(office.service.points.load(person).state, strange)

    taken = points.find_one({"_id": PEOPLE[0]})["state"]["mail"]
    points.update_one({"_id": PEOPLE[1]}, {"$set": {"state.mail": taken}})

    with pytest.raises(FieldUnreadable):
        read(office, PEOPLE[1])


def test_a_turned_person_key_is_taken_over_by_the_same_round(office_with, office):
    turned = office_with(keys=office.service.keys, persons=lambda: PersonKeys("p2", {"p1": b"P" * 32, "p2": b"Q" * 32}))

    assert resealed(turned) == len(PEOPLE)

    subjects = {point["subject"] for point in office.database["contact_points"].find()}
    assert all(subject.startswith("p2.") for subject in subjects)
    assert resealed(turned) == 0
