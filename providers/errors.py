"""Everything that can go wrong at a gateway, named by what the caller does next.

    GatewayError
    ├── NotReached         nothing left this machine: try later
    ├── Throttled          refused for now, not sent: try after `retry_after`
    ├── OutcomeUnknown     a request left and no readable answer came: a submission is never repeated
    ├── AccountStopped     nothing more from this account until a person acts; what is queued stays queued
    │   ├── AuthFailed         wrong login, password or key, or our address is not allowed
    │   ├── InsufficientFunds
    │   └── AccountBlocked
    ├── RequestRefused     a documented refusal of this request: `reason`, and `field` when one is to blame
    ├── Unsupported        this gateway has no such thing; raised before any I/O
    └── Forged             a call that claims to come from a gateway and is not signed by it

Each carries the gateway's own `code` and a `raw` excerpt that is cut and redacted where it is made
(`HttpResponse.excerpt`). The words for people come from bot/texts: by `entry`, the code's entry in the reason
dictionary ("smsc-send-6"), where there is one, else by `kind` and `reason`.
"""

from datetime import timedelta
from typing import ClassVar

from .model import Reason


class GatewayError(Exception):
    """The root. `kind` is a stable word for JSON, logs and texts."""

    kind: ClassVar[str] = "gateway_error"

    def __init__(
        self,
        *,
        code: str | None = None,
        raw: str = "",
        reason: Reason | None = None,
        entry: str | None = None,
    ) -> None:
        self.code = code
        self.raw = raw
        self.reason = reason
        self.entry = entry
        super().__init__(", ".join(part for part in (self.kind, code, reason, raw) if part))


class NotReached(GatewayError):
    kind = "not_reached"


class Throttled(GatewayError):
    """`retry_after` None: the gateway did not say how long. `only_this`: other requests need not wait."""

    kind = "throttled"

    def __init__(
        self,
        *,
        code: str | None = None,
        raw: str = "",
        entry: str | None = None,
        retry_after: timedelta | None = None,
        only_this: bool = False,
    ) -> None:
        super().__init__(code=code, raw=raw, reason=Reason.BUSY, entry=entry)
        self.retry_after = retry_after
        self.only_this = only_this


class OutcomeUnknown(GatewayError):
    kind = "outcome_unknown"


class AccountStopped(GatewayError):
    kind = "account_stopped"


class AuthFailed(AccountStopped):
    kind = "auth_failed"


class InsufficientFunds(AccountStopped):
    kind = "insufficient_funds"


class AccountBlocked(AccountStopped):
    kind = "account_blocked"


class RequestRefused(GatewayError):
    """`field` is the part of the submission to blame: msisdn, text, sender_id, send_at, validity or None."""

    kind = "request_refused"

    def __init__(
        self,
        *,
        code: str | None = None,
        raw: str = "",
        reason: Reason,
        entry: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(code=code, raw=raw, reason=reason, entry=entry)
        self.field = field


class Unsupported(GatewayError):
    kind = "unsupported"


class Forged(GatewayError):
    kind = "forged"
