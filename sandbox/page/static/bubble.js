// One message of a chat.

import { clock, colourOf, el, icon, round, size } from "./dom.js";
import { formatted } from "./entities.js";
import { redraw, records } from "./store.js";
import { follow, press, react, remove, say, suggest } from "./talk.js";
import { happened, nameOf, view } from "./view.js";
import { language, t } from "./words.js";
import { refused, toast } from "./notice.js";

const EMOJI = ["👍", "❤", "🔥", "👀", "🙏", "🎉"];

export function bubble(chat, { message, other, first, last, pressed }) {
  if (message.kind === "service") return el("p", { class: "day service", "data-message": message.id, text: happened(message) });
  const mine = message.from === view.person;
  const who = nameOf(message.from, chat);
  return el("article", {
    class: `message ${mine ? "mine" : "theirs"} ${first ? "first" : ""} ${last ? "last" : ""}`,
    "data-message": message.id, tabindex: "-1", "aria-label": `${who}, ${clock(message.at, language)}`,
  },
  el("div", { class: "bubble" },
    first && !mine && !chat.owner ? el("p", { class: `who ink-${colourOf(message.from)}`, text: who }) : null,
    other && !other.deleted ? quote(chat, other) : null,
    message.file ? file(message) : null,
    message.text ? el("div", { class: "text" }, formatted(message.text, message.entities, {
      follow, command: (text) => say(text, { reply: null, file: null }),
    })) : null,
    reactions(message),
    el("p", { class: "meta" },
      message.edited ? el("span", { text: t("page-edited") }) : null,
      el("time", { datetime: message.at, text: clock(message.at, language) }))),
  keyboard(message, pressed),
  tools(message, mine));
}

function quote(chat, other) {
  const click = () => {
    const there = document.querySelector(`[data-message="${other.id}"]`);
    there?.scrollIntoView({ block: "center", behavior: "smooth" });
    there?.focus({ preventScroll: true });
  };
  return el("button", { type: "button", class: "quote", on: { click } },
    el("strong", { text: nameOf(other.from, chat) }),
    el("span", { text: (other.text || other.file?.name || happened(other)).slice(0, 120) }));
}

function file(message) {
  const { id, name, size: bytes, picture } = message.file;
  const url = `/files/${encodeURIComponent(id)}`;
  if (picture) return el("a", { href: url, target: "_blank", class: "picture" }, el("img", { src: url, alt: name }));
  return el("a", { href: url, download: name, class: "file" },
    el("span", { class: "disc" }, icon("file")),
    el("span", { class: "name", text: name }),
    el("span", { class: "bytes", text: size(bytes, language) }));
}

function keyboard(message, pressed) {
  const rows = message.markup?.inline_keyboard;
  if (!rows?.length) return null;
  return el("div", { class: "keyboard" }, ...rows.map((row, line) =>
    el("div", { class: "keys-row" }, ...row.map((button, column) => key(message, button, pressed, `${line}-${column}`)))));
}

function key(message, button, pressed, place) {
  const common = { class: `key ${button.style ?? ""}`, "data-key": `key-${message.id}-${place}` };
  if (button.url) {
    const click = (event) => follow(button.url) && event.preventDefault();
    return el("a", { ...common, href: button.url, target: "_blank", rel: "noopener noreferrer", on: { click } }, `${button.text} ↗`);
  }
  if (button.copy_text) {
    const click = () => navigator.clipboard.writeText(button.copy_text.text).then(() => toast(t("page-copied")), refused);
    return el("button", { ...common, type: "button", on: { click } }, button.text);
  }
  return el("button", {
    ...common, type: "button", "aria-busy": pressed.includes(button.callback_data) ? "true" : null,
    on: { click: () => press(message, button.callback_data) },
  }, button.text);
}

function reactions(message) {
  const counts = new Map();
  for (const emoji of [...message.reactions, ...Object.values(message.moods)]) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  if (!counts.size) return null;
  const own = message.moods[view.person];
  return el("p", { class: "reactions" }, ...[...counts].map(([emoji, count]) =>
    el("button", {
      type: "button", class: "reaction", "aria-pressed": String(emoji === own), "data-key": `mood-${message.id}-${emoji}`,
      on: { click: () => react(message.id, emoji === own ? null : emoji) },
    }, emoji, count > 1 ? ` ${count}` : "")));
}

/** What can be done with a message; seen where the pointer or the focus is. */
function tools(message, mine) {
  const channel = records.get(`chat/${message.chat}`).type === "channel";
  const choice = el("span", { class: "choice", hidden: true }, ...EMOJI.map((emoji) =>
    el("button", { type: "button", class: "emoji", "aria-label": `${t("page-react")} ${emoji}`, on: { click: () => react(message.id, emoji) } }, emoji)));
  const begin = (change) => { Object.assign(view, { reply: null, editing: null }, change); redraw(); document.getElementById("text").focus(); };
  return el("div", { class: "tools", role: "group", "aria-label": t("page-tools") },
    choice,
    channel ? null : round("reply", t("page-reply"), () => begin({ reply: message.id })),
    round("smile", t("page-react"), () => { choice.hidden = !choice.hidden; if (!choice.hidden) choice.firstChild.focus(); }),
    round("copy", t("page-copy"), () => navigator.clipboard.writeText(message.text).then(() => toast(t("page-copied")), refused)),
    mine && message.kind === "text" ? round("edit", t("page-edit"), () => { begin({ editing: message.id }); suggest(message.text); }) : null,
    mine ? round("remove", t("page-delete"), () => remove(message.id)) : null);
}
