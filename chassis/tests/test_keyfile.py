"""A key file is changed while processes use it: they go on with what lies there now, and with what they have where it
is faulty."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.fieldcrypt import KeysFaulty, KeyUnknown, PersonKeys, Place, person_key_of, sealed_by
from chassis.keyfile import (
    FIELD_FILE,
    PERSON_FILE,
    KeyFile,
    new_key,
    read_file,
    read_keys,
    read_person_keys,
    write_file,
)

MAIL = Place("contact_points", "P440000001", "mail")
LOOKUP = "TExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTEw="
FIRST = KeyFile("k1", {"k1": b"1" * 32}, {"lookup": LOOKUP})
PERSONS = PersonKeys("p2", {"p1": b"1" * 32, "p2": b"2" * 32})


@pytest.fixture
def path(tmp_path):
    write_file(tmp_path / FIELD_FILE, FIRST)
    return tmp_path / FIELD_FILE


def rotated(path):
    file = read_file(path)
    name = file.next_id()
    write_file(path, file.with_key(name, new_key()).sealing_by(name))


def test_a_rotation_is_taken_over_without_a_restart_and_what_was_sealed_before_still_opens(path):
    keys = read_keys(path.parent)
    before = keys.seal(MAIL, "a@example.invalid")

    rotated(path)
    after = keys.seal(MAIL, "a@example.invalid")

    assert (sealed_by(before), sealed_by(after)) == ("k1", "k2")
    assert {keys.open(MAIL, one) for one in (before, after)} == {"a@example.invalid"}
    assert keys.older == ("k1",)
    assert keys.lookup("a.b", "x") == read_keys(path.parent).lookup("a.b", "x")


def test_what_another_process_sealed_by_the_new_key_opens_at_once(path):
    slow, quick = read_keys(path.parent), read_keys(path.parent)

    rotated(path)

    assert slow.open(MAIL, quick.seal(MAIL, "x")) == "x"


def test_a_retired_key_opens_nothing_any_more(path):
    keys = read_keys(path.parent)
    before = keys.seal(MAIL, "x")

    rotated(path)
    write_file(path, read_file(path).without("k1"))

    with pytest.raises(KeyUnknown):
        keys.open(MAIL, before)


@pytest.mark.parametrize("text", ["", "{", '{"current": "k9", "keys": {}}', None])
def test_a_faulty_or_missing_file_leaves_a_process_with_the_keys_it_has(path, text):
    keys = read_keys(path.parent)
    sealed = keys.seal(MAIL, "x")

    path.unlink() if text is None else path.write_text(text)

    assert keys.open(MAIL, sealed) == "x"
    write_file(path, FIRST)
    rotated(path)
    assert sealed_by(keys.seal(MAIL, "x")) == "k2"


def test_a_file_is_its_owner_s_alone_and_nothing_is_left_beside_it(path):
    rotated(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [FIELD_FILE]
    assert json.loads(path.read_text())["lookup"] == LOOKUP


def test_a_faulty_state_is_not_written(path):
    with pytest.raises(KeysFaulty):
        write_file(path, read_file(path).without("k1"))

    assert read_file(path) == FIRST


def test_ids_go_on_from_the_highest_number():
    assert FIRST.next_id() == "k2"
    assert KeyFile("k2", {"k2": b"", "k10": b"", "other": b""}, {}).next_id() == "k11"
    assert KeyFile("main", {"main": b""}, {}).next_id() == "main1"


@given(st.text(), st.text())
def test_a_person_s_key_is_one_for_equal_values_of_one_kind_and_says_which_version_made_it(value, other):
    assert PERSONS.of("mail", f" {value.upper()} ") == PERSONS.of("mail", value.upper())
    assert PERSONS.of("mail", value) in PERSONS.all_of("mail", value)
    assert set(PERSONS.all_of("mail", value)).isdisjoint(PERSONS.all_of("phone", value))
    assert [person_key_of(key) for key in PERSONS.all_of("mail", value)] == ["p1", "p2"]
    assert PERSONS.is_current(PERSONS.of("mail", value))
    assert sealed_by(PERSONS.of("mail", other)) is None


def test_what_an_older_person_key_made_is_found_after_a_rotation(tmp_path):
    path = tmp_path / PERSON_FILE
    write_file(path, KeyFile("p1", {"p1": new_key()}, {}))
    persons = read_person_keys(tmp_path)
    before = persons().of("phone", "10000000000")

    rotated(path)

    assert persons().current == "p2"
    assert before in persons().all_of("phone", "10000000000")
    assert persons().of("phone", "10000000000") != before
