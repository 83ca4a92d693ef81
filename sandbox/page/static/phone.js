// The other end: the handsets and what they hear, and the switches for trouble.

import { byId, clock, el, fill, icon, number, whenChanged } from "./dom.js";
import { refused } from "./notice.js";
import { act, redraw, records, under } from "./store.js";
import { view } from "./view.js";
import { language, t } from "./words.js";

const ARRIVED = "delivered";
const FAILED = new Set(["undelivered", "expired", "rejected", "unknown"]);
const FATES = ["00", "01", "02", "03", "04", "05", "06", "07"];

/** Handsets by number, each with what came and what was answered, in order of time; the latest heard first. */
function handsets() {
  const found = new Map();
  const at = (msisdn) => found.get(msisdn) ?? found.set(msisdn, { msisdn, items: [] }).get(msisdn);
  for (const sms of under("sms/")) at(sms.msisdn).items.push({ ...sms, mine: false });
  for (const answer of under("answer/")) at(answer.msisdn).items.push({ ...answer, mine: true });
  for (const handset of found.values()) handset.items.sort((one, other) => new Date(one.at) - new Date(other.at));
  return [...found.values()].sort((one, other) => new Date(other.items.at(-1).at) - new Date(one.items.at(-1).at));
}

const list = whenChanged((_, all, chosen) => fill(byId("handsets"), all.map(({ msisdn, items }) =>
  el("button", {
    type: "button", class: "chip", "data-key": `handset-${msisdn}`, "aria-pressed": String(msisdn === chosen),
    on: { click: () => { view.handset = msisdn; redraw(); } },
  }, number(msisdn), items.some((one) => one.stage === ARRIVED) ? null : el("span", { class: "waits", text: "…", "aria-hidden": "true" })))));

const screen = whenChanged((_, handset) => {
  const box = byId("handset");
  const draft = box.querySelector("input")?.dataset.msisdn === handset?.msisdn ? box.querySelector("input")?.value ?? "" : "";
  fill(box, [
    el("div", { class: "status", "aria-hidden": "true" }, el("span", { text: handset ? clock(handset.items.at(-1).at, language) : "9:41" }), el("span", { class: "notch" }), el("span", { class: "bars" }, ..."1234".split("").map(() => el("i")))),
    el("header", {}, el("strong", { text: handset ? number(handset.msisdn) : t("page-no-phone") }), el("span", { text: handset ? t("page-customer") : "" })),
    el("div", { class: "sms-log", role: "log", tabindex: "0", "aria-label": t("page-sms") },
      ...(handset ? handset.items.map(sms) : [el("p", { class: "blank", text: t("page-no-sms") })])),
    handset ? answer(handset, draft) : null,
  ]);
  const log = box.querySelector(".sms-log");
  log.scrollTop = log.scrollHeight;
});

function sms(one) {
  if (one.mine) return el("p", { class: "sms mine", text: one.text });
  if (one.stage === ARRIVED)
    return el("div", { class: "sms" },
      el("span", { class: "sender" }, el("b", { text: one.sender }), ` · ${records.get(`line/${one.line}`).title}${one.kind === "sms" ? "" : ` · ${one.kind}`}`),
      el("p", { text: one.text }), el("time", { datetime: one.at, text: clock(one.at, language) }));
  return el("p", { class: `onway ${FAILED.has(one.stage) || one.stage === "cancelled" ? "failed" : ""}`, text: t(`page-sms-${one.stage}`) });
}

function answer(handset, draft) {
  const heard = handset.items.findLast((one) => !one.mine && one.stage === ARRIVED);
  const line = heard && records.get(`line/${heard.line}`);
  if (!heard) return null;
  if (!line.inbox) return el("p", { class: "blank", text: `${line.title}: ${t("page-no-inbox")}` });
  const box = el("input", {
    type: "text", "aria-label": t("page-answer"), placeholder: t("page-answer"), autocomplete: "off",
    "data-key": "answer", "data-msisdn": handset.msisdn,
  });
  box.value = draft;
  const submit = (event) => {
    event.preventDefault();
    const text = box.value;
    if (!text.trim()) return;
    box.value = "";
    act("answer", { msisdn: handset.msisdn, text }).catch((error) => { box.value = text; refused(error); });
  };
  return el("form", { class: "answer", on: { submit } }, box,
    el("button", { type: "submit", class: "round send", "aria-label": t("page-answer-send"), title: t("page-answer-send") }, icon("send")));
}

const troubles = whenChanged((_, all) => fill(byId("troubles"), all.map(({ name, on }) =>
  el("button", {
    type: "button", role: "switch", class: "switch", "data-key": `trouble-${name}`, "aria-checked": String(on),
    "aria-label": t(`page-trouble-${name}`), "aria-describedby": `about-${name}`,
    on: { click: () => act("trouble", { name, on: !on }).catch(refused) },
  },
  el("span", { class: "grow" }, el("strong", { text: t(`page-trouble-${name}`) }), el("small", { id: `about-${name}`, text: t(`page-trouble-${name}-about`) })),
  el("span", { class: "track", "aria-hidden": "true" })))));

const lines = whenChanged((_, all, down) => fill(byId("lines"), all.flatMap(({ title, balance }) => [
  el("dt", {}, el("span", { class: `lamp ${down ? "off" : ""}` }), title, el("span", { class: "hidden", text: down ? `, ${t("page-down-now")}` : "" })),
  el("dd", { text: money(balance) })])));

const money = (amount) => new Intl.NumberFormat(language, { style: "currency", currency: "RUB", currencyDisplay: "narrowSymbol" }).format(Number(amount));

const fates = whenChanged(() => fill(byId("fates"), FATES.flatMap((digits) =>
  [el("dt", { text: digits }), el("dd", { text: t(`page-fate-${digits}`) })])));

export function drawPhone() {
  const all = handsets();
  if (!all.some((one) => one.msisdn === view.handset)) view.handset = null;
  const shown = all.find((one) => one.msisdn === view.handset) ?? all[0] ?? null;
  list(language, all, shown?.msisdn);
  screen(language, shown);
  troubles(language, [...under("trouble/")]);
  lines(language, [...under("line/")], records.get("trouble/down").on);
  fates(language);
}
