"""The yardsticks of `make bench` keep, state and answer what our incidents do: a new field comes to both."""

import json
from datetime import UTC, datetime

from emergency.schemas import IncidentOut, IncidentState
from tests.bench.payload import incident, report_body, stated

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
YARDSTICK = incident(json.loads(report_body(1, "44017001", NOW)), "E1", NOW)


def test_a_yardstick_answers_with_every_field_of_an_incident():
    assert set(YARDSTICK) == set(IncidentOut._declared_fields)


def test_a_yardstick_states_what_the_event_of_an_incident_carries():
    assert set(stated(YARDSTICK)) == set(IncidentState._declared_fields)
