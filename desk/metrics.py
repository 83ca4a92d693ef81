"""What is counted for those who run the desk; `bot.web` shows it at /metrics."""

from collections.abc import Iterable

from prometheus_client import Counter

from providers.errors import GatewayError
from providers.model import Report

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


def count_reports(gateway: str, reports: Iterable[Report]) -> None:
    """Count the state words that no document names. They move nothing."""
    unknown = sum(1 for report in reports if report.state is None and report.raw and not report.silence)
    if unknown:
        NOT_UNDERSTOOD.labels(gateway, "state").inc(unknown)


def count_error(gateway: str, error: GatewayError) -> None:
    """Count an answer that is unreadable, or whose code the reason dictionary does not have."""
    if error.code is not None and error.entry is None:
        NOT_UNDERSTOOD.labels(gateway, "answer").inc()
