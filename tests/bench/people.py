"""What people cost: a sign-in beside the bare hash in it, and a person's reads beside a system's.

A sign-in can't be cheaper than its argon2id hash: the same hash, as often at once, in a process that does nothing
else, is its limit. A person's grants are resolved at each call from the service's copy of the directory, a system's
stand in its token: what that costs is the difference between their reads of the same incidents.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from attrs import evolve, field, frozen

from decalog import idleness, place, topology
from decalog.demo.programme import open_stage
from decalog.demo.stage import Stage
from decalog.organisation import DEMO, HEAD_OFFICE, Organisation, holders_sheet, organisation, units_sheet
from security.hashes import AT_ONCE
from tests.bench import children
from tests.bench.arms.arm import Arm
from tests.bench.figures import percentile
from tests.bench.requests import READ, SIGN_IN, address
from tests.bench.rounds import SLACK_SECONDS, Bench
from tests.bench.runs import LIMITED, Wanted

SIGN_INS, HASHES, PERSONS, SYSTEMS = "sign-ins", "bare hashes", "reads by persons", "reads by systems"
READERS = {"ho_business_management_head", "ho_customer_service_head", "duty_officer"}
SERVICES = ("emergency", "security")
REST_SECONDS = 120.0
PASSWORD = "Kapok-bench-2026"
ADDRESSES = 1 << 20


@frozen(kw_only=True)
class Pace:
    """One run. `void`: why it does not count, or None."""

    what: str
    round: int
    rps: float
    p50_ms: float
    p99_ms: float
    void: str | None


@frozen
class People:
    """The four series, on the place of the bench, at whose incidents the readers look."""

    bench: Bench
    ours: Arm
    wanted: Wanted
    stage: Stage = field(factory=lambda: open_stage(SERVICES))

    def rounds(self, rounds: int) -> Iterator[Pace]:
        """Sign-ins and bare hashes, persons and systems, alternating; in reversed order in even rounds."""
        made = organisation(DEMO, seed=1, since=date(2026, 1, 1))
        self._settle(made)
        specs = self._specs(made)
        for number in range(1, rounds + 1):
            for what in specs if number % 2 else reversed(specs):
                module, spec = specs[what]
                yield pace_of(what, number, self._told(module, spec))

    def _specs(self, made: Organisation) -> dict[str, tuple[str, Mapping[str, Any]]]:
        """Each series: what is run, and its orders."""
        readers = [one.person for one in made.holders if one.post in READERS and one.unit == HEAD_OFFICE]
        reads = self.bench.load_spec(self.ours, evolve(self.wanted, kind=READ, tokens=len(readers)))
        signing = self.bench.load_spec(self.ours, evolve(self.wanted, kind=SIGN_IN, clients=AT_ONCE, tokens=1))
        tokens = [self.stage.person(reader).token for reader in readers]
        hashing = {"threads": AT_ONCE, "warm_up": self.wanted.warm_up, "seconds": self.wanted.seconds}
        return {
            SIGN_INS: ("tests.bench.load", signing | {"accounts": self._accounts(made)}),
            HASHES: ("tests.bench.hashing", hashing),
            PERSONS: ("tests.bench.load", reads | {"tokens": tokens}),
            SYSTEMS: ("tests.bench.load", reads),
        }

    def _settle(self, made: Organisation) -> None:
        """The example organisation, in every service's copy."""
        branch = self.stage.system("BENCH-PEOPLE", ("directory.import",))
        for path, sheet in (("units", units_sheet(made)), ("assignments", holders_sheet(made))):
            answer = branch.post(f"/v1/{path}/imports", {"csv": sheet})
            assert answer.is_success, answer.text[:300]
        state = place.instance()
        contracts = [contract for contract in topology.contracts() if contract.service in SERVICES]
        idleness.wait(place.health_ports(state), state["amqp"]["deploy"], contracts, seconds=REST_SECONDS)

    def _accounts(self, made: Organisation) -> list[tuple[str, str]]:
        """An account for each teller, its own password set."""
        tellers = dict.fromkeys(one.person for one in made.holders if one.post == "teller")
        return [self._account(number, person) for number, person in enumerate(tellers)]

    def _account(self, number: int, person: str) -> tuple[str, str]:
        code = f"BENCH{number:04}"
        manager = self.stage.system("BENCH-PEOPLE", ("account.manage",))
        opened = manager.post("/v1/accounts", {"operator_code": code, "person": person})
        assert opened.is_success, opened.text[:300]
        words = {"old_password": opened.json()["one_time_password"], "new_password": PASSWORD}
        path, sender = f"/v1/accounts/{code}/password", {"X-Forwarded-For": address(ADDRESSES + number)}
        changed = self.stage.http.post(path, json=words, headers=sender)
        assert changed.is_success, changed.text[:300]
        return code, PASSWORD

    def _told(self, module: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        limit, log = self.wanted.warm_up + self.wanted.seconds + SLACK_SECONDS, self.bench.place.logs / "people.log"
        with children.talking(module, spec, log=log, seconds=limit) as child:
            while isinstance(told := children.hear(child), str):
                pass
        found: Mapping[str, Any] = told
        return found


def pace_of(what: str, number: int, told: Mapping[str, Any]) -> Pace:
    """The figures of one run: what was answered in the measured time."""
    began, ended = told["began"], told["ended"]
    times = sorted((done - sent) * 1000 for _, sent, done in told["answers"] if began <= done < ended)
    strange = set(told["statuses"]) - {"200", "201"}
    return Pace(
        what=what,
        round=number,
        rps=len(times) / (ended - began),
        p50_ms=percentile(times, 50),
        p99_ms=percentile(times, 99),
        void=f"{told['statuses']} {told['faults'][:1]}{LIMITED}" if strange or told["faults"] or not times else None,
    )
