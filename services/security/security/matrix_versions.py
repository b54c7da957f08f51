"""R9.5: what a post–permission matrix is: the version in force, the one in the making, and who did what by when."""

from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from chassis.work.approvals import Approval
from security.matrix_rows import Difference, Row, differences

RECERTIFY_AFTER = timedelta(days=184)
"""Our default for "half-yearly": the longest half-year."""


class Stage(StrEnum):
    """Where a version in the making is."""

    DRAFTING = "drafting"
    SUBMITTED = "submitted"
    SET = "set"


@frozen
class Returned:
    """That a version came back from a stage, and why."""

    by: str
    at: datetime
    stage: Stage
    reason: str


@frozen
class Explanation:
    """Why one row was set otherwise than wanted, and may be."""

    post: str
    permission: str
    words: str


@frozen(kw_only=True)
class Draft:
    """A version in the making. `reported` is what IT says that it has set; `setters` all who have said so."""

    version: int
    rows: tuple[Row, ...]
    drafters: tuple[str, ...]
    changed_at: datetime
    stage: Stage = Stage.DRAFTING
    approval: Approval | None = None
    reported: tuple[Row, ...] = ()
    reported_at: datetime | None = None
    setters: tuple[str, ...] = ()
    returned: Returned | None = None

    @property
    def differences(self) -> tuple[Difference, ...]:
        """In what the set rows differ from the wanted ones; nothing before they are set."""
        return differences(self.rows, self.reported) if self.stage is Stage.SET else ()


@frozen(kw_only=True)
class Version:
    """A version that came into force: its rows are those that were really set."""

    version: int
    rows: tuple[Row, ...]
    digest: str
    drafters: tuple[str, ...]
    submitted_by: str
    set_by: str
    accepted_by: str
    in_force_from: datetime
    explained: tuple[Explanation, ...]
    recertified_at: datetime
    recertified_by: str

    @property
    def recertify_by(self) -> datetime:
        """When it must be recertified."""
        return self.recertified_at + RECERTIFY_AFTER


@frozen(kw_only=True)
class Matrix:
    """The matrix of a province: the version in force, and the one in the making. `units` are the province's ids from
    the root down.

    `unrecertified_since` is when a recertification fell due that has not come.
    """

    id: str
    units: tuple[str, ...]
    draft: Draft | None = None
    in_force: Version | None = None
    unrecertified_since: datetime | None = None

    @property
    def unit(self) -> str:
        """The province."""
        return self.units[-1]


def matrix_id(unit: str) -> str:
    """The id of a province's matrix: never that of the unit, which is an aggregate of the same service, because ids of
    events and timers are made from it."""
    return f"matrix:{unit}"
