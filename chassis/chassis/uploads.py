"""What a service learns of bytes that it never sees: a receipt, and how it answers with an object.

In time order: the gateway streams an upload into the object store and signs a receipt that says what came, of which
size and type, and from whom. The same caller gives the receipt with a command; the service verifies it here and keeps
hash, size and type. When somebody asks for the bytes, the service answers with those (`ObjectOut`), and the gateway
streams the object. A hash alone is worth nothing: whoever has merely read one can not attach, and so read, its bytes.
"""

from typing import Any

from attrs import asdict, frozen
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from marshmallow import Schema, fields, validate

from chassis.clock import machine_now
from chassis.errors import Malformed

ISSUER = "decalog-gateway"
AUDIENCE = "decalog-uploads"
ALGORITHM = "Ed25519"

RECEIPT_SECONDS = 3_600
"""Our default: long enough to fill in a form, short against the age at which an unused object is swept."""

LONGEST_RECEIPT = 2_000


class ReceiptUnproven(Malformed):
    """The receipt is not the gateway's, has ended, or was given to somebody else."""

    code = "chassis.receipt_unproven"
    zh = "上传凭据无效、已过期或不属于您，请重新上传该文件"
    en = "the upload's receipt is not valid, has ended, or is somebody else's: upload the file again"


@frozen
class Upload:
    """What was uploaded: the SHA-256 of the bytes in hexadecimal, their number, and their media type."""

    hash: str
    size: int
    type: str


class ObjectOut(Schema):
    """The object that answers: the gateway streams it instead of this."""

    hash = fields.String(required=True)
    size = fields.Integer(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)


def receipt_field() -> fields.String:
    """The field `receipt` of what a command takes."""
    return fields.String(required=True, validate=validate.Length(1, LONGEST_RECEIPT))


def receipt_for(upload: Upload, caller: str, key: OKPKey, *, now: float) -> str:
    """The gateway's word that this caller uploaded this, good for `RECEIPT_SECONDS`. `now` is epoch seconds."""
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": caller, "iat": int(now), "exp": int(now) + RECEIPT_SECONDS}
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": str(key.kid)}
    return jwt.encode(header, {**claims, **asdict(upload)}, key, algorithms=[ALGORITHM])


class Receipts:
    """Verifies receipts against the gateway's public keys."""

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    def upload(self, receipt: str, caller: str) -> Upload:
        """What this caller uploaded; ReceiptUnproven for anything but a valid receipt of their own."""
        registry = jwt.JWTClaimsRegistry(
            now=int(machine_now().timestamp()),
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            sub={"essential": True, "value": caller},
            exp={"essential": True},
        )
        try:
            claims: dict[str, Any] = jwt.decode(receipt, self._keys, algorithms=[ALGORITHM]).claims
            registry.validate(claims)
            return Upload(claims["hash"], claims["size"], claims["type"])
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ReceiptUnproven(pointer="/body/receipt") from error
