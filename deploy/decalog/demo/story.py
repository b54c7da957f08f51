"""The story: an organisation, incidents of every level, and head office that receives what it must."""

import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from chassis.clock import machine_now, monotonic
from decalog import idleness, place, subscribers, topology
from decalog.demo import attachment, disclosure, journal, leaver, risks, sheets, webhook
from decalog.demo.correction import correct_by_the_red_line
from decalog.demo.drill import hold_drill
from decalog.demo.elevation import elevate_a_teller
from decalog.demo.live_feed import Feed, following
from decalog.demo.mailbox import Mailbox, mailbox
from decalog.demo.merger import merge_a_counter
from decalog.demo.parameter import make_stricter
from decalog.demo.plan import show_plan
from decalog.demo.programme import Programme, open_stage
from decalog.demo.sign_in import sign_in
from decalog.demo.stage import Listener, Speaker, Stage, listening, wait_for
from decalog.node import node_of
from decalog.organisation import DEMO, holders_sheet, organisation, units_sheet

COUNTER, NEIGHBOUR, OTHER_CITY, DISTANT = "4401003", "4401001", "4402001", "4403001"
SUBSCRIBER = "demo"
TOLD_POSTS = {
    "company_leader",
    "centre_manager",
    "province_ops_head",
    "ho_business_management_head",
    "ho_customer_service_head",
}
SUMMARY = "演示：示例事件，不含个人信息"
GRANTS = (
    "directory.import",
    "directory.read",
    "incident.report",
    "incident.read",
    "incident.add_facts",
    "contact.write",
    "contact.read",
    "escalation.read",
    "webhook.manage",
    "webhook.read",
)


def play() -> int:
    """Play the whole story; the exit status."""
    stage = open_stage()
    programme = Programme(stage)
    branch = stage.system("CCMS-DEMO", GRANTS)
    subscribers.add_queue(stage.state["amqp"]["deploy"], SUBSCRIBER, ["#"], subscribers.Limits())
    url = _subscriber_url(stage)
    with (
        listening(url, subscribers.queue_of(SUBSCRIBER)) as head_office,
        mailbox(stage.state["ports"]["smtp"]) as mails,
        following(stage.http, branch.token) as feed,
    ):
        Story(programme, stage, branch, head_office, mails, feed, url).play()
    return programme.end()


