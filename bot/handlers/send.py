"""/send: from a command, in one line or step by step, to a confirm card."""

from dataclasses import replace

from telegram import Update

from desk import bulk, compose, money, reading, templates
from desk.reading import OptionProblem, Problem, Request
from providers.gateways import KINDS
from providers.model import Capabilities
from providers.sms import BadNumber, mask, parse_msisdn
from storage import (
    accounts,
    audiences,
    balances,
    campaigns,
    contact_groups,
    contacts,
    drafts,
    sealed,
    stoplist,
)
from storage.accounts import Account
from storage.drafts import Button, Draft
from storage.folded import folded

from .. import cards, problems, rations, saved_texts
from ..keyboards import Key, Screen
from ..turn import Effect, Turn

GROUPS_NAMED = 12  # in the answer to a name that no group has


async def command(update: Update, turn: Turn) -> None:
    """`/send [options] numbers text`; whatever is missing is asked for."""
    try:
        request = reading.read(turn.argument)
    except Problem as problem:
        await turn.answer(problem_screen(turn, problem))
    else:
        await carry_on(turn, request)


async def fill_in(turn: Turn, draft: Draft) -> None:
    """The next message of a person who is being asked; other options are an answer to any question."""
    request = Request.from_json(draft.content)
    typed = turn.typed
    amended = reading.amended(request, typed)
    if amended is not None:
        await carry_on(turn, amended, asked=True)
        return
    async with turn.services.database.read() as tx:
        usable = await accounts.of_chat(tx, turn.chat.id)
    if reading.missing(request, usable) == "account":
        await carry_on(turn, reading.with_account(request, typed), asked=True)
        return
    if request.has_recipients:
        await carry_on(turn, reading.with_text(request, typed), asked=True)
        return
    try:
        more = reading.read(typed)
    except Problem as problem:
        await turn.answer(problem_screen(turn, problem))
    else:
        await carry_on(turn, reading.with_numbers(request, more), asked=True)


async def number_given(turn: Turn, request: Request, number: str) -> None:
    """The answer to "to which number?" that came as a contact card."""
    await carry_on(turn, reading.with_numbers(request, Request(numbers=(number,))), asked=True)


async def account_chosen(turn: Turn, button: Button, token: str) -> str:
    """A pressed answer to "By which account?"; its words for the notice.

    It goes its own way because the gateway is asked for a price before anything is committed. The question is
    answered once: whatever comes next takes its draft's place.
    """
    async with turn.services.database.read() as tx:
        draft = await drafts.asking(tx, turn.place, turn.services.clock())
    if draft is None or button.subject["draft_id"] != draft.id:
        return turn.words.plain("toast-gone")
    turn.spends = token
    chosen = reading.with_account(Request.from_json(draft.content), str(button.subject["name"]))
    await carry_on(turn, chosen, asked=True)
    return ""


async def still_send(turn: Turn, button: Button, token: str) -> str:
    """✅ under an old /send that was shown back: read as if it were written now."""
    vault = turn.services.vault
    typed: str = vault.open(sealed.button_owner(token), button.subject["sealed"])["typed"]
    turn.spends = token
    try:
        request = reading.read(typed)
    except Problem as problem:
        await turn.answer(problem_screen(turn, problem))
    else:
        await carry_on(turn, request)
    return ""


async def carry_on(turn: Turn, request: Request, *, asked: bool = False) -> None:
    """Ask for what is missing, or check and offer. `asked`: it is answered step by step."""
    async with turn.services.database.read() as tx:
        usable = await accounts.of_chat(tx, turn.chat.id)
    try:
        await _next_step(turn, request, usable)
    except Problem as problem:
        screen = problem_screen(turn, problem)
        if asked and isinstance(problem, OptionProblem):  # what was said so far waits for another option
            async with turn.effect() as effect:
                await _keep(effect, request)
                await effect.say(screen)
        else:
            await turn.answer(screen)


async def _next_step(turn: Turn, request: Request, usable: list[Account]) -> None:
    """Options are checked before anything more is asked for."""
    services = turn.services
    question = reading.missing(request, usable)
    await _check_groups(turn, request)
    compose.check_options(request, turn.rules, services.clock())
    account = None if question == "account" else compose.choose(request, usable)
    if account is not None:
        compose.check_options_for(request, account, _can, usable)
    if question is not None:
        await _ask(turn, request, question, usable)
    elif request.audience is not None:
        await _fill(turn, request, request.audience)
    elif request.groups or (request.fields and templates.parse(request.text).fields):
        await _call_up(turn, request)
    elif account is not None:
        text = templates.parse(request.text).literals[0] if request.fields else request.text
        await _offer(turn, replace(request, text=text), account)


async def _check_groups(turn: Turn, request: Request) -> None:
    """Raises Problem: the chat has no group of that name."""
    if not request.groups:
        return
    async with turn.services.database.read() as tx:
        known = {folded(one.name): one.name for one in await contact_groups.of_chat(tx, turn.chat.id)}
    for name in request.groups:
        if folded(name) not in known:
            named = ", ".join(f"@{one}" for one in list(known.values())[:GROUPS_NAMED])
            raise Problem("unknown-group", name=name, known=named or "none")


async def _call_up(turn: Turn, request: Request) -> None:
    """Make a list of groups, numbers and a text with fields; the card comes when that is done."""
    bulk.check_request(request)
    async with turn.effect() as effect:
        await drafts.drop_asking(effect.tx, turn.place)
        await audiences.begin(
            effect.tx,
            turn.place,
            state="to-read",
            language=turn.words.language,
            message_id=turn.message.message_id if turn.message else None,
            name=", ".join(f"@{name}" for name in request.groups) or turn.words.plain("list-of-numbers"),
            most=turn.most,
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
            request=request.as_json(),
        )


