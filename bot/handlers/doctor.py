"""/doctor: what the bot may do in each of its groups and channels, beside what it needs there."""

from dataclasses import dataclass

from telegram import ChatMemberAdministrator, Update
from telegram.error import TelegramError

from storage import chats, drafts
from storage.chats import Group
from storage.drafts import Button

from .. import cards, topics
from ..keyboards import Key, Screen
from ..turn import Turn
from ..words import Html


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the bot stands in a group. `lacks`: rights without which customers have no topics in a forum."""

    admin: bool
    deletes: bool
    forum: bool
    lacks: tuple[str, ...]


async def command(update: Update, turn: Turn) -> None:
    """`/doctor`: all groups and channels that are known, with a button to look again."""
    await _examine(turn)


async def again(turn: Turn, button: Button, token: str) -> str:
    """🔄: the same once more, after somebody changed something in Telegram."""
    turn.spends = token
    await _examine(turn)
    return ""


async def _examine(turn: Turn) -> None:
    words = turn.words
    async with turn.services.database.read() as tx:
        groups, channels = await chats.every(tx), await chats.posted_in(tx)
    me = await turn.bot.get_me()
    lines = [words("doctor-privacy", reads="yes" if me.can_read_all_group_messages else "no")]
    for group in groups:
        lines.append(_line(turn, group, await _standing(turn, group.id)))
    for channel in channels:
        title = cards.isolated(channel.title)
        lines.append(words("doctor-channel", chat=title, posts=await _posts(turn, channel.id)))
    async with turn.effect() as effect:
        token = await drafts.add_button(
            effect.tx,
            action="doctor",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={},
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
        )
        html = cards.joined(
            words("doctor-title"), *lines, None if groups or channels else words("doctor-no-groups")
        )
        await effect.say(Screen(html=html, rows=((Key(label=words.plain("button-again"), token=token),),)))


async def _standing(turn: Turn, chat_id: int) -> Standing | None:
    """None: Telegram does not tell, so the bot is not in there."""
    try:
        member = await turn.bot.get_chat_member(chat_id, turn.bot.id)
        chat = await turn.bot.get_chat(chat_id)
    except TelegramError:
        return None
    admin = isinstance(member, ChatMemberAdministrator)
    return Standing(
        admin=admin,
        deletes=isinstance(member, ChatMemberAdministrator) and member.can_delete_messages,
        forum=bool(chat.is_forum),
        lacks=tuple(topics.lacking(member)) if chat.is_forum else (),
    )


async def _posts(turn: Turn, channel_id: int) -> str:
    """Whether the bot may post in a channel: "yes" or "no"."""
    try:
        member = await turn.bot.get_chat_member(channel_id, turn.bot.id)
    except TelegramError:
        return "no"
    return "yes" if isinstance(member, ChatMemberAdministrator) and member.can_post_messages else "no"


def _line(turn: Turn, group: Group, standing: Standing | None) -> Html:
    if standing is None:
        return turn.words("doctor-gone", chat=cards.isolated(group.title))
    line = turn.words(
        "doctor-group",
        chat=cards.isolated(group.title),
        admin="yes" if standing.admin else "no",
        deletes="yes" if standing.deletes else "no",
        topics="yes" if standing.forum else "no",
    )
    if not standing.lacks:
        return line
    rights = ", ".join(turn.words.plain(f"right-{one}") for one in standing.lacks)
    return cards.joined(line, turn.words("doctor-topics", rights=rights))
