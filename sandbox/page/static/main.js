// The page as a whole: it begins here, and draws whatever has changed.

import { drawChat, prepareChat } from "./chat.js";
import { drawComposer, prepareComposer } from "./composer.js";
import { byId, icon } from "./dom.js";
import { drawHint } from "./hint.js";
import { refused } from "./notice.js";
import { drawPhone } from "./phone.js";
import { drawSide } from "./side.js";
import { act, listen, records, redraw, watch } from "./store.js";
import { fromAddress, here, look, nothingIsNews, titleOf, view } from "./view.js";
import { choose, language, load, others, t } from "./words.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

function draw() {
  if (!records.size) return;
  if (!view.person) {
    fromAddress();
    nothingIsNews();
  }
  if (!document.hidden) look();
  drawSide();
  drawChat();
  drawComposer();
  drawHint();
  drawPhone();
  document.title = `${titleOf(here())} · ${t("page-title")}`;
}

// Light and dark: as the machine has it, until somebody says otherwise.

function paint() {
  const theme = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = theme;
  byId("theme").replaceChildren(icon(theme === "dark" ? "sun" : "moon"));
}

function prepareBar() {
  byId("theme").addEventListener("click", () => {
    localStorage.setItem("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    paint();
  });
  dark.addEventListener("change", paint);
  byId("language").addEventListener("click", () => speak(others()[0]));
}

/** The page's language is that of everybody's Telegram too, so that the bot answers in it. */
function speak(code) {
  choose(code);
  byId("language").textContent = others()[0].toUpperCase();
  act("language", { code: language }).catch(refused);
  redraw();
}

paint();
prepareBar();
prepareChat();
prepareComposer();
const spoken = await load();
byId("language").textContent = others()[0].toUpperCase();
if (language !== spoken) speak(language);
watch(draw);
document.addEventListener("visibilitychange", redraw);
addEventListener("hashchange", () => { fromAddress(); redraw(); });
listen((heard) => { byId("lost").hidden = heard; });
