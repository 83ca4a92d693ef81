"""How often SMSC may be asked (sheet section 10), by the account's clock."""

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta

from sandbox.account import Account
from sandbox.smsc.errors import IP_BLOCKED, REPEATED, TOO_MANY_AT_ONCE, WRONG_PASSWORD, SmscError

CREDENTIALS = frozenset({"login", "psw", "apikey"})
CONCURRENT_MAX = 15  # seed 003: so many at once on one login are too many
STATUS_CONCURRENT_MAX = 5  # what the page of status.php says instead

MINUTE = timedelta(minutes=1)
WRONG_PASSWORDS, WRONG_WITHIN, WRONG_BLOCK = 5, timedelta(minutes=30), timedelta(minutes=30)
FAILED_SENDS, FAILED_WITHIN, FAILED_BLOCK = 100, timedelta(minutes=10), timedelta(minutes=10)


class Limits:
    """Off, only the fifteen at once are refused; on, all the rest too."""

    def __init__(self, account: Account, *, on: bool) -> None:
        self.on = on
        self._account = account
        self._recent: list[tuple[datetime, Hashable]] = []
        self._wrong_passwords: list[datetime] = []
        self._failed_sends: list[datetime] = []
        self._blocked_until: datetime | None = None

    def check_crowd(self, script: str, at_once: int) -> None:
        """`at_once` counts this request too. SmscError 9: too many."""
        most = STATUS_CONCURRENT_MAX if self.on and script == "status" else CONCURRENT_MAX
        if at_once >= most:
            raise SmscError(*TOO_MANY_AT_ONCE)

    def check_block(self) -> None:
        """SmscError 4: this address has made too many mistakes."""
        if self.on and self._blocked_until and self._account.now() < self._blocked_until:
            raise SmscError(*IP_BLOCKED)

    def check_repeats(self, script: str, parameters: Mapping[str, str]) -> None:
        """SmscError 9: asked too often within a minute. What is refused so does not count itself."""
        if not self.on or (counted := _counted(script, parameters)) is None:
            return
        key, most = counted
        now = self._account.now()
        self._recent = [entry for entry in self._recent if now - entry[0] < MINUTE]
        if sum(asked == key for _, asked in self._recent) >= most:
            raise SmscError(*REPEATED)
        self._recent.append((now, key))

    def succeeded(self, script: str) -> None:
        """Only failed sends in a row count."""
        if script == "send":
            self._failed_sends.clear()

    def failed(self, script: str, error: SmscError) -> None:
        """Count this mistake; the last one too many blocks the address."""
        if error.number == IP_BLOCKED[0]:
            return
        now = self._account.now()
        if error.number == WRONG_PASSWORD[0]:
            self._wrong_passwords = _within(self._wrong_passwords, WRONG_WITHIN, now)
            if len(self._wrong_passwords) >= WRONG_PASSWORDS:
                self._blocked_until = now + WRONG_BLOCK
        elif script == "send":
            self._failed_sends = _within(self._failed_sends, FAILED_WITHIN, now)
            if len(self._failed_sends) >= FAILED_SENDS:
                self._blocked_until = now + FAILED_BLOCK


def _within(times: list[datetime], window: timedelta, now: datetime) -> list[datetime]:
    return [*(at for at in times if now - at < window), now]


def _counted(script: str, parameters: Mapping[str, str]) -> tuple[Hashable, int] | None:
    """What counts as asking the same again, and how often that may be within a minute; None: no limit."""
    same = frozenset((name, value) for name, value in parameters.items() if name not in CREDENTIALS)
    match script:
        case "send":
            quote = parameters.get("cost") == "1"
            return ((script, quote, same), 5 if quote else 1)
        case "status":
            message = (parameters.get("id", ""), parameters.get("phone", ""))
            many = any("," in written for written in message)
            return ((script, "many"), 1) if many else ((script, message), 5)
        case "balance":
            return script, 10
        case "senders" if parameters.get("add", "0") == "1":
            return (script, "add"), 5
        case "senders" if parameters.get("get", "0") != "1":
            return None
        case "jobs":
            return (script, same), 1
    return (script, same), 3
