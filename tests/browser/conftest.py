"""One browser and, but for the newcomer, one demo for all these tests; a fresh window for each."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from bot import demo

from ..flow.desk import working

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
WIDE, NARROW = (1360, 850), (390, 844)
# Where `make screenshots` has the pictures of the documentation put.
PICTURES = os.environ.get("SMSDESK_SCREENSHOTS")

Window = Callable[..., AbstractAsyncContextManager[Page]]
Picture = Callable[[Page, str], Awaitable[None]]


def executable() -> str:
    """The system's own Chromium. Without it these tests are skipped, and in CI they fail."""
    for name in CHROMIUM:
        if found := shutil.which(name):
            return found
    told = "no Chromium, so the chat page is not tried in a browser (Debian: apt install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(told)
    pytest.skip(told)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        yield browser
        await browser.close()


@asynccontextmanager
async def served(folder: Path, **limits: int) -> AsyncIterator[tuple[demo.World, str]]:
    """A demo with the bot at work, settled as a newcomer finds it and a little faster; where its page is."""
    async with demo.world("en") as made, demo.page_of(made, None, 0) as page:
        for stand in (made.devino, made.sms_pager, made.smsc):
            stand.account.pace = 0.2
        page.scene.troubles.hang, page.scene.troubles.retry_after = 0.3, 1
        demo.settle(made)
        settings = made.settings(folder)
        changed = settings.limits.model_copy(update={"undo": timedelta(), **limits})
        async with working(settings.model_copy(update={"limits": changed})):
            people = (made.person, made.guest)
            await made.telegram.wait_for(
                lambda: all(made.telegram.menu(made.telegram.private(one), one) for one in people)
            )
            yield made, page.url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[demo.World, str]]:
    """The demo of all tests but one: each must hold in whatever order they come."""
    async with served(tmp_path_factory.mktemp("demo")) as both:
        yield both


@pytest.fixture
def made(shared: tuple[demo.World, str]) -> demo.World:
    return shared[0]


@pytest.fixture
def window(browser: Browser, request: pytest.FixtureRequest) -> Window:
    """Opens the page in a window of its own, as somebody: nothing may go wrong or elsewhere in it."""

    @asynccontextmanager
    async def opened(
        person: int = demo.ADMIN,
        size: tuple[int, int] = WIDE,
        scheme: str = "light",
        at: str | None = None,
        locale: str = "en-GB",
    ) -> AsyncIterator[Page]:
        url = at or request.getfixturevalue("shared")[1]
        width, height = size
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=locale,
            timezone_id="Europe/Moscow",
            reduced_motion="reduce",
        )
        context.set_default_timeout(30_000)
        page = await context.new_page()
        wrong: list[str] = []

        def hear(told: ConsoleMessage) -> None:
            if told.type in {"error", "warning"}:
                wrong.append(told.text)

        def look(asked: Request) -> None:
            if not asked.url.startswith(url):
                wrong.append(asked.url)

        page.on("console", hear)
        page.on("request", look)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(f"{url}#{person}/{person}")
        await page.locator(".message, .empty").first.wait_for()
        yield page
        await context.close()
        assert wrong == []

    return opened


@pytest.fixture
def picture() -> Picture:
    """Puts what the window shows into the documentation, if that was asked for."""

    async def taken(page: Page, name: str) -> None:
        if PICTURES:
            await page.mouse.move(0, 0)
            await page.evaluate("document.activeElement.blur()")
            await page.evaluate("document.getElementById('toasts').replaceChildren()")
            shown = await page.screenshot(animations="disabled")
            # A third of what a PNG takes, and as sharp.
            Image.open(BytesIO(shown)).save(Path(PICTURES) / f"{name}.webp", quality=88, method=6)

    return taken
