"""What keeps the page to this machine: who may ask, and what the answer lets a browser do.

A page on loopback can be reached by any site that the same browser has open: by a form, and by a name that
the site's owner lets point at 127.0.0.1. So every request must name a loopback host, and one that comes from
a page must come from ours.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Nothing but our own files; no script or style inside the page, no form, no frame around it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 403 what names another host or comes from another site."""
    if not comes_from_here(request):
        raise web.HTTPForbidden(text="This page is for a browser on this machine only.\n", headers=HEADERS)
    return await handler(request)


def comes_from_here(request: web.Request) -> bool:
    """Whether the request is for a loopback name, and from no other site than this one."""
    origin = request.headers.get("Origin")
    return urlsplit(f"//{request.host}").hostname in LOOPBACK and origin in {None, f"http://{request.host}"}


async def seal(request: web.Request, response: web.StreamResponse) -> None:
    """Lay the headers over an answer, a stream's included: for `on_response_prepare`."""
    response.headers.update(HEADERS)
