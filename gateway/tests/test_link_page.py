"""The page behind a one-time link."""

import base64
import hashlib

from gateway.link_page import CONTENT_SECURITY, page


def test_the_page_speaks_the_readers_language_and_loads_nothing_from_elsewhere():
    assert "确认收到" in page("zh")
    assert "Acknowledge" in page("en")
    assert "http" not in page("en").split("<script>")[0].replace("http-equiv", "")
    assert "default-src 'none'" in CONTENT_SECURITY


def test_its_script_and_style_are_the_only_ones_that_its_policy_lets_run():
    text = page("zh")
    script = text.split("<script>")[1].split("</script>")[0]
    style = text.split("<style>")[1].split("</style>")[0]

    for inline in (script, style):
        assert base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode() in CONTENT_SECURITY
