"""What is counted as not understood: words that no document names, and no others."""

from prometheus_client import REGISTRY

from desk import metrics
from providers.model import MessageState, Report


def counted() -> float:
    return (
        REGISTRY.get_sample_value("smsdesk_not_understood_total", {"gateway": "a_gateway", "what": "state"})
        or 0
    )


def test_only_words_that_no_document_names_are_counted() -> None:
    before = counted()
    metrics.count_reports(
        "a_gateway",
        [
            Report(msisdn="1", state=None, raw="novel"),
            Report(msisdn="2", state=None, raw="255", silence=True),
            Report(msisdn="3", state=None, raw=""),
            Report(msisdn="4", state=MessageState.DELIVERED, raw="1"),
        ],
    )
    assert counted() - before == 1
