"""R9.5: matrices over the store: what the service's methods and timers do with them."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from attrs import evolve, frozen

from chassis.clock import Clock
from chassis.documents import converter
from chassis.entries import AddRow, Announce, Announcement, CancelTimer, SetTimer, filed_under
from chassis.reaction import reaction
from chassis.rows import Rows
from chassis.service import Answer, Call
from chassis.store import Aggregates, Loaded, NotFound, Saved, TakenByAnother
from chassis.timers import Firing
from security import matrices, matrix_rows
from security.authority import Actor
from security.footings import Footings
from security.matrix_operations import MATRIX_STATED, RECERTIFICATION_OVERDUE
from security.matrix_refusals import NotAProvince
from security.matrix_rows import Row, as_csv, digest
from security.matrix_versions import Explanation, Matrix, matrix_id
from security.units import Unit

RECERTIFICATION = "recertification"
VERSIONS = "matrix_versions"

Decide = Callable[[Matrix, Actor], Matrix]


@frozen
class MatrixDesk:
    """The matrices of one service process."""

    matrices: Aggregates[Matrix]
    versions: Rows
    units: Aggregates[Unit]
    footings: Footings
    clock: Clock

    def draft(self, call: Call) -> Answer:
        """R9.5: the first version is begun (201), or the version in the making is changed."""
        unit: Unit = self.units.load(call.path["unit"], call.reach).state
        if unit.kind != "province":
            raise NotAProvince(unit=unit.id)
        actor, rows = self.footings.actor(call, unit.units), _rows(call)

        def drawn_up(matrix: Matrix) -> Any:
            return _told(matrix, matrices.draw_up(matrix, rows, actor=actor, at=call.now))

        if call.if_match is None:
            empty, made = Matrix(id=matrix_id(unit.id), units=unit.units), evolve(call.command(), status=201)
            with suppress(TakenByAnother):
                return self._answer(call, self.matrices.create(empty.id, made, lambda: drawn_up(empty)))
        return self._answer(call, self.matrices.change(matrix_id(unit.id), call.command(), drawn_up, reach=call.reach))

    def submit(self, call: Call) -> Answer:
        """R9.5: the version goes to IT."""
        return self._changed(call, lambda matrix, who: matrices.submit(matrix, actor=who, at=call.now))

    def report_setting(self, call: Call) -> Answer:
        """R9.5: IT says what it has set."""
        rows, of = _rows(call), call.body["digest"]
        return self._changed(
            call, lambda matrix, who: matrices.report_setting(matrix, rows, of=of, actor=who, at=call.now)
        )

    def accept(self, call: Call) -> Answer:
        """R9.5: the version is in force."""
        said = [Explanation(**each) for each in call.body["explanations"]]
        return self._changed(call, lambda matrix, who: matrices.accept(matrix, said, actor=who, at=call.now))

    def send_back(self, call: Call) -> Answer:
        """R9.5: the version goes back to drafting."""
        reason = call.body["reason"]
        return self._changed(
            call, lambda matrix, who: matrices.send_back(matrix, reason=reason, actor=who, at=call.now)
        )

    def recertify(self, call: Call) -> Answer:
        """R9.5: the version in force is still right."""
        return self._changed(call, lambda matrix, who: matrices.recertify(matrix, actor=who, at=call.now))

    def one(self, call: Call) -> Answer:
        """One matrix."""
        return self._answer(call, self.matrices.load(matrix_id(call.path["unit"]), call.reach))

    def page(self, call: Call) -> Answer:
        """Matrices within the caller's reach, without their rows."""
        overdue = call.query["overdue"]
        answer = call.page(self.matrices, {} if overdue is None else {"overdue": overdue})
        return evolve(answer, body={"items": [_line(matrix) for matrix in answer.body["items"]]})

    def history(self, call: Call) -> Answer:
        """The versions that came into force."""
        self.matrices.load(matrix_id(call.path["unit"]), call.reach)
        return call.rows(self.versions, matrix_id(call.path["unit"]))

    def export(self, call: Call) -> Answer:
        """R9.5: what IT is to set, with its digest."""
        loaded = self.matrices.load(matrix_id(call.path["unit"]), call.reach)
        draft = matrices.for_setting(loaded.state)
        shown = {
            "unit": loaded.state.unit,
            "version": draft.version,
            "digest": digest(draft.rows),
            "rows": draft.rows,
            "csv": as_csv(draft.rows),
        }
        return call.answer(loaded, shown)

    def fire(self, firing: Firing) -> None:
        """R9.5: a recertification has fallen due."""
        step = reaction("security", firing.command, actor="timer", cause=firing.id, at=self.clock.now())
        with suppress(NotFound):
            self.matrices.change(firing.aggregate, step, lambda one: _due(one, matrices.fall_due(one, at=step.now)))

    def _changed(self, call: Call, decide: Decide) -> Answer:
        def decided(matrix: Matrix) -> Any:
            return _told(matrix, decide(matrix, self.footings.actor(call, matrix.units)))

        return self._answer(
            call, self.matrices.change(matrix_id(call.path["unit"]), call.command(), decided, reach=call.reach)
        )

    def _answer(self, call: Call, found: Saved | Loaded) -> Answer:
        return call.answer(
            found, {**_public(found.state), "in_force": found.state.in_force, "draft": found.state.draft}
        )


