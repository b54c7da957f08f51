"""R7.5: where a person is reached: a mail address, a webhook, a group robot; sealed field by field.

`ContactPoint` is what lies in the database, `Contacts` what it says when it is opened. A person is a pseudonymous id; a
duty desk has one too, and its contact point is its group's.
"""

import base64
import binascii
import re
from typing import Any

from attrs import evolve, field, frozen

from chassis.errors import Malformed
from chassis.fieldcrypt import FieldKeys, FieldUnreadable, PersonKeys, Place, masked_mail, masked_url

COLLECTION = "contact_points"
SECRET_BYTES = (24, 64)
"""Least and most length of a webhook's secret (Standard Webhooks 1.0)."""

PERSON_ID = re.compile(r"[A-Z]{1,4}[0-9]{4,16}")


class PersonIdMalformed(Malformed):
    """The id is not a pseudonymous person id; it is not repeated, because it might be a name."""

    code = "notifier.person_id_malformed"
    zh = "人员编号无效：须为 1 至 4 个大写字母加 4 至 16 位数字"
    en = "this is no person id: 1 to 4 capital letters and 4 to 16 digits"


class NothingGiven(Malformed):
    """Neither a mail address nor a webhook nor a group robot is given."""

    code = "notifier.nothing_given"
    zh = "须至少给出邮箱、Webhook 或群机器人之一"
    en = "at least one of mail, webhook and chat is needed"


class NotOfThisUnit(Malformed):
    """A person would set the contact point of somebody who holds no post at the unit; whether the id exists is not
    told."""

    code = "notifier.not_of_this_unit"
    zh = "该人员今日在机构 {unit} 没有岗位，请核对人员编号，或改用其任职机构"
    en = "this person holds no post at {unit} today: check the id, or name the unit of the post"


class SecretMalformed(Malformed):
    """The webhook's secret is not one of the Standard Webhooks."""

    code = "notifier.secret_malformed"
    zh = "Webhook 密钥无效：须为 whsec_ 加 24 至 64 字节的 base64"
    en = "this is no webhook secret: whsec_ and the base64 of 24 to 64 bytes"


@frozen
class Contacts:
    """What a contact point says. `secret` signs what is sent to `webhook`; `chat` is the platform of a group robot."""

    mail: str | None = field(default=None, repr=False)
    webhook: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    chat: str | None = field(default=None, repr=False)
    chat_key: str | None = field(default=None, repr=False)
    chat_secret: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class ContactPoint:
    """A person's contact point: filed under `units` (root first), every value sealed.

    `subject` is the company's key of whoever has this mail address, by which the person is found in all services.
    """

    person: str
    unit: str
    units: tuple[str, ...]
    mail: str | None = None
    webhook: str | None = None
    secret: str | None = None
    chat: str | None = None
    chat_key: str | None = None
    chat_secret: str | None = None
    subject: str | None = None


def check_person(person: str) -> None:
    """Raise PersonIdMalformed unless this is a pseudonymous id."""
    if not PERSON_ID.fullmatch(person):
        raise PersonIdMalformed(pointer="/path/person")


def check_contacts(contacts: Contacts) -> None:
    """Raise NothingGiven or SecretMalformed."""
    if contacts.mail is None and contacts.webhook is None and contacts.chat is None:
        raise NothingGiven(pointer="/body")
    if contacts.secret is not None and not _is_secret(contacts.secret):
        raise SecretMalformed(pointer="/body/webhook/secret")


def sealed(
    person: str, units: tuple[str, ...], contacts: Contacts, keys: FieldKeys, persons: PersonKeys
) -> ContactPoint:
    """R7.5: a contact point of these contacts, filed under these units, the last of which is the person's own."""
    values = {name: _seal(keys, person, name, getattr(contacts, name)) for name in _FIELDS}
    return ContactPoint(person=person, unit=units[-1], units=units, subject=_subject(contacts, persons), **values)


def replaced(
    point: ContactPoint, units: tuple[str, ...], contacts: Contacts, keys: FieldKeys, persons: PersonKeys
) -> ContactPoint:
    """R7.5: the point with these contacts; the very point given where it says so already under the current keys."""
    if point.units == units and point.subject == _subject(contacts, persons) and _says(point, contacts, keys):
        return point
    return sealed(point.person, units, contacts, keys, persons)


def resealed(point: ContactPoint, keys: FieldKeys, persons: PersonKeys) -> ContactPoint:
    """The point under the current keys; the very point given where it is so already (FieldUnreadable)."""
    subject = _subject(opened(point, keys), persons)
    anew: dict[str, Any] = {name: _reseal(keys, point.person, name, value) for name, value in _values(point).items()}
    changed = evolve(point, subject=subject, **anew)
    return point if changed == point else changed


def made_by_keys(point: ContactPoint) -> list[str]:
    """Every text of it that a key has made."""
    return [text for text in (*_values(point).values(), point.subject) if text]


def opened(point: ContactPoint, keys: FieldKeys) -> Contacts:
    """What the point says (FieldUnreadable)."""
    return Contacts(**{name: _open(keys, point.person, name, value) for name, value in _values(point).items()})


def refiled(point: ContactPoint, units: tuple[str, ...]) -> ContactPoint:
    """The point filed under the units that its unit has now; the very point given where it is so already."""
    return point if point.units == units else evolve(point, units=units)


def masked(point: ContactPoint, keys: FieldKeys) -> dict[str, Any]:
    """What may be shown: `z***@example.invalid`, `https://hooks.example.invalid/***`."""
    contacts = opened(point, keys)
    return {
        "person": point.person,
        "unit": point.unit,
        "mail": contacts.mail and masked_mail(contacts.mail),
        "webhook": contacts.webhook and masked_url(contacts.webhook),
        "chat": contacts.chat,
    }


_FIELDS = ("mail", "webhook", "secret", "chat", "chat_key", "chat_secret")


def _values(point: ContactPoint) -> dict[str, str | None]:
    return {name: getattr(point, name) for name in _FIELDS}


def _seal(keys: FieldKeys, person: str, name: str, value: str | None) -> str | None:
    return None if value is None else keys.seal(Place(COLLECTION, person, name), value)


def _reseal(keys: FieldKeys, person: str, name: str, value: str | None) -> str | None:
    return None if value is None else keys.reseal(Place(COLLECTION, person, name), value)


def _subject(contacts: Contacts, persons: PersonKeys) -> str | None:
    return contacts.mail and persons.of("mail", contacts.mail)


def _open(keys: FieldKeys, person: str, name: str, value: str | None) -> str | None:
    return None if value is None else keys.open(Place(COLLECTION, person, name), value)


def _says(point: ContactPoint, contacts: Contacts, keys: FieldKeys) -> bool:
    """What no key of ours opens says nothing: it is replaced."""
    try:
        said = opened(point, keys) == contacts
    except FieldUnreadable:
        return False
    return said and all(keys.is_current(value) for value in _values(point).values() if value)


def _is_secret(text: str) -> bool:
    try:
        raw = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith("whsec_") and SECRET_BYTES[0] <= len(raw) <= SECRET_BYTES[1]
