"""The wire forms of accounts and sessions. Passwords, codes and tokens come in or go out, and stand in no event."""

from marshmallow import Schema, fields, validate

from chassis.forms import END
from security.accounts import OPERATOR_CODE
from security.holders import PERSON_ID
from security.passwords import RULE
from security.schemas import encodable
from security.units import UNIT_ID

REFRESH_LENGTH = 200


def _code() -> fields.String:
    """An operator code as it is typed: in capitals or not."""
    return fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z][A-Za-z0-9]{3,19}" + END))


def _password() -> fields.String:
    return fields.String(required=True, validate=[validate.Length(1, RULE.most), encodable])


def _second_factor() -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=validate.Regexp(r"^[0-9]{6}" + END))


def _refresh_token() -> fields.String:
    return fields.String(required=True, validate=validate.Regexp(rf"^[A-Za-z0-9._-]{{1,{REFRESH_LENGTH}}}{END}"))


class OpenAccountIn(Schema):
    """An account for a person who holds a post."""

    operator_code = fields.String(required=True, validate=validate.Regexp(rf"^{OPERATOR_CODE.pattern}{END}"))
    person = fields.String(required=True, validate=validate.Regexp(rf"^{PERSON_ID.pattern}{END}"))


class SignInIn(Schema):
    """A sign-in. `counter` says at which counter; `second_factor` is the present code, where one is set up."""

    operator_code = _code()
    password = _password()
    counter = fields.String(load_default=None, allow_none=True, validate=validate.Regexp(rf"^{UNIT_ID.pattern}{END}"))
    second_factor = _second_factor()


class RefreshIn(Schema):
    """A refresh token."""

    refresh_token = _refresh_token()


class ChangePasswordIn(Schema):
    """The old password, or the one-time one, and a new one."""

    old_password = _password()
    new_password = _password()
    second_factor = _second_factor()


class EnrolIn(Schema):
    """The password once more, so that an unlocked screen alone sets up nothing."""

    password = _password()


class CodeIn(Schema):
    """The present code of the second factor."""

    code = fields.String(required=True, validate=validate.Regexp(r"^[0-9]{6}" + END))


class FactorRemovalOut(Schema):
    """That the second factor be taken away: who asks, why, and until when somebody else may approve it."""

    asked_by = fields.String(required=True)
    reason = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)


class AccountOut(Schema):
    """An account as whoever manages it sees it; `to_pick_up`: the factor was taken away, the next one is due."""

    account = fields.String(required=True)
    person = fields.String(required=True)
    units = fields.List(fields.String(), required=True)
    state = fields.String(
        required=True, validate=validate.OneOf(("active", "must_change", "locked", "dormant", "disabled"))
    )
    locked_until = fields.AwareDateTime(required=True, allow_none=True)
    password_set_at = fields.AwareDateTime(required=True)
    password_due_at = fields.AwareDateTime(required=True)
    second_factor = fields.String(required=True, validate=validate.OneOf(("none", "waiting", "in_use", "to_pick_up")))
    factor_removal = fields.Nested(FactorRemovalOut, required=True, allow_none=True)
    sessions = fields.Integer(required=True)


class OneTimeOut(AccountOut):
    """An account with its one-time password, shown once: a retried call answers null, and a reset makes another."""

    one_time_password = fields.String(required=True, allow_none=True)


class TokensOut(Schema):
    """What a signed-in person holds: the access token for the gateway, the refresh token for the next of both."""

    person = fields.String(required=True)
    session = fields.String(required=True)
    access_token = fields.String(required=True)
    token_type = fields.String(required=True)
    expires_in = fields.Integer(required=True)
    refresh_token = fields.String(required=True)


class EnrolmentOut(Schema):
    """A second factor that was set up, shown once: the secret, and the address that an authenticator reads."""

    secret = fields.String(required=True)
    address = fields.String(required=True)


class PasswordChangedOut(Schema):
    """The password was changed. `second_factor` is set where a post held asks for one and none was there."""

    account = fields.String(required=True)
    due_at = fields.AwareDateTime(required=True)
    second_factor = fields.Nested(EnrolmentOut, required=True, allow_none=True)


class AccountLockedOut(Schema):
    """An account was locked by failures in a row."""

    person = fields.String(required=True)
    until = fields.AwareDateTime(required=True)


class AccountResetOut(Schema):
    """An account was reset. `guarded`: the one-time password alone opens nothing."""

    person = fields.String(required=True)
    by = fields.String(required=True)
    guarded = fields.Boolean(required=True)


class AccountDormantOut(Schema):
    """Nobody has signed in to an account for so many days: it is locked."""

    person = fields.String(required=True)
    days = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


class SharingOut(Schema):
    """An operator code was in use at two counters at once."""

    person = fields.String(required=True)
    counters = fields.List(fields.String(), required=True)
    day = fields.Date(required=True)


class ReusedOut(Schema):
    """An earlier refresh token was used again, and its session has ended."""

    person = fields.String(required=True)
    session = fields.String(required=True)
