"""Stop-lists as people see them: an answer, and a table to take away. Pure functions."""

import csv
import io
from collections.abc import Mapping, Sequence

from storage.accounts import Account
from storage.stoplist import Stop

from . import cards
from .auditing import harmless
from .words import Html, Words

LISTED = 20  # numbers of an account in one answer


def listed(
    words: Words, lists: Sequence[tuple[Account, Sequence[Stop]]], names: Mapping[tuple[int, str], str]
) -> Html:
    """How many numbers each account's list has, and the newest of them.

    `names`: what the chat calls them, by account and number.
    """
    parts: list[Html] = []
    for account, stops in lists:
        parts.append(words("stoplist-account", name=account.name, count=len(stops)))
        parts += [_line(words, stop, names.get((account.id, stop.msisdn))) for stop in stops[:LISTED]]
    return cards.joined(
        words("stoplist-title"),
        *cards.fitting(parts, lambda count: words("stoplist-more", count=count)),
        words("stoplist-hint"),
    )


def _line(words: Words, stop: Stop, name: str | None) -> Html:
    by = cards.isolated(stop.by) if stop.by is not None else words.plain("stoplist-own-word")
    return words("stoplist-line", number=cards.called(stop.msisdn, name), time=words.moment(stop.at), name=by)


def table(lists: Sequence[tuple[Account, Sequence[Stop]]]) -> str:
    """All of it as CSV: account, number, since when, by whom; empty: the customer's own word."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["account", "msisdn", "at", "by"])
    for account, stops in lists:
        for stop in stops:
            by = harmless(stop.by or "")
            writer.writerow([harmless(account.name), stop.msisdn, stop.at.isoformat(timespec="seconds"), by])
    return text.getvalue()
