"""Greeting, help, and whatever is no command: answers to our questions, unknown commands, photos."""

from collections.abc import Awaitable, Callable
from difflib import get_close_matches

from telegram import Chat, Update

from storage import accounts, drafts
from storage.drafts import Draft
from storage.people import Role

from .. import cards, saved_texts
from ..keyboards import Screen
from ..turn import Turn
from ..words import Html
from . import answering, confirming, connecting, contacts, inviting, scheduling, send, templates

# Commands that /help explains.
HELPED = (
    "send", "status", "campaigns", "cancel", "inbox", "templates", "contacts", "stoplist", "balance", "stats",
    "senders", "alerts", "settings", "connect", "accounts", "allow", "deny", "users", "doctor", "audit",
    "forget",
)  # fmt: skip
# Of these: what stands in the fold, that the rest fits a screen; and what has a word more there.
FOLDED = frozenset({"connect", "accounts", "allow", "deny", "users", "doctor", "audit", "forget"})
EXPLAINED = frozenset({"cancel", "inbox", "templates", "contacts", "stats", "alerts", "settings"})
# Who may still answer a question that was asked of them.
ASKED = {
    "send": Role.OPERATOR,
    "count": Role.OPERATOR,
    "when": Role.OPERATOR,
    "template": Role.OPERATOR,
    "contact": Role.OPERATOR,
    "connect": Role.ADMIN,
}
# What takes the answer to a question of each kind.
ANSWERED: dict[str, Callable[[Turn, Draft], Awaitable[None]]] = {
    "send": send.fill_in,
    "count": confirming.count_typed,
    "when": scheduling.when_typed,
    "template": templates.fill_in,
    "contact": contacts.fill_in,
    "connect": connecting.fill_in,
}


async def start(update: Update, turn: Turn) -> None:
    """`/start` greets; with a token it is a deep link: from a group, or an invite."""
    if turn.argument and turn.chat.type == Chat.PRIVATE:
        token = turn.argument.split()[0]
        if not await inviting.follow(turn, token):
            await connecting.follow_link(turn, token)
        return
    async with turn.services.database.read() as tx:
        names = [one.name for one in await accounts.of_chat(tx, turn.chat.id)]
    await turn.answer(
        Screen(html=turn.words("start", accounts=len(names), names=", ".join(names), role=turn.rank))
    )


async def help_(update: Update, turn: Turn) -> None:
    """`/help` names what this person may do; what is rarely needed stands in a fold."""
    from . import may_command

    words, role = turn.words, turn.role
    mine = [name for name in HELPED if may_command(name, role)]
    shown = [words(f"help-{name}") for name in mine if name not in FOLDED]
    folded = [words(f"help-{name}") for name in mine if name in FOLDED]
    folded += [words(f"help-more-{name}") for name in mine if name in EXPLAINED]
    if "send" in mine:
        shown.insert(1, words("help-file"))
        folded.append(words("help-more-file", field=saved_texts.name_field(words)))
        folded.append(words("help-options", zone=turn.zone.key))
    fold = Html(f"<blockquote expandable>{cards.joined(*folded)}</blockquote>")
    examples = words("help-try" if "send" in mine else "help-try-reading")
    await turn.answer(Screen(html=cards.joined(words("help"), *shown, fold, examples)))


async def edited(update: Update, turn: Turn) -> None:
    """An edited command never runs; the person is told so. A password in it goes all the same."""
    if turn.holds_a_password:
        await turn.delete_message()
    await turn.answer(Screen(html=turn.words("edited")))


async def unknown(update: Update, turn: Turn) -> None:
    """A command nobody knows: the nearest one is offered. In groups only when it is meant for us."""
    from . import COMMANDS, may_command

    command, _, addressee = turn.typed.split()[0].partition("@")
    meant = addressee.lower() == turn.bot.username.lower()
    if await _is_a_password(turn):
        return
    if turn.holds_a_password:
        await turn.delete_message()
    if (addressee and not meant) or (turn.chat.type != Chat.PRIVATE and not meant):
        return
    mine = [name for name in COMMANDS if may_command(name, turn.role)]
    nearest = get_close_matches(command.lstrip("/").lower(), mine, n=1)
    await turn.answer(
        Screen(
            html=turn.words(
                "unknown-command",
                command=command[:40],
                nearest=f"/{nearest[0]}" if nearest else "none",
            )
        )
    )


async def _is_a_password(turn: Turn) -> bool:
    """Take for the password that is asked for what only looks like a command: it may begin with a slash."""
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if draft is None or draft.kind != "connect" or turn.role is None or turn.role < ASKED[draft.kind]:
        return False
    if not connecting.asks_for_secrets(turn, draft):
        return False
    await connecting.fill_in(turn, draft)
    return True


async def text(update: Update, turn: Turn) -> None:
    """A reply to a customer, or an answer to the question that is open here, if one is."""
    if await answering.takes(turn):
        return
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if draft is not None and turn.role is not None and turn.role < ASKED[draft.kind]:
        await turn.answer(Screen(html=turn.words("no-question", role=turn.rank)))
    elif draft is not None:
        await ANSWERED[draft.kind](turn, draft)
    elif turn.chat.type == Chat.PRIVATE:
        if turn.holds_a_password:
            await turn.delete_message()
        await turn.answer(Screen(html=turn.words("no-question", role=turn.rank)))
    else:
        await answering.takes_in_topic(turn)


async def not_text(update: Update, turn: Turn) -> None:
    """A photo, a sticker, a voice message: an SMS carries none of them."""
    if await answering.refuses(turn):
        return
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if turn.holds_a_password:
        await turn.delete_message()
    if draft is not None or turn.chat.type == Chat.PRIVATE:
        await turn.answer(Screen(html=turn.words("need-text")))
