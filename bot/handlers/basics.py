"""Greeting, help, and whatever is no command: answers to our questions, unknown commands, photos."""

from difflib import get_close_matches

from telegram import Chat, Update

from storage import accounts, drafts

from ..keyboards import Screen
from ..turn import Turn
from . import connecting, send


async def start(update: Update, turn: Turn) -> None:
    """`/start` greets; with a token it is a deep link from a group."""
    if turn.argument and turn.chat.type == Chat.PRIVATE:
        await connecting.follow_link(turn, turn.argument.split()[0])
        return
    async with turn.services.database.read() as tx:
        names = [one.name for one in await accounts.of_chat(tx, turn.chat.id)]
    await turn.answer(Screen(html=turn.words("start", accounts=len(names), names=", ".join(names))))


async def help_(update: Update, turn: Turn) -> None:
    await turn.answer(Screen(html=turn.words("help", zone=turn.services.zone.key)))


async def edited(update: Update, turn: Turn) -> None:
    """An edited command never runs; the person is told so."""
    await turn.answer(Screen(html=turn.words("edited")))


async def unknown(update: Update, turn: Turn) -> None:
    """A command nobody knows: the nearest one is offered. In groups only when it is meant for us."""
    from . import COMMANDS

    command, _, addressee = turn.typed.split()[0].partition("@")
    meant = addressee.lower() == turn.bot.username.lower()
    if (addressee and not meant) or (turn.chat.type != Chat.PRIVATE and not meant):
        return
    nearest = get_close_matches(command.lstrip("/").lower(), COMMANDS, n=1)
    await turn.answer(
        Screen(
            html=turn.words(
                "unknown-command",
                command=command[:40],
                nearest=f"/{nearest[0]}" if nearest else "none",
            )
        )
    )


async def text(update: Update, turn: Turn) -> None:
    """An answer to the question that is open here, if one is."""
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if draft is not None and draft.kind == "send":
        await send.fill_in(turn, draft)
    elif draft is not None:
        await connecting.fill_in(turn, draft)
    elif turn.chat.type == Chat.PRIVATE:
        await turn.answer(Screen(html=turn.words("no-question")))


async def not_text(update: Update, turn: Turn) -> None:
    """A photo, a sticker, a voice message: an SMS carries none of them."""
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if draft is not None or turn.chat.type == Chat.PRIVATE:
        await turn.answer(Screen(html=turn.words("need-text")))
