"""The refusals of the post–permission matrix (R9.5), in both languages."""

from chassis.errors import Conflict, Malformed


class NotAProvince(Conflict):
    """A matrix is a province's."""

    code = "security.not_a_province"
    zh = "岗位权限设置表按省编制，机构 {unit} 不是省级分公司"
    en = "a matrix is drawn up for a province, and {unit} is none"


class RowTwice(Malformed):
    """One post has one permission once, with one scope."""

    code = "security.row_twice"
    zh = "岗位 {post} 的权限 {permission} 重复"
    en = "post {post} has permission {permission} twice"


class PostOutside(Malformed):
    """The post is not held in a province or below."""

    code = "security.post_outside"
    zh = "岗位 {post} 不在岗位目录中，或不设在省级及以下机构"
    en = "post {post} is not in the catalogue, or is not held in a province or below"


class PermissionUnknown(Malformed):
    """The permission is not in the catalogue."""

    code = "security.permission_unknown"
    zh = "权限 {permission} 不在权限目录中"
    en = "permission {permission} is not in the catalogue"


class NoDraft(Conflict):
    """There is no version in the making."""

    code = "security.no_draft"
    zh = "机构 {unit} 没有编制中的岗位权限设置表"
    en = "{unit} has no version of the matrix in the making"


class WrongStage(Conflict):
    """The version in the making is at another stage than this needs."""

    code = "security.wrong_stage"
    zh = "机构 {unit} 的岗位权限设置表当前为 {stage}，此操作须在 {needed} 时进行"
    en = "the matrix of {unit} is {stage}, and this needs {needed}"


class DigestDiffers(Conflict):
    """What was set is another text than what was submitted."""

    code = "security.digest_differs"
    zh = "所设置的版本摘要与已提交的不一致，请重新导出后设置"
    en = "the digest is not that of the submitted version: export it again and set that"


class DifferencesUnexplained(Conflict):
    """What IT has set differs from what was submitted, and not every difference is explained."""

    code = "security.differences_unexplained"
    zh = "尚有 {count} 处差异未说明，例如岗位 {post} 的权限 {permission}；请逐条说明或退回"
    en = "{count} difference(s) are not explained, such as {permission} of {post}: explain each, or return it"


class NoSuchDifference(Malformed):
    """An explanation of something that does not differ, or a second one of the same."""

    code = "security.no_such_difference"
    zh = "岗位 {post} 的权限 {permission} 没有差异，或已说明"
    en = "{permission} of {post} does not differ, or is explained already"


class NotInForce(Conflict):
    """No version is in force."""

    code = "security.not_in_force"
    zh = "机构 {unit} 尚无生效的岗位权限设置表"
    en = "{unit} has no matrix in force"
