"""What is counted and measured for those who run the desk; `bot.web` shows it at /metrics.

No label holds a number, a text or a name of a person. What stands in the database is read when somebody asks
(`show`), so every replica shows the same of it; the rest is each process's own, since its start.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from providers.errors import GatewayError
from providers.model import Report
from storage.ledger import Moved
from storage.standing import Standing

# This process's own.

MESSAGES = Counter("smsdesk_messages", "Messages that came into a state", ["state"])
GATEWAY_SECONDS = Histogram(
    "smsdesk_gateway_seconds",
    "How long requests to gateways took, from the connection to the last byte of the answer",
    ["gateway", "operation"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 90),
)
GATEWAY_ERRORS = Counter(
    "smsdesk_gateway_errors",
    "Requests of the desk's own work that failed, by the kind of the error",
    ["gateway", "kind"],
)
NOT_UNDERSTOOD = Counter(
    "smsdesk_not_understood",
    "What no document of a gateway names: state words, and answers with an unlisted code or none",
    ["gateway", "what"],
)
PUSHES = Counter(
    "smsdesk_pushes",
    "Calls from gateways: stored, forged, unreadable, unknown (a wrong address); handled, unmatched, broken",
    ["gateway", "outcome"],
)
TELEGRAM_SECONDS = Histogram(
    "smsdesk_telegram_seconds",
    "How long requests to Telegram took, those that wait for updates left out",
    ["method"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
TELEGRAM_REQUESTS = Counter(
    "smsdesk_telegram_requests",
    "Requests to Telegram by their end: the HTTP status (429: told to wait), not_sent, timed_out, broken",
    ["method", "outcome"],
)
INCIDENTS = Counter("smsdesk_incidents", "Updates from Telegram on which the program broke")
LOOP_LAG = Histogram(
    "smsdesk_loop_lag_seconds",
    "How much later than wanted the event loop came back to what waited",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)

# What stands in the database, the same for all replicas.

DATABASE_UP = Gauge(
    "smsdesk_database_up", "1: the database answered when this was asked; 0: it did not, or takes no writes"
)
OPEN_MESSAGES = Gauge("smsdesk_open_messages", "Messages that have not come to their end", ["state"])
UNCERTAIN_AGE = Gauge(
    "smsdesk_uncertain_age_seconds", "How long the oldest uncertain message has been in doubt; 0: none is"
)
QUEUE_LENGTH = Gauge("smsdesk_queue_length", "What waits to be done now", ["queue"])
QUEUE_AGE = Gauge(
    "smsdesk_queue_age_seconds", "How long the oldest of that has been waiting; 0: nothing waits", ["queue"]
)
BALANCE = Gauge("smsdesk_balance", "Money, as the gateway last told", ["account", "gateway", "currency"])
BALANCE_AGE = Gauge("smsdesk_balance_age_seconds", "How long ago it told that", ["account", "gateway"])
ACCOUNTS_STOPPED = Gauge(
    "smsdesk_account_stopped", "1: this account waits for a person, and why", ["account", "gateway", "kind"]
)
HELD = Gauge("smsdesk_held", "1: nothing is sent before a person says so, as after a restored backup")

EVERY = (
    MESSAGES, GATEWAY_SECONDS, GATEWAY_ERRORS, NOT_UNDERSTOOD, PUSHES, TELEGRAM_SECONDS, TELEGRAM_REQUESTS,
    INCIDENTS, LOOP_LAG, DATABASE_UP, OPEN_MESSAGES, UNCERTAIN_AGE, QUEUE_LENGTH, QUEUE_AGE, BALANCE,
    BALANCE_AGE, ACCOUNTS_STOPPED, HELD,
)  # fmt: skip
_READ = (OPEN_MESSAGES, QUEUE_LENGTH, QUEUE_AGE, BALANCE, BALANCE_AGE, ACCOUNTS_STOPPED)


def count_moved(moved: Iterable[Moved]) -> None:
    """Count the states that messages came into."""
    for state, count in Tally(one.to for one in moved).items():
        MESSAGES.labels(state).inc(count)


def count_reports(gateway: str, reports: Iterable[Report]) -> None:
    """Count the state words that no document names. They move nothing."""
    unknown = sum(1 for report in reports if report.state is None and report.raw and not report.silence)
    if unknown:
        NOT_UNDERSTOOD.labels(gateway, "state").inc(unknown)


def count_error(gateway: str, error: GatewayError) -> None:
    """Count a failure, and an answer that is unreadable or whose code the reason dictionary does not have."""
    GATEWAY_ERRORS.labels(gateway, error.kind).inc()
    if error.code is not None and error.entry is None:
        NOT_UNDERSTOOD.labels(gateway, "answer").inc()


def show(standing: Standing | None, now: datetime, *, takes_writes: bool = True) -> None:
    """Show what stands in the database; None: it does not answer, and nothing old is shown for it."""
    DATABASE_UP.set(standing is not None and takes_writes)
    for gauge in _READ:
        gauge.clear()
    if standing is None:
        UNCERTAIN_AGE.set(float("nan"))
        HELD.set(float("nan"))
        return
    for state, count in standing.open_messages.items():
        OPEN_MESSAGES.labels(state).set(count)
    UNCERTAIN_AGE.set(_age(standing.uncertain_since, now))
    for name, queue in standing.queues.items():
        QUEUE_LENGTH.labels(name).set(queue.length)
        QUEUE_AGE.labels(name).set(_age(queue.since, now))
    HELD.set(standing.held)
    for account in standing.accounts:
        label = f"{account.name}/{account.id}"
        if account.stopped is not None:
            ACCOUNTS_STOPPED.labels(label, account.gateway, account.stopped).set(1)
        if account.amount is not None and account.told_at is not None:
            BALANCE.labels(label, account.gateway, account.currency or "").set(float(account.amount))
            BALANCE_AGE.labels(label, account.gateway).set(_age(account.told_at, now))


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; a clock that went back makes none of them negative."""
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