def stamps(matrix: Matrix) -> dict[str, Any]:
    """What lists and scopes query."""
    worked_on = [matrix.draft.changed_at] if matrix.draft else []
    worked_on += [matrix.in_force.recertified_at] if matrix.in_force else []
    return {"units": list(matrix.units), "at": max(worked_on), "overdue": matrix.unrecertified_since is not None}


def matrix_stated(matrix: Matrix) -> Announce:
    """The event that carries a matrix's public state."""
    data = MATRIX_STATED.data({**_line(matrix), "units": matrix.units})
    return Announce(MATRIX_STATED.name, data, filed_under(matrix.units))


def _rows(call: Call) -> list[Row]:
    return [matrix_rows.Row(**each) for each in call.body["rows"]]


def _public(matrix: Matrix) -> Mapping[str, Any]:
    return {"unit": matrix.unit, "unrecertified_since": matrix.unrecertified_since}


def _line(matrix: Matrix) -> Mapping[str, Any]:
    version, draft = matrix.in_force, matrix.draft
    return {
        **_public(matrix),
        "version": version and version.version,
        "digest": version and version.digest,
        "in_force_from": version and version.in_force_from,
        "recertify_by": version and version.recertify_by,
        "draft_version": draft and draft.version,
        "stage": draft and draft.stage,
    }


def _told(before: Matrix, after: Matrix) -> tuple[Matrix, Iterable[Announcement]]:
    """What follows from a step: the new state; for a version that came into force its row; the half-year's timer."""
    said: list[Announcement] = [matrix_stated(after)]
    version, earlier = after.in_force, before.in_force
    if version and version is not earlier:
        said.append(SetTimer(RECERTIFICATION, version.recertify_by))
    if version and version.version != (earlier and earlier.version):
        said.append(AddRow(VERSIONS, version.version, converter().unstructure(version)))
    return after, said


def _due(before: Matrix, after: Matrix) -> tuple[Matrix, Iterable[Announcement]]:
    if after is before or after.in_force is None:
        return before, []
    data = RECERTIFICATION_OVERDUE.data(
        {
            "unit": after.unit,
            "above": after.units[-2],
            "version": after.in_force.version,
            "due": after.unrecertified_since,
        }
    )
    overdue = Announce(RECERTIFICATION_OVERDUE.name, data, filed_under(after.units))
    return after, [matrix_stated(after), overdue, CancelTimer(RECERTIFICATION)]
