"""The states of a message, what may follow each, and the reasons for a failure."""

from desk.announce import LOUD
from providers.model import FINAL, TRANSITIONS, MessageState, Reason

from .markdown import WORDS, page, table

_S = MessageState
_MEANING = {
    _S.QUEUED: "it is in the ledger, and nothing has left",
    _S.SUBMITTING: "an attempt is written down; its request may be on the wire",
    _S.ACCEPTED: "the gateway took it",
    _S.MODERATION: "the gateway's people look at it",
    _S.SENT: "it was handed to the mobile network",
    _S.DELIVERED: "the handset has it",
    _S.UNDELIVERED: "it could not be delivered",
    _S.EXPIRED: "its validity period ran out, at the gateway or before it left",
    _S.REJECTED: "the gateway refused it, in a way that it documents",
    _S.CANCELLED: "somebody stopped it before it left, or the gateway called it back",
    _S.SKIPPED: "it was not to leave: the number is on the stop-list",
    _S.UNCERTAIN: "a request left, and no readable answer came: "
    "[why that is](../explanation/why-uncertain.md)",
    _S.UNTRACKED: "it was taken, and the gateway no longer tells what became of it",
    _S.ASSUMED_SENT: "it was uncertain, and a named person said that it was sent",
    _S.ABANDONED: "it was uncertain, and a named person gave it up",
}


def states() -> str:
    return page(
        "States and reasons",
        "A message is one number of a campaign. Its state moves forward only, by this table and no other: "
        "what a gateway says against it is kept as an event and moves nothing. How it goes from one to the "
        "next: [the life of a message](../explanation/life-of-a-message.md).",
        "## States",
        table(["state", "in JSON", "meaning", "what may follow", "said"], map(_state, MessageState)),
        "A state that nothing may follow is final. Every change shows in the card of the campaign; what is "
        "*said* comes as a message of its own as well.",
        "## Reasons",
        "Why a message or a request failed, in the few kinds for which people get different advice. What a "
        "gateway's own codes come to stands on [its page](gateways.md).",
        table(["reason", "what the chat says"], map(_reason, Reason)),
    )


def _state(state: MessageState) -> list[str]:
    # A doubt has a card of its own.
    said = state in LOUD or state is MessageState.UNCERTAIN
    onward = [str(one).replace("_", " ") for one in MessageState if one in TRANSITIONS[state]]
    return [
        f"**{WORDS.plain(f'state-{state}')}**",
        f"`{state}`",
        _MEANING[state],
        "nothing" if state in FINAL else ", ".join(onward),
        "yes" if said else "–",
    ]


def _reason(reason: Reason) -> list[str]:
    return [f"`{reason}`", WORDS.plain(f"reason-{reason}")]
