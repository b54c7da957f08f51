"""What accounts ask of the directory, and all that they do: may this person sign in, and where does the person stand.

One narrow seam: a `Presences` is given to the desks. Whoever keeps more of a person than posts (employed, suspended,
left) answers the same two questions from there.
"""

from collections.abc import Callable, Iterable
from datetime import date

from attrs import frozen

from security.holders import Assignment


@frozen
class Presence:
    """A person on a day. `units` are the ids from the root down to the lowest unit that all the posts lie within."""

    may_sign_in: bool
    posts: frozenset[str] = frozenset()
    units: tuple[str, ...] = ()


Presences = Callable[[str, date], Presence]
"""By person id and business day."""


def by_posts(assignments: Iterable[Assignment], *, on: date) -> Presence:
    """R9.7: whoever holds a post on that day may sign in."""
    held = [each for each in assignments if each.held_on(on)]
    return Presence(bool(held), frozenset(each.post for each in held), common([each.units for each in held]))


def common(chains: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The part from the root down that all chains share: whoever manages an account manages all that it opens."""
    first, *others = [*chains] or [()]
    for length, unit in enumerate(first):
        if any(len(each) <= length or each[length] != unit for each in others):
            return first[:length]
    return first
