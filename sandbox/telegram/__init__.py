"""A stand-in for Telegram's Bot API: a real HTTP server on loopback, and the people who write to the bot.

It answers `{url}/bot{token}/{method}` and `{url}/file/bot{token}/{path}` as https://api.telegram.org
does, as far as a bot notices, in the same words where it refuses. In a test or a demo:

    async with TelegramServer(token="123456:TEST-TOKEN") as server:
        anna = server.person(1001, "Anna", language_code="en")
        chat = server.private(anna)
        chat.say(anna, "/send +79031234567 Your order is ready")
        card = await server.wait_for(lambda: chat.bot_messages and chat.bot_messages[-1])
        press = chat.press(anna, card, "✅")
        await server.wait_for(lambda: press.answer)
        print(chat.transcript())

Faults lie in the bot's way until they struck, and `server.faults.applied` tells the truth about each:

    server.faults.add("sendMessage", kind="delivered_reset")      # done, but the bot never hears of it
    server.faults.add("*", kind="429", retry_after=3, times=2, chat_id=1001)

Once setWebhook was called, updates are posted there until it answers 2xx, each chat's in order, with the
secret in its header; `server.deliveries` has every call. On loopback it may be http://.

The same hands over HTTP; parameters as form or JSON, refusals as JSON with status 400:

    curl {url}/control/say -d chat_id=1001 -d person_id=1001 -d 'text=/balance'
    curl {url}/control/press -d chat_id=1001 -d person_id=1001 -d label=✅     # newest such button
    curl {url}/control/press -d chat_id=1001 -d person_id=1001 -d label=✅ -d message_id=7
    curl '{url}/control/transcript?chat_id=1001'
    curl '{url}/control/messages?chat_id=1001'

Not here: flood limits of its own (lay a "429"), Markdown, inline mode, payments.
"""

from sandbox.telegram.calls import Call
from sandbox.telegram.changes import Event
from sandbox.telegram.chats import Chat
from sandbox.telegram.faults import AppliedFault, Fault, FaultKind, FaultPlan
from sandbox.telegram.messages import Answer, Button, Message, Press, StoredFile
from sandbox.telegram.people import Person
from sandbox.telegram.server import TelegramServer

__all__ = [
    "Answer",
    "AppliedFault",
    "Button",
    "Call",
    "Chat",
    "Event",
    "Fault",
    "FaultKind",
    "FaultPlan",
    "Message",
    "Person",
    "Press",
    "StoredFile",
    "TelegramServer",
]
