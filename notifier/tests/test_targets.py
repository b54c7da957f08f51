"""Where a webhook may go, and what becomes of a request that is not answered as it should be."""

from datetime import UTC, datetime

import pytest
from postroom.servers import free_port

from notifier import webhooks
from notifier.notices import Reason
from notifier.targets import TargetForbidden, WebhookMalformed, check_addresses, is_public, read_target
from notifier.webhooks import Limits

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PUBLIC = "8.8.8.8"


def to_itself(host, port):
    return ("127.0.0.1",)


def read(url, *, plain_http=False, private_addresses=False):
    return read_target(url, plain_http=plain_http, private_addresses=private_addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ],
)
def test_an_address_that_is_not_public_is_refused(address):
    assert not is_public(address)
    with pytest.raises(TargetForbidden):
        check_addresses([PUBLIC, address], private_addresses=False)


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address):
    check_addresses([address], private_addresses=False)


def test_private_addresses_are_allowed_where_the_setting_says_so():
    check_addresses(["127.0.0.1"], private_addresses=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.invalid/",
        "ftp://hooks.example.invalid/",
        "file:///etc/passwd",
        "hooks.example.invalid",
        "https://",
        "https://user:word@hooks.example.invalid/",
        "https://hooks.example.invalid\\@10.0.0.1/",
        "https://hooks.example.invalid/#part",
        "https://hooks.example.invalid:99999/",
        "https://hooks.example.invalid/a b",
        "https://hooks.example.invalid/\r\nX-More: 1",
        "https://柜面.example.invalid/",
        "https://[::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[zz]/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://hooks.example.invalid/" + "x" * 1000,
    ],
)
def test_a_url_that_no_webhook_may_have_is_refused_and_not_repeated(url):
    with pytest.raises(WebhookMalformed) as told:
        read(url)

    assert url not in str(told.value.wire())


def test_the_target_of_a_url_is_read_with_its_port_and_query():
    target = read("https://Hooks.Example.invalid:8443/a/b?c=d")

    assert (target.scheme, target.host, target.port, target.path) == (
        "https",
        "hooks.example.invalid",
        8443,
        "/a/b?c=d",
    )


@pytest.mark.parametrize(("url", "port"), [("https://h.example.invalid", 443), ("http://h.example.invalid", 80)])
def test_a_url_without_port_and_path_has_the_usual_ones(url, port):
    target = read(url, plain_http=True)

    assert (target.port, target.path) == (port, "/")


def what():
    return webhooks.request(id="step", payload={"a": 1}, secret=SECRET, at=datetime(2026, 11, 23, tzinfo=UTC))


def target_of(hook):
    return read(f"http://hooks.example.invalid:{hook.port}/hooks", plain_http=True)


def test_the_request_goes_to_the_address_that_was_checked_in_the_name_of_the_host(hook):
    sent = webhooks.send(target_of(hook), what(), to_itself, private_addresses=True)

    ((headers, _),) = hook.requests
    assert sent is None
    assert headers["Host"] == f"hooks.example.invalid:{hook.port}"


def test_a_name_is_looked_up_once_a_try_so_that_it_cannot_turn_between_check_and_connection(hook):
    answers = [("127.0.0.1",), ("169.254.169.254",)]

    first = webhooks.send(target_of(hook), what(), lambda *_: answers.pop(0), private_addresses=True)

    assert (first, len(hook.requests), answers) == (None, 1, [("169.254.169.254",)])
    assert webhooks.send(target_of(hook), what(), lambda *_: answers.pop(0)) is Reason.TARGET_FORBIDDEN


def test_a_host_one_of_whose_addresses_is_private_is_not_connected_to(hook):
    sent = webhooks.send(target_of(hook), what(), lambda *_: (PUBLIC, "127.0.0.1"))

    assert (sent, hook.requests) == (Reason.TARGET_FORBIDDEN, [])


def test_an_answer_that_never_ends_is_cut_off(hook):
    hook.drips = True

    sent = webhooks.send(target_of(hook), what(), to_itself, private_addresses=True, limits=Limits(10, 0.3))

    assert (sent, len(hook.requests)) == (Reason.TARGET_UNREACHABLE, 1)


def test_nobody_listening_is_unreachable():
    target = read(f"http://hooks.example.invalid:{free_port()}/", plain_http=True)

    assert webhooks.send(target, what(), to_itself, private_addresses=True) is Reason.TARGET_UNREACHABLE


def test_a_name_that_nobody_knows_is_unreachable():
    def unknown(host, port):
        raise OSError("no such name")

    target = read("https://hooks.example.invalid/")

    assert webhooks.send(target, what(), unknown) is Reason.TARGET_UNREACHABLE


def test_a_server_that_speaks_no_tls_is_unreachable(hook):
    target = read(f"https://hooks.example.invalid:{hook.port}/")

    assert webhooks.send(target, what(), to_itself, private_addresses=True) is Reason.TARGET_UNREACHABLE
    assert hook.requests == []
