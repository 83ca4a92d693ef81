"""What Devino's numbers and words mean, over REST and SOAP alike: states of an SMS, and errors.

An error that answers a send is believed only where it proves that nothing was sent (`told`): what is believed
is sent again, and a wrong belief sends a message twice. See docs/decisions/0008-devino-words.md.

Each stands with its entry in the reason dictionary and with what it probably cost. The sheet names no prices
of failures: NO is said where Devino refused before the network saw anything, MAYBE elsewhere.
"""

import re
from enum import Enum, auto
from typing import NamedTuple

from ..errors import (
    AccountBlocked,
    AuthFailed,
    GatewayError,
    InsufficientFunds,
    OutcomeUnknown,
    RequestRefused,
    Throttled,
)
from ..model import Charged, MessageState, Reason
from ..wire import HttpResponse, redacted_head

_S, _R = MessageState, Reason


class Standing(NamedTuple):
    """What a state number means. `charged` is given for an end other than delivery, which has an entry."""

    state: MessageState
    reason: Reason | None = None
    charged: Charged | None = None


# Section 8. Not here, and so moving nothing: SILENT, and every number that Devino has not published.
STATES: dict[int, Standing] = {
    -200: Standing(_S.UNDELIVERED, _R.UNEXPLAINED, Charged.MAYBE),  # filter "errors"; should not occur
    -98: Standing(_S.CANCELLED, _R.CANCELLED, Charged.NO),  # stopped
    -97: Standing(_S.CANCELLED, _R.CANCELLED, Charged.NO),  # deleted; only old clients know it
    -40: Standing(_S.ACCEPTED),  # waiting
    -30: Standing(_S.ACCEPTED),  # labelled "stopped", but the constant is Sending_To_Gateway
    -20: Standing(_S.SENT),
    -10: Standing(_S.SENT),
    -3: Standing(_S.UNDELIVERED, _R.SCHEDULE, Charged.NO),  # the send date could not be interpreted
    -2: Standing(_S.ACCEPTED),  # in Devino's queue
    -1: Standing(_S.SENT),  # handed to the mobile network
    0: Standing(_S.DELIVERED),  # SMS only: in Viber's table 0 is "being sent"
    8: Standing(_S.UNDELIVERED, _R.UNEXPLAINED, Charged.MAYBE),  # System_Error
    10: Standing(_S.REJECTED, _R.SENDER, Charged.NO),
    11: Standing(_S.REJECTED, _R.RECIPIENT, Charged.NO),
    41: Standing(_S.REJECTED, _R.RECIPIENT, Charged.MAYBE),  # Error_Incompatible_Destination
    42: Standing(_S.REJECTED, _R.OPERATOR, Charged.MAYBE),  # by the SMS centre
    46: Standing(_S.EXPIRED, _R.EXPIRED, Charged.MAYBE),
    47: Standing(_S.CANCELLED, _R.CANCELLED, Charged.MAYBE),  # constant Deleted; the SOAP text says "expired"
    48: Standing(_S.REJECTED, _R.UNEXPLAINED, Charged.NO),  # by Devino's platform
    69: Standing(_S.REJECTED, _R.UNEXPLAINED, Charged.MAYBE),
}
STATE_ENTRY = "devino-state"
# 255: not in the database yet, or older than 48 hours; 99: "unknown"; -100: a filter of the web pages.
SILENT = frozenset({255, 99, -100})


class Meaning(Enum):
    """What an error of Devino comes to, before it is known in which call it came."""

    LOGIN = auto()  # wrong login or password
    SESSION = auto()  # this session is not, or no longer, known
    UNAUTHORIZED = auto()  # one of the two above; only the call tells which
    MONEY = auto()
    SENDER = auto()
    RECIPIENT = auto()
    TEXT = auto()
    VALIDITY = auto()
    REQUEST = auto()
    FORBIDDEN = auto()  # the vendor's samples explain it as anti-spam
    UNCLEAR = auto()  # trouble at their side, or nothing the documents know


class Known(NamedTuple):
    """What the documents tell of an error. `entry` None: they do not know it."""

    meaning: Meaning
    entry: str | None = None
    charged: Charged = Charged.NO


UNKNOWN = Known(Meaning.UNCLEAR)
UNLISTED = Known(Meaning.REQUEST)  # a code that the documents do not know, in a refusal

# Section 4: these decide before any code does, in this order. `Desc` and fault texts are English, Russian or
# raw .NET. "parameters dictionary" is what ASP.NET says of a missing parameter, before any code has run.
# The words with dashes are Viber's (section 9.1); its documents are not the newest, so the beginnings
# "error-subject-" and "error-address-" stand for words they do not list.
BAD_PARAMETERS = "parameters dictionary"
_SENDER = Known(Meaning.SENDER, "devino-said-sender")
_RECIPIENT = Known(Meaning.RECIPIENT, "devino-said-recipient")
MISSING = Known(Meaning.REQUEST, "devino-said-request")
WORDS: tuple[tuple[str, Known], ...] = (
    ("login or password", Known(Meaning.LOGIN, "devino-said-login")),
    ("session", Known(Meaning.SESSION, "devino-said-session")),
    ("source address", _SENDER),
    ("error-subject-format", Known(Meaning.SENDER, "devino-viber-error-subject-format")),
    ("error-subject-not-specified", Known(Meaning.SENDER, "devino-viber-error-subject-not-specified")),
    ("error-subject-unknown", Known(Meaning.SENDER, "devino-viber-error-subject-unknown")),
    ("error-subject-", _SENDER),
    ("destination address", _RECIPIENT),
    ("error-address-format", Known(Meaning.RECIPIENT, "devino-viber-error-address-format")),
    ("error-address-not-specified", Known(Meaning.RECIPIENT, "devino-viber-error-address-not-specified")),
    ("error-address-unknown", Known(Meaning.RECIPIENT, "devino-viber-error-address-unknown")),
    ("error-address-", _RECIPIENT),
    ("credit", Known(Meaning.MONEY, "devino-said-money")),
    (BAD_PARAMETERS, MISSING),
    ("parameter name", MISSING),
    ("error-content-not-specified", Known(Meaning.TEXT, "devino-viber-error-content-not-specified")),
    (
        "error-validity-period-seconds-format",
        Known(Meaning.VALIDITY, "devino-viber-error-validity-period-seconds-format"),
    ),
    ("error-system", Known(Meaning.UNCLEAR, "devino-viber-error-system", Charged.MAYBE)),
)
# Viber's table of error words has one for success. An error that says so names no ids: what became of the
# message is open. The whole text, for these two letters are in other words.
OK = ("ok", Known(Meaning.UNCLEAR, "devino-viber-ok", Charged.MAYBE))

