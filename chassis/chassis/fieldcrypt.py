"""Personal data in documents: each field is sealed by itself and opens only where it was sealed.

A sealed field is text, `<key id>.<nonce>.<ciphertext>` (base64url without padding): AES-256-GCM under the key of that
id, with a fresh nonce of 96 bits and `collection|id|field` as associated data, so that a ciphertext that is moved to
another document or field does not open. Keys have versions: what is sealed now is sealed by the current one, what older
ones sealed still opens, and is sealed anew by a round (`resealing.py`). A key may seal 2^32 fields (NIST SP 800-38D);
a new version comes long before that. The keys lie in a file, which `keyfile.py` reads.

What must be found by its value is found by `lookup` alone: an HMAC that is exact, untruncated and different for each
field. The look-up key has no versions, because what it made lies in documents, and in links that were sent. Whom
something is about is found in all services alike by `PersonKeys`, whose key has versions.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PERSON = re.compile(r"([A-Za-z0-9_-]{1,32})\.[0-9a-f]{64}")
_SEALED = re.compile(r"([A-Za-z0-9_-]{1,32})\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22,}")


class FieldUnreadable(Exception):
    """A sealed field cannot be opened. No message holds any part of a value."""


class KeyUnknown(FieldUnreadable):
    """The key that sealed it is not among ours."""


class SealBroken(FieldUnreadable):
    """It was changed, cut, or moved here from another document or field."""


class KeysFaulty(Exception):
    """The key file is not what it should be."""


@frozen
class Place:
    """Where a field lies. No part holds `|` (ValueError)."""

    collection: str
    id: str
    field: str

    def __attrs_post_init__(self) -> None:
        if any("|" in part for part in (self.collection, self.id, self.field)):
            raise ValueError(f"a place in {self.collection} holds the character that parts its names")

    @property
    def bound(self) -> bytes:
        """What a ciphertext is bound to."""
        return f"{self.collection}|{self.id}|{self.field}".encode()


@frozen
class Versions:
    """The keys of field encryption as they are at some moment: `current` seals, all of `ciphers` open."""

    current: str
    ciphers: Mapping[str, AESGCM] = field(repr=False)

    @classmethod
    def of(cls, current: str, keys: Mapping[str, bytes]) -> "Versions":
        """Of 32 bytes each (KeysFaulty)."""
        check_versions(current, keys)
        return cls(current, {name: AESGCM(key) for name, key in keys.items()})


class FieldKeys:
    """The keys of field encryption: `current` seals, all of `keys` open; each is 32 bytes, as `lookup` is."""

    def __init__(self, current: str, keys: Mapping[str, bytes], lookup: bytes) -> None:
        self._versions = Versions.of(current, keys)
        check_versions("lookup", {"lookup": lookup})
        self._lookup = lookup

    def now(self) -> Versions:
        """The keys of this moment."""
        return self._versions

    @property
    def older(self) -> tuple[str, ...]:
        """The ids of the keys that open and seal no more."""
        now = self.now()
        return tuple(name for name in now.ciphers if name != now.current)

    def seal(self, place: Place, value: str) -> str:
        """The value sealed for this place by the current key; different every time."""
        now, nonce = self.now(), secrets.token_bytes(NONCE_BYTES)
        sealed = now.ciphers[now.current].encrypt(nonce, value.encode(), place.bound)
        return f"{now.current}.{_text(nonce)}.{_text(sealed)}"

    def open(self, place: Place, sealed: str) -> str:
        """The value that was sealed for this place (KeyUnknown, SealBroken)."""
        where, ciphers = f"{place.collection}.{place.field}", self.now().ciphers
        name, _, rest = sealed.partition(".")
        if name not in ciphers:
            raise KeyUnknown(f"{where} is sealed by a key that is not here")
        nonce, _, body = rest.partition(".")
        try:
            return ciphers[name].decrypt(_bytes(nonce), _bytes(body), place.bound).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(f"{where} does not open") from None

    def is_current(self, sealed: str) -> bool:
        """Whether the current key sealed it."""
        return key_of(sealed) == self.now().current

    def reseal(self, place: Place, sealed: str) -> str:
        """The same value under the current key; the very text given where that is its key already."""
        return sealed if self.is_current(sealed) else self.seal(place, self.open(place, sealed))

    def lookup(self, field: str, value: str) -> str:
        """By which an equal value of the field (`collection.field`) is found: 64 hexadecimal digits."""
        own_key = hmac.digest(self._lookup, f"lookup|{field}".encode(), hashlib.sha256)
        return hmac.digest(own_key, normalised(value).encode(), hashlib.sha256).hex()

    def derive(self, purpose: str, text: str) -> bytes:
        """32 bytes that nobody can guess without the look-up key, and always the same for the same purpose and text."""
        own_key = hmac.digest(self._lookup, f"derive|{purpose}".encode(), hashlib.sha256)
        return hmac.digest(own_key, text.encode(), hashlib.sha256)


class PersonKeys:
    """By which one person is found in every service, without any of them storing who that is.

    `<key id>.<64 hexadecimal digits>`: an HMAC of a mail address, phone or card number under the company's person key,
    the same in every service. What an older key made is still found, for `all_of` asks by every version.
    """

    def __init__(self, current: str, keys: Mapping[str, bytes]) -> None:
        check_versions(current, keys)
        self.current = current
        self._keys = dict(keys)

    @property
    def older(self) -> tuple[str, ...]:
        """The ids of the versions that are for look-ups alone."""
        return tuple(name for name in self._keys if name != self.current)

    def of(self, kind: str, value: str) -> str:
        """The person's key by this value; `kind` (`mail`, `phone`) keeps equal texts of different meaning apart."""
        return self._by(self.current, kind, value)

    def all_of(self, kind: str, value: str) -> tuple[str, ...]:
        """The person's key under every version, for a look-up."""
        return tuple(self._by(name, kind, value) for name in self._keys)

    def is_current(self, key: str) -> bool:
        """Whether the current version made it."""
        return key_of(key) == self.current

    def _by(self, name: str, kind: str, value: str) -> str:
        made = hmac.digest(self._keys[name], f"person|{kind}|{normalised(value)}".encode(), hashlib.sha256)
        return f"{name}.{made.hex()}"


