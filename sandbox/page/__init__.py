"""The chat page: the stand-ins in a browser, as people and as customers see them.

One server on loopback gives the page (plain HTML, CSS and JavaScript in `static`), what there is to see and
what people do with it:

    GET  /                  the page
    GET  /words             its texts, by language
    GET  /events            all records, then every change of one, as server-sent events
    POST /do/{action}       what a person does; JSON in and out, refusals as JSON with status 400
    POST /do/document       the same as a form with a file
    GET  /files/{file_id}   a file of the chat

A record is a flat JSON object under a key such as `message/1001/7`; a key whose record is null is gone. The
page is level-triggered: it draws what the records say, so a reload or a lost connection loses nothing.

It knows no words of its own: whoever starts it brings them.
"""

from sandbox.page.scene import Line, Scene
from sandbox.page.server import PageServer
from sandbox.page.troubles import Troubles

__all__ = ["Line", "PageServer", "Scene", "Troubles"]
