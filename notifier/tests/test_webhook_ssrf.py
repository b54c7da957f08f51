"""No URL of a webhook leads inside (server-side request forgery): neither by its form nor by what its name means."""

import json

import pytest
from attrs import evolve

pytestmark = pytest.mark.live

FORBIDDEN = [
    "http://hooks.example.invalid/",
    "ftp://hooks.example.invalid/",
    "file:///etc/passwd",
    "gopher://hooks.example.invalid/",
    "https://",
    "https://user:word@hooks.example.invalid/",
    "https://hooks.example.invalid\\@10.0.0.1/",
    "https://hooks.example.invalid/#part",
    "https://hooks.example.invalid:99999/",
    "https://127.0.0.1/",
    "https://127.8.8.8/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fc00::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_url_that_leads_inside_is_refused_and_not_repeated(office_with, settings, url):
    office = office_with(settings=evolve(settings, plain_http=False, private_addresses=False))

    refusal = office.subscribe(url)["refusal"]

    assert (refusal["code"], refusal["fields"][0]["pointer"]) == ("notifier.webhook_malformed", "/body/url")
    assert url not in json.dumps(refusal)


INSIDE = ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "metadata.google.internal"]


@pytest.mark.parametrize("host", INSIDE)
def test_a_name_or_a_number_that_the_resolver_turns_into_an_address_inside_is_not_called(office_with, settings, host):
    strict = evolve(settings, plain_http=False, private_addresses=False)
    office = office_with(settings=strict, resolve=lambda *_: ("127.0.0.1",))
    made = office.subscribe(f"https://{host}/")["ok"]["body"]

    office.escalation()
    office.settle()

    assert office.deliveries(made["id"])[0]["attempts"][0]["outcome"] == "forbidden"
