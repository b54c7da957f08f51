"""How the desks of accounts and sessions are put together: aggregates, keys, hashes and the seam to the directory."""

from pathlib import Path

from environs import Env

from chassis.frame import Frame
from chassis.keyfile import read_keys
from chassis.store import Aggregates
from chassis.work.parameters import Value
from security import account_desk, proofs
from security.account_desk import AccountDesk
from security.accounts import Account
from security.dormancy_desk import After, DormancyDesk
from security.hashes import Hashes
from security.lockout import Guard
from security.person_tokens import AccessTokens, RefreshTokens, signing_key
from security.presence import Presences
from security.proofs import Proofs
from security.session_desk import SessionDesk
from security.staff_desk import Heads
from security.units import Unit


def account_desks(
    frame: Frame,
    keys: Path | None,
    units: Aggregates[Unit],
    presences: Presences,
    *,
    heads: Heads,
    dormant: After,
    value: Value,
) -> tuple[AccountDesk, SessionDesk]:
    """The two desks, over the same accounts. `keys` is the folder of keys; None for the one `DECALOG_KEYS` names."""
    folder = keys or Env(prefix="DECALOG_").path("KEYS")
    fields = read_keys(folder)
    opened = frame.aggregates(
        proofs.ACCOUNTS,
        Account,
        mark="account/",
        stamps=account_desk.stamps,
        indexes=(account_desk.BY_PERSON,),
        sealed=proofs.sealing(fields),
    )
    guards = frame.aggregates(proofs.GUARDS, Guard, stamps=proofs.guard_stamps, indexes=(proofs.TTL,))
    looking = Proofs(opened, guards, Hashes(frame.apart), fields)
    sleep = DormancyDesk(opened, units, heads, dormant, frame.clock)
    access, refreshes = AccessTokens(signing_key(folder)), RefreshTokens(fields)
    sessions = SessionDesk(opened, units, looking, presences, access, refreshes, value, sleep)
    return AccountDesk(opened, looking, presences, value, sleep), sessions
