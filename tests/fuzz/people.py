"""People in every standing, with posts, acts of theirs that are to be checked, and counters to move and close."""

from collections.abc import Callable
from typing import Any

from attrs import define

from decalog.demo.stage import Speaker

FIRST = 440_190_000

Rest = Callable[[], None]


@define
class People:
    """Makes people whom no other operation needs."""

    system: Speaker
    counter: str
    rest: Rest
    number: int = FIRST

    def joined(self, many: int) -> list[str]:
        """So many who are employed."""
        found = [f"P{self.number + one}" for one in range(many)]
        self.number += many
        for person in found:
            _ok(self.system.post("/v1/staff", {"person": person, "unit": self.counter}))
        return found

    def made(self, many: int, *steps: tuple[str, dict[str, Any]]) -> list[str]:
        """So many with whom these steps were taken."""
        found = self.joined(many)
        for person in found:
            for path, body in steps:
                _ok(self.system.post(f"/v1/staff/{person}/{path}", body))
        return found

    def assigned(self, many: int) -> list[str]:
        """Assignments of so many."""
        about = {"post": "teller", "unit": self.counter}
        made = [_ok(self.system.post("/v1/assignments", {**about, "person": one})) for one in self.joined(many)]
        return [one["id"] for one in made]

    def checks(self, many: int) -> list[str]:
        """Checks of so many leavers' acts."""
        gone = self.made(many, ("departure", {}))
        self.rest()
        told = [{"person": one, "operation": "/v1/incidents", "at": "2099-01-01T00:00:00Z"} for one in gone]
        return [_ok(self.system.post("/v1/refused-calls", one))["checks"][0] for one in told]

    def pairs(self, many: int) -> list[str]:
        """So many pairs of people made for them."""
        return [_ok(self.system.post("/v1/pairs", self.to_pair()))["id"] for _ in range(many)]

    def to_pair(self) -> dict[str, str]:
        """Two who may be a pair, and are none."""
        a, b = self.joined(2)
        for person in (a, b):
            _ok(self.system.post("/v1/assignments", {"post": "teller", "unit": self.counter, "person": person}))
        return {"unit": self.counter, "a": a, "b": b}

    def one_away(self) -> str:
        """A pair whose first half is away."""
        (pair,) = self.pairs(1)
        _ok(self.system.post(f"/v1/pairs/{pair}/absences", {"person": first_half(pair)}))
        return pair

    def misuses(self, many: int) -> list[str]:
        """Checks of so many readers who have used up a day's readings of personal data."""
        asked = {"mail": "nobody@example.invalid", "reason": "示例：本人书面申请"}
        for number in range(many):
            reader = self.system.stage.system(f"READER-{number}", ("subject.export",))
            while reader.post("/v1/subject-exports", asked).is_success:
                continue
        self.rest()
        found = _ok(self.system.get("/v1/misuse-checks", limit=many))["items"]
        assert len(found) == many, found
        return [one["id"] for one in found]

    def units(self, many: int) -> list[str]:
        """So many counters that nobody needs."""
        found = [f"4401X{self.number + one}" for one in range(many)]
        self.number += many
        for unit in found:
            body = {"id": unit, "kind": "counter", "name": f"示例{unit}", "parent": "4401"}
            _ok(self.system.post("/v1/units", body))
        return found

    def fitting(self, each: int) -> dict[str, list[str]]:
        """By operation, those that let it succeed."""
        ahead = ("departure", {"at": "2027-06-01T00:00:00Z"})
        checked = self.checks(each)
        for check in checked:
            _ok(self.system.post(f"/v1/activity-checks/{check}/result", {"finding": "other", "words": "示例"}))
        open_checks, misuses = self.checks(each), self.misuses(each + 5)
        steps = [("result", {"verdict": "misuse", "words": "示例"}), ("fix", {"note": "示例"})]
        for check, taken in zip(misuses[1:5], (1, 1, 2, 2), strict=True):
            for path, body in steps[:taken]:
                _ok(self.system.post(f"/v1/misuse-checks/{check}/{path}", body))
        found = {
            "move_staff": self.joined(each),
            "lend_staff": self.joined(each),
            "suspend_staff": self.joined(each),
            "leave_staff": self.joined(each),
            "staff_member": self.joined(1),
            "reinstate_staff": self.made(each, ("suspension", {"ground": "other"})),
            "keep_staff": self.made(each, ahead),
            "return_to_staff": self.made(each, ("departure", {})),
            "end_assignment": self.assigned(each),
            "correct_assignment": self.assigned(each),
            "assignment": self.assigned(1),
            "record_activity_result": open_checks,
            "receive_activity_result": checked,
            "activity_check": checked,
            "rename_unit": self.units(each),
            "move_unit": self.units(each),
            "note_absence": self.pairs(1),
            "end_absence": [self.one_away()],
            "end_pair": self.pairs(each),
            "pair": self.pairs(1),
            "merge_unit": self.units(each),
            "misuse_check": misuses[:1],
            "put_misuse_right": misuses[1:3],
            "verify_misuse": misuses[3:4],
            "reject_misuse_fix": misuses[4:5],
            "record_misuse_result": misuses[5:],
            "close_unit": self.units(each),
        }
        return {f"security.{name}": ids for name, ids in found.items()}


def first_half(pair: str) -> str:
    """The first person of the pair with this id."""
    return pair.split(":")[1].partition("-")[0]


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.request.url}: {response.status_code} {response.text}"
    return response.json()
