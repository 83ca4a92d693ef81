"""What one confirmed SMS takes at least: an update handled, a row written durably, a request posted.

Usage: bare_send.py API_URL TOKEN GATEWAY_URL DATABASE
"""

import asyncio
import json
import sqlite3
import sys
from typing import Any

import aiohttp


async def main(api: str, token: str, gateway: str, path: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE sent (id INTEGER PRIMARY KEY, msisdn TEXT, text TEXT)")
    offset = 0
    async with aiohttp.ClientSession() as session:

        async def call(method: str, **parameters: Any) -> Any:
            async with session.post(f"{api}/bot{token}/{method}", json=parameters) as response:
                return (await response.json())["result"]

        while True:
            for update in await call("getUpdates", offset=offset, timeout=30):
                offset = update["update_id"] + 1
                if "message" in update:
                    _, msisdn, text = update["message"]["text"].split(None, 2)
                    button = {"text": "✅", "callback_data": json.dumps([msisdn, text])}
                    keyboard = {"inline_keyboard": [[button]]}
                    chat = update["message"]["chat"]["id"]
                    await call("sendMessage", chat_id=chat, text=text, reply_markup=keyboard)
                    continue
                msisdn, text = json.loads(update["callback_query"]["data"])
                database.execute("INSERT INTO sent (msisdn, text) VALUES (?, ?)", (msisdn, text))
                form = {"login": "demo", "psw": "demo-password", "phones": msisdn, "mes": text, "fmt": "3"}
                async with session.post(f"{gateway}send.php", data=form | {"charset": "utf-8"}) as response:
                    await response.read()
                await call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