def key_of(sealed: str) -> str:
    """The id of the key that sealed it."""
    return sealed.partition(".")[0]


def sealed_by(text: str) -> str | None:
    """The id of the key that sealed this text, where it has the form of a sealed field."""
    found = _SEALED.fullmatch(text)
    return found and found[1]


def person_key_of(text: str) -> str | None:
    """The id of the person key that made this text, where it has the form of a person's key."""
    found = _PERSON.fullmatch(text)
    return found and found[1]


def check_versions(current: str, keys: Mapping[str, bytes]) -> None:
    """Raise KeysFaulty unless these are keys, and the current one is among them."""
    if current not in keys:
        raise KeysFaulty(f"the current key {current!r} is not among the keys")
    if strange := [name for name in keys if not _KEY_ID.fullmatch(name)]:
        raise KeysFaulty(f"no ids of keys: {strange}")
    if any(len(key) != KEY_BYTES for key in keys.values()):
        raise KeysFaulty(f"a key is not {KEY_BYTES} bytes long")


def normalised(value: str) -> str:
    """The form in which equal values are equal: NFKC, without blanks around, without case."""
    return unicodedata.normalize("NFKC", value).strip().casefold()


def masked_mail(address: str) -> str:
    """`z***@example.invalid`: the first letter, unless it is all there is, and the domain."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}"


def masked_phone(number: str) -> str:
    """`138****5678`: the first three and the last four digits; all hidden where there are fewer than eleven."""
    digits = "".join(character for character in number if character.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else "***"


def masked_url(url: str) -> str:
    """`https://hooks.example.invalid/***`: scheme and host; path, query and credentials are hidden."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}/***"


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Exactly one text stands for some bytes; anything else is a ValueError."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if _text(raw) != text:
        raise ValueError("not the canonical form")
    return raw
