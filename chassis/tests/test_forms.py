"""Fields take what their JSON Schema says, no more and no less."""

from decimal import Decimal

import pytest
from marshmallow import Schema, ValidationError

from chassis.forms import Count, Flag
from chassis.money import Money


class Form(Schema):
    people = Count()
    drill = Flag()
    loss_cny = Money()


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"people": 5}, {"people": 5}),
        ({"people": 5.0}, {"people": 5}),
        ({"drill": True}, {"drill": True}),
        ({"loss_cny": "0"}, {"loss_cny": Decimal(0)}),
        ({"loss_cny": "999999999999999.99"}, {"loss_cny": Decimal("999999999999999.99")}),
    ],
)
def test_what_the_schema_allows_is_taken(given, taken):
    assert Form().load(given) == taken


@pytest.mark.parametrize("people", [5.5, "5", True, None, float("inf")])
def test_a_count_is_a_whole_number(people):
    with pytest.raises(ValidationError):
        Form().load({"people": people})


@pytest.mark.parametrize("drill", [0, 1, "true", "yes", None])
def test_a_flag_is_true_or_false(drill):
    with pytest.raises(ValidationError):
        Form().load({"drill": drill})


@pytest.mark.parametrize("money", [0, 12.5, "12.345", " 12", "1e3", "-1", "１２", "1000000000000000", "12\n", "NaN"])
def test_money_is_plain_text_with_at_most_two_decimals(money):
    with pytest.raises(ValidationError, match="Not an amount of money"):
        Form().load({"loss_cny": money})
