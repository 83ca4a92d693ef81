// Who looks, and at what: kept in the address, so that two windows can be two people.

import { records, redraw, under } from "./store.js";
import { t } from "./words.js";

export const view = { person: 0, chat: 0, thread: null, handset: null, reply: null, editing: null, file: null };

const drafts = new Map();
const seen = new Map();

/** Read who and where from the address; the first person in their own chat where it says nothing usable. */
export function fromAddress() {
  const [person, chat, thread] = location.hash.slice(1).split("/").map(Number);
  const people = [...under("person/")];
  if (!people.length) return;
  view.person = records.has(`person/${person}`) ? person : people[0].id;
  const mine = chats();
  const known = mine.find((one) => one.id === chat) ?? mine[0];
  view.chat = known.id;
  view.thread = known.topics.some((one) => one.id === thread) ? thread : null;
}

export function go(person, chat, thread = null) {
  const box = document.getElementById("text");
  drafts.set(place(), box.value);
  Object.assign(view, { person, chat, thread, reply: null, editing: null, file: null });
  if (!chats().some((one) => one.id === chat)) view.chat = chats()[0].id;
  history.replaceState(null, "", `#${view.person}/${view.chat}${thread ? `/${thread}` : ""}`);
  box.value = drafts.get(place()) ?? "";
  box.dispatchEvent(new Event("input"));
  redraw();
}

const place = () => `${view.person}/${view.chat}/${view.thread ?? ""}`;

export const me = () => records.get(`person/${view.person}`);
export const here = () => records.get(`chat/${view.chat}`);

/** The chats of a person, their own first. */
export function chats(person = view.person) {
  return [...under("chat/")]
    .filter((chat) => chat.members.includes(person))
    .sort((one, other) => (other.owner ? 1 : 0) - (one.owner ? 1 : 0));
}

/** The messages that stand in a chat, oldest first; with a thread only those of that topic, null for General. */
export function messages(chat, thread) {
  return [...under(`message/${chat}/`)]
    .filter((one) => !one.deleted && (thread === undefined || (one.thread ?? null) === thread))
    .sort((one, other) => one.id - other.id);
}

export function nameOf(sender, chat) {
  if (sender === "bot") return records.get("bot").name;
  if (sender === "channel") return chat.title;
  return records.get(`person/${sender}`)?.name ?? "?";
}

/** What a service message tells, in words. */
export function happened(message) {
  const key = `page-service-${message.service[0]}`;
  const told = t(key) === key ? t("page-event") : t(key);
  return message.topic ? `${told}: ${message.topic}` : told;
}

/** What a chat is called by whoever looks: their private chat is called by the bot's name. */
export const titleOf = (chat) => (chat.owner ? records.get("bot").name : chat.title);

/** Note what has been looked at; what came before the page was opened is not news. */
export function look() {
  for (const message of messages(view.chat, here().forum ? view.thread : undefined)) mark(view.person, message);
}

export function nothingIsNews() {
  for (const person of under("person/"))
    for (const chat of chats(person.id)) for (const message of messages(chat.id)) mark(person.id, message);
}

const topicOf = (person, chat, thread) => `${person}/${chat}/${thread ?? ""}`;

function mark(person, message) {
  const key = topicOf(person, message.chat, message.thread);
  seen.set(key, Math.max(seen.get(key) ?? 0, message.id));
}

/** How many messages of others nobody of this name has looked at yet; what happened to a topic is none. */
export function news(person, chat, thread) {
  return messages(chat, thread).filter(
    (one) => one.from !== person && one.kind !== "service" && one.id > (seen.get(topicOf(person, chat, one.thread)) ?? 0),
  ).length;
}
