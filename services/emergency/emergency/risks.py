"""R7.6, R7.7: the part of the service that looks ahead: hidden risks and warnings; one method an operation."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from chassis.bus import Heard
from chassis.frame import Frame
from chassis.rounds import Round
from chassis.service import Answer, Call
from chassis.store import Aggregates, Restates
from chassis.timers import Firing
from emergency import inspection_desk, inspection_outgoing, warning_desk, warning_outgoing
from emergency.callers import Callers
from emergency.directory import Directory, UnitCopy
from emergency.finding_desk import FindingDesk
from emergency.hidden_risks import CATALOGUE
from emergency.incidents import Incident
from emergency.inspection_desk import InspectionDesk
from emergency.inspection_operations import INSPECTION_STATED
from emergency.inspection_plans import InspectionPlan
from emergency.inspection_reactions import InspectionReactions
from emergency.inspections import Inspection
from emergency.plan_shelf import PlanShelf
from emergency.prewarnings import RiskWarning
from emergency.warning_desk import WarningDesk
from emergency.warning_operations import WARNING_STATED
from emergency.warning_reactions import WarningReactions
from emergency.warning_receipts import WarningReceipt


class Risks(Callers):
    """Hidden risks and warnings."""

    inspections: InspectionDesk
    findings: FindingDesk
    inspection_reactions: InspectionReactions
    warnings: WarningDesk
    warning_reactions: WarningReactions

    def open_risks(self, frame: Frame, directory: Directory, incidents: Aggregates[Incident], plans: PlanShelf) -> None:
        """Take from the frame what this part stands on."""
        self.inspections = InspectionDesk(
            frame.aggregates(
                "inspection_plans", InspectionPlan, mark="inspection-plan/", stamps=inspection_desk.plan_stamps
            ),
            frame.aggregates(
                "inspections",
                Inspection,
                stamps=inspection_desk.stamps,
                indexes=inspection_desk.INDEXES,
                restates=Restates(INSPECTION_STATED.name, inspection_outgoing.stated),
            ),
            frame.rows(inspection_outgoing.HISTORY, "inspections"),
            directory,
            self.numbers.value,
        )
        self.findings = FindingDesk(self.inspections)
        self.inspection_reactions = InspectionReactions(self.inspections, incidents, plans, frame.clock)
        self.warnings = WarningDesk(
            frame.aggregates(
                "warnings",
                RiskWarning,
                stamps=warning_desk.stamps,
                indexes=warning_desk.INDEXES,
                restates=Restates(WARNING_STATED.name, warning_outgoing.stated),
            ),
            frame.aggregates(
                "warning_receipts",
                WarningReceipt,
                stamps=warning_desk.receipt_stamps,
                indexes=warning_desk.RECEIPT_INDEXES,
            ),
            frame.rows(warning_outgoing.HISTORY, "warnings"),
            self.inspections.inspections,
            incidents,
            directory,
            self.numbers.value,
        )
        self.warning_reactions = WarningReactions(self.warnings, self.inspection_reactions, frame.clock)

    def risk_timers(self) -> Mapping[str, Callable[[Firing], None]]:
        """Who sees to a timer, by the collection of its aggregate."""
        return {
            self.inspections.inspections.name: self.inspection_reactions.fire,
            self.warnings.warnings.name: self.warning_reactions.fire,
            self.warnings.receipts.name: self.warning_reactions.answer_due,
        }

    def risk_rounds(self) -> Sequence[Round]:
        """R7.6: the series of inspections."""
        return (Round("inspections", timedelta(minutes=10), self.inspection_reactions.open_due),)

    def risk_unit_stated(self, heard: Heard, unit: UnitCopy) -> None:
        """R7.6, R7.7: a unit was stated."""
        self.inspection_reactions.unit_stated(heard, unit)
        self.warning_reactions.unit_stated(heard, unit)

    def set_risk_inspection_plan(self, call: Call) -> Answer:
        """R7.6: how a unit looks for hidden risks."""
        return self.inspections.set_plan(call)

    def risk_inspection_plan(self, call: Call) -> Answer:
        """R7.6: the plan in force for a unit."""
        return self.inspections.plan(call)

    def risk_category_list(self, _: Call) -> Answer:
        """R7.6: what is looked for."""
        return Answer({"version": CATALOGUE.version, "items": CATALOGUE.categories})

    def open_risk_inspection(self, call: Call) -> Answer:
        """R7.6: an inspection opened ahead of its time."""
        return self.inspections.open(call)

    def risk_inspection_list(self, call: Call) -> Answer:
        """R7.6: inspections."""
        return self.inspections.page(call)

    def risk_inspection(self, call: Call) -> Answer:
        """R7.6: one inspection."""
        return self.inspections.one(call)

    def risk_inspection_history(self, call: Call) -> Answer:
        """R7.6: what happened with an inspection."""
        return self.inspections.rows(call)

    def risk_finding_register(self, call: Call) -> Answer:
        """R7.6: the register of open findings."""
        return self.inspections.register(call)

    def record_risk_inspection(self, call: Call) -> Answer:
        """R7.6: what an inspection saw."""
        return self.inspections.record(call)

    def reschedule_risk_inspection(self, call: Call) -> Answer:
        """R7.6: one inspection is moved."""
        return self.inspections.reschedule(call)

    def cancel_risk_inspection(self, call: Call) -> Answer:
        """R7.6: one inspection is not held."""
        return self.inspections.cancel(call)

    def assign_finding(self, call: Call) -> Answer:
        """R7.6: a finding is somebody's."""
        return self.findings.assign(call)

    def fix_finding(self, call: Call) -> Answer:
        """R7.6: a finding was put right."""
        return self.findings.fix(call)

    def verify_finding(self, call: Call) -> Answer:
        """R7.6: other eyes have seen it."""
        return self.findings.verify(call)

    def reject_finding(self, call: Call) -> Answer:
        """R7.6: other eyes have seen that it is not so."""
        return self.findings.reject(call)

    def raise_finding(self, call: Call) -> Answer:
        """R7.6: a finding becomes an incident."""
        return self.findings.raise_incident(call)

    def raise_found(self, heard: Heard) -> None:
        """R7.6: an incident is made of a finding."""
        self.inspection_reactions.raise_found(heard)

    def issue_warning(self, call: Call) -> Answer:
        """R7.7: a warning, with the measures against the risk."""
        return self.warnings.issue(call)

    def warning_list(self, call: Call) -> Answer:
        """R7.7: warnings by or for the caller's units."""
        return self.warnings.page(call)

    def warning(self, call: Call) -> Answer:
        """R7.7: one warning."""
        return self.warnings.one(call)

    def warning_history(self, call: Call) -> Answer:
        """R7.7: what happened with a warning."""
        return self.warnings.rows(call)

    def warning_receipt_list(self, call: Call) -> Answer:
        """R7.7: what the units warned have answered."""
        return self.warnings.answers(call)

    def acknowledge_warning(self, call: Call) -> Answer:
        """R7.7: a unit that was warned knows."""
        return self.warnings.acknowledge(call)

    def settle_measure(self, call: Call) -> Answer:
        """R7.7: what became of a measure."""
        return self.warnings.settle(call)

    def extend_warning(self, call: Call) -> Answer:
        """R7.7: a warning lasts longer."""
        return self.warnings.extend(call)

    def lift_warning(self, call: Call) -> Answer:
        """R7.7: a warning is lifted."""
        return self.warnings.lift(call)

    def link_foretold_incident(self, call: Call) -> Answer:
        """R7.7: an incident that a warning foretold."""
        return self.warnings.foretold(call)

    def spread_warning(self, heard: Heard) -> None:
        """R7.7: the next units are warned."""
        self.warning_reactions.spread(heard)
