"""R9.1: the part of the service that keeps the directory: units, the staff, who holds which post, and sheets of them.

One method an operation or hearing; what follows from the directory for permissions and accounts stands in `service.py`.
"""

from pymongo import DESCENDING, IndexModel

from chassis.bus import Heard
from chassis.frame import Frame
from chassis.service import Answer, Call
from chassis.store import Restates
from chassis.work.parametric import Parametric
from security import holder_desk, staff_desk, unit_desk
from security.announcements import assignment_stated, unit_stated
from security.events import ASSIGNMENT_STATED, UNIT_STATED
from security.export_desk import export_desk
from security.holder_desk import HolderDesk
from security.holders import Assignment
from security.import_desk import import_desk
from security.merger_desk import MergerDesk
from security.pair_desk import pair_desk
from security.sheet_desk import SheetDesk
from security.staff import StaffMember
from security.staff_desk import StaffDesk, staff_stated
from security.staff_operations import STAFF_STATED
from security.unit_desk import UnitDesk
from security.units import Unit

NEWEST = IndexModel([("units", 1), ("at", DESCENDING), ("_id", DESCENDING)])
"""For lists within a reach, newest first."""


class Directory(Parametric):
    """Units, staff, posts."""

    def open_directory(self, frame: Frame) -> None:
        """Take from the frame what this part stands on."""
        self.units = frame.aggregates(
            "units",
            Unit,
            stamps=unit_desk.stamps,
            indexes=(NEWEST, IndexModel("parent"), unit_desk.MERGERS),
            restates=Restates(UNIT_STATED.name, unit_stated),
        )
        self.assignments = frame.aggregates(
            "assignments",
            Assignment,
            stamps=holder_desk.stamps,
            indexes=(NEWEST, IndexModel("person"), IndexModel([("unit", 1), ("post", 1)])),
            restates=Restates(ASSIGNMENT_STATED.name, assignment_stated),
        )
        members = frame.aggregates(
            "staff",
            StaffMember,
            stamps=staff_desk.stamps,
            indexes=(NEWEST, IndexModel("unit")),
            restates=Restates(STAFF_STATED.name, staff_stated),
        )
        self.sheets = SheetDesk(self.units, self.assignments)
        self.imports, self.import_jobs = import_desk(frame, self.sheets)
        self.exports, self.export_jobs = export_desk(frame, self.units, self.assignments)
        self.places = UnitDesk(self.units, self.assignments, members, frame.clock)
        self.mergers = MergerDesk(self.units, self.assignments, members, frame.clock)
        self.staff = StaffDesk(members, self.units, self.assignments, frame.clock)
        self.holders = HolderDesk(self.assignments, self.units, self.staff)
        self.pairs = pair_desk(frame, self.assignments, self.units, self.mergers.answering)

    def import_units(self, call: Call) -> Answer:
        """R9.1: units from a sheet."""
        return self.sheets.import_units(call)

    def import_holders(self, call: Call) -> Answer:
        """R9.1: holders from a sheet."""
        return self.sheets.import_holders(call)

    def start_import(self, call: Call) -> Answer:
        """R9.1: a sheet is taken in, to be worked off."""
        return self.imports.start(call)

    def import_list(self, call: Call) -> Answer:
        """R9.1: the caller's imports."""
        return self.imports.page(call)

    def sheet_import(self, call: Call) -> Answer:
        """R9.1: how far an import has come."""
        return self.imports.one(call)

    def import_faults(self, call: Call) -> Answer:
        """R9.1: the bad rows."""
        return self.imports.bad_rows(call)

    def cancel_import(self, call: Call) -> Answer:
        """R9.1: an import stops before its next piece."""
        return self.imports.cancel(call)

    def start_export(self, call: Call) -> Answer:
        """R9.1: an export is taken in, to be written."""
        return self.exports.start(call)

    def export_list(self, call: Call) -> Answer:
        """R9.1: the caller's exports."""
        return self.exports.page(call)

    def sheet_export(self, call: Call) -> Answer:
        """R9.1: how far an export has come."""
        return self.exports.one(call)

    def export_file(self, call: Call) -> Answer:
        """R9.1: a part of its file."""
        return self.exports.part(call)

    def cancel_export(self, call: Call) -> Answer:
        """R9.1: an export stops before its next piece."""
        return self.exports.cancel(call)

    def open_unit(self, call: Call) -> Answer:
        """R9.1: a unit is opened."""
        return self.places.open(call)

    def rename_unit(self, call: Call) -> Answer:
        """R9.1: a unit has another name."""
        return self.places.rename(call)

    def move_unit(self, call: Call) -> Answer:
        """R9.1: a unit is put under another one."""
        return self.places.move(call)

    def merge_unit(self, call: Call) -> Answer:
        """R9.1: a unit merges into another."""
        return self.mergers.merge(call)

    def close_unit(self, call: Call) -> Answer:
        """R9.1: a unit is closed."""
        return self.places.close(call)

    def unit(self, call: Call) -> Answer:
        """One unit."""
        return self.places.one(call)

    def unit_list(self, call: Call) -> Answer:
        """Units within the caller's reach."""
        return self.places.page(call)

    def assign(self, call: Call) -> Answer:
        """R9.1: somebody holds a post."""
        return self.holders.assign(call)

    def lend_staff(self, call: Call) -> Answer:
        """R9.1: somebody works elsewhere for some days."""
        return self.holders.lend(call)

    def end_assignment(self, call: Call) -> Answer:
        """R9.1: somebody holds a post no more."""
        return self.holders.end(call)

    def correct_assignment(self, call: Call) -> Answer:
        """R9.1: what was entered wrongly of an assignment is corrected, by the red line."""
        return self.holders.correct(call)

    def assignment(self, call: Call) -> Answer:
        """One assignment."""
        return self.holders.one(call)

    def assignment_list(self, call: Call) -> Answer:
        """Assignments within the caller's reach."""
        return self.holders.page(call)

    def join_staff(self, call: Call) -> Answer:
        """R9.1: somebody joins."""
        return self.staff.join(call)

    def move_staff(self, call: Call) -> Answer:
        """R9.1: somebody belongs to another unit."""
        return self.staff.move(call)

    def suspend_staff(self, call: Call) -> Answer:
        """R9.8: somebody is suspended."""
        return self.staff.suspend(call)

    def reinstate_staff(self, call: Call) -> Answer:
        """R9.8: somebody is taken back."""
        return self.staff.reinstate(call)

    def leave_staff(self, call: Call) -> Answer:
        """R9.8: somebody leaves."""
        return self.staff.leave(call)

    def keep_staff(self, call: Call) -> Answer:
        """R9.8: a departure is called off."""
        return self.staff.stay(call)

    def return_to_staff(self, call: Call) -> Answer:
        """R9.1: somebody joins again."""
        return self.staff.come_back(call)

    def staff_member(self, call: Call) -> Answer:
        """One person on the staff."""
        return self.staff.one(call)

    def staff_list(self, call: Call) -> Answer:
        """The staff within the caller's reach."""
        return self.staff.page(call)

    def pair_staff(self, call: Call) -> Answer:
        """R9.1: two people stand in for each other."""
        return self.pairs.pair(call)

    def note_absence(self, call: Call) -> Answer:
        """R9.1: one half of a pair is away."""
        return self.pairs.away(call)

    def end_absence(self, call: Call) -> Answer:
        """R9.1: who was away is back."""
        return self.pairs.back(call)

    def end_pair(self, call: Call) -> Answer:
        """R9.1: they are a pair no longer."""
        return self.pairs.end(call)

    def pair(self, call: Call) -> Answer:
        """R9.1: one pair."""
        return self.pairs.one(call)

    def pair_list(self, call: Call) -> Answer:
        """R9.1: pairs within the caller's reach."""
        return self.pairs.page(call)

    def stand_ins(self, heard: Heard) -> None:
        """R9.1: who is half of a pair acts for the other who is away."""
        self.pairs.stand_in(heard)
