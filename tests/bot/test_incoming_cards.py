"""U25: what customers write stands on their card as it came, whatever it is, and changes nothing else."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards import isolated
from bot.conversations import Tokens, View, card
from bot.keyboards import Screen
from bot.words import LANGUAGES, Words
from desk.clock import utc_now
from sandbox.telegram.html_entities import parse_html
from storage.conversations import Conversation
from storage.said import Received, Sent

NOW = utc_now()
TOKENS = Tokens(reply="reply", claim="claim", done="done", snooze="snooze", more="more")
PLAIN = "a text like any other"
ISOLATES = "\u2066\u2067\u2068\u2069"

# Anything but halves of characters, which no gateway can tell, and marks that could end those around it.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=ISOLATES + "\x00")
    | st.sampled_from("<>&_*`[]#/\"'\n"),
    min_size=1,
    max_size=250,
)


def shown(language: str, text: str, before: str = PLAIN) -> tuple[Screen, str, list[tuple[str, str]]]:
    """The card, what people read of it, and what is marked in that: as what, and which part of it."""
    view = View(
        conversation=Conversation(
            id=1, account_id=1, account="main", msisdn="79031234500", name=None, waiting_since=NOW,
            done=False, claimed_by=None, claimer=None,
        ),
        received=Received(id=1, to="ACME", text=text, at=NOW, received_at=NOW),
        sent=Sent(text=before, sender_id=None, at=NOW),
        stopped=False,
    )  # fmt: skip
    screen = card(Words(language, ZoneInfo("UTC")), view, TOKENS)
    read, entities = parse_html(str(screen.html))
    units = read.encode("utf-16-le")

    def part(one: dict[str, int]) -> str:
        return units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")

    return screen, read, [(one["type"], part(one)) for one in entities]


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=300)
@given(text=TEXTS)
def test_u25_random_unicode_is_shown_as_it_came_and_never_breaks_the_card(language: str, text: str) -> None:
    _, plain, marked = shown(language, PLAIN + "!")
    screen, read, found = shown(language, text)
    assert text in read
    assert read == plain.replace(PLAIN + "!", isolated(text))
    expected = [(kind, isolated(text) if of == PLAIN + "!" else of) for kind, of in marked]
    assert found == expected
    assert next(key.token for row in screen.rows for key in row) == TOKENS.reply


@pytest.mark.parametrize("language", LANGUAGES)
@settings(deadline=None, max_examples=300)
@given(text=TEXTS)
def test_u25_so_it_is_with_what_was_sent_before(language: str, text: str) -> None:
    _, plain, marked = shown(language, PLAIN, PLAIN + "!")
    _, read, found = shown(language, PLAIN, text)
    assert read == plain.replace(PLAIN + "!", isolated(text))
    assert [kind for kind, _ in found] == [kind for kind, _ in marked]
