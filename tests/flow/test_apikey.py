"""A key in place of login and password: connected in the chat, shown nowhere."""

from .desk import Stands

KEY = "key-0123456789-abcdef"


async def test_a_key_connects_and_is_not_shown(desk: Stands) -> None:
    desk.smsc.apikey = KEY
    said = desk.chat.say(desk.anna, f"/connect smsc apikey {KEY} ACME")
    connected = await desk.answer(said.id, having="connected as")
    assert said.deleted
    assert "apikey" in connected.text
    assert all("login" not in parameters for _, parameters in desk.smsc.requests)
    listing = await desk.ask("/accounts", having="apikey")
    assert "login" not in listing.text
    again = await desk.ask(f"/connect smsc apikey {KEY} SHOP", having="connected anew")
    assert all(KEY[-2:] not in one.text for one in (connected, listing, again))


async def test_a_key_is_asked_for_step_by_step(desk: Stands) -> None:
    desk.smsc.apikey = KEY
    which = await desk.ask("/connect", having="Which gateway?")
    await desk.press(which, "SMSC")
    await desk.answer(which.id, having="Login at SMSC?")
    await desk.ask("apikey", having="Password?")
    await desk.ask(KEY, having="Sender ID")
    await desk.ask("ACME", having="connected as")


async def test_where_there_is_no_key_apikey_is_a_login(desk: Stands) -> None:
    await desk.ask("/connect sms_pager apikey wrong", having="is not connected")
    assert desk.sms_pager.requests[-1][1]["login"] == "apikey"
