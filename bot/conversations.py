"""Cards of what customers write, lists of those who wait: pure functions from what is known to a screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk import stopwords
from providers.model import MessageState
from providers.sms import mask
from storage.conversations import Conversation
from storage.said import Answer, Line, Received, Sent

from . import cards, reports
from .keyboards import Key, Screen
from .words import Html, Words

MARK = (
    "📩"  # every card begins with it, so that one we know nothing of any more is still told from other words
)
WHOLE = 2400  # UTF-16 units of an SMS that a card has room for; a longer one comes as a file
BEGINNING = 300  # characters of it that stand above that file, and of what was sent before
LISTED = 8
SNIPPET = 60  # characters

# How an answer fares, as a reaction to it: Telegram takes these from bots.
_S = MessageState
REACTIONS = {
    _S.QUEUED: "✍",
    _S.DELIVERED: "👍",
    _S.UNCERTAIN: "🤔",
    _S.UNTRACKED: "🤔",
} | dict.fromkeys((_S.UNDELIVERED, _S.EXPIRED, _S.REJECTED, _S.CANCELLED, _S.SKIPPED, _S.ABANDONED), "💔")
ACCEPTED = "👀"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Of the buttons under a card. `stop` None: nothing suggests it."""

    reply: str
    claim: str
    done: str
    snooze: str
    more: str
    stop: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An SMS and how its conversation stands. `stopped`: the number is on the account's stop-list.

    `answer`: that was given to it in another chat.
    """

    conversation: Conversation
    received: Received
    sent: Sent | None
    stopped: bool
    answer: Answer | None = None

    @property
    def suggests_stop(self) -> bool:
        return not self.stopped and stopwords.may_be_stop(self.received.text)


def name_of(msisdn: str) -> str:
    """A number as everybody may see it; a sender that is a name as it is."""
    return mask(msisdn) if msisdn.isdecimal() else cards.isolated(msisdn)


def called(talk: Conversation) -> str:
    """The customer as everybody may see them: by name, where people have given one."""
    number = name_of(talk.msisdn)
    return number if talk.name is None else f"{cards.isolated(talk.name)} · {number}"


def card(words: Words, view: View, tokens: Tokens) -> Screen:
    """One SMS, whole: as a file where there is no room for it."""
    text = beginning(words, view.received.text)
    whole = text == view.received.text
    html = cards.joined(
        words(
            "inbound-card",
            number=called(view.conversation),
            to=view.received.to,
            account=view.conversation.account,
            text=cards.isolated(text),
            time=words.moment(view.received.at),
        ),
        words("inbound-sent", text=cards.isolated(_shortened(view.sent.text))) if view.sent else None,
        words("inbound-answered", **answered(view.answer)) if view.answer else None,
        standing(words, view),
    )
    document = None if whole else reports.of_text("sms.txt", view.received.text)
    return Screen(html=html, rows=_rows(words, view, tokens), document=document)


def answered(answer: Answer) -> dict[str, str]:
    """Who has answered a customer what, as texts take it."""
    return {"name": cards.isolated(answer.author), "text": cards.isolated(_shortened(answer.text))}


def beginning(words: Words, text: str) -> str:
    """An SMS as far as a message has room for it beside what else is said of it."""
    return text if cards.units([words.escape(text)]) <= WHOLE else _shortened(text)


def is_edited(screen: Screen) -> bool:
    """Whether its message can be edited: a file's cannot."""
    return screen.document is None


def standing(words: Words, view: View) -> Html:
    """Who has it, and what to do."""
    if view.stopped:
        return words("inbound-stopped")
    talk = view.conversation
    if talk.claimer is not None:
        waits = "no" if talk.waiting_since is None else "yes"
        return words("inbound-claimed", name=cards.isolated(talk.claimer), waits=waits)
    return words("inbound-done" if talk.waiting_since is None else "inbound-hint")


def _rows(words: Words, view: View, tokens: Tokens) -> tuple[tuple[Key, ...], ...]:
    def key(name: str, token: str) -> Key:
        return Key(label=words.plain(f"button-talk-{name}"), token=token)

    reply = [] if view.stopped else [key("reply", tokens.reply)]
    rows: list[tuple[Key, ...]] = [(*reply, key("more", tokens.more))]
    if view.conversation.waiting_since is not None:
        claim = [] if view.conversation.claimed_by else [key("claim", tokens.claim)]
        rows.append((*claim, key("snooze", tokens.snooze), key("done", tokens.done)))
    if tokens.stop is not None and view.suggests_stop:
        rows.append((key("stop", tokens.stop),))
    return tuple(rows)


def _shortened(text: str) -> str:
    return text if len(text) <= BEGINNING else text[:BEGINNING] + "…"


def unanswered(words: Words, talk: Conversation, now: datetime) -> Html | None:
    """The reminder; None: nobody waits any more."""
    if talk.waiting_since is None:
        return None
    age = words.age(now - talk.waiting_since)
    return words("inbound-unanswered", number=called(talk), account=talk.account, age=age)


def history(words: Words, talk: Conversation, lines: Sequence[Line]) -> Html:
    """What was said, the newest last, and the whole number."""
    number = f"+{talk.msisdn}" if talk.msisdn.isdecimal() else talk.msisdn
    number = number if talk.name is None else f"{cards.isolated(talk.name)} · {number}"
    told = [_line(words, line) for line in lines]
    return cards.joined(words("talk-title", number=number, account=talk.account), *told, words("talk-hint"))


def _line(words: Words, line: Line) -> Html:
    text = cards.isolated(line.text if len(line.text) <= 2 * SNIPPET else line.text[: 2 * SNIPPET] + "…")
    if line.state is None:
        return words("talk-in", time=words.moment(line.at), text=text)
    state = words(f"state-{line.state}")
    return words("talk-out", time=words.moment(line.at), text=text, state=state)


def waiting(words: Words, talks: Sequence[tuple[Conversation, Received | None]], now: datetime) -> Html:
    """Those who wait, the longest first."""
    lines = [
        words(
            "inbox-line",
            number=called(talk),
            age=words.age(now - talk.waiting_since) if talk.waiting_since else "",
            name=cards.isolated(talk.claimer or "none"),
            text=cards.isolated(_snippet(last)),
        )
        for talk, last in talks[:LISTED]
    ]
    hidden = len(talks) - LISTED
    return cards.joined(
        words("inbox-title", count=len(talks)),
        *lines,
        words("inbox-more", count=hidden) if hidden > 0 else None,
    )


def _snippet(last: Received | None) -> str:
    text = " ".join(last.text.split()) if last is not None else ""
    return text if len(text) <= SNIPPET else text[:SNIPPET] + "…"


def about_topic(words: Words, talk: Conversation, note: str, *, anew: bool) -> Screen:
    """What a topic is for, or that it has been made anew."""
    key = "topic-anew" if anew else "topic-card"
    name = talk.name or name_of(talk.msisdn)
    return Screen(html=words(key, name=cards.isolated(name), account=talk.account, note=note))


def topic_rights(words: Words, missing: Sequence[str]) -> Html:
    """Which rights the bot has not, and how to give them."""
    named = ", ".join(words.plain(f"right-{one}") for one in missing)
    return words("topic-rights", rights=named)
