"""R9.7: what makes a password complex enough, and when it has to be changed. Pure: hashes are made in `hashes.py`.

The company's own numbers are not known to us; these are ours (D), as such companies use them. A password is compared
and hashed in its normal form (NFKC), so that it is the same on every keyboard.
"""

import unicodedata
from collections.abc import Callable, Iterator
from datetime import timedelta

from attrs import frozen

from chassis.errors import FieldFault, Malformed

LOWER, UPPER, DIGITS, OTHERS = "abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "#%+=@"
"""What one-time passwords are made of: nothing that is misread on paper."""

ONE_TIME_LENGTH = 16


@frozen
class PasswordRule:
    """Basis D for every number. Lengths are in characters."""

    least: int = 10
    most: int = 128
    classes: int = 3
    """Of four: small letters, capitals, digits, anything else."""
    remembered: int = 5
    """The last ones, the present one among them, are not used again."""
    age: timedelta = timedelta(days=90)
    """A parameter."""
    one_time: timedelta = timedelta(days=3)
    """A one-time password that nobody has used until then is void; a parameter."""


RULE = PasswordRule()


class PasswordWeak(Malformed):
    code = "security.password_weak"
    zh = "新密码不符合要求：{count} 项"
    en = "the new password breaks {count} rule(s)"


def normal(password: str) -> str:
    """The form that is compared and hashed."""
    return unicodedata.normalize("NFKC", password)


def check_strength(password: str, *, code: str, pointer: str, rule: PasswordRule = RULE) -> None:
    """R9.7: refuse (PasswordWeak) what is not complex enough, naming each fault and repeating nothing of it."""
    faults = tuple(FieldFault(pointer, *fault) for fault in _faults(normal(password), code, rule))
    if faults:
        raise PasswordWeak(fields=faults, count=len(faults))


def one_time(draw: Callable[[str], str]) -> str:
    """A password for handing over, of all four classes. `draw` takes one character of a text by chance."""
    every = LOWER + UPPER + DIGITS + OTHERS
    drawn = [draw(each) for each in (LOWER, UPPER, DIGITS, OTHERS)]
    return "".join(drawn + [draw(every) for _ in range(ONE_TIME_LENGTH - len(drawn))])


def _faults(password: str, code: str, rule: PasswordRule) -> Iterator[tuple[str, str, str]]:
    if len(password) < rule.least:
        yield "too_short", f"至少 {rule.least} 个字符", f"at least {rule.least} characters"
    if len(password) > rule.most:
        yield "too_long", f"至多 {rule.most} 个字符", f"at most {rule.most} characters"
    if not password.isprintable():
        yield "unprintable", "不得含控制字符", "no control characters"
    if _classes(password) < rule.classes:
        yield (
            "too_simple",
            f"小写字母、大写字母、数字、其他字符中至少 {rule.classes} 类",
            f"{rule.classes} of: small letters, capitals, digits, other characters",
        )
    if code.casefold() in password.casefold():
        yield "holds_code", "不得含操作员代码", "not with the operator code in it"


def _classes(password: str) -> int:
    kinds = (str.islower, str.isupper, str.isdigit, _other)
    return sum(any(kind(character) for character in password) for kind in kinds)


def _other(character: str) -> bool:
    return not (character.islower() or character.isupper() or character.isdigit())
