"""R7.6: what is looked for when hidden risks of service are inspected: a versioned list, as data.

The company's words only say that hidden risks are looked for regularly (S). The categories, the words and the limits
of rectification are our defaults (D). An inspection keeps the version and the categories that it was opened with.
"""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from attrs import frozen

from chassis.work.rectifications import Severity


@frozen
class Category:
    """One thing to look at. `code` is stable and stands on the wire."""

    code: str
    zh: str
    en: str
    ask_zh: str
    ask_en: str
    basis: str = "D"


@frozen
class Catalogue:
    """One version of the list."""

    version: int
    categories: tuple[Category, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(category.code for category in self.categories)


CATALOGUE = Catalogue(
    1,
    (
        Category(
            "queue_pressure",
            "排队与客流压力",
            "queues and crowds",
            "等候时间、高峰窗口和分流办法是否足以应付预计客流",
            "are windows and ways of diverting people enough for the crowds to be expected",
        ),
        Category(
            "surrender_peak",
            "集中退保与满期给付",
            "surrender and maturity peaks",
            "未来两个月是否有产品集中满期、停售或收益下调，资金和人员是否备妥",
            "do products mature, close or yield less within two months, and are money and people ready",
        ),
        Category(
            "complaint_cluster",
            "投诉与抱怨集中",
            "complaints that cluster",
            "同一产品、人员或业务环节的投诉与抱怨是否增多或重复",
            "do complaints of one product, person or step grow or come back",
        ),
        Category(
            "system_stability",
            "系统与设备稳定",
            "systems and machines",
            "业务系统、叫号机、自助设备和备用电源近期是否故障，手工登记能否启用",
            "did systems, queue machines or emergency power fail lately, and would registration by hand work",
        ),
        Category(
            "document_seal_gap",
            "单证印章管理缺口",
            "gaps in documents and seals",
            "单证、印章的使用、交接和存放是否有无人负责的环节",
            "is there a step in using, handing over or keeping documents and seals that nobody answers for",
        ),
        Category(
            "staff_readiness",
            "人员状态与技能",
            "people's mood and skills",
            "员工情绪、在岗人数和应急技能是否足以应对突发情况",
            "are mood, numbers and skills of the staff enough for an emergency",
        ),
        Category(
            "public_opinion",
            "舆情与媒体关注",
            "public opinion and media",
            "本地媒体、网络和客户群中是否有涉及本柜面的负面说法",
            "do local media, the net or groups of customers speak ill of this counter",
        ),
        Category(
            "premises_access",
            "场所与通道",
            "premises and ways in and out",
            "出入口、无障碍通道和疏散路线是否会使客户受阻或聚集",
            "could doors, barrier-free ways or escape routes hold customers up or crowd them together",
        ),
        Category(
            "information_display",
            "公示与告知",
            "notices and what people are told",
            "营业时间、业务须知和产品信息的公示是否过期、缺失或相互矛盾",
            "are hours, requirements or product information out of date, missing or contradictory",
        ),
        Category(
            "vulnerable_customers",
            "特殊客户服务",
            "customers who need more care",
            "老年、行动不便或情绪激动的客户是否有人陪同、有处可去",
            "does somebody stay with old, frail or upset customers, and is there a place for them",
        ),
    ),
)

CATEGORIES: Mapping[str, Category] = MappingProxyType({one.code: one for one in CATALOGUE.categories})

#: D, parameters: within what time a finding is put right where nobody names a time. High follows the safety
#: inspection's 24 hours.
RECTIFIED_WITHIN: Mapping[Severity, timedelta] = MappingProxyType(
    {Severity.HIGH: timedelta(hours=24), Severity.MEDIUM: timedelta(days=7), Severity.LOW: timedelta(days=30)}
)
