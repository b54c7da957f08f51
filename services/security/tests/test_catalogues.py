"""The data that ships: divisions with their codes of GB/T 2260, and posts."""

import re

import pytest

from security.divisions import companies, company_codes, divisions
from security.posts import posts
from security.units import UNIT_KINDS

KINDS = {
    "municipality": 4,
    "province": 23,
    "autonomous_region": 5,
    "special_administrative_region": 2,
    "independent_planning_city": 5,
}
MAINLAND = {
    *("11", "12", "13", "14", "15"),
    *("21", "22", "23"),
    *("31", "32", "33", "34", "35", "36", "37"),
    *("41", "42", "43", "44", "45", "46"),
    *("50", "51", "52", "53", "54"),
    *("61", "62", "63", "64", "65"),
}
CITIES = {"2102", "3302", "3502", "3702", "4403"}


def test_there_are_thirty_four_divisions_and_five_cities_beside_them():
    counted = {kind: sum(each.kind == kind for each in divisions()) for kind in KINDS}

    assert counted == KINDS
    assert len(divisions()) == 39


def test_codes_have_six_digits_stand_in_order_and_are_unique():
    codes = [each.code for each in divisions()]

    assert all(re.fullmatch(r"[1-8][0-9]{5}", code) for code in codes)
    assert codes == sorted(set(codes))


def test_a_division_ends_in_four_zeros_and_a_city_with_its_own_planning_in_two():
    for each in divisions():
        zeros = "00" if each.kind == "independent_planning_city" else "0000"
        assert each.code == each.unit + zeros


def test_thirty_six_have_a_company_the_mainland_and_the_five_cities():
    assert len(companies()) == 36
    assert set(company_codes()) == MAINLAND | CITIES


def test_names_are_there_in_both_languages_and_unique():
    assert len({each.name_zh for each in divisions()}) == len({each.name_en for each in divisions()}) == 39
    assert all(re.fullmatch(r"[\u4e00-\u9fff]{3,8}", each.name_zh) for each in divisions())
    assert all(each.name_en.isascii() for each in divisions())


@pytest.mark.parametrize(
    ("code", "name", "company"),
    [
        ("110000", "北京市", True),
        ("150000", "内蒙古自治区", True),
        ("210200", "大连市", True),
        ("330200", "宁波市", True),
        ("350200", "厦门市", True),
        ("370200", "青岛市", True),
        ("410000", "河南省", True),
        ("440000", "广东省", True),
        ("440300", "深圳市", True),
        ("500000", "重庆市", True),
        ("540000", "西藏自治区", True),
        ("610000", "陕西省", True),
        ("140000", "山西省", True),
        ("650000", "新疆维吾尔自治区", True),
        ("710000", "台湾省", False),
        ("810000", "香港特别行政区", False),
        ("820000", "澳门特别行政区", False),
    ],
)
def test_known_codes_are_exact(code, name, company):
    (found,) = [each for each in divisions() if each.code == code]

    assert (found.name_zh, found.company) == (name, company)


def test_every_post_has_words_in_both_languages_and_a_place():
    for post in posts().values():
        assert re.fullmatch(r"[a-z_]+", post.id)
        assert post.name_zh
        assert post.name_en.isascii()
        assert post.kinds
        assert set(post.kinds) <= set(UNIT_KINDS)


def test_the_catalogue_has_twenty_two_posts():
    assert len(posts()) == 22


@pytest.mark.clause("R7.5")
@pytest.mark.parametrize(
    ("post", "kinds"),
    [
        ("ho_business_management_head", ("head_office",)),
        ("ho_customer_service_head", ("head_office",)),
        ("province_ops_head", ("province",)),
        ("company_leader", ("province", "city")),
    ],
)
def test_those_who_guide_a_grave_incident_each_have_their_level(post, kinds):
    assert posts()[post].kinds == kinds
