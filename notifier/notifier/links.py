"""One-time links: the token that a notice carries, and the hash by which the notice is found again.

The token is derived from the look-up key and the step, so that another try carries the same link although nobody
stores it; the database knows its SHA-256 only. 256 bits in base32 start with a letter or a digit, as ids in paths do.
"""

import base64
import hashlib
import re

from chassis.fieldcrypt import FieldKeys

_TOKEN = re.compile(r"[a-z2-7]{52}")


def token_of(step: str, keys: FieldKeys) -> str:
    """The token of the link of this step: 52 letters and digits."""
    return base64.b32encode(keys.derive("link", step)).decode().rstrip("=").lower()


def link_of(token: str) -> str | None:
    """What the database knows of this token; None where it is no token."""
    return hashlib.sha256(token.encode()).hexdigest() if _TOKEN.fullmatch(token) else None
