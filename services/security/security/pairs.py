"""R9.1: A/B pairs: two people of a unit of whom one is always there, and stands in for the other who is away.

In time order: two who hold posts at a unit are paired; one of them is away, for days that are known or from a day on
(whoever is suspended is away, too); for these days the other acts in the posts of the one who is away (`stand_ins`):
with their grants, their tasks, and everything that reaches whoever holds the post. Both are not away together. Who is
back acts again; a pair that ends leaves nobody acting for the other.
"""

from collections.abc import Iterable
from datetime import date

from attrs import evolve, frozen

from chassis.errors import Conflict, Malformed
from security.holders import Assign, Assignment
from security.separations import PostsSeparated, posts_apart
from security.spans import DaysOutOfOrder, covers, overlap
from security.units import Unit


class PairOfOne(Malformed):
    code = "security.pair_of_one"
    zh = "A/B 角须为两名不同人员"
    en = "a pair is of two different people"


class NotInPostThere(Conflict):
    code = "security.not_in_post_there"
    zh = "人员 {person} 当日在机构 {unit} 不任任何岗位，不能结为 A/B 角"
    en = "{person} holds no post at {unit} on that day, so is half of no pair there"


class PairedAlready(Conflict):
    code = "security.paired_already"
    zh = "其中一人在机构 {unit} 已有 A/B 角，请先解除"
    en = "one of them is half of a pair at {unit} already: end that one first"


class NotOfPair(Conflict):
    code = "security.not_of_pair"
    zh = "人员 {person} 不属于 A/B 角 {pair}"
    en = "{person} is not half of the pair {pair}"


class PairEnded(Conflict):
    code = "security.pair_ended"
    zh = "A/B 角 {pair} 已于 {on} 解除"
    en = "the pair {pair} ended on {on}"


class BothAway(Conflict):
    code = "security.both_away"
    zh = "{other} 在此期间也不在岗，A/B 角不得同时离岗"
    en = "{other} is away on some of these days: both halves of a pair are not away together"


class AwayAlready(Conflict):
    code = "security.away_already"
    zh = "人员 {person} 自 {since} 起的离岗已登记，期间重叠"
    en = "{person} is away already from {since}, and the days overlap"


class NotAway(Conflict):
    code = "security.not_away"
    zh = "人员 {person} 在 {on} 并未登记离岗"
    en = "{person} is not away on {on}"


@frozen
class Absence:
    """Who is away, from a day on, and no longer on `to`; None while that is open."""

    person: str
    since: date
    to: date | None


@frozen(kw_only=True)
class Pair:
    """Two people of a unit; `units` are the unit's ids from the root down. It holds from `since` and no longer on
    `ended`."""

    id: str
    unit: str
    units: tuple[str, ...]
    a: str
    b: str
    since: date
    ended: date | None = None
    absences: tuple[Absence, ...] = ()

    def other(self, person: str) -> str:
        """The other half (NotOfPair)."""
        if person not in (self.a, self.b):
            raise NotOfPair(person=person, pair=self.id)
        return self.b if person == self.a else self.a


def make_pair(a: str, b: str, *, unit: Unit, held: Iterable[Assignment], on: date) -> Pair:
    """The pair from that day on. `held` are the assignments of both. Refused where one could not act for the other:
    no post at the unit, or posts that are kept apart."""
    if a == b:
        raise PairOfOne(pointer="/body/b")
    there = [one for one in held if one.held_on(on)]
    for person in (a, b):
        if not any(one.person == person and one.unit == unit.id for one in there):
            raise NotInPostThere(person=person, unit=unit.id)
    _refuse_apart(a, b, unit.id, there)

    return Pair(id=f"{unit.id}:{a}-{b}:{on}", unit=unit.id, units=unit.units, a=a, b=b, since=on)


def away(pair: Pair, person: str, *, since: date, to: date | None) -> Pair:
    """One of them is away from that day on."""
    other = pair.other(person)
    _refuse_ended(pair)
    if to is not None and to <= since:
        raise DaysOutOfOrder(since=since, to=to)
    for one in pair.absences:
        if overlap(since, to, one.since, one.to):
            raise BothAway(other=other) if one.person == other else AwayAlready(person=person, since=one.since)

    return evolve(pair, absences=(*pair.absences, Absence(person, since, to)))


def back(pair: Pair, person: str, *, on: date) -> Pair:
    """Who is away on that day is back from it on; the absence that begins on it never was."""
    pair.other(person)
    if not any(one.person == person and covers(one.since, one.to, on) for one in pair.absences):
        raise NotAway(person=person, on=on)

    return evolve(pair, absences=tuple(_ended(one, on) if one.person == person else one for one in pair.absences))


def end(pair: Pair, *, on: date) -> Pair:
    """They are a pair no longer."""
    _refuse_ended(pair)

    return evolve(pair, ended=max(on, pair.since))


def moved(pair: Pair, units: tuple[str, ...]) -> Pair:
    """The pair under its unit's ancestors as they are now; the same one where it is there, or has ended."""
    return pair if pair.units == units or pair.ended else evolve(pair, units=units)


def stand_ins(pair: Pair, held: Iterable[Assignment], *, unit: str) -> tuple[Assign, ...]:
    """In which posts who acts for whom, and when: one for each post that somebody away holds at the unit. One that ends
    on its first day is of nobody."""
    found = []
    for absence in pair.absences:
        for one in held:
            if (one.person, one.unit, one.kind) == (absence.person, unit, "holder"):
                since = max(absence.since, one.held_from)
                ends = [day for day in (absence.to, one.held_to, pair.ended) if day is not None]
                to = max(min(ends), since) if ends else None
                found.append(Assign(pair.other(absence.person), one.post, unit, "acting", since, to))
    return tuple(found)


def _ended(absence: Absence, on: date) -> Absence:
    return evolve(absence, to=on) if covers(absence.since, absence.to, on) else absence


def _refuse_ended(pair: Pair) -> None:
    if pair.ended is not None:
        raise PairEnded(pair=pair.id, on=pair.ended)


def _refuse_apart(a: str, b: str, unit: str, there: list[Assignment]) -> None:
    """R9.5: whoever stood in would hold two posts that are kept apart."""
    for one in there:
        for other in there:
            apart = posts_apart(one.post, other.post) if (one.person, other.person) == (a, b) else None
            if apart and unit in (one.unit, other.unit):
                raise PostsSeparated(
                    person=a,
                    post=one.post,
                    other=other.post,
                    unit=unit,
                    separation=apart.id,
                    why_zh=apart.why_zh,
                    why_en=apart.why_en,
                )
