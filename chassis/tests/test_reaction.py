from datetime import UTC, datetime

from chassis import telemetry
from chassis.reaction import reaction

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_a_reaction_is_the_service_s_own_command_under_the_id_that_makes_it_happen_once():
    command = reaction("marketing", "timer:x:due", actor="timer", cause="x", at=AT)

    assert (command.id, command.principal, command.operation, command.now) == (
        "timer:x:due",
        "marketing",
        "reaction",
        AT,
    )
    assert (command.origin.service, command.origin.actor, command.origin.causation) == ("marketing", "timer", "x")


def test_a_reaction_goes_on_with_the_trace_of_what_it_follows_from():
    trace = "0af7651916cd43dd8448eb211c80319c"
    with telemetry.tracing(f"00-{trace}-b7ad6b7169203331-01"):
        command = reaction("marketing", None, actor="directory", cause="e", at=AT)

    assert command.origin.correlation == trace
    assert command.origin.traceparent.split("-")[1] == trace
