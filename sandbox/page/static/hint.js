// The first steps, for whoever sees all this for the first time: always the next one that is not done yet.

import { byId, el, fill, round, whenChanged } from "./dom.js";
import { show } from "./side.js";
import { redraw, under } from "./store.js";
import { suggest } from "./talk.js";
import { messages, view } from "./view.js";
import { language, t } from "./words.js";

let closed = false;
let troubled = false;

const some = (prefix, is = () => true) => [...under(prefix)].some(is);
const spoken = (word) => messages(view.person).some((one) => one.from === view.person && one.text?.startsWith(word));

const STEPS = [
  { name: "connect", done: () => some("line/", (line) => line.asked), text: "/connect smsc demo demo-password ACME" },
  { name: "send", done: () => spoken("/send") || some("sms/"), text: () => `/send +79031234500 ${t("page-sample")}` },
  { name: "confirm", done: () => some("sms/") },
  { name: "answer", done: () => some("answer/"), pane: "phone" },
  { name: "trouble", done: () => troubled, pane: "phone" },
  { name: "more", done: () => false, text: () => `/send +79031234500, +79161234501, +79261234504, +79051234505 ${t("page-sample-sale")}` },
];

const draw = whenChanged((_, name) => {
  const step = STEPS.findIndex((one) => one.name === name);
  byId("hint").hidden = step < 0;
  if (step < 0) return;
  const { text, pane } = STEPS[step];
  fill(byId("hint"), [
    el("span", { class: "step", text: `${step + 1}/${STEPS.length}` }),
    el("span", { class: "grow", text: t(`page-step-${name}`) }),
    text ? el("button", { type: "button", class: "key", "data-key": "hint", on: { click: () => suggest(typeof text === "string" ? text : text()) } }, t("page-fill-in")) : null,
    pane ? el("button", { type: "button", class: "key narrow", "data-key": "hint", on: { click: () => show(pane) } }, t("page-tab-phone")) : null,
    round("close", t("page-close"), () => { closed = true; redraw(); }),
  ]);
});

/** In the private chat of whoever comes first: the one who may do all of it. */
export function drawHint() {
  troubled ||= some("trouble/", (one) => one.on);
  const first = [...under("person/")][0].id;
  const next = closed || view.person !== first || view.chat !== first ? null : STEPS.find((one) => !one.done());
  draw(language, next?.name ?? null);
}

