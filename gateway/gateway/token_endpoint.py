"""POST /v1/token: client credentials for branch systems (RFC 6749, 4.4), answered in that RFC's own shapes."""

import base64
import binascii
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote_plus

from joserfc.jwk import OKPKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway import body, clients, incoming, limits
from gateway.callers import Callers
from gateway.incoming import Incoming
from gateway.logs import log
from gateway.rates import refuse_rate
from gateway.store import StoreDown
from gateway.tokens import issue_access

FORM = b"application/x-www-form-urlencoded"
FORM_BYTES = 8 * 1024


class ClientSource(Protocol):
    """Where branch systems are looked up."""

    async def client(self, client_id: str) -> Mapping[str, Any] | None:
        """The client's document. Raises StoreDown."""


class TokenFault(Exception):
    """An error answer of RFC 6749, 5.2."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class TokenEndpoint:
    """Issues access tokens of at most 600 s to branch systems. Without a database it answers 503."""

    def __init__(
        self,
        source: ClientSource | None,
        key: OKPKey,
        callers: Callers,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._key = key
        self._callers = callers
        self._clock = clock

    async def issue(self, request: Request) -> Response:
        """The token, or an error of RFC 6749. Raises a Problem for what is no token request at all."""
        arrived = incoming.of(request.scope)
        taken = self._callers.take(arrived.address, limits.ADDRESS_TOKENS)
        arrived.limit_headers = taken.headers
        if not taken.allowed:
            raise refuse_rate(taken)
        try:
            form = await _form(request, arrived)
            return await self._issue(*_credentials(form, arrived))
        except TokenFault as fault:
            log.info("token_not_issued", error=fault.error, trace_id=arrived.trace.trace_id)
            return _error(fault)

    async def _issue(self, client_id: str, secret: str) -> Response:
        document = await self._client(client_id)
        if not clients.accepts(document, secret) or document is None:
            raise TokenFault("invalid_client", 401)
        token = issue_access(
            self._key,
            sub=client_id,
            kind="system",
            now=self._clock(),
            grants=tuple(document["grants"]),
            epoch=int(document.get("epoch", 0)),
        )
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": limits.TOKEN_SECONDS})

    async def _client(self, client_id: str) -> Mapping[str, Any] | None:
        if self._source is None:
            raise TokenFault("temporarily_unavailable", 503)
        try:
            return await self._source.client(client_id)
        except StoreDown:
            raise TokenFault("temporarily_unavailable", 503) from None


async def _form(request: Request, arrived: Incoming) -> dict[str, str]:
    content = await body.read(request.receive, arrived.headers.get(b"content-length"))
    content_type = arrived.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if content_type != FORM or len(content) > FORM_BYTES:
        raise TokenFault("invalid_request")
    try:
        pairs = parse_qsl(content.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise TokenFault("invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenFault("invalid_request")  # RFC 6749, 3.2: no parameter comes twice
    if form.get("grant_type") != "client_credentials":
        raise TokenFault("unsupported_grant_type" if "grant_type" in form else "invalid_request")
    return form


def _credentials(form: Mapping[str, str], arrived: Incoming) -> tuple[str, str]:
    """The client's name and secret, by Basic or in the form, not both."""
    header = arrived.headers.get(b"authorization")
    if header is not None:
        if "client_secret" in form:
            raise TokenFault("invalid_request")
        return _basic(header)
    if "client_id" not in form or "client_secret" not in form:
        raise TokenFault("invalid_client", 401)
    return form["client_id"], form["client_secret"]


def _basic(header: bytes) -> tuple[str, str]:
    scheme, _, encoded = header.partition(b" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
        name, colon, secret = text.partition(":")
    except (binascii.Error, ValueError):
        raise TokenFault("invalid_client", 401) from None
    if scheme.lower() != b"basic" or not colon:
        raise TokenFault("invalid_client", 401)
    return unquote_plus(name), unquote_plus(secret)


def _error(fault: TokenFault) -> Response:
    headers = {"WWW-Authenticate": 'Basic realm="decalog"'} if fault.status == 401 else {}
    if fault.status == 503:
        headers = {"Retry-After": str(limits.RETRY_DOWN_SECONDS)}
    return JSONResponse({"error": fault.error}, status_code=fault.status, headers=headers)
