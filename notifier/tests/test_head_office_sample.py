"""The receiver in docs/head-office.md does what it says."""

import re
from pathlib import Path

import pytest
from standardwebhooks import WebhookVerificationError

pytestmark = pytest.mark.live

PAGE = Path(__file__).resolve().parents[2] / "docs" / "head-office.md"


@pytest.fixture
def receive():
    (sample,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict = {}
    exec(compile(sample, str(PAGE), "exec"), names)
    return names["receive"]


def test_the_sample_takes_an_escalation_once_however_often_it_is_sent(office, hook, receive):
    made, seen, handled = office.hook(hook.url), set(), []
    office.escalation()
    office.settle()
    office.on(made["id"], "redeliver", {"event": "emergency:I20261123-0001:2:1"}, key="again")
    office.settle()

    for headers, body in hook.requests:
        receive(headers, body, secret=made["secret"], seen=seen, handle=handled.append)

    assert len(hook.requests) == 2
    assert [event["data"]["incident"] for event in handled] == ["I20261123-0001"]


def test_the_sample_refuses_what_another_has_sent(office, hook, receive):
    office.hook(hook.url)
    office.escalation()
    office.settle()
    ((headers, body),) = hook.requests

    with pytest.raises(WebhookVerificationError):
        receive(headers, body, secret="whsec_" + "QUFB" * 11, seen=set(), handle=lambda _: None)
