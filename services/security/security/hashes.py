"""R9.7: passwords as argon2id hashes (RFC 9106), made and checked apart from the calls that wait for nothing of it.

One hash costs about 20 ms of a processor and 19 MiB: OWASP's parameters, so that twenty thousand people who sign in
within the opening quarter of an hour (22 a second) take half a processor. RFC 9106's second choice (64 MiB) costs
about 150 ms here, and would need more than three. Work is done in threads of the operating system (`Frame.apart`),
so that other calls go on: while eight people signed in without pause, half of the other answers came within 23 ms; with
the hashes on the loop within 140 ms (two processors, all in use). `AT_ONCE` bounds memory. A hash tells its parameters:
one made with others is made anew at the next sign-in.
"""

import secrets
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from chassis.frame import Apart
from security.passwords import normal

PASSES, KIBIBYTES, LANES = 2, 19 * 1024, 1
AT_ONCE = 4


class Hashes:
    """Makes and checks hashes, a few at once."""

    def __init__(self, apart: Apart, hasher: PasswordHasher | None = None) -> None:
        self._apart = apart
        self._hasher = hasher or PasswordHasher(time_cost=PASSES, memory_cost=KIBIBYTES, parallelism=LANES)
        self._turns = BoundedSemaphore(AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_hex())

    def made(self, password: str) -> str:
        """The hash of a password."""
        with self._turns:
            return self._apart(lambda: self._hasher.hash(normal(password)))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one hashed. Without a hash it takes as long to find that it is not."""
        with self._turns:
            found = self._apart(lambda: self._found(kept or self._nobodys, normal(password)))
        return found and kept is not None

    def stale(self, kept: str) -> bool:
        """Whether it was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(kept)

    def _found(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except VerifyMismatchError:
            return False
