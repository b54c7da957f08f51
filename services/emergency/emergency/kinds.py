"""The kinds of event, their Chinese names, and the facts that each kind's grading needs."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from emergency.facts import FactName


class Kind(StrEnum):
    """What kind of event; the value is stable and stands on the wire."""

    COLLECTIVE_SURRENDER = "collective_surrender"
    ABNORMAL_SURRENDER = "abnormal_surrender"
    GATHERING = "gathering"
    NATURAL_DISASTER = "natural_disaster"
    FIRE = "fire"
    OUTAGE = "outage"
    ROBBERY_OR_THEFT = "robbery_or_theft"
    VIOLENCE = "violence"
    ILLNESS_OR_ACCIDENT = "illness_or_accident"
    CROWD_SURGE = "crowd_surge"
    MEDIA = "media"
    DATA_LEAK = "data_leak"
    MAJOR_COMPLAINT = "major_complaint"
    PUBLIC_HEALTH = "public_health"
    LOST_ITEMS = "lost_items"
    TERROR_THREAT = "terror_threat"
    MAJOR_CLAIM = "major_claim"
    OTHER = "other"

    @property
    def zh(self) -> str:
        """The Chinese name."""
        return _CHINESE[self]


_CHINESE = {
    Kind.COLLECTIVE_SURRENDER: "集中退保/给付",
    Kind.ABNORMAL_SURRENDER: "异常退保",
    Kind.GATHERING: "群体聚集",
    Kind.NATURAL_DISASTER: "自然灾害",
    Kind.FIRE: "火灾",
    Kind.OUTAGE: "停电/系统故障",
    Kind.ROBBERY_OR_THEFT: "抢劫盗窃",
    Kind.VIOLENCE: "暴力伤害/扬言",
    Kind.ILLNESS_OR_ACCIDENT: "客户突发疾病/意外",
    Kind.CROWD_SURGE: "客流激增",
    Kind.MEDIA: "媒体/舆情",
    Kind.DATA_LEAK: "信息泄露",
    Kind.MAJOR_COMPLAINT: "重大投诉",
    Kind.PUBLIC_HEALTH: "公共卫生",
    Kind.LOST_ITEMS: "遗失物品",
    Kind.TERROR_THREAT: "恐怖威胁",
    Kind.MAJOR_CLAIM: "重大疑难赔案",
    Kind.OTHER: "其他",
}

_HURT = (FactName.DEATHS, FactName.INJURED)

#: R7.3: the facts that the grading of a kind needs; one that is unknown or missing counts as an unknown fact.
NEEDED: Mapping[Kind, tuple[FactName, ...]] = MappingProxyType(
    {
        Kind.COLLECTIVE_SURRENDER: (FactName.PEOPLE_SURRENDERING, FactName.SURRENDER_AMOUNT_CNY),
        Kind.ABNORMAL_SURRENDER: (FactName.SURRENDER_AMOUNT_CNY,),
        Kind.GATHERING: (FactName.PEOPLE_GATHERING,),
        Kind.NATURAL_DISASTER: (FactName.COUNTERS_DAMAGED, *_HURT),
        Kind.FIRE: (FactName.COUNTERS_DAMAGED, *_HURT),
        Kind.OUTAGE: (FactName.OUTAGE_SCOPE, FactName.OUTAGE_MINUTES),
        Kind.ROBBERY_OR_THEFT: (FactName.CRIME, FactName.LOSS_CNY, *_HURT),
        Kind.VIOLENCE: _HURT,
        Kind.ILLNESS_OR_ACCIDENT: _HURT,
        Kind.CROWD_SURGE: (FactName.PEOPLE_WAITING,),
        Kind.MEDIA: (FactName.MEDIA_REACH,),
        Kind.DATA_LEAK: (FactName.PEOPLE_LEAKED, FactName.PEOPLE_LEAKED_SENSITIVE),
        Kind.MAJOR_COMPLAINT: (FactName.PEOPLE_COMPLAINING,),
        Kind.PUBLIC_HEALTH: _HURT,
        Kind.LOST_ITEMS: (FactName.LOSS_CNY,),
        Kind.TERROR_THREAT: (FactName.CRIME, *_HURT),
        Kind.MAJOR_CLAIM: (),
        Kind.OTHER: _HURT,
    }
)

assert set(_CHINESE) == set(NEEDED) == set(Kind)