async def _fill(turn: Turn, request: Request, audience_id: int) -> None:
    """Have the text made for everybody on a list; the card comes when that is done."""
    bulk.check_request(request)
    until = turn.services.clock() + turn.services.settings.limits.card_expiry
    async with turn.effect() as effect:
        await drafts.drop_asking(effect.tx, turn.place)
        if not await audiences.fill(effect.tx, audience_id, request.as_json(), until):
            await effect.say(Screen(html=turn.words("list-gone")))


async def _keep(effect: Effect, request: Request) -> int:
    """Write down what was said so far; the next message goes on from there. The number of the draft."""
    return await drafts.start(
        effect.tx,
        effect.turn.place,
        kind="send",
        state="asking",
        content=request.as_json(),
        expires_at=effect.now + effect.turn.services.settings.limits.card_expiry,
    )


def _can(account: Account) -> Capabilities:
    return KINDS[account.gateway].capabilities


async def _ask(turn: Turn, request: Request, question: str, usable: list[Account]) -> None:
    async with turn.effect() as effect:
        draft_id = await _keep(effect, request)
        if question == "account":
            screen = await _account_question(effect, draft_id, usable)
        else:
            screen = _question(turn, request, question)
        await effect.say(screen)
        if question == "text":
            saved = await saved_texts.choice(effect.tx, turn.chat.id, turn.words, effect.button)
            if saved is not None:
                await effect.say(saved)


async def _account_question(effect: Effect, draft_id: int, usable: list[Account]) -> Screen:
    turn = effect.turn
    rows = []
    for account in usable:
        token = await drafts.add_button(
            effect.tx,
            action="choose-account",
            chat_id=turn.chat.id,
            person_id=turn.person.id,
            subject={"draft_id": draft_id, "name": account.name},
            expires_at=effect.now + turn.services.settings.limits.card_expiry,
        )
        rows.append(
            (Key(label=f"{account.name} · {cards.gateway_name(turn.words, account.gateway)}", token=token),)
        )
    return Screen(html=turn.words("ask-account"), rows=tuple(rows))


def _question(turn: Turn, request: Request, question: str) -> Screen:
    words = turn.words
    if request.audience is not None:
        return Screen(html=words("list-ask-text"), ask=words.plain("ask-text-placeholder"))
    if question == "numbers":
        return Screen(html=words("ask-numbers"), ask=words.plain("ask-numbers-placeholder"))
    if request.groups:
        named = ", ".join(f"@{name}" for name in request.groups)
        return Screen(
            html=words("ask-text-groups", groups=named, field=saved_texts.name_field(words)),
            ask=words.plain("ask-text-placeholder"),
        )
    try:
        sample = mask(parse_msisdn(request.numbers[0], region=turn.services.rules.region))
    except BadNumber:
        sample = request.numbers[0]
    html = words("ask-text", count=len(request.numbers), sample=sample)
    return Screen(html=html, ask=words.plain("ask-text-placeholder"))


async def _offer(turn: Turn, request: Request, account: Account) -> None:
    services = turn.services
    gateway = services.switchboard.gateway(account)
    typed = compose.audience_of(request, turn.rules)
    async with services.database.read() as tx:
        stopped = await stoplist.among(tx, account.id, typed.msisdns)
    offered = compose.offer(request, account, gateway.capabilities, turn.rules, services.clock(), stopped)
    async with services.database.read() as tx:
        last = await balances.known(tx, account.id)
        names = await contacts.names(tx, turn.chat.id, offered.audience.msisdns[: cards.SAMPLES])
        before = await campaigns.last_price(tx, account.id)
    asked_at, patience = services.clock(), services.settings.submit.balance_timeout
    price = await money.price(gateway, offered, patience, known=last, now=asked_at)
    limits = services.settings.limits
    good_for, usual = limits.card_expiry, limits.segment_price
    if offered.size is not None:  # other kinds have prices of their own
        price = money.reckoned(price, priced=offered.segments, whole=offered.segments, before=before)
    cost = money.cost_of(price, segments=offered.segments, usual=usual)
    content = {**compose.as_json(offered), "cost": cost}
    async with turn.effect() as effect:
        if price.balance is not None and price.age is None:
            await balances.keep(effect.tx, account.id, price.balance, asked_at)
        full = await rations.refusal(
            effect.tx, turn.words, limits, content, person_id=turn.person.id, now=effect.now
        )
        if full is not None:
            await effect.say(Screen(html=full))
            return
        draft_id = await drafts.start(
            effect.tx,
            turn.place,
            kind="send",
            state="offered",
            content=content,
            expires_at=effect.now + good_for,
        )
        tokens = {
            action: await drafts.add_button(
                effect.tx,
                action=action,
                chat_id=turn.chat.id,
                person_id=turn.person.id,
                subject={"draft_id": draft_id, "version": drafts.version(content)},
                expires_at=effect.now + good_for,
            )
            for action in ("confirm", "dismiss", "later")
        }
        await effect.say(
            cards.offer(
                turn.words,
                offered,
                price,
                good_for=good_for,
                send=tokens["confirm"],
                dismiss=tokens["dismiss"],
                later=tokens["later"],
                names=names,
            )
        )


def problem_screen(turn: Turn, problem: Problem) -> Screen:
    """A problem in the reader's words."""
    own = turn.rules.recipients < turn.services.rules.recipients
    return Screen(html=problems.html(turn.words, problem, role=turn.rank, own=own))
