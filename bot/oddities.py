"""What a text holds that nobody sees and somebody pays for, as confirm cards say it."""

from collections.abc import Sequence

from desk import letters
from desk.letters import Odd

from .words import Html, Words, isolated

NAMED = 5  # characters and links that are named
WORD = 20  # characters of a word beside one


def of_text(words: Words, text: str) -> Html | None:
    """Look-alike and hidden characters, what they cost, and links; None: there is nothing to say."""
    look = letters.look(text)
    parts = []
    if look.odd:
        named = list(dict.fromkeys(_named(words, one) for one in look.odd))[:NAMED]
        parts.append(words("odd-found", count=len(look.odd), named=Html(", ".join(named))))
    if look.saves > 0 and look.costly:
        parts.append(words("odd-costly", chars=" ".join(look.costly)))
    if look.saves > 0:
        parts.append(words("odd-saves", count=look.saves))
    if look.links:
        parts.append(words("odd-links", links=isolated(", ".join(look.links[:NAMED]))))
    return Html("\n".join(parts)) if parts else None


def _named(words: Words, one: Odd) -> Html:
    """One character, and the word to look for it in."""
    word = isolated(one.word[:WORD]) or "none"
    alphabet = "cyrillic" if one.is_cyrillic else "latin"
    return words(f"odd-{one.kind}", alphabet=alphabet, letter=one.char, word=word)


def braced(words: Words, several: Sequence[str], *, filled: bool) -> Html | None:
    """What looks like a field and leaves as it is; None: nothing does. `filled`: fields of this text are."""
    shown = isolated(" ".join(" ".join(one.split())[:WORD] for one in several[:NAMED]))
    return words("odd-braced", braced=shown, filled="yes" if filled else "no") if several else None
