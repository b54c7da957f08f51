"""A file's name is a name and nothing else, whatever somebody sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.filenames import EXTENSIONS, LONGEST_NAME, safe_name

PNG, JPEG = "image/png", "image/jpeg"


@pytest.mark.parametrize(
    ("given_name", "type", "kept"),
    [
        ("现场 1.png", PNG, "现场 1.png"),
        ("IMG_0001.JPG", JPEG, "IMG_0001.JPG"),
        ("a.jpeg", JPEG, "a.jpeg"),
        ("../../etc/passwd", PNG, "passwd.png"),
        ("C:\\fakepath\\现场.png", PNG, "现场.png"),
        ("program.exe", PNG, "program.exe.png"),
        ("gpj.\u202eexe.png", PNG, "gpj.exe.png"),
        ("a\r\nSet-Cookie: x.png", PNG, "a Set-Cookie_ x.png"),
        ("  .. hidden.png. ", PNG, "hidden.png"),
        ("é.png", PNG, "\u00e9.png"),
        ("", PNG, ""),
        ("..", PNG, ""),
        ("/", PNG, ""),
        (".png", PNG, "png.png"),
        ("\u200b\ud800", PNG, ""),
        ("x" * 500 + ".png", PNG, "x" * (LONGEST_NAME - 4) + ".png"),
    ],
)
def test_what_is_kept_of_a_name(given_name, type, kept):
    assert safe_name(given_name, type) == kept


@given(st.text(), st.sampled_from(sorted(EXTENSIONS)))
def test_no_name_is_a_path_or_an_order_to_a_screen_and_cleaning_it_again_changes_nothing(text, type):
    name = safe_name(text, type)

    assert len(name) <= LONGEST_NAME
    assert not set(name) & set('/\\<>:"|?*\r\n\t\x00\u202e')
    assert not name or name.lower().endswith(EXTENSIONS[type])
    assert safe_name(name, type) == name
