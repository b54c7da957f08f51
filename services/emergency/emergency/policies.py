"""R7.4, R7.5, R7.11: who is told when, and when reports are due: data, copied into the incident when it opens."""

from attrs import field, frozen

from emergency.levels import Level
from emergency.places import Addressee
from emergency.reports import ReportLimits


@frozen(kw_only=True)
class Rung:
    """One step of a ladder: the posts of one addressee, told together.

    `after_minutes`: 0 at once, a number so long after the round began whatever happens, None only when the rung
    below stays silent. Each person is tried `tries` times on each channel in turn, `wait_minutes` apart, then the
    deputy. `everyone`: each person must answer for himself; otherwise one answer stops the rung. An acknowledgement
    holds for `guidance_minutes`, then the ladder resumes unless guidance was recorded; None: it holds for good.
    """

    addressee: Addressee
    posts: tuple[str, ...]
    channels: tuple[str, ...]
    wait_minutes: int
    after_minutes: int | None = 0
    tries: int = 1
    deputy: bool = True
    everyone: bool = False
    guidance_minutes: int | None = None


@frozen
class Ladder:
    """The rungs of one level, lowest first."""

    level: Level
    rungs: tuple[Rung, ...]


@frozen(cache_hash=True)
class Policy:
    """One version: a ladder and the limits of the reports for each level.

    A line that is exhausted with nobody above left to tell begins again, `cycles` times in all. An incident of level I
    or II is reviewed within `review_workdays` of its closing.
    """

    version: int
    ladders: tuple[Ladder, ...]
    limits: tuple[ReportLimits, ...]
    cycles: int = 3
    review_workdays: int = 10
    _rungs: dict[Level, tuple[Rung, ...]] = field(init=False, eq=False, repr=False)
    _limits: dict[Level, ReportLimits] = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_rungs", {ladder.level: ladder.rungs for ladder in self.ladders})
        object.__setattr__(self, "_limits", {limits.level: limits for limits in self.limits})

    def ladder(self, level: Level) -> tuple[Rung, ...]:
        """The rungs of a level, lowest first."""
        return self._rungs[level]

    def limits_of(self, level: Level) -> ReportLimits:
        """The limits of the reports at a level."""
        return self._limits[level]


URGENT = ("webhook", "mail")
QUIET = ("mail",)

_COMPANY_HEADS = ("company_leader", "centre_manager")
_PROVINCE_HEADS = ("province_ops_head",)
_HEAD_OFFICE_HEADS = ("ho_business_management_head", "ho_customer_service_head")

_LEVEL_I = tuple(
    Rung(addressee=addressee, posts=posts, channels=URGENT, wait_minutes=5, tries=2, everyone=True, guidance_minutes=15)
    for addressee, posts in (
        (Addressee.OWN_COMPANY, _COMPANY_HEADS),
        (Addressee.PROVINCE, _PROVINCE_HEADS),
        (Addressee.HEAD_OFFICE, _HEAD_OFFICE_HEADS),
    )
)
_LEVEL_II = tuple(
    Rung(
        addressee=addressee,
        posts=posts,
        channels=URGENT,
        wait_minutes=5,
        after_minutes=after,
        tries=2,
        guidance_minutes=30,
    )
    for addressee, posts, after in (
        (Addressee.OWN_COMPANY, _COMPANY_HEADS, 0),
        (Addressee.PROVINCE, _PROVINCE_HEADS, 0),
        (Addressee.HEAD_OFFICE, _HEAD_OFFICE_HEADS, 30),
    )
)
_LEVEL_III = tuple(
    Rung(addressee=addressee, posts=posts, channels=URGENT, wait_minutes=10, after_minutes=after)
    for addressee, posts, after in (
        (Addressee.OWN_COMPANY, ("centre_manager",), 0),
        (Addressee.PROVINCE, _PROVINCE_HEADS, 60),
        (Addressee.HEAD_OFFICE, _HEAD_OFFICE_HEADS, None),
    )
)
_LEVEL_IV = tuple(
    Rung(addressee=addressee, posts=posts, channels=QUIET, wait_minutes=60, after_minutes=after)
    for addressee, posts, after in (
        (Addressee.OWN_COMPANY, ("centre_manager",), 0),
        (Addressee.PROVINCE, _PROVINCE_HEADS, None),
        (Addressee.HEAD_OFFICE, _HEAD_OFFICE_HEADS, None),
    )
)

#: Default limits: our proposals; the regulator's own are 30 minutes by phone and 1 hour in writing for the gravest.
DEFAULT_LIMITS = (
    ReportLimits(Level.I, phone_minutes=10, written_minutes=60, follow_up_minutes=120, final_workdays=5),
    ReportLimits(Level.II, phone_minutes=15, written_minutes=120, follow_up_minutes=240, final_workdays=5),
    ReportLimits(Level.III, phone_minutes=30, written_minutes=720, follow_up_minutes=1440, final_workdays=3),
    ReportLimits(Level.IV, phone_minutes=60, written_minutes=1440, follow_up_minutes=None, final_workdays=1),
)

#: Level I tells all three at once (R7.4); IV is a record, told quietly; the rest are defaults of ours.
DEFAULT_POLICY = Policy(
    1,
    (
        Ladder(Level.I, _LEVEL_I),
        Ladder(Level.II, _LEVEL_II),
        Ladder(Level.III, _LEVEL_III),
        Ladder(Level.IV, _LEVEL_IV),
    ),
    DEFAULT_LIMITS,
)