class Story:
    """The steps, in order."""

    def __init__(
        self,
        programme: Programme,
        stage: Stage,
        branch: Speaker,
        head_office: Listener,
        mails: Mailbox,
        feed: Feed,
        url: str,
    ) -> None:
        self.programme = programme
        self.stage = stage
        self.branch = branch
        self.head_office = head_office
        self.mails = mails
        self.feed = feed
        self.url = url
        self.told_by_mail = ("", "")
        self.began = machine_now()
        self.made = organisation(DEMO, seed=1, since=date(2026, 1, 1))
        self.run = uuid.uuid4().hex[:8]
        self.run_number = int(self.run, 16) % 100_000_000

    def play(self) -> None:
        """Play every step."""
        step = self.programme.step
        step("organisation", self.load_organisation)
        step("sheets", lambda: sheets.import_and_export(self.branch, number=self.run_number))
        step("contact points", self.load_contact_points)
        step("disclosure", self.disclose)
        step("bad input", self.refuse_bad_input)
        step("level I", lambda: self.report_level("I", {"people_surrendering": 100, "surrender_amount_cny": "0"}))
        step("level II", lambda: self.report_level("II", {"people_surrendering": 50, "surrender_amount_cny": "0"}))
        step("level III", lambda: self.report_level("III", {"people_surrendering": 30, "surrender_amount_cny": "0"}))
        step("level IV", self.report_level_iv)
        step("unknown facts", self.unknown_facts)
        step("correlation", self.correlate)
        step("mail and link", self.acknowledge_by_mail)
        step("guidance", self.guide)
        step("handling body", self.show_handling_body)
        step("attachment", self.attach_photo)
        step("plan and tasks", self.show_plan)
        step("drill", lambda: hold_drill(self.stage, self.head_office))
        step("leaver", self.show_leaver)
        step("elevation", lambda: elevate_a_teller(self.stage, self.branch))
        step("sign-in", lambda: sign_in(self.stage, self.made, COUNTER))
        step("parameter", lambda: make_stricter(self.stage, self.made))
        step("red line", lambda: correct_by_the_red_line(self.stage, self.made, self.report_illness()))
        step("merger", lambda: merge_a_counter(self.stage, self.made, self.run))
        step("hidden risk", lambda: risks.put_a_hidden_risk_right(self.stage, self.made))
        step("warning", lambda: risks.warn_every_counter(self.stage, self.made, self.mails))
        step("fifty retries", self.retry_fifty_times)
        step("replay", self.replay)
        step("server-sent events", self.server_sent_events)
        step("webhook", lambda: webhook.signed_and_rotated(self.branch, self.report_grave))
        step("webhook retried", lambda: webhook.tried_again(self.branch, self.report_grave))
        step("tampered journal", lambda: journal.find_tampering(self.told_by_mail[0]))
        step("crash", self.crash_between_write_and_publish)

    def load_organisation(self) -> str:
        """The example organisation, imported through the gateway; a second import changes nothing."""
        units = _ok(self.branch.post("/v1/units/imports", {"csv": units_sheet(self.made)}))
        holders = _ok(self.branch.post("/v1/assignments/imports", {"csv": holders_sheet(self.made)}))
        again = _ok(self.branch.post("/v1/units/imports", {"csv": units_sheet(self.made)}))
        assert units["faults"] == holders["faults"] == [], (units, holders)
        assert again["done"] == 0, again
        self.rest()
        return f"{units['done'] + units['unchanged']} units, {holders['done'] + holders['unchanged']} assignments"

    def load_contact_points(self) -> str:
        """Where the persons in charge are reached: kept encrypted, shown masked."""
        told = {held.person: held.unit for held in self.made.holders if held.post in TOLD_POSTS}
        for person, unit in told.items():
            _ok(self.branch.put(f"/v1/contact-points/{person}", {"unit": unit, "mail": _address(person)}))
        shown = _ok(self.branch.get(f"/v1/contact-points/{next(iter(told))}"))
        assert "***" in shown["mail"], shown
        return f"{len(told)} persons, shown as {shown['mail']}"

    def disclose(self) -> str:
        """An address in clear, for a purpose and on record."""
        person = next(held.person for held in self.made.holders if held.post in TOLD_POSTS)
        return disclosure.read_in_clear(self.stage, person, _address(person), run=self.run)

    def acknowledge_by_mail(self) -> str:
        """A person in charge is told by mail, opens the link, and the incident knows."""
        incident, answered = self.report("gathering", COUNTER, {"people_gathering": 50})
        telling = next(one for one in incident["escalation"]["tellings"] if one["addressee"] == "head_office")
        address = _address(telling["person"])
        mail = wait_for("the mail", lambda: self.mails.first_to(address, incident["id"]))
        self.programme.figures["answer_to_mail"] = round((monotonic() - answered) * 1000, 1)
        assert telling["person"] not in mail.link
        looked = _ok(self.stage.http.get(f"/v1/links/{mail.link}"))
        assert looked["acknowledged_at"] is None, "opening the link must have no effect"
        _ok(self.stage.http.post(f"/v1/links/{mail.link}/acknowledgement", json={}))
        self.told_by_mail = incident["id"], telling["person"]
        wait_for("the acknowledgement", self._acknowledged)
        return f"{mail.subject!r} acknowledged by its link"

    def guide(self) -> str:
        """The same person records guidance under their own token; the time to first guidance is known."""
        incident, person = self.told_by_mail
        words = {"words": "先疏散客户，由专人与客户代表沟通"}
        guided = _ok(self.stage.person(person).post(f"/v1/incidents/{incident}/guidance", words))
        telling = next(one for one in guided["escalation"]["tellings"] if one["person"] == person)
        assert telling["state"] == "guided", telling
        return f"first guidance at {guided['first_guided_at']}"

    def show_handling_body(self) -> str:
        """The leader of the city's company sets its emergency group; whoever reads the incident sees it."""
        leader, deputy = "P440100001", "P440100002"
        members = [{"person": leader, "role": "leader"}, {"person": deputy, "role": "deputy"}]
        _ok(self.stage.person(leader).put("/v1/handling-bodies/4401", {"members": members}))
        shown = _ok(self.branch.get(f"/v1/incidents/{self.told_by_mail[0]}/handling-bodies"))
        (group,) = shown["items"]
        assert all(member["in_post"] for member in group["members"]), group
        return f"{group['unit_name']}: {len(members)} members, to be confirmed by {group['confirm_by'][:10]}"

    def attach_photo(self) -> str:
        """A photo belongs to the incident that was told by mail."""
        return attachment.attach_a_photo(self.stage, self.branch, self.told_by_mail[0])

    def show_plan(self) -> str:
        """The plan of a level II incident, its tasks, its closing and its review."""
        incident, _ = self.report("gathering", NEIGHBOUR, {"people_gathering": 30})
        return show_plan(self.stage, self.made, incident)

    def show_leaver(self) -> str:
        """R9.8: who leaves is refused within a second; what they do all the same is looked into."""
        personnel = self.stage.system("HR-DEMO", leaver.GRANTS)
        person = f"PD{self.run_number:08}"
        return leaver.play(self.programme, personnel, self.head_office, COUNTER, person)

    def refuse_bad_input(self) -> str:
        """Bad input is named in both languages, and nothing is kept."""
        bad = {"kind": "gathering", "unit": COUNTER, "summary": "", "facts": {"people_gathering": -1}}
        response = self.branch.post("/v1/incidents", bad)
        assert response.status_code == 422, response.text
        problem = response.json()
        return f"422 {problem['code']}: " + ", ".join(error["pointer"] for error in problem["errors"])

    def report_level(self, level: str, facts: Mapping[str, Any]) -> str:
        """One incident of this level, in a province of its own; head office receives levels I and II's first rung."""
        incident, answered = self.report("collective_surrender", COUNTER, facts, drill=True)
        assert incident["level"] == level, incident["level"]
        clause = incident["grading"]["clause"]
        if level != "I":
            return f"{level} by {clause}, {len(incident['escalation']['tellings'])} persons told"
        arrival = wait_for("the escalation", lambda: self.head_office.first(incident["id"], level))
        milliseconds = round((arrival.at - answered) * 1000, 1)
        self.programme.figures["answer_to_amqp"] = milliseconds
        sent = wait_for("the event", lambda: self.feed.first(incident["id"]))
        self.programme.figures["answer_to_sse"] = round((sent.at - answered) * 1000, 1)
        addressees = sorted(
            {one.data["addressee"] for one in self.head_office.arrivals if one.data.get("incident") == incident["id"]}
        )
        return f"I by {clause}; head office had it {milliseconds} ms after the answer ({', '.join(addressees)})"

    def report_illness(self) -> dict[str, Any]:
        """Somebody has fallen ill: the incident, of level IV."""
        facts = {"deaths": 0, "injured": 0, "taken_ill": 1}
        return self.report("illness_or_accident", COUNTER, facts)[0]

    def report_level_iv(self) -> str:
        """A level IV incident is a record: nobody at head office is told."""
        incident = self.report_illness()
        assert incident["level"] == "IV", incident["level"]
        timeline = _ok(self.branch.get(f"/v1/incidents/{incident['id']}/timeline"))["items"]
        return f"IV; the timeline has {len(timeline)} entries"

    def unknown_facts(self) -> str:
        """What is unknown raises the level by one step, and is named."""
        incident, _ = self.report("gathering", OTHER_CITY, {"unknown": ["people_gathering"]})
        assert incident["level"] == "III", incident["level"]
        return f"III because unknown: {', '.join(incident['grading']['unknown'])}"

    def correlate(self) -> str:
        """Two counters of one city together reach level I (R7.3), each by itself would not."""
        first, _ = self.report(
            "collective_surrender", COUNTER, {"people_surrendering": 60, "surrender_amount_cny": "0"}
        )
        second, answered = self.report(
            "collective_surrender", NEIGHBOUR, {"people_surrendering": 45, "surrender_amount_cny": "0"}
        )
        arrival = wait_for("the raised escalation", lambda: self.head_office.first(second["id"], "I"))
        self.programme.figures["correlation_to_amqp"] = round((arrival.at - answered) * 1000, 1)
        wait_for("the other one's", lambda: self.head_office.first(first["id"], "I"))
        raised = _ok(self.branch.get(f"/v1/incidents/{first['id']}"))
        assert (raised["level"], raised["levels"][-1]["cause"]) == ("I", "correlation"), raised["levels"]
        return f"{first['level']} and {second['level']} became I together"

    def retry_fifty_times(self) -> str:
        """Fifty parallel retries of one key are one incident."""
        body = {"kind": "crowd_surge", "unit": COUNTER, "summary": SUMMARY, "facts": {"people_waiting": 40}}
        key = f"{self.run}-fifty"
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: self.branch.post("/v1/incidents", body, key=key), range(50)))
        ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
        assert len(ids) == 1, [answer.status_code for answer in answers]
        good = sum(answer.status_code == 201 for answer in answers)
        assert good == len(answers), [answer.status_code for answer in answers]
        replayed = sum(answer.headers.get("idempotency-replayed") == "true" for answer in answers)
        return f"one incident, {replayed} answers replayed"

    def replay(self) -> str:
        """The stream keeps every escalation: read again from its first offset, nothing is missing."""
        seen = self._escalations(self.head_office)
        with listening(self.url, topology.ESCALATION_STREAM, arguments={"x-stream-offset": "first"}) as again:
            wait_for("the stream", lambda: seen <= self._escalations(again) or None)
            kept = len(self._escalations(again))
        return f"{kept} escalations in {topology.ESCALATION_STREAM}, all {len(seen)} of this demo among them"

    def server_sent_events(self) -> str:
        """The same escalations as server-sent events, over a line that was cut again and again: no gap, no repeat.

        Of those that waited in the queue since an earlier demo the feed, which began with this one, tells nothing.
        """
        seen = self._escalations(self.head_office, since=self.began)
        wait_for("the feed", lambda: seen <= {one.id for one in list(self.feed.sent)} or None)
        ids = [one.id for one in self.feed.sent]
        assert len(ids) == len(set(ids)), "an escalation was sent twice"
        page = _ok(self.branch.get("/v1/escalations", limit=10))
        listed = len(page["items"])
        return f"{len(ids)} events over {self.feed.connections} connections; the list shows the newest {listed}"

    def crash_between_write_and_publish(self) -> str:
        """Emergency dies after the write and before the publish; the restarted process sends what was written."""
        label = "emergency.before-publish"
        self.stage.arm(label)
        facts = {"people_surrendering": 150, "surrender_amount_cny": "0"}
        incident, _ = self.report("collective_surrender", DISTANT, facts)
        arrival = wait_for("the escalation", lambda: self.head_office.first(incident["id"], "I"))
        assert not self.stage.armed(label), "the process did not die"

        written = datetime.fromisoformat(incident["reported_at"])
        restarted = self._started_at()
        assert written < restarted < arrival.wall, (written, restarted, arrival.wall)
        self.programme.figures["crash_write_to_restart"] = _milliseconds(written, restarted)
        self.programme.figures["crash_write_to_arrival"] = _milliseconds(written, arrival.wall)
        sent = [one.attributes["id"] for one in self.head_office.arrivals if one.data.get("incident") == incident["id"]]
        assert len(set(sent)) == len(incident["escalation"]["units_told"]), sent
        return f"written {written:%H:%M:%S.%f}, restarted {restarted:%H:%M:%S.%f}, arrived {arrival.wall:%H:%M:%S.%f}"

    def report(
        self, kind: str, unit: str, facts: Mapping[str, Any], *, drill: bool = False
    ) -> tuple[dict[str, Any], float]:
        """Report an incident; the answer's body and the moment of the answer."""
        body = {"kind": kind, "unit": unit, "summary": SUMMARY, "facts": dict(facts), "drill": drill}
        response = self.branch.post("/v1/incidents", body)
        answered = monotonic()
        assert response.status_code == 201, response.text
        incident: dict[str, Any] = response.json()
        return incident, answered

    def report_grave(self) -> str:
        """A level I drill; its id."""
        incident, _ = self.report(
            "collective_surrender",
            DISTANT,
            {"people_surrendering": 150, "surrender_amount_cny": "0"},
            drill=True,
        )
        return str(incident["id"])

    def rest(self) -> None:
        """Wait until everything that was begun is done."""
        state = place.instance()
        idleness.wait(place.health_ports(state), state["amqp"]["deploy"], topology.contracts(), seconds=60)

    def _escalations(self, listener: Listener, since: datetime | None = None) -> set[str]:
        found = [one.attributes for one in list(listener.arrivals) if "incident" in one.data]
        return {one["id"] for one in found if since is None or datetime.fromisoformat(one["time"]) >= since}

    def _acknowledged(self) -> bool | None:
        incident, person = self.told_by_mail
        tellings = _ok(self.branch.get(f"/v1/incidents/{incident}"))["escalation"]["tellings"]
        return any(one["acknowledged_at"] for one in tellings if one["person"] == person) or None

    def _started_at(self) -> datetime:
        port = place.instance()["processes"]["emergency-1"]["health_port"]
        told = wait_for("emergency", lambda: idleness.idle_of(port))
        return datetime.fromisoformat(told["started_at"])


def _milliseconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds() * 1000, 1)


def _address(person: str) -> str:
    return f"{person.lower()}@example.invalid"


def _ok(response: Any) -> Any:
    assert response.is_success, f"{response.status_code} {response.text}"
    return response.json()


def _subscriber_url(stage: Stage) -> str:
    """The subscriber's own user, which can read its queue and the stream, and do nothing else."""
    url = stage.state["amqp"]["deploy"]
    node = node_of(stage.state)
    return subscribers.add_user(node, url, SUBSCRIBER, replay=True) if node else str(url)
