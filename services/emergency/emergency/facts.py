"""What is known of an event. A fact has a value, is stated as unknown, or is missing."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from attrs import evolve, fields_dict, frozen

from emergency.refusals import FactContradictory, FactOutOfRange

LARGEST = Decimal(10) ** 15


class FactName(StrEnum):
    """Names of the facts, the same on the wire and in `Facts`."""

    PEOPLE_SURRENDERING = "people_surrendering"
    SURRENDER_AMOUNT_CNY = "surrender_amount_cny"
    SAME_PRODUCT_SURRENDERS = "same_product_surrenders"
    PEOPLE_GATHERING = "people_gathering"
    PEOPLE_COMPLAINING = "people_complaining"
    DISPUTED_CNY = "disputed_cny"
    DEATHS = "deaths"
    SERIOUSLY_INJURED = "seriously_injured"
    INJURED = "injured"
    TAKEN_ILL = "taken_ill"
    COUNTERS_DAMAGED = "counters_damaged"
    COUNTERS_SHUT = "counters_shut"
    SHUT_MINUTES = "shut_minutes"
    OUTAGE_SCOPE = "outage_scope"
    OUTAGE_MINUTES = "outage_minutes"
    CRIME = "crime"
    LOSS_CNY = "loss_cny"
    PEOPLE_LEAKED = "people_leaked"
    PEOPLE_LEAKED_SENSITIVE = "people_leaked_sensitive"
    MEDIA_REACH = "media_reach"
    PEOPLE_WAITING = "people_waiting"
    WAIT_MINUTES = "wait_minutes"


class OutageScope(StrEnum):
    """How far an outage of power or systems reaches, narrowest first."""

    COUNTER = "counter"
    CITY = "city"
    PROVINCE = "province"
    NATIONAL = "national"


class Crime(StrEnum):
    """What kind of crime, least grave first; the money lost is a fact of its own."""

    ATTEMPTED = "attempted"
    THEFT_OR_FRAUD = "theft_or_fraud"
    ROBBERY = "robbery"
    EXPLOSION_THREAT = "explosion_threat"


class MediaReach(StrEnum):
    """How far the event is spoken of in public, narrowest first."""

    LOCAL_POST = "local_post"
    CITY_MEDIA = "city_media"
    REGULATOR_ASKS = "regulator_asks"
    PROVINCIAL_MEDIA = "provincial_media"
    NATIONAL_MEDIA = "national_media"


_NAMES = tuple(FactName)


@frozen(kw_only=True)
class Facts:
    """Facts of one event. None is missing, unless the name is in `unknown`: then it is stated as unknown.

    Money is yuan as Decimal, spans are whole minutes, the rest are counts. `people_gathering` is counted at one
    counter's hall or door; `deaths` are of customers or employees; `injured` are all who needed a hospital, the
    seriously injured included; `taken_ill` needed first aid only; `shut_minutes` is the longest closure.
    """

    people_surrendering: int | None = None
    surrender_amount_cny: Decimal | None = None
    same_product_surrenders: int | None = None
    people_gathering: int | None = None
    people_complaining: int | None = None
    disputed_cny: Decimal | None = None
    deaths: int | None = None
    seriously_injured: int | None = None
    injured: int | None = None
    taken_ill: int | None = None
    counters_damaged: int | None = None
    counters_shut: int | None = None
    shut_minutes: int | None = None
    outage_scope: OutageScope | None = None
    outage_minutes: int | None = None
    crime: Crime | None = None
    loss_cny: Decimal | None = None
    people_leaked: int | None = None
    people_leaked_sensitive: int | None = None
    media_reach: MediaReach | None = None
    people_waiting: int | None = None
    wait_minutes: int | None = None
    unknown: tuple[FactName, ...] = ()

    def stated(self) -> tuple[FactName, ...]:
        """The facts that have a value, in the order of `FactName`."""
        return tuple(name for name in _NAMES if getattr(self, name) is not None)

    def lacking(self, needed: Iterable[FactName]) -> tuple[FactName, ...]:
        """Those of the needed facts that are stated as unknown, or missing."""
        return tuple(name for name in needed if getattr(self, name) is None)

    def measure(self, name: FactName) -> Decimal | None:
        """The fact as a number; a word of a scale counts by its place in the scale, from 1."""
        value = getattr(self, name)
        return None if value is None else _number(value)

    def measures(self) -> dict[FactName, Decimal]:
        """The stated facts as numbers, in the order of `FactName`."""
        return {name: _number(value) for name in _NAMES if (value := getattr(self, name)) is not None}

    def word(self, name: FactName) -> str:
        """The value as text, empty where there is none."""
        value = getattr(self, name)
        return "" if value is None else f"{value}"


def _number(value: StrEnum | int | Decimal) -> Decimal:
    return place_in_scale(value) if isinstance(value, StrEnum) else Decimal(value)


def place_in_scale(word: StrEnum) -> Decimal:
    """The place of a word in its scale, from 1 for the least."""
    return Decimal(1 + list(type(word)).index(word))


def check_facts(facts: Facts) -> None:
    """R7.3: refuse numbers below nought or beyond any event, and a fact both given and stated as unknown."""
    for name, number in facts.measures().items():
        if name in facts.unknown:
            raise FactContradictory(fact=name, pointer=f"/body/facts/{name}")
        if not number.is_finite() or not 0 <= number <= LARGEST:
            raise FactOutOfRange(fact=name, pointer=f"/body/facts/{name}")


def overlay(known: Facts, news: Facts) -> Facts:
    """R7.3: the facts after news: what the news state or call unknown replaces, the rest stays."""
    check_facts(news)
    said = {name: getattr(news, name) for name in _NAMES if name in news.stated() or name in news.unknown}
    unknown = tuple(name for name in known.unknown if name not in said) + news.unknown

    return evolve(known, **said, unknown=tuple(dict.fromkeys(unknown)))


assert set(fields_dict(Facts)) == {*FactName, "unknown"}
