"""What the probe offers and hears, under whatever name a test gives it."""

from marshmallow import Schema, fields

from chassis.contract import Contract, Event, Hearing, Words, command, query
from probe.tally import ALL_KINDS, Closed

SAYS = Words(zh="探针", en="probe")


class Begin(Schema):
    id = fields.String(required=True)
    unit = fields.String(load_default="440000")


class Add(Schema):
    amount = fields.Integer(required=True)
    also = fields.List(fields.String(), load_default=ALL_KINDS)
    ring_after = fields.Float(load_default=0)


class Hold(Schema):
    seconds = fields.Float(required=True)
    call = fields.String(required=True)


class Stumble(Schema):
    fails = fields.Integer(load_default=0)
    refuses = fields.Boolean(load_default=False)


class TallyView(Schema):
    id = fields.String()
    count = fields.Integer()
    notes = fields.Integer()
    rung = fields.Integer()


class Counted(Schema):
    count = fields.Integer(required=True)
    rung = fields.Integer(required=True)


class Amount(Schema):
    amount = fields.Integer(required=True)


def contract(name: str) -> Contract:
    """The probe's contract; it hears its own events."""
    view, needs = TallyView(), "tally.count"
    return Contract(
        service=name,
        version="0.1.0",
        says=SAYS,
        operations=(
            command("begin", "POST", "/v1/tallies", says=SAYS, needs=needs, takes=Begin(), gives=view, status=201),
            command("add", "POST", "/v1/tallies/{tally}/additions", says=SAYS, needs=needs, takes=Add(), gives=view,
                    if_match="optional", refuses=(Closed,)),
            command("hold", "POST", "/v1/tallies/{tally}/holds", says=SAYS, needs=needs, takes=Hold(), gives=view,
                    deadline_seconds=30),
            command("stumble", "POST", "/v1/tallies/{tally}/stumbles", says=SAYS, needs=needs, takes=Stumble(),
                    gives=view),
            query("tally", "/v1/tallies/{tally}", says=SAYS, needs=needs, gives=view),
        ),
        grants=(needs,),
        events=(
            Event(name="tally", kind="state", carries=Counted(), says=SAYS),
            Event(name="added", kind="fact", carries=Amount(), says=SAYS),
            Event(name="stumbled", kind="fact", carries=Stumble(), says=SAYS),
            Event(name="bell", kind="fact", carries=Counted(only=("count",)), says=SAYS, escalation=True),
        ),
        hears=(
            Hearing(source=name, event="tally", handler="copy_tally", reads=Counted(), acts=False),
            Hearing(source=name, event="added", handler="echo_added", reads=Amount()),
            Hearing(source=name, event="added", handler="heed_added", reads=Amount()),
            Hearing(source=name, event="stumbled", handler="trip", reads=Stumble()),
        ),
    )  # fmt: skip
