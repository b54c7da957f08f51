"""What is sealed opens with its key, in its place, unchanged; and nowhere else."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.fieldcrypt import (
    FieldKeys,
    KeysFaulty,
    KeyUnknown,
    Place,
    SealBroken,
    masked_mail,
    masked_phone,
    masked_url,
)
from chassis.keyfile import read_keys

FIRST, SECOND, LOOKUP = b"1" * 32, b"2" * 32, b"L" * 32
KEYS = FieldKeys("k1", {"k1": FIRST}, LOOKUP)
TURNED = FieldKeys("k2", {"k1": FIRST, "k2": SECOND}, LOOKUP)
MAIL = Place("contact_points", "P440000001", "mail")
ADDRESS = "zhang.san@example.invalid"

names = st.text(min_size=1).filter(lambda text: "|" not in text)
places = st.builds(Place, names, names, names)


def keys_file(folder, **changed):
    key = base64.b64encode(FIRST).decode()
    told = {"current": "k1", "keys": {"k1": key}, "lookup": key, **changed}
    (folder / "field.keys.json").write_text(json.dumps(told))
    return folder


@given(places, st.text())
def test_what_is_sealed_opens_in_its_place(place, value):
    assert KEYS.open(place, KEYS.seal(place, value)) == value


@given(places, places, st.text())
def test_a_sealed_field_opens_in_no_other_place(place, other, value):
    sealed = KEYS.seal(place, value)

    if place != other:
        with pytest.raises(SealBroken):
            KEYS.open(other, sealed)


@given(st.text(max_size=20), st.data())
def test_a_single_changed_character_breaks_the_seal(value, data):
    sealed = KEYS.seal(MAIL, value)
    at = data.draw(st.integers(len("k1."), len(sealed) - 1))
    put = data.draw(st.sampled_from("ABCxyz019-_.=").filter(lambda character: character != sealed[at]))

    with pytest.raises(SealBroken):
        KEYS.open(MAIL, sealed[:at] + put + sealed[at + 1 :])


@pytest.mark.parametrize("cut", ["k1", "k1.", "k1..", "k1.AAAA.AAAA", "k1.AAAAAAAAAAAAAAAA."])
def test_what_is_cut_short_does_not_open(cut):
    with pytest.raises(SealBroken):
        KEYS.open(MAIL, cut)


def test_two_documents_or_two_fields_cannot_swap_what_they_hold():
    other_person, other_field = (
        Place("contact_points", "P440000002", "mail"),
        Place(MAIL.collection, MAIL.id, "webhook"),
    )

    for elsewhere in (other_person, other_field):
        with pytest.raises(SealBroken):
            KEYS.open(elsewhere, KEYS.seal(MAIL, ADDRESS))


def test_the_same_value_is_sealed_differently_each_time_and_never_shows():
    one, other = KEYS.seal(MAIL, ADDRESS), KEYS.seal(MAIL, ADDRESS)

    assert one != other
    assert "zhang" not in one


def test_what_an_older_key_sealed_opens_and_is_resealed_by_the_current_one():
    old = KEYS.seal(MAIL, ADDRESS)

    new = TURNED.reseal(MAIL, old)

    assert TURNED.open(MAIL, old) == TURNED.open(MAIL, new) == ADDRESS
    assert (TURNED.is_current(old), TURNED.is_current(new)) == (False, True)


def test_what_the_current_key_sealed_is_left_as_it_is():
    sealed = TURNED.seal(MAIL, ADDRESS)

    assert TURNED.reseal(MAIL, sealed) is sealed


def test_a_field_sealed_by_a_key_that_is_gone_says_so_without_showing_anything():
    sealed = TURNED.seal(MAIL, ADDRESS)

    with pytest.raises(KeyUnknown) as told:
        KEYS.open(MAIL, sealed)

    assert sealed not in str(told.value)


@given(st.text())
def test_an_equal_value_is_found_whatever_its_blanks_and_case(value):
    assert KEYS.lookup("people.mail", f" {value.upper()} ") == KEYS.lookup("people.mail", value.upper().lower().upper())


def test_a_look_up_value_is_whole_and_of_one_field():
    found = KEYS.lookup("people.mail", "Zhang@Example.invalid")

    assert len(found) == 64
    assert found == KEYS.lookup("people.mail", "zhang@example.invalid")
    assert found == TURNED.lookup("people.mail", "zhang@EXAMPLE.invalid")
    assert found != KEYS.lookup("people.other_mail", "zhang@example.invalid")


def test_what_is_derived_for_one_purpose_is_of_no_use_for_another():
    assert KEYS.derive("link", "a") == TURNED.derive("link", "a")
    assert len({KEYS.derive("link", "a"), KEYS.derive("link", "b"), KEYS.derive("print", "a")}) == 3


def test_a_place_whose_names_could_be_parted_otherwise_is_no_place():
    with pytest.raises(ValueError, match="parts its names"):
        Place("contact_points", "P1|mail", "mail")


def test_the_key_file_is_read(tmp_path):
    assert read_keys(keys_file(tmp_path)).open(MAIL, KEYS.seal(MAIL, ADDRESS)) == ADDRESS


@pytest.mark.parametrize(
    "changed",
    [
        {"current": "k9"},
        {"keys": {"k1": "c2hvcnQ="}},
        {"keys": {"k1": "***"}},
        {"keys": ["k1"]},
        {"keys": {"a.b": base64.b64encode(FIRST).decode()}, "current": "a.b"},
        {"lookup": None},
    ],
)
def test_a_faulty_key_file_is_refused_without_showing_a_key(tmp_path, changed):
    with pytest.raises(KeysFaulty) as told:
        read_keys(keys_file(tmp_path, **changed))

    assert base64.b64encode(FIRST).decode() not in str(told.value)


def test_a_missing_key_file_is_refused(tmp_path):
    with pytest.raises(KeysFaulty):
        read_keys(tmp_path)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("zhang.san@example.invalid", "z***@example.invalid"),
        ("z@example.invalid", "***@example.invalid"),
        ('"a@b"@example.invalid', '"***@example.invalid'),
    ],
)
def test_a_masked_mail_address_keeps_a_letter_and_the_domain(address, masked):
    assert masked_mail(address) == masked


@pytest.mark.parametrize(
    ("number", "masked"), [("13812345678", "138****5678"), ("138 1234 5678", "138****5678"), ("87654321", "***")]
)
def test_a_masked_phone_number_keeps_seven_digits_at_most(number, masked):
    assert masked_phone(number) == masked


def test_a_masked_url_keeps_scheme_and_host():
    assert (
        masked_url("https://user:word@hooks.example.invalid:8443/T0/secret?key=1")
        == "https://hooks.example.invalid/***"
    )
