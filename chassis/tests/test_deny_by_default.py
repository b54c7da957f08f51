"""What nobody allowed is denied: a service one of whose operations has no rule does not start, over the real broker."""

import pytest
from probe.bench import until
from probe.wire import connected

pytestmark = pytest.mark.live


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        ("no_grant", "peek names no grant"),
        ("strange_grant", "peek needs tally.see, which is no grant of it"),
    ],
)
def test_a_service_with_an_operation_without_a_rule_does_not_start(own_host, flaw, said):
    replica = own_host.spawn(program="probe.flawed", FLAW=flaw)

    assert replica.ended() != 0
    assert said in replica.log.read_text()
    with connected(own_host.url) as connection:
        assert connection.channel().queue_declare(f"rpc-{own_host.name}", passive=True).consumer_count == 0


def test_the_same_service_starts_once_the_operation_has_a_rule(own_host):
    replica = own_host.spawn(program="probe.flawed", FLAW="none")

    until(replica.ready, within=20)
    replica.terminate()
    assert replica.ended() == 0
