"""Rule 9's service: a table of contents."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from attrs import evolve
from pymongo import IndexModel

from chassis.bus import Heard
from chassis.clock import business_day
from chassis.frame import Frame
from chassis.identity import Grant
from chassis.refiling import refiling
from chassis.service import Answer, Call
from chassis.store import Restates
from chassis.timers import Firing
from chassis.work.my_tasks import answer_my_tasks
from chassis.work.parameter_desk import People, parameter_desk
from security import (
    activity_desk,
    authority,
    contract,
    elevation_desk,
    matrix_desk,
    parameters,
)
from security.account_wiring import account_desks
from security.activity import ActivityCheck
from security.activity_desk import ActivityDesk
from security.catalogue import catalogue, decalog_table
from security.directory import NEWEST, Directory
from security.elevation_desk import ElevationDesk
from security.elevation_operations import ELEVATION_STATED
from security.elevations import Elevation
from security.factor_removal_desk import FactorRemovalDesk
from security.footings import Footings
from security.matrix_desk import MatrixDesk
from security.matrix_operations import MATRIX_STATED
from security.matrix_versions import Matrix
from security.misuse_desk import misuse_desk
from security.presence import Presence, by_posts
from security.staff import Standing


class Security(Directory):
    """Rule 9: what people may do, how they prove who they are, who answers for what should not have happened."""

    contract = contract.CONTRACT

    def __init__(self, frame: Frame, keys: Path | None = None) -> None:
        self.open_directory(frame)
        members = self.staff.members
        checks = frame.aggregates(
            "activity_checks", ActivityCheck, stamps=activity_desk.stamps, indexes=(NEWEST, IndexModel("check_person"))
        )
        self.board = frame.tasks()
        matrices = frame.aggregates(
            "matrices",
            Matrix,
            stamps=matrix_desk.stamps,
            indexes=(NEWEST,),
            restates=Restates(MATRIX_STATED.name, matrix_desk.matrix_stated),
        )
        elevations = frame.aggregates(
            "elevations",
            Elevation,
            stamps=elevation_desk.stamps,
            indexes=(NEWEST, IndexModel("person"), IndexModel("claims", unique=True)),
            restates=Restates(ELEVATION_STATED.name, elevation_desk.elevation_stated),
        )
        self.footings = Footings(self.assignments, matrices, elevations)
        versions = frame.rows(matrix_desk.VERSIONS, "matrices")
        self.matrix_desk = MatrixDesk(matrices, versions, self.units, self.footings, frame.clock)
        self.elevation_desk = ElevationDesk(elevations, self.units, self.footings, self.staff.head_of, frame.clock)
        people = People(units_of=self.places.chain_of, posts_of=self.footings.posts_of, deciders=parameters.deciders)
        self.numbers = parameter_desk(frame, "security", parameters.DEFINITIONS, people)
        self.account_desk, self.session_desk = account_desks(
            frame,
            keys,
            self.units,
            self.presence,
            heads=self.staff.head_of,
            dormant=self.dormant_after,
            value=self.numbers.value,
        )
        self.factor_removals = FactorRemovalDesk(self.account_desk, self.footings)
        self.activities = ActivityDesk(
            checks,
            members,
            self.units,
            self.assignments,
            self.staff.head_of,
            self.numbers,
            frame.clock,
            self.mergers.answering,
        )

        self.misuses = misuse_desk(frame, members, self.units, self.staff.head_of, self.mergers.answering)
        followers = (self.activities, self.misuses, self.pairs, self.elevation_desk, self.numbers)
        self.refiling = refiling(frame, *(each.filed() for each in followers))

    def grants_of(self, person: str, at: datetime) -> tuple[Grant, ...]:
        """R9.6: what a person may do now, by the posts held today."""
        return self.footings.grants_of(person, at)

    def admits(self, person: str) -> bool:
        """R9.8: nobody acts who is suspended or has left."""
        return self.staff.standing_of(person) is Standing.EMPLOYED

    def presence(self, person: str, on: date) -> Presence:
        """R9.7, R9.8: whether the person may sign in on that day, and where they stand."""
        found = by_posts(self.footings.of_person(person), on=on)
        return found if self.admits(person) else evolve(found, may_sign_in=False)

    def dormant_after(self, units: tuple[str, ...], at: datetime) -> timedelta:
        """R9.7: how long an account may go unused at the last of these units."""
        return parameters.DORMANT_AFTER.span(self.numbers.value(parameters.DORMANT_AFTER, units, at))

    def report_activities(self, call: Call) -> Answer:
        """R4.6: acts in a business system, among which leavers are looked for."""
        return self.activities.report(call)

    def refused_call(self, call: Call) -> Answer:
        """R9.8: somebody who is refused has called."""
        return self.activities.refused_call(call)

    def record_activity_result(self, call: Call) -> Answer:
        """R4.6: the head's result."""
        return self.activities.record_result(call)

    def receive_activity_result(self, call: Call) -> Answer:
        """R4.6: the province has the result."""
        return self.activities.receive(call)

    def activity_check(self, call: Call) -> Answer:
        """One activity check."""
        return self.activities.one(call)

    def activity_check_list(self, call: Call) -> Answer:
        """Activity checks within the caller's reach."""
        return self.activities.page(call)

    def permission_catalogue(self, call: Call) -> Answer:  # noqa: ARG002 it is the same for everybody
        """R9.5: the permissions, and what is kept apart."""
        return Answer(catalogue())

    def decalog_matrix(self, call: Call) -> Answer:  # noqa: ARG002 it is the same for everybody
        """R9.5: what each post does in Decalog itself."""
        return Answer(decalog_table())

    def matrix_list(self, call: Call) -> Answer:
        """R9.5: matrices within the caller's reach."""
        return self.matrix_desk.page(call)

    def matrix(self, call: Call) -> Answer:
        """R9.5: one matrix."""
        return self.matrix_desk.one(call)

    def matrix_versions(self, call: Call) -> Answer:
        """R9.5: the versions that came into force."""
        return self.matrix_desk.history(call)

    def matrix_export(self, call: Call) -> Answer:
        """R9.5: what IT is to set."""
        return self.matrix_desk.export(call)

    def draft_matrix(self, call: Call) -> Answer:
        """R9.5: the next version is drawn up."""
        return self.matrix_desk.draft(call)

    def submit_matrix(self, call: Call) -> Answer:
        """R9.5: it goes to IT."""
        return self.matrix_desk.submit(call)

    def report_setting(self, call: Call) -> Answer:
        """R9.5: IT has set it."""
        return self.matrix_desk.report_setting(call)

    def accept_matrix(self, call: Call) -> Answer:
        """R9.5: it is in force."""
        return self.matrix_desk.accept(call)

    def return_matrix(self, call: Call) -> Answer:
        """R9.5: it goes back."""
        return self.matrix_desk.send_back(call)

    def recertify_matrix(self, call: Call) -> Answer:
        """R9.5: it is still right."""
        return self.matrix_desk.recertify(call)

    def request_elevation(self, call: Call) -> Answer:
        """R9.6: a permission for a time, or for one transaction, is asked for."""
        return self.elevation_desk.request(call)

    def elevation_list(self, call: Call) -> Answer:
        """R9.6: elevations within the caller's reach."""
        return self.elevation_desk.page(call)

    def elevation(self, call: Call) -> Answer:
        """R9.6: one elevation."""
        return self.elevation_desk.one(call)

    def approve_elevation(self, call: Call) -> Answer:
        """R9.6: the head says yes."""
        return self.elevation_desk.approve(call)

    def refuse_elevation(self, call: Call) -> Answer:
        """R9.6: the head says no."""
        return self.elevation_desk.refuse(call)

    def withdraw_elevation(self, call: Call) -> Answer:
        """R9.6: it is no longer asked for."""
        return self.elevation_desk.withdraw(call)

    def use_elevation(self, call: Call) -> Answer:
        """R9.6: the one transaction is done."""
        return self.elevation_desk.use(call)

    def revoke_elevation(self, call: Call) -> Answer:
        """R9.6: it is ended early."""
        return self.elevation_desk.revoke(call)

    def open_account(self, call: Call) -> Answer:
        """R9.7: an account for a person in post."""
        return self.account_desk.open(call)

    def account(self, call: Call) -> Answer:
        """R9.7: one account."""
        return self.account_desk.one(call)

    def reset_account(self, call: Call) -> Answer:
        """R9.7: a new one-time password."""
        return self.account_desk.reset(call)

    def disable_account(self, call: Call) -> Answer:
        """R9.7: an account is closed for now."""
        return self.account_desk.disable(call)

    def enable_account(self, call: Call) -> Answer:
        """R9.7: an account is open again."""
        return self.account_desk.enable(call)

    def unlock_account(self, call: Call) -> Answer:
        """R9.7: an account that was locked for want of use opens again."""
        return self.account_desk.unlock(call)

    def request_factor_removal(self, call: Call) -> Answer:
        """R9.6, R9.7: a lost second factor is to be taken away."""
        return self.factor_removals.ask(call)

    def factor_removal(self, call: Call) -> Answer:
        """R9.6, R9.7: what is asked for."""
        return self.factor_removals.one(call)

    def approve_factor_removal(self, call: Call) -> Answer:
        """R9.6, R9.7: somebody else takes it away."""
        return self.factor_removals.approve(call)

    def refuse_factor_removal(self, call: Call) -> Answer:
        """R9.6, R9.7: somebody else says no."""
        return self.factor_removals.refuse(call)

    def enrol_second_factor(self, call: Call) -> Answer:
        """R9.7: a second factor for the own account."""
        return self.account_desk.enrol(call)

    def confirm_second_factor(self, call: Call) -> Answer:
        """R9.7: its first code."""
        return self.account_desk.confirm(call)

    def change_password(self, call: Call) -> Answer:
        """R9.7: a password of the person's own."""
        return self.session_desk.change_password(call)

    def sign_in(self, call: Call) -> Answer:
        """R9.7: a session begins."""
        return self.session_desk.sign_in(call)

    def refresh_session(self, call: Call) -> Answer:
        """R9.7: a session goes on."""
        return self.session_desk.refresh(call)

    def sign_out(self, call: Call) -> Answer:
        """R9.7: a session ends."""
        return self.session_desk.sign_out(call)

    def my_reach(self, call: Call) -> Answer:
        """Over which units the caller may do an action that security knows of."""
        wanted = call.query["action"]
        return Answer({"units": sorted({one.unit for one in call.caller.grants if one.action == wanted})})

    def my_tasks(self, call: Call) -> Answer:
        """R4.6: what the caller has to do, by a post held today."""
        held = self.footings.of_person(call.caller.subject)
        return answer_my_tasks(self.board, call, authority.seats(held, on=business_day(call.now)))

    def record_misuse_result(self, call: Call) -> Answer:
        """R9.7, R9.17: what was found of suspected misuse."""
        return self.misuses.record_result(call)

    def put_misuse_right(self, call: Call) -> Answer:
        """R9.7, R9.17: misuse that was found is put right."""
        return self.misuses.put_right(call)

    def verify_misuse(self, call: Call) -> Answer:
        """R9.7, R9.17: somebody else has seen it."""
        return self.misuses.verify(call)

    def reject_misuse_fix(self, call: Call) -> Answer:
        """R9.7, R9.17: somebody else has seen that it is not so."""
        return self.misuses.reject(call)

    def misuse_check(self, call: Call) -> Answer:
        """R9.7, R9.17: one check of suspected misuse."""
        return self.misuses.one(call)

    def misuse_check_list(self, call: Call) -> Answer:
        """R9.7, R9.17: checks of suspected misuse."""
        return self.misuses.page(call)

    def disclosure_limits(self, heard: Heard) -> None:
        """R9.17: somebody has read as much personal data as a day allows."""
        self.misuses.limit_reached(heard)

    def shared_codes(self, heard: Heard) -> None:
        """R9.7: one code was in use at two counters at once."""
        self.misuses.code_shared(heard)

    def replant(self, heard: Heard) -> None:
        """R9.1: what is at and below a unit has the ancestors that the unit has now."""
        self.mergers.follow(heard)
        unit = self.places.replant(heard)
        self.refiling.stated(unit.id, unit.version, unit.state.units)

    def departed(self, heard: Heard) -> None:
        """R9.8: whoever has left holds no post any more."""
        self.staff.departed(heard)
        self.pairs.stood(heard)

    def assigned(self, heard: Heard) -> None:
        """R9.1, R9.5: whoever is given a post is on the staff; what is kept apart stays apart."""
        self.staff.assigned(heard)
        self.elevation_desk.assigned(heard)
        self.mergers.assigned(heard)

    def fire(self, firing: Firing) -> None:
        """R4.6, R9.5, R9.6, R9.8: a departure, a check's result, a recertification or an elevation's end is due."""
        desks: dict[str, Callable[[Firing], None]] = {
            "staff": self.staff.fire,
            "units": self.mergers.fire,
            "activity_checks": self.activities.fire,
            "matrices": self.matrix_desk.fire,
            "elevations": self.elevation_desk.fire,
            "accounts": self.factor_removals.fire,
        }
        desks[firing.collection](firing)
