"""A contract is refused before it can mislead; what is made from it is valid."""

import pytest
from attrs import evolve
from marshmallow import Schema, fields, validate
from openapi_spec_validator import OpenAPIV31SpecValidator
from probe.contract import SAYS, contract

from chassis import money
from chassis.contract import command, query
from chassis.objects_kept import SWEEP, objects_kept_operation
from chassis.openapi import openapi
from chassis.service import Service
from chassis.uploads import ObjectOut, receipt_field


class Price(Schema):
    amount_cny = money.Money(required=True)
    perhaps_cny = money.Money(allow_none=True)
    people = fields.Integer(validate=validate.Range(min=0, max=10, min_inclusive=False, max_inclusive=False))


def test_an_operation_without_a_grant_is_refused():
    with pytest.raises(ValueError, match="begin names no grant"):
        command("begin", "POST", "/v1/tallies", says=SAYS, needs=None)


def test_a_public_operation_that_names_a_grant_is_refused():
    with pytest.raises(ValueError, match="rules is public and names a grant"):
        query("rules", "/v1/rules", says=SAYS, needs="tally.count", public=True)


def test_an_operation_that_nobody_stands_in_any_relation_to_is_refused():
    with pytest.raises(ValueError, match="tally names no relation"):
        query("tally", "/v1/tallies/{tally}", says=SAYS, needs="tally.count", relations=())


def test_an_operation_that_needs_a_grant_which_its_service_does_not_have_is_refused():
    with pytest.raises(ValueError, match="which is no grant of it"):
        evolve(contract("probe"), grants=("tally.read",))


def test_what_is_only_for_who_stands_in_another_relation_needs_no_grant_that_can_be_given():
    mine = query("mine", "/v1/my-tallies", says=SAYS, needs="tally.own", relations=("own",))

    assert evolve(contract("probe"), operations=(mine,)).operation("mine") is mine


def test_a_public_operation_needs_no_grant():
    assert query("rules", "/v1/rules", says=SAYS, needs=None, public=True).needs is None


@pytest.mark.parametrize(
    "path", ["/tallies", "/v2/tallies", "/v1/Tallies", "/v1/tallies/", "/v1/{Tally}", "/v1", "v1/a"]
)
def test_a_path_of_another_form_is_refused(path):
    with pytest.raises(ValueError, match="is not of the form"):
        query("tally", path, says=SAYS, needs="tally.count")


@pytest.mark.parametrize(("seconds", "good"), [(0, False), (1, True), (30, True), (31, False)])
def test_a_deadline_lies_between_one_second_and_thirty(seconds, good):
    def declare():
        return query("tally", "/v1/tallies", says=SAYS, needs="a", deadline_seconds=seconds)

    if good:
        assert declare().deadline_seconds == seconds
    else:
        with pytest.raises(ValueError, match="between 1 and 30 s"):
            declare()


class Filing(Schema):
    receipt = receipt_field()


def attach(**rest):
    given = {"says": SAYS, "needs": "tally.count", "takes": Filing(), "takes_upload": True, "key": "none", **rest}
    return command("attach", "POST", "/v1/tallies/{tally}/files", **given)


def test_what_takes_an_upload_takes_its_receipt():
    with pytest.raises(ValueError, match="no receipt of it"):
        attach(takes=Price())
    with pytest.raises(ValueError, match="no receipt of it"):
        attach(takes=None)


def test_a_service_that_takes_uploads_says_which_it_keeps():
    grants = (attach().needs, SWEEP)
    with pytest.raises(ValueError, match="objects_kept is missing"):
        evolve(contract("tally"), operations=(attach(),), grants=grants)

    keeping = evolve(contract("tally"), operations=(attach(), objects_kept_operation("tally")), grants=grants)
    assert keeping.operation("attach")


@pytest.mark.parametrize("gives", [Price(), None])
def test_an_object_is_answered_by_a_query_that_names_it(gives):
    with pytest.raises(ValueError, match="a query that gives ObjectOut"):
        query("file", "/v1/files/{file}", says=SAYS, needs="a", gives=gives, answers_with_object=True)
    with pytest.raises(ValueError, match="a query that gives ObjectOut"):
        command("file", "POST", "/v1/files", says=SAYS, needs="a", gives=ObjectOut(), answers_with_object=True)


def test_an_object_is_documented_as_bytes_and_routed_as_an_object():
    file = query("file", "/v1/files/{file}", says=SAYS, needs="a", gives=ObjectOut(), answers_with_object=True)
    document = openapi(evolve(contract("tally"), operations=(file,), grants=("a",)))

    assert list(document["paths"]["/v1/files/{file}"]["get"]["responses"]["200"]["content"]) == ["*/*"]
    assert file.routing()["object"] is True
    assert query("tally", "/v1/tallies", says=SAYS, needs="a").routing()["object"] is False


def test_two_operations_of_one_name_are_refused():
    declared = contract("probe")

    with pytest.raises(ValueError, match="two operations have one name"):
        evolve(declared, operations=(*declared.operations, declared.operations[0]))


def test_a_service_that_lacks_a_method_of_its_contract_refuses_to_start():
    class Half(Service):
        contract = contract("probe")

        def begin(self):
            """The only one."""

    with pytest.raises(
        TypeError, match="no method for: add, copy_tally, echo_added, heed_added, hold, stumble, tally, trip"
    ):
        Half().check()


def test_the_hash_covers_everything_but_the_instance():
    declared = contract("probe")
    one, other = (declared.manifest(instance, openapi(declared)) for instance in ("one", "other"))
    changed = evolve(declared, operations=declared.operations[1:])

    assert one["hash"] == other["hash"]
    assert one["hash"] != changed.manifest("one", openapi(changed))["hash"]


def test_the_document_made_from_a_contract_is_valid_openapi():
    OpenAPIV31SpecValidator(openapi(contract("probe"))).validate()


def priced():
    declared = contract("probe")
    operation = command("price", "POST", "/v1/prices/{price}", says=SAYS, needs="a", takes=Price(), gives=Price(),
                        if_match="required", key="required", example={"people": 3})  # fmt: skip
    return openapi(evolve(declared, operations=(operation,), grants=("a",)))


def test_money_is_documented_as_text():
    document = priced()

    OpenAPIV31SpecValidator(document).validate()
    properties = document["components"]["schemas"]["Price"]["properties"]
    assert properties["amount_cny"]["type"] == "string"
    assert properties["perhaps_cny"]["type"] == ["string", "null"]


def test_bounds_that_exclude_their_end_are_documented_so():
    people = priced()["components"]["schemas"]["Price"]["properties"]["people"]

    assert (people["exclusiveMinimum"], people["exclusiveMaximum"]) == (0, 10)


def test_required_headers_and_their_refusals_are_documented():
    (described,) = priced()["paths"]["/v1/prices/{price}"].values()

    headers = {one["name"]: one["required"] for one in described["parameters"] if one["in"] == "header"}
    assert headers == {"Idempotency-Key": True, "If-Match": True}
    assert {"409", "412", "428", "422"} <= set(described["responses"])