# How the words begin that Devino's checks before a send answer with: documented, or the names of its codes.
_PROOF = re.compile(
    r"""(?: invalid\ user\ login\ or\ password | sessionid\ expired | invalid\ session\ id
          | invalid\ source\ address | invalid\ destination\ address | not\ enough\ credits
          | the\ parameters\ dictionary\ contains\ a\ null\ entry
          | [a-z]+\ can\ not\ be\ null\ or\ empty\s{1,4}parameter\ name
          | error-[a-z-]+ ) (?![\w-])""",
    re.VERBOSE | re.ASCII,
)

_BLAME: dict[Meaning, tuple[Reason, str | None]] = {
    Meaning.SENDER: (_R.SENDER, "sender_id"),
    Meaning.RECIPIENT: (_R.RECIPIENT, "msisdn"),
    Meaning.TEXT: (_R.REQUEST, "text"),
    Meaning.VALIDITY: (_R.REQUEST, "validity"),
    Meaning.REQUEST: (_R.REQUEST, None),
    Meaning.FORBIDDEN: (_R.LIMIT, None),
}


class Call(Enum):
    """What kind of call an answer belongs to: the same error asks for something else in each."""

    LOGIN = auto()
    READ = auto()
    SEND = auto()


class SessionRefused(GatewayError):
    """The session was refused, and with it the call, of which nothing was done. `Session` alone sees it."""

    kind = "session_refused"


def meaning_of(text: str) -> Known | None:
    """What the words of an error say, None if they are not known."""
    folded = text.casefold().strip()
    if folded == OK[0]:
        return OK[1]
    return next((known for words, known in WORDS if words in folded), None)


def told(text: str, call: Call, *, refused: bool) -> Known | None:
    """What the words of an error say in this call, None if they say nothing that counts.

    Of a send that something else proves `refused`, and of any other call, all words count. Else they have to
    begin with what Devino's own checks say: a crash after the message was taken may name anything.
    """
    if call is not Call.SEND or refused:
        return meaning_of(text)
    folded = text.casefold().strip()
    proof = _PROOF.match(folded)
    return meaning_of(folded if proof is None and folded == OK[0] else proof[0] if proof else "")


def said(response: HttpResponse, words: str) -> str:
    """The words of an error for `GatewayError.raw`: one line, redacted, cut."""
    head = redacted_head(words.encode("utf-8", "replace"), 800, response.secrets)
    return f"HTTP {response.status}: {' '.join(head.split())[:200]}"


def error(known: Known, call: Call, *, code: str | None, raw: str) -> GatewayError:
    """The error the caller gets.

    - A login that is refused for anything but login, money or trouble over there is AccountBlocked: no
      message is to blame, and a person has to look at the account's settings.
    - FORBIDDEN refuses a send for good (sending the same again is what anti-spam punishes), and asks a read
      to wait.
    """
    entry = known.entry
    match known.meaning, call:
        case (Meaning.UNCLEAR, _) | (Meaning.SESSION, Call.LOGIN):
            return OutcomeUnknown(code=code, raw=raw, entry=entry)
        case (Meaning.MONEY, _):
            return InsufficientFunds(code=code, raw=raw, reason=Reason.MONEY, entry=entry)
        case (Meaning.LOGIN, _) | (Meaning.UNAUTHORIZED, Call.LOGIN):
            return AuthFailed(code=code, raw=raw, reason=Reason.LOGIN, entry=entry)
        case (Meaning.SESSION | Meaning.UNAUTHORIZED, _):
            return SessionRefused(code=code, raw=raw, entry=entry)
        case (_, Call.LOGIN):
            return AccountBlocked(code=code, raw=raw, reason=Reason.ACCOUNT, entry=entry)
        case (Meaning.FORBIDDEN, Call.READ):
            return Throttled(code=code, raw=raw, entry=entry)
    reason, blamed = _BLAME[known.meaning]
    return RequestRefused(code=code, raw=raw, reason=reason, field=blamed, entry=entry)


def state_entries(states: dict[int, Standing], prefix: str) -> dict[str, Charged]:
    """The entries of a table of states in the reason dictionary: its ends other than delivery."""
    return {f"{prefix}-{number}": one.charged for number, one in states.items() if one.charged is not None}


def error_entries(*errors: Known) -> dict[str, Charged]:
    """The entries of errors in the reason dictionary."""
    return {one.entry: one.charged for one in errors if one.entry is not None}


# What both faces can say.
ENTRIES: dict[str, Charged] = {
    **error_entries(OK[1], *(known for _, known in WORDS)),
    **state_entries(STATES, STATE_ENTRY),
}
