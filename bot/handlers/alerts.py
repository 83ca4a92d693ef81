"""/alerts: what a chat wants to hear of its accounts and where, its digest, its quiet hours and its zone."""

from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from telegram import Update
from telegram.error import TelegramError

from desk import alerts as deciding
from desk import digest as digesting
from desk import lookout
from desk.ask import in_time
from providers.errors import GatewayError
from storage import accounts, balances, chats, outbox, rhythms, watches
from storage.accounts import Account
from storage.chats import Group
from storage.drafts import Button
from storage.outbox import Priority
from storage.people import Role
from storage.rhythms import Digest, Rhythm
from storage.watches import Watch

from .. import alarms, alerts, reasons
from ..keyboards import Screen
from ..turn import Effect, Turn
from ..watching import Digesting, Quieting, Watching, Zoning, read
from ..words import Html


async def command(update: Update, turn: Turn) -> None:
    """`/alerts` shows what is set; with words behind it, it sets something (`bot.watching`)."""
    if not turn.argument:
        async with turn.effect() as effect:
            await effect.say(await _listing(effect))
        return
    wish = read(turn.argument)
    match wish:
        case Watching():
            await _watch(turn, wish)
        case Digesting():
            await _digest(turn, wish)
        case Quieting():
            await _quiet(turn, wish)
        case Zoning():
            await _zone(turn, wish)
        case _:
            await turn.answer(Screen(html=turn.words("alerts-unreadable", typed=turn.argument[:60])))


# What is set


async def _listing(effect: Effect) -> Screen:
    """All that is set here, with presets where nothing is, and the channels that could be told."""
    turn, tx, here = effect.turn, effect.tx, effect.turn.chat.id
    known = await accounts.of_chat(tx, here)
    if not known:
        return Screen(html=turn.words("accounts-none", role=turn.rank))
    set_ = await watches.of_home(tx, here)
    channels = await chats.posted_in(tx)
    shown = alerts.Set(
        accounts=known,
        watches={one.account_id: one for one in set_},
        alarms={one.id: list((await watches.alarms_of(tx, one.id)).values()) for one in set_},
        rhythm=await _rhythm(effect),
        digest=await rhythms.digest_of(tx, here),
        here=here,
    )
    presets = [] if set_ else [await effect.button("alerts-preset", dict(one)) for one in alerts.PRESETS]
    targets = [
        (one, await effect.button("alerts-to", {"with": one.id, "title": one.title}))
        for one in channels
        if turn.role is Role.ADMIN and any(watch.chat_id != one.id for watch in set_)
    ]
    return alerts.listing(turn.words, shown, presets, targets)


async def _rhythm(effect: Effect) -> Rhythm:
    """This chat's, or that of the desk where it has set none."""
    found = await rhythms.of(effect.tx, effect.turn.chat.id)
    return found or Rhythm(zone=effect.turn.services.zone.key)


# Where it is told


async def _target(turn: Turn, to: str | None) -> Group | Html | None:
    """The chat that `to` names; None: none is named. Words, where it is not known or not theirs to name.

    What is told of an account elsewhere is like sharing it, so only administrators send it there.
    """
    if to is None:
        return None
    if to.lower() in {"here", "сюда"}:
        return _here(turn)
    if turn.role is not Role.ADMIN:
        return turn.words("alerts-only-admin")
    turn.least = Role.ADMIN
    async with turn.services.database.read() as tx:
        known = [*await chats.posted_in(tx), *await chats.every(tx)]
    known.append(Group(id=turn.person.id, title=turn.words.plain("chat-own")))
    meant = await _id_of(turn, to) if to.startswith("@") else to
    for one in known:
        if meant in {str(one.id), one.title}:
            return one
    return turn.words("alerts-unknown-chat", chat=to, known=", ".join(one.title for one in known))


async def _id_of(turn: Turn, name: str) -> str:
    """The id behind a public name; the name itself where Telegram knows none."""
    try:
        return str((await turn.bot.get_chat(name)).id)
    except TelegramError:
        return name


# Watching


async def _watch(turn: Turn, wish: Watching) -> None:
    target = await _target(turn, wish.to)
    if isinstance(target, Html):
        await turn.answer(Screen(html=target))
        return
    async with turn.effect() as effect:
        meant = await _meant(effect, wish.account)
        if isinstance(meant, Html):
            await effect.say(Screen(html=meant))
        elif wish.off:
            await _watch_no_more(effect, meant)
        else:
            for account in meant:
                await _put(effect, account, wish.below, wish.days, target)
            await _say_set(effect, [one.name for one in meant])


