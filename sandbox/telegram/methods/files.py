"""Files: what the bot sends is kept whole, what people send can be fetched."""

from typing import Any, Literal

from sandbox.telegram.errors import bad_request
from sandbox.telegram.formatting import read_caption
from sandbox.telegram.messages import StoredFile
from sandbox.telegram.methods.messages import compose, deliver
from sandbox.telegram.methods.places import check_rights, open_chat
from sandbox.telegram.parameters import Parameters
from sandbox.telegram.shapes import file_json
from sandbox.telegram.world import World

DOWNLOAD_MAX = 20 * 1024 * 1024  # bytes, of Telegram's public server


def send_document(world: World, call: Parameters) -> dict[str, Any]:
    return _send(world, call, "document")


def send_photo(world: World, call: Parameters) -> dict[str, Any]:
    return _send(world, call, "photo")


def get_file(world: World, call: Parameters) -> dict[str, Any]:
    file = world.files.get(call.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > DOWNLOAD_MAX:
        raise bad_request("file is too big")
    return file_json(file)


def _send(world: World, call: Parameters, kind: Literal["document", "photo"]) -> dict[str, Any]:
    chat = open_chat(world, call)
    check_rights(chat, kind)
    message = compose(world, chat, call, read_caption(world, call))
    message.kind, message.file = kind, _file(world, call, kind)
    return deliver(world, chat, message)


def _file(world: World, call: Parameters, kind: Literal["document", "photo"]) -> StoredFile:
    """An upload under the field's own name, `attach://other-name`, or the file_id of a file sent before."""
    given = call.text(kind)
    upload = call.uploads.get(given.removeprefix("attach://") if given else kind)
    if upload is not None:
        if not upload.data:
            raise bad_request("file must be non-empty")
        return world.store_file(upload.name, upload.mime_type, upload.data, f"{kind}s")
    if not given:
        raise bad_request(f"there is no {kind} in the request")
    if given not in world.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return world.files[given]
