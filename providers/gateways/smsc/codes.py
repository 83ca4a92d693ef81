"""Every number SMSC answers with, as literal tables. Sections are those of the protocol sheet smsc."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from ...errors import (
    AccountBlocked,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    RequestRefused,
    Throttled,
)
from ...faces import SenderStatus
from ...model import Charged, MessageState, Reason

# Status codes (section 3). -3, "no message with this id and phone", is no state: it moves nothing.
STATES = {
    "-2": MessageState.ACCEPTED,  # held while its campaign is paused, and may be resumed
    "-1": MessageState.ACCEPTED,  # waiting; scheduled ones too
    "0": MessageState.SENT,
    "1": MessageState.DELIVERED,
    "2": MessageState.DELIVERED,  # and read
    "3": MessageState.EXPIRED,
    "4": MessageState.DELIVERED,  # and the link in it opened
    "6": MessageState.DELIVERED,  # and marked as spam
    "20": MessageState.UNDELIVERED,
    "22": MessageState.REJECTED,
    "23": MessageState.REJECTED,
    "24": MessageState.UNDELIVERED,
    "25": MessageState.UNDELIVERED,
}
READ = frozenset({"2", "4"})
REFUSED = frozenset({"20", "22", "23", "24", "25"})  # in the answer to a sending
SILENCE = "-3"  # no message with this id and phone
DOUBTFUL = frozenset({"24"})  # one client sees it come back to life, so it is asked for a while yet

# Why, where a failing status comes without a delivery error.
STATUS_REASONS = {
    "3": Reason.EXPIRED,
    "20": Reason.UNEXPLAINED,
    "22": Reason.RECIPIENT,
    "23": Reason.UNEXPLAINED,
    "24": Reason.MONEY,
    "25": Reason.ROUTE,
}

# Delivery errors (section 4), a numbering of its own; 0 is no error.
DELIVERY_ERRORS = {
    "1": Reason.RECIPIENT,
    "2": Reason.UNREACHABLE,  # 2 to 4 are about mailboxes
    "3": Reason.RECIPIENT,
    "4": Reason.BARRED,
    "6": Reason.UNREACHABLE,
    "11": Reason.RECIPIENT,  # no SMS service, roaming or a landline
    "12": Reason.UNREACHABLE,
    "13": Reason.BARRED,
    "21": Reason.RECIPIENT,
    "200": Reason.ACCOUNT,  # the account is in test mode: nothing is really sent
    "219": Reason.BARRED,  # SIM replaced: no alphanumeric senders for 24 h
    "220": Reason.LIMIT,  # the operator's queue is full
    "237": Reason.UNREACHABLE,
    "238": Reason.TEXT,
    "239": Reason.ACCOUNT,
    "240": Reason.UNREACHABLE,
    "241": Reason.UNEXPLAINED,  # sound conversion, or parts missing
    "242": Reason.UNREACHABLE,
    "243": Reason.ACCOUNT,
    "244": Reason.TEXT,  # bulk sending or a link that is not allowed
    "245": Reason.UNEXPLAINED,  # see UNTOLD
    "246": Reason.SCHEDULE,  # outside the hours the account allows
    "247": Reason.LIMIT,
    "248": Reason.ROUTE,
    "249": Reason.RECIPIENT,
    "250": Reason.ACCOUNT,
    "251": Reason.LIMIT,
    "252": Reason.BARRED,
    "253": Reason.TEXT,
    "254": Reason.SENDER,
    "255": Reason.OPERATOR,
}
UNTOLD = "245"  # no status from the operator in a day: the sheet calls the result unknown, not failed
NO_REFUSAL = frozenset({"0", "200", "220"})  # no error, test mode, and "the server tries again itself"

# Request errors by script (section 11): what is not here was never documented and settles nothing.
_EVERYWHERE: dict[str, Callable[..., GatewayError]] = {
    "1": partial(RequestRefused, reason=Reason.REQUEST),
    # Never tried again by itself: five of these block our address for 30 minutes (section 10).
    "2": partial(AuthFailed, reason=Reason.LOGIN),
    "4": partial(AccountBlocked, reason=Reason.ACCOUNT),
    # The same request within a minute. "Too many at once" has the same number (section 13.12).
    "9": partial(Throttled, retry_after=timedelta(seconds=61), only_this=True),
}
ERRORS: dict[str, dict[str, Callable[..., GatewayError]]] = {
    "send": {
        **_EVERYWHERE,
        "3": partial(InsufficientFunds, reason=Reason.MONEY),
        "5": partial(RequestRefused, reason=Reason.SCHEDULE, field="send_at"),
        "6": partial(RequestRefused, reason=Reason.TEXT),  # or the sender: the number does not say which
        "7": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
        "8": partial(RequestRefused, reason=Reason.RECIPIENT, field="msisdn"),
    },
    "jobs": {
        **_EVERYWHERE,
        "3": partial(Throttled, retry_after=timedelta(seconds=61), only_this=True),  # not saved for now
        "5": partial(RequestRefused, reason=Reason.SCHEDULE, field="send_at"),
    },
    "status": {**_EVERYWHERE, "5": partial(RequestRefused, reason=Reason.REQUEST)},  # could not be deleted
    "balance": _EVERYWHERE,
    "senders": {
        **_EVERYWHERE,
        "3": partial(RequestRefused, reason=Reason.SENDER, field="sender_id"),  # no such name
        "5": partial(RequestRefused, reason=Reason.SENDER, field="sender_id"),  # neither saved nor deleted
        "7": partial(RequestRefused, reason=Reason.RECIPIENT, field="sender_id"),  # the name is the number
        "8": partial(RequestRefused, reason=Reason.RECIPIENT, field="sender_id"),
        "10": partial(Throttled, retry_after=timedelta(hours=8), only_this=True),  # the code was sent already
        "11": partial(RequestRefused, reason=Reason.REQUEST, field="code"),
    },
    "templates": {
        **_EVERYWHERE,
        "3": partial(RequestRefused, reason=Reason.REQUEST),  # no such template
        "5": partial(RequestRefused, reason=Reason.REQUEST),  # neither saved nor deleted
    },
    "get": {**_EVERYWHERE, "3": partial(RequestRefused, reason=Reason.REQUEST)},  # see NOTHING_FOUND
}
NOTHING_FOUND = "3"  # of get.php and templates.php: to a question for a list it is the empty list
REPEATED = "9"
TOO_MANY_AT_ONCE = "too many concurrent requests"

# Name status of senders.php all=1, and the status of a name at an operator with operators=1 (section 8.2).
SENDER_STATES = {"0": SenderStatus.PENDING, "1": SenderStatus.ALLOWED, "2": SenderStatus.OFF}
OPERATOR_STATES = {
    "0": SenderStatus.PENDING,
    "1": SenderStatus.SUBMITTED,
    "2": SenderStatus.ALLOWED,
    "3": SenderStatus.REFUSED,
    "4": SenderStatus.OFF,
    "5": SenderStatus.NO_MONEY,
    "8": SenderStatus.PAPERS_NEEDED,
    "9": SenderStatus.FROM_NEXT_MONTH,
    "255": SenderStatus.ALLOWED_ENDING,
}
# Their order differs between formats, so they are read by name, and a column that is not here is skipped: a
# substitute name comes in one whose name is not documented.
OPERATORS = (
    "mega_step", "mega_int", "bee_step", "motiv", "motiv_step", "motiv_int", "sber_step", "sber_int",
    "winmob_step", "volnamob_step", "mts_step", "mts_int", "tele2_step", "tele2", "tele2_int", "ua_reg",
    "ua_int", "by_reg", "by_int",
)  # fmt: skip

# Whether it was charged. The documents do not say: what SMSC itself stops costs nothing, what a network or
# a called person turned down may have cost. A "duplicate" mostly means that an earlier try went through.
_MAYBE = Charged.MAYBE
_DELIVERY_CHARGES = {
    "1": _MAYBE, "6": _MAYBE, "11": _MAYBE, "12": _MAYBE, "13": _MAYBE, "21": _MAYBE, "219": _MAYBE,
    "220": _MAYBE, "240": _MAYBE, "241": _MAYBE, "242": Charged.YES, "245": _MAYBE, "255": _MAYBE,
}  # fmt: skip
_STATUS_CHARGES = {"3": _MAYBE, "20": _MAYBE, "25": _MAYBE}
_REQUEST_CHARGES = {("send", "9"): _MAYBE, ("jobs", "9"): _MAYBE}

# The reason dictionary. Request errors of status.php and failing statuses have no number in common.
ENTRIES: dict[str, Charged] = {
    **{
        f"smsc-{script}-{code}": _REQUEST_CHARGES.get((script, code), Charged.NO)
        for script, numbers in ERRORS.items()
        for code in numbers
    },
    **{f"smsc-err-{code}": _DELIVERY_CHARGES.get(code, Charged.NO) for code in DELIVERY_ERRORS},
    **{f"smsc-status-{code}": _STATUS_CHARGES.get(code, Charged.NO) for code in STATUS_REASONS},
}
