// What comes over the page for a moment: toasts, and dialogs that want an answer.

import { byId, el } from "./dom.js";
import { t } from "./words.js";

const LASTS = 6000; // milliseconds

export function toast(text, kind = "") {
  const note = el("p", { class: `toast ${kind}`, text });
  byId("toasts").append(note);
  setTimeout(() => note.remove(), LASTS);
}

/** A refusal of the server, in its words. */
export const refused = (error) => toast(error.message, "bad");

/** A dialog with a text and buttons; each is [label, what it does]. Escape does nothing and closes. */
export function ask(text, buttons) {
  const dialog = byId("dialog");
  const keys = buttons.map(([label, act]) =>
    el("button", { type: "button", class: "key", text: label, on: { click: () => (dialog.close(), act?.()) } }));
  dialog.replaceChildren(el("p", { id: "asked", text }), el("div", { class: "answers" }, ...keys));
  dialog.setAttribute("aria-labelledby", "asked");
  dialog.showModal();
}

export const alertOf = (text) => ask(text, [[t("page-ok")]]);
