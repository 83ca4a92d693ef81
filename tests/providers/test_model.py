"""The life of a message as a table: complete, forward only, and worst segment first."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.model import FINAL, TRACKED, TRANSITIONS, MessageState, Sms, Submission, worst_segment

S = MessageState
BAD_ENDS = {S.REJECTED, S.UNDELIVERED, S.EXPIRED, S.CANCELLED}
REPORTED = {*BAD_ENDS, S.ACCEPTED, S.MODERATION, S.SENT, S.UNTRACKED, S.DELIVERED}

# How far a segment is, for those that have not failed.
HOW_FAR = [S.ACCEPTED, S.MODERATION, S.SENT, S.UNTRACKED, S.DELIVERED]


def test_the_table_covers_every_state() -> None:
    assert set(TRANSITIONS) == set(S)


def test_final_states_are_these() -> None:
    at_gateway = {S.DELIVERED, S.UNDELIVERED, S.EXPIRED, S.REJECTED, S.CANCELLED, S.UNTRACKED}
    assert at_gateway | {S.SKIPPED, S.ASSUMED_SENT, S.ABANDONED} == FINAL


def test_every_state_is_reached_from_the_queue_and_reaches_an_end() -> None:
    assert reachable(S.QUEUED) == set(S)
    for state in S:
        assert reachable(state) & FINAL


def reachable(start: MessageState) -> set[MessageState]:
    seen, new = {start}, [start]
    while new:
        onward = TRANSITIONS[new.pop()] - seen
        seen |= onward
        new += onward
    return seen


def test_no_state_follows_itself() -> None:
    assert not [state for state, onward in TRANSITIONS.items() if state in onward]


def test_nothing_goes_back_to_the_queue_but_what_is_proved_unsent_or_in_doubt() -> None:
    assert {state for state, onward in TRANSITIONS.items() if S.QUEUED in onward} == {
        S.SUBMITTING,
        S.UNCERTAIN,
    }


def test_only_a_request_on_the_wire_becomes_uncertain() -> None:
    assert {state for state, onward in TRANSITIONS.items() if S.UNCERTAIN in onward} == {S.SUBMITTING}


def test_only_the_queue_is_submitted() -> None:
    assert {state for state, onward in TRANSITIONS.items() if S.SUBMITTING in onward} == {S.QUEUED}


def test_a_person_settles_only_what_is_uncertain() -> None:
    for settled in (S.ASSUMED_SENT, S.ABANDONED):
        assert {state for state, onward in TRANSITIONS.items() if settled in onward} == {S.UNCERTAIN}


def test_what_a_gateway_reports_can_follow_acceptance() -> None:
    assert reachable(S.ACCEPTED) == REPORTED
    assert {S.ACCEPTED, S.MODERATION, S.SENT} == TRACKED
    assert not TRACKED & FINAL


def test_the_words_are_those_of_the_public_face() -> None:
    assert {state.value for state in S} >= {
        "queued", "submitting", "accepted", "in_moderation", "sent", "delivered", "undelivered", "expired",
        "rejected", "cancelled", "skipped", "uncertain", "untracked",
    }  # fmt: skip


def expected(first: MessageState, second: MessageState) -> MessageState:
    """By the rule as people would say it: a bad end decides, else the segment that is least far."""
    bad = [state for state in (S.REJECTED, S.UNDELIVERED, S.EXPIRED, S.CANCELLED) if state in (first, second)]
    return bad[0] if bad else HOW_FAR[min(HOW_FAR.index(first), HOW_FAR.index(second))]


@pytest.mark.parametrize(("first", "second"), list(product(sorted(REPORTED), repeat=2)))
def test_of_two_segments_the_worst_decides(first: MessageState, second: MessageState) -> None:
    assert worst_segment([first, second]) is expected(first, second)


@pytest.mark.parametrize("state", sorted(REPORTED))
def test_beside_an_unknown_segment_only_a_bad_end_decides(state: MessageState) -> None:
    assert worst_segment([state, None]) is (state if state in BAD_ENDS else None)


@given(st.lists(st.sampled_from([*sorted(REPORTED), None]), max_size=8), st.data())
def test_the_order_of_segments_does_not_matter(
    states: list[MessageState | None], data: st.DataObject
) -> None:
    assert worst_segment(states) is worst_segment(data.draw(st.permutations(states)))
    assert worst_segment(states) is worst_segment(states * 2)


@pytest.mark.parametrize("states", [[], [None], [None, None]])
def test_of_nothing_known_nothing_is_said(states: list[MessageState | None]) -> None:
    assert worst_segment(states) is None


@pytest.mark.parametrize("state", sorted(set(S) - REPORTED))
def test_a_state_that_no_gateway_reports_is_a_mistake(state: MessageState) -> None:
    with pytest.raises(ValueError, match=r"tuple\.index"):
        worst_segment([S.SENT, state])


def test_the_common_text_of_a_submission() -> None:
    def submission(*texts: str) -> Submission:
        return Submission(ref="r", sms=tuple(Sms(msisdn="79031234567", text=text) for text in texts))

    assert submission("a", "a").common_text == "a"
    assert submission("a", "b").common_text is None
    assert submission().common_text is None