async def _meant(effect: Effect, name: str | None) -> list[Account] | Html:
    here = await accounts.of_chat(effect.tx, effect.turn.chat.id)
    words = effect.turn.words
    if not here:
        return words("accounts-none", role=effect.turn.rank)
    found = [one for one in here if name in {None, one.name}]
    known = ", ".join(one.name for one in here)
    return found or words("senders-unknown-account", name=name or "", known=known)


async def _watch_no_more(effect: Effect, meant: list[Account]) -> None:
    for account in meant:
        if await watches.drop(effect.tx, account.id, effect.turn.chat.id):
            evidence = {"account": account.name, "alerts": "off"}
            effect.record("alerts", account_id=account.id, evidence=evidence)
    await effect.say(await _listing(effect))


async def _put(
    effect: Effect, account: Account, below: Decimal | None, days: int | None, target: Group | None
) -> None:
    """Watch an account from now on; it is told where it was told before if no other place is named."""
    place = effect.turn.place
    before = {one.account_id: one for one in await watches.of_home(effect.tx, place.chat_id)}
    where = _place(effect.turn, target, before.get(account.id))
    await balances.forget_probe(effect.tx, account.id)
    await watches.put(
        effect.tx,
        account_id=account.id,
        home_id=place.chat_id,
        chat_id=where.chat_id,
        thread_id=where.thread_id,
        title=where.title,
        below=below,
        days=days,
        language=effect.turn.words.language,
    )
    wanted = alerts.threshold(effect.turn.words, {"below": below, "days": days})
    evidence = {"account": account.name, "alerts": wanted, "to": where.chat_id}
    effect.record("alerts", account_id=account.id, evidence=evidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Chat and topic in which something is told, and what the chat is called."""

    chat_id: int
    thread_id: int
    title: str


def _here(turn: Turn) -> Group:
    return Group(id=turn.chat.id, title=(turn.chat.title or turn.words.plain("chat-own"))[: chats.TITLE])


def _place(turn: Turn, target: Group | None, before: Watch | Digest | None) -> Where:
    """Where it is told: there, else where it was, else here."""
    if target is None and before is not None:
        return Where(chat_id=before.chat_id, thread_id=before.thread_id, title=before.title)
    chosen = target or _here(turn)
    thread_id = turn.place.thread_id if chosen.id == turn.chat.id else 0
    return Where(chat_id=chosen.id, thread_id=thread_id, title=chosen.title)


async def _say_set(effect: Effect, names: list[str]) -> None:
    """Show what is set, and say so where it is told: whether the bot may post there is seen at once."""
    elsewhere = {
        (one.chat_id, one.thread_id): one.title
        for one in await watches.of_home(effect.tx, effect.turn.chat.id)
        if one.chat_id != effect.turn.chat.id
    }
    for (chat_id, thread_id), title in sorted(elsewhere.items()):
        await outbox.say(
            effect.tx,
            chat_id=chat_id,
            thread_id=thread_id,
            kind="alert-set",
            content={"names": ", ".join(names), "place": title},
            language=effect.turn.words.language,
            priority=Priority.ANSWER,
            now=effect.now,
        )
    await effect.say(await _listing(effect))


# The digest, quiet hours, the zone


async def _digest(turn: Turn, wish: Digesting) -> None:
    target = await _target(turn, wish.to)
    if isinstance(target, Html):
        await turn.answer(Screen(html=target))
        return
    async with turn.effect() as effect:
        if wish.minute is None:
            await rhythms.drop_digest(effect.tx, turn.chat.id)
            effect.record("alerts", evidence={"alerts": "digest off"})
        else:
            await _put_digest(effect, wish.minute, target, weekly=wish.weekly)
        await effect.say(await _listing(effect))


async def _put_digest(effect: Effect, minute: int, target: Group | None, *, weekly: bool) -> None:
    place = effect.turn.place
    where = _place(effect.turn, target, await rhythms.digest_of(effect.tx, place.chat_id))
    zone = ZoneInfo((await _rhythm(effect)).zone)
    digest = Digest(
        home_id=place.chat_id,
        chat_id=where.chat_id,
        thread_id=where.thread_id,
        title=where.title,
        weekly=weekly,
        minute=minute,
        language=effect.turn.words.language,
        next_at=digesting.next_at(minute, zone, effect.now, weekly=weekly),
    )
    await rhythms.put_digest(effect.tx, digest)
    said = f"digest {'weekly' if weekly else 'daily'} {alerts.clock(minute)}"
    effect.record("alerts", evidence={"alerts": said, "to": where.chat_id})


async def _quiet(turn: Turn, wish: Quieting) -> None:
    async with turn.effect() as effect:
        rhythm = replace(await _rhythm(effect), quiet_from=wish.start, quiet_to=wish.end)
        said = "quiet off"
        if wish.start is not None and wish.end is not None:
            said = f"quiet {alerts.clock(wish.start)}-{alerts.clock(wish.end)}"
        await _put_rhythm(effect, rhythm, said)
        await effect.say(await _listing(effect))


async def _zone(turn: Turn, wish: Zoning) -> None:
    async with turn.effect() as effect:
        await set_zone(effect, wish.zone)
        await effect.say(await _listing(effect))


async def set_zone(effect: Effect, name: str) -> None:
    """Let the chat live by this clock; its digest comes at the same hour of it."""
    rhythm = replace(await _rhythm(effect), zone=name)
    digest = await rhythms.digest_of(effect.tx, effect.turn.chat.id)
    if digest is not None:
        next_at = digesting.next_at(digest.minute, ZoneInfo(name), effect.now, weekly=digest.weekly)
        await rhythms.put_digest(effect.tx, replace(digest, next_at=next_at))
    await _put_rhythm(effect, rhythm, f"zone {name}")


async def _put_rhythm(effect: Effect, rhythm: Rhythm, said: str) -> None:
    here = effect.turn.chat.id
    await rhythms.put(effect.tx, here, rhythm)
    for chat_id in {here, *(one.chat_id for one in await watches.of_home(effect.tx, here))}:
        await outbox.let_go(effect.tx, chat_id, effect.now)
    effect.record("alerts", evidence={"alerts": said})


# Buttons


async def preset(effect: Effect, button: Button) -> str:
    """A threshold for all accounts of this chat, told here."""
    below = button.subject.get("below")
    here = await accounts.of_chat(effect.tx, effect.turn.chat.id)
    for account in here:
        amount = None if below is None else Decimal(below)
        await _put(effect, account, amount, button.subject.get("days"), None)
    await _say_set(effect, [one.name for one in here])
    return ""


async def to_channel(effect: Effect, button: Button) -> str:
    """Everything this chat watches is told there from now on."""
    target = Group(id=int(button.subject["with"]), title=str(button.subject["title"]))
    set_ = {one.account_id: one for one in await watches.of_home(effect.tx, effect.turn.chat.id)}
    watched = [one for one in await accounts.of_chat(effect.tx, effect.turn.chat.id) if one.id in set_]
    for account in watched:
        watch = set_[account.id]
        await _put(effect, account, watch.below, watch.days, target)
    await _say_set(effect, [one.name for one in watched])
    return ""


async def snooze(effect: Effect, button: Button) -> str:
    """🔕: if it is not over by then it is told again."""
    pause = effect.turn.services.settings.alerts.snooze
    watch_id, kind = int(button.subject["watch_id"]), str(button.subject["kind"])
    if not await watches.snooze(effect.tx, watch_id, kind, effect.now + pause):
        return effect.turn.words.plain("toast-alert-over")
    effect.record("snooze", evidence={"alerts": kind})
    until = effect.turn.words.time(effect.now + pause)
    return effect.turn.words.plain("toast-snoozed", time=until)


async def check(turn: Turn, button: Button, token: str) -> str:
    """🔄: ask the gateway now; if it is over, the card says so."""
    services, words = turn.services, turn.words
    async with services.database.read() as tx:
        watch = await watches.get(tx, int(button.subject["watch_id"]))
        account = None if watch is None else await accounts.get(tx, watch.account_id)
    if watch is None or account is None:
        return words.plain("toast-gone")
    asked_at = services.clock()
    gateway = services.switchboard.gateway(account)
    told = await in_time(gateway.balance(), services.settings.submit.balance_timeout)
    async with turn.effect() as effect:
        await lookout.keep(effect.tx, account.id, told, asked_at)
        times = alarms.times_of(services.settings)
        await deciding.settle(effect.tx, account.id, times, effect.now)
        if isinstance(told, GatewayError):
            return str(reasons.of_error(words, told))
        facts = await deciding.facts_of(effect.tx, account.id, times, effect.now)
        amount = words.money(told.amount, told.currency)
        lasts = alerts.lasting(words, deciding.money(watch, facts))
        return words.plain("toast-balance", name=account.name, amount=amount, lasts=str(lasts))
