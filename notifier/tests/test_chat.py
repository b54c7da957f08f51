"""A notice to a group robot: Apprise's own plugins make the requests, and a platform that says no is not believed."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import evolve
from postroom.office import NOTICE, STEP
from postroom.servers import free_port

from notifier import chat
from notifier.notices import RETRY_AFTER, Reason
from notifier.robots import ChatMalformed, Platform, Robot, check_robot

live = [pytest.mark.live, pytest.mark.clause("R7.5")]

KEY, SIGNING = "a1b2c3d4e5f6", "SEC0123456789abcdef"
HOSTS = {"wecom": "qyapi.weixin.qq.com", "dingtalk": "oapi.dingtalk.com", "feishu": "open.feishu.cn"}
PATHS = {
    "wecom": f"/cgi-bin/webhook/send?key={KEY}",
    "dingtalk": f"/robot/send?access_token={KEY}",
    "feishu": f"/open-apis/bot/v2/hook/{KEY}/",
}
TAKEN = {"wecom": '{"errcode": 0}', "dingtalk": '{"errcode": 0}', "feishu": '{"code": 0}'}
REFUSED = {"wecom": '{"errcode": 93000}', "dingtalk": '{"errcode": 310000}', "feishu": '{"code": 19001}'}


def text_in(body: str) -> str:
    """The text of a message in any of the three forms."""
    said = json.loads(body)
    return said["content"]["text"] if "msg_type" in said else said["text"]["content"]


def relay_of(hook) -> str:
    return f"http://127.0.0.1:{hook.port}"


@pytest.mark.parametrize("platform", [*Platform])
def test_the_plugin_posts_to_its_platform_what_a_robot_takes(hook, platform):
    hook.status, hook.answer = 200, TAKEN[platform]

    sent = chat.send(Robot(platform, KEY), "事件已报告", relay_of(hook))

    assert (sent, hook.paths) == (None, [f"/{HOSTS[platform]}{PATHS[platform]}"])
    assert text_in(hook.requests[0][1]) == "事件已报告"


@pytest.mark.parametrize("platform", [*Platform])
def test_without_a_relay_the_platforms_own_host_is_called(monkeypatch, platform):
    called = []
    monkeypatch.setattr(chat.requests, "post", lambda url, **rest: called.append((url, rest)) or _no_answer())

    chat.send(Robot(platform, KEY), "text")

    ((url, rest),) = called
    assert url == f"https://{HOSTS[platform]}{PATHS[platform]}"
    assert (rest["verify"], rest["timeout"], rest["allow_redirects"]) == (True, (3.0, 10.0), False)


def _no_answer():
    raise chat.requests.ConnectionError("no network in tests")


def test_dingtalk_is_signed_by_its_secret(hook):
    hook.status, hook.answer = 200, TAKEN["dingtalk"]

    chat.send(Robot(Platform.DINGTALK, KEY, SIGNING), "text", relay_of(hook))

    asked = {name: value[0] for name, value in parse_qs(urlsplit(hook.paths[0]).query).items()}
    signed = hmac.digest(SIGNING.encode(), f"{asked['timestamp']}\n{SIGNING}".encode(), hashlib.sha256)
    assert asked["sign"] == base64.b64encode(signed).decode()


@pytest.mark.parametrize("platform", [*Platform])
@pytest.mark.parametrize("status", [200, 302, 429, 500])
def test_a_platform_that_says_no_has_not_taken_it(hook, platform, status):
    hook.status, hook.answer = status, REFUSED[platform]
    hook.headers = {"Location": hook.url} if status == 302 else {}

    assert chat.send(Robot(platform, KEY), "text", relay_of(hook)) is Reason.CHAT_REFUSED
    assert len(hook.paths) == 1


@pytest.mark.parametrize("platform", [*Platform])
def test_nobody_listening_is_refused_and_not_raised(platform):
    assert chat.send(Robot(platform, KEY), "text", f"http://127.0.0.1:{free_port()}") is Reason.CHAT_REFUSED


@pytest.mark.parametrize(
    "robot",
    [
        Robot(Platform.WECOM, "short"),
        Robot(Platform.WECOM, f"{KEY}/../x"),
        Robot(Platform.DINGTALK, f"{KEY}-{KEY}"),
        Robot(Platform.DINGTALK, KEY, "a secret"),
        Robot(Platform.FEISHU, KEY, SIGNING),
        Robot(Platform.WECOM, KEY, SIGNING),
    ],
)
def test_what_is_no_robots_key_is_refused_and_not_repeated(robot):
    with pytest.raises(ChatMalformed) as told:
        check_robot(robot)

    assert robot.key not in str(told.value.wire())
    assert robot.key not in repr(robot)


class TestOnTheRealThing:
    """From the notice to the group."""

    pytestmark = live

    @pytest.fixture
    def group(self, office_with, settings, hook):
        """An office whose chat messages go to the hook, which takes them."""
        hook.status, hook.answer = 200, '{"errcode": 0, "code": 0}'
        return office_with(settings=evolve(settings, chat_relay=relay_of(hook)))

    @pytest.mark.parametrize("platform", [*Platform])
    @pytest.mark.parametrize("channel", ["chat", "webhook"])
    def test_a_notice_reaches_the_group_with_its_link_within_wecoms_limit(self, group, hook, platform, channel):
        group.set_contact(chat={"platform": platform, "key": KEY})

        group.notice(channel=channel, unit_name="柜" * 60, late_seconds=9999, collapsed=99, drill=True)
        group.settle()

        text = text_in(hook.requests[0][1])
        assert group.token() in text
        assert NOTICE["incident"] in text
        assert len(text.encode()) <= 2048
        assert [one["channel"] for one in group.said("notice_sent")] == [channel]

    def test_a_webhook_goes_before_a_group_where_both_are_set(self, group, hook):
        webhook = {"url": hook.url, "secret": "whsec_" + "QUFB" * 11}
        group.set_contact(chat={"platform": "wecom", "key": KEY}, webhook=webhook)

        group.notice(channel="webhook")
        group.settle()

        assert hook.paths == ["/hooks/secret-path"]

    def test_a_refusal_is_tried_again_and_given_up_in_the_end(self, group, hook):
        hook.answer = REFUSED["wecom"]
        group.set_contact(chat={"platform": "wecom", "key": KEY})

        group.notice(channel="chat")
        group.settle()
        for span in RETRY_AFTER:
            group.passes(span)

        assert len(hook.requests) == 1 + len(RETRY_AFTER)
        assert [one["reason"] for one in group.said("notice_failed")] == ["chat_refused"]

    def test_a_duty_group_is_told_when_a_webhook_is_disabled(self, office_with, settings, hook):
        office = office_with(settings=evolve(settings, chat_relay=relay_of(hook), duty_desk="D0001"))
        hook.status, hook.answer = 200, TAKEN["feishu"]
        office.set_contact("D0001", chat={"platform": "feishu", "key": KEY}, unit="HQ")
        made = office.hook(hook.url)

        office.on(made["id"], "disable_webhook")
        office.settle()

        assert made["id"] in text_in(hook.requests[0][1])
        assert len(hook.requests) == 1

    @pytest.mark.parametrize(
        ("given", "code", "pointer"),
        [
            ({"platform": "irc", "key": KEY}, "chassis.input_faulty", "/body/chat/platform"),
            ({"platform": "wecom"}, "chassis.input_faulty", "/body/chat/key"),
            ({"platform": "wecom", "key": "../../../x"}, "notifier.chat_malformed", "/body/chat"),
        ],
    )
    def test_what_is_wrong_with_a_robot_is_named(self, group, given, code, pointer):
        refusal = group.set_contact(chat=given)["refusal"]

        assert (refusal["code"], refusal["fields"][0]["pointer"]) == (code, pointer)

    def test_a_robot_is_shown_by_its_platform_alone(self, group):
        shown = group.set_contact(chat={"platform": "dingtalk", "key": KEY, "secret": SIGNING})["ok"]["body"]

        assert shown["chat"] == "dingtalk"
        assert KEY not in str(shown)
        assert STEP not in str(shown)
