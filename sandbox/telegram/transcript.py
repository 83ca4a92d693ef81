"""A conversation told as a person would read it."""

from collections.abc import Sequence

from sandbox.telegram.messages import Message, Press
from sandbox.telegram.people import Person


def tell(title: str, messages: Sequence[Message], presses: Sequence[Press]) -> str:
    """Messages in order, each followed by the presses of its buttons; the channel speaks as `title`."""
    lines: list[str] = []
    for message in messages:
        lines += _tell_message(title, message)
        for press in presses:
            if press.message is message:
                lines += _tell_press(press)
    return "\n".join(lines)


def _tell_message(title: str, message: Message) -> list[str]:
    speaker = message.sender
    name = speaker.first_name if isinstance(speaker, Person) else "bot" if speaker == "bot" else title
    told = "\n    ".join(_body(message).splitlines())
    marks = [
        f" (reply to {message.reply_to})" if message.reply_to else "",
        " (edited)" if message.edits else "",
        " (deleted)" if message.deleted else "",
        "".join(f" {emoji}" for emoji in message.reactions),
    ]
    lines = [f"{name}: {told}{''.join(marks)}"]
    if not message.deleted:
        lines += ["    " + " ".join(f"[{button.text}]" for button in row) for row in message.keyboard]
    return lines


def _body(message: Message) -> str:
    if message.contact is not None:
        return f"<contact {message.contact['first_name']}, {message.contact['phone_number']}>"
    if message.file is not None:
        return f"<{message.kind} {message.file.name}, {len(message.file.data)} bytes> {message.text}".rstrip()
    if message.kind == "service":
        return f"<{', '.join(message.extra)}>"
    return message.text


def _tell_press(press: Press) -> list[str]:
    lines = [f"    * {press.person.first_name} presses [{press.label}]"]
    if press.answer is not None and press.answer.text:
        lines.append(f"    * {'alert' if press.answer.show_alert else 'toast'}: {press.answer.text}")
    return lines
