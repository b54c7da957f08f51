"""R7.5, R7.7: the words of a notice that stand for codes, and how instants are said: in both languages."""

from collections.abc import Mapping
from datetime import datetime

from chassis.clock import BUSINESS_ZONE
from chassis.contract import Words

LEVELS: Mapping[str, Words] = {
    "I": Words("I级（特大）", "level I (extraordinary)"),
    "II": Words("II级（重大）", "level II (major)"),
    "III": Words("III级（较大）", "level III (serious)"),
    "IV": Words("IV级（一般）", "level IV (ordinary)"),
}
KINDS: Mapping[str, Words] = {
    "collective_surrender": Words("集中退保/给付", "collective surrender"),
    "abnormal_surrender": Words("异常退保", "abnormal surrenders"),
    "gathering": Words("群体聚集", "gathering"),
    "natural_disaster": Words("自然灾害", "natural disaster"),
    "fire": Words("火灾", "fire"),
    "outage": Words("停电/系统故障", "power or system outage"),
    "robbery_or_theft": Words("抢劫盗窃", "robbery or theft"),
    "violence": Words("暴力伤害/扬言", "violence or threats"),
    "illness_or_accident": Words("客户突发疾病/意外", "illness or accident"),
    "crowd_surge": Words("客流激增", "surge of customers"),
    "media": Words("媒体/舆情", "media"),
    "data_leak": Words("信息泄露", "data leak"),
    "major_complaint": Words("重大投诉", "major complaint"),
    "public_health": Words("公共卫生", "public health"),
    "lost_items": Words("遗失物品", "lost items"),
    "terror_threat": Words("恐怖威胁", "terror threat"),
    "major_claim": Words("重大疑难赔案", "major difficult claim"),
    "other": Words("其他", "other"),
}
COLOURS: Mapping[str, Words] = {
    "I": Words("红色", "red"),
    "II": Words("橙色", "orange"),
    "III": Words("黄色", "yellow"),
    "IV": Words("蓝色", "blue"),
}
SEVERITIES: Mapping[str, Words] = {
    "high": Words("高风险", "high risk"),
    "medium": Words("中风险", "medium risk"),
    "low": Words("低风险", "low risk"),
}
RISKS: Mapping[str, Words] = {
    "queue_pressure": Words("排队与客流压力", "queues and crowds"),
    "surrender_peak": Words("集中退保与满期给付", "surrender and maturity peaks"),
    "complaint_cluster": Words("投诉与抱怨集中", "complaints that cluster"),
    "system_stability": Words("系统与设备稳定", "systems and machines"),
    "document_seal_gap": Words("单证印章管理缺口", "gaps in documents and seals"),
    "staff_readiness": Words("人员状态与技能", "people's mood and skills"),
    "public_opinion": Words("舆情与媒体关注", "public opinion and media"),
    "premises_access": Words("场所与通道", "premises and ways in and out"),
    "information_display": Words("公示与告知", "notices and what people are told"),
    "vulnerable_customers": Words("特殊客户服务", "customers who need more care"),
}
DRILL = Words("【演练】", "DRILL ")


def of(table: Mapping[str, Words], word: str) -> Words:
    """What the word means; itself where the table does not know it."""
    return table.get(word) or Words(word, word)


def local(at: datetime) -> str:
    """The wall-clock time in China."""
    return f"{at.astimezone(BUSINESS_ZONE):%Y-%m-%d %H:%M:%S} UTC+8"
