// Who one is, and the chats of that person.

import { avatar, byId, clock, el, fill, icon, whenChanged } from "./dom.js";
import { under } from "./store.js";
import { chats, go, happened, messages, nameOf, news, titleOf, view } from "./view.js";
import { language, t } from "./words.js";

const NEWEST = 70; // characters of the last message

const people = whenChanged((_, all) => fill(byId("people"), all.map(({ person, unread }) =>
  el("button", {
    type: "button", class: "person", "data-key": `person-${person.id}`,
    "aria-pressed": String(person.id === view.person),
    on: { click: () => go(person.id, person.id) },
  },
  avatar(person.name, person.id),
  el("span", { class: "name", text: person.name }),
  el("span", { class: "caption", text: person.caption ? t(person.caption) : "" }),
  badge(unread)))));

const list = whenChanged((_, all) => fill(byId("chats"), all.map(({ chat, last, unread }) =>
  el("li", {}, el("button", {
    type: "button", class: "row", "data-key": `chat-${chat.id}`,
    "aria-current": chat.id === view.chat ? "true" : null,
    on: { click: () => { go(view.person, chat.id); show("chat"); } },
  },
  avatar(titleOf(chat), chat.owner ? "bot" : chat.id),
  el("span", { class: "name", text: titleOf(chat) }),
  el("span", { class: "time", text: last ? clock(last.at, language) : "" }),
  el("span", { class: "second" },
    el("span", { class: "last", text: last ? summary(last, chat) : t(`page-kind-${chat.type}`) }),
    badge(unread)))))));

function badge(count) {
  return count ? el("span", { class: "badge" }, String(count), el("span", { class: "hidden", text: ` ${t("page-unread")}` })) : null;
}

/** A message in one line. */
export function summary(message, chat) {
  const who = message.from === view.person ? t("page-you") : chat.owner ? "" : nameOf(message.from, chat);
  const what = message.text || (message.file?.name ?? happened(message));
  return (who ? `${who}: ` : "") + what.replace(/\s+/g, " ").slice(0, NEWEST);
}

export function drawSide() {
  people(language, [...under("person/")].map((person) => ({
    person, chosen: person.id === view.person,
    unread: person.id === view.person ? 0 : chats(person.id).reduce((sum, chat) => sum + news(person.id, chat.id), 0),
  })));
  list(language, chats().map((chat) => ({
    chat, open: view.chat, last: messages(chat.id).at(-1) ?? null,
    unread: chat.id === view.chat && !chat.forum ? 0 : news(view.person, chat.id),
  })));
  panes(language, byId("app").dataset.pane, chats().some((chat) => chat.id !== view.chat && news(view.person, chat.id) > 0));
}

// On a narrow screen one of the three columns at a time.

const panes = whenChanged((_, shown, unread) => fill(byId("tabs"), ["chats", "chat", "phone"].map((name) =>
  el("button", {
    type: "button", class: "tab", "data-key": name, "aria-pressed": String(name === shown),
    on: { click: () => show(name) },
  }, icon(name), el("span", { text: t(`page-tab-${name}`) }), name === "chats" && unread ? el("span", { class: "dot" }) : null))));

export function show(pane) {
  byId("app").dataset.pane = pane;
  drawSide();
}

