"""R7.3, R7.7: the rule engine: what was seen in one place becomes one draft when it reaches the rule's number.

A picture holds the recent sightings of one rule, area and group. While a draft of it is undecided, and while the
window of a confirmed one runs, whatever comes is added to that draft. What a settled draft counted never counts again;
what it did not count begins anew. All is arithmetic on what is given.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import evolve, frozen

from emergency.drafts import Draft, DraftStatus, newest
from emergency.watch_rules import Sighted, WatchRule

#: How long after its window a late signal still finds the earlier ones.
LATENESS = timedelta(hours=24)


@frozen(kw_only=True)
class Watched:
    """The picture of one rule, area and group; `units` runs from the root down to the area.

    Bounded: sightings that left every window are dropped, and of the rest the newest kept (as many as a draft names).
    `spent` are those of them that a settled draft has counted; `drafts` counts the drafts that were made of it.
    """

    rule: str
    area: str
    units: tuple[str, ...]
    group: str
    sightings: tuple[Sighted, ...] = ()
    spent: tuple[str, ...] = ()
    draft: str | None = None
    drafts: int = 0


@frozen(kw_only=True)
class Found:
    """A draft is to be proposed with these sightings, or these are to be added to it."""

    draft: str
    rule: str
    area: str
    units: tuple[str, ...]
    group: str
    window_ends: datetime
    sightings: tuple[Sighted, ...]


def watched_key(rule: WatchRule, area: str, group: str) -> str:
    """The readable key of a picture."""
    return f"{rule.id}:{area}:{group}"


def observe(
    watched: Watched, sighted: Sighted, rule: WatchRule, *, draft: Draft | None, at: datetime
) -> tuple[Watched, Found | None]:
    """R7.3: the picture with one more sighting, and what becomes of it. `draft` is the picture's, as it is now.

    A sighting that is known already, or too old to matter, gives back the very picture.
    """
    if sighted in watched.sightings or at - sighted.at >= rule.span + LATENESS:
        return watched, None

    others = (each for each in watched.sightings if each.id != sighted.id and at - each.at < rule.span + LATENESS)
    seen = _settled(evolve(watched, sightings=newest((*others, sighted))), draft, at)
    waiting = [each for each in seen.sightings if each.id not in seen.spent]
    if seen.draft is not None:
        known = {each.id for each in draft.counted} if draft else set()
        fresh = tuple(each for each in waiting if each.id not in known)
        return seen, _found(seen, fresh, draft.window_ends if draft else waiting[0].at + rule.span) if fresh else None
    window = _window(waiting, rule)
    if not window:
        return seen, None
    proposed = evolve(seen, draft=_draft_id(seen), drafts=seen.drafts + 1)
    return proposed, _found(proposed, window, window[0].at + rule.span)


def forget(watched: Watched, id: str) -> Watched:
    """R7.3: the picture without what turned out not to count: a false alarm, another level, another place."""
    if all(each.id != id for each in watched.sightings):
        return watched
    return evolve(watched, sightings=tuple(each for each in watched.sightings if each.id != id))


def _settled(watched: Watched, draft: Draft | None, at: datetime) -> Watched:
    """The picture without a draft that takes nothing more; what that one counted is spent."""
    if draft is None or draft.status is DraftStatus.PROPOSED:
        return watched
    if draft.status is DraftStatus.CONFIRMED and at < draft.window_ends:
        return watched
    counted = {*watched.spent, *(each.id for each in draft.counted)}
    spent = tuple(each.id for each in watched.sightings if each.id in counted)
    return evolve(watched, draft=None, spent=spent)


def _window(waiting: Sequence[Sighted], rule: WatchRule) -> tuple[Sighted, ...]:
    """The first window that reaches the number; empty where none does. They stand in order of time."""
    for start, first in enumerate(waiting):
        window = tuple(each for each in waiting[start:] if each.at - first.at < rule.span)
        if sum(each.count for each in window) >= rule.number:
            return window
    return ()


def _found(watched: Watched, sightings: tuple[Sighted, ...], window_ends: datetime) -> Found:
    return Found(
        draft=watched.draft or "",
        rule=watched.rule,
        area=watched.area,
        units=watched.units,
        group=watched.group,
        window_ends=window_ends,
        sightings=sightings,
    )


def _draft_id(watched: Watched) -> str:
    """The same for whoever decides it again: of the picture and the number of the draft."""
    name = f"{watched.rule}:{watched.area}:{watched.group}:{watched.drafts + 1}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]
