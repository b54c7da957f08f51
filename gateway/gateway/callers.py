"""Who calls and whether they may go on: the token, then the caller's quota and number of requests at once."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from gateway import limits, metrics
from gateway.incoming import Incoming
from gateway.limits import Quota
from gateway.logs import log
from gateway.principal import ANONYMOUS, Principal
from gateway.problems import PERSON_REFUSED, TOKEN_INVALID, TOKEN_MISSING, Kind, Problem
from gateway.rates import Buckets, InFlight, Taken, refuse_rate
from gateway.tokens import Bearer, Tokens, Untrusted

EVERYBODY = "*"


class Doors(Protocol):
    """Who knows which people are refused although their tokens are good."""

    def refuses(self, principal: Principal) -> bool:
        """Whether this caller's token counts no more."""

    def watching(self, principal: Principal) -> AbstractContextManager[asyncio.Event]:
        """An event that is set as soon as this caller is refused."""


class OpenDoors:
    """Everybody with a good token is admitted."""

    def refuses(self, principal: Principal) -> bool:  # noqa: ARG002 nobody is
        return False

    @contextmanager
    def watching(self, principal: Principal) -> Iterator[asyncio.Event]:  # noqa: ARG002 nobody is
        yield asyncio.Event()


class Callers:
    """Admits callers. `quotas` are by (quota, kind of caller); `refused` hears of each call of somebody refused."""

    def __init__(
        self,
        tokens: Tokens,
        quotas: Mapping[tuple[str, str], Quota],
        *,
        concurrency: int,
        doors: Doors | None = None,
        refused: Callable[[Principal, Incoming], None] = lambda *_: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tokens = tokens
        self._quotas = quotas
        self._refused = refused
        self.doors = doors or OpenDoors()
        self._buckets = Buckets()
        self._in_flight = InFlight(concurrency)
        self._monotonic = monotonic

    async def identify(self, incoming: Incoming, *, public: bool = False) -> Bearer:
        """The bearer of the request's token; the public, where the operation takes it. Raises a Problem."""
        header = incoming.headers.get(b"authorization")
        if header is None and public:
            return self._tokens.vouch(ANONYMOUS)
        scheme, _, token = (header or b"").partition(b" ")
        if scheme.lower() != b"bearer" or not token.strip():
            raise self._failed(incoming, _unauthorised(TOKEN_MISSING))
        text = token.strip().decode("latin-1")
        if not self._tokens.known(text):
            self._check_failures(incoming)
        try:
            bearer = await self._tokens.bearer(text)
        except Untrusted as fault:
            metrics.TOKENS_REFUSED.inc()
            log.info("token_refused", why=str(fault), trace_id=incoming.trace.trace_id)
            raise self._failed(incoming, _unauthorised(TOKEN_INVALID)) from None
        if self.doors.refuses(bearer.principal):
            self._refused(bearer.principal, incoming)
            raise _unauthorised(PERSON_REFUSED)
        return bearer

    @contextmanager
    def admitted(self, bearer: Bearer, quota: str, incoming: Incoming) -> Iterator[None]:
        """Take one request from the caller's quota and count it while the block runs. Raises a Problem (429)."""
        caller, kind = bearer.principal.id, bearer.principal.kind
        if bearer.principal is ANONYMOUS:
            caller, limit = incoming.address, limits.PUBLIC
        else:
            limit = self._quotas[quota, kind]
        taken = self.take(caller, limit)
        if not taken.allowed:
            raise self._slow_down(incoming, taken)
        incoming.limit_headers = taken.headers
        with self._in_flight.one(caller):
            yield

    def take(self, caller: str, quota: Quota) -> Taken:
        """Take one request from a quota."""
        return self._buckets.take(caller, quota, now=self._monotonic())

    def _check_failures(self, incoming: Incoming) -> None:
        """Spare the work of verifying while an address, and all together, fail too often.

        One failing client alone does not shut out the others behind its address.
        """
        now = self._monotonic()
        if self._buckets.empty(EVERYBODY, limits.ALL_FAILURES, now=now) and self._buckets.empty(
            incoming.address, limits.ADDRESS_FAILURES, now=now
        ):
            raise self._slow_down(incoming, self.take(incoming.address, limits.ADDRESS_FAILURES))

    def _failed(self, incoming: Incoming, problem: Problem) -> Problem:
        """The 401, or 429 once an address has had too many of them."""
        self.take(EVERYBODY, limits.ALL_FAILURES)
        taken = self.take(incoming.address, limits.ADDRESS_FAILURES)
        return problem if taken.allowed else self._slow_down(incoming, taken)

    def _slow_down(self, incoming: Incoming, taken: Taken) -> Problem:
        metrics.LIMITED.labels(taken.quota.name).inc()
        incoming.limit_headers = taken.headers
        return refuse_rate(taken)


def _unauthorised(kind: Kind) -> Problem:
    """A 401 with its challenge (RFC 6750, 3)."""
    challenge = b'Bearer realm="decalog"' + (b', error="invalid_token"' if kind is not TOKEN_MISSING else b"")
    return Problem(kind, headers=((b"www-authenticate", challenge),))
