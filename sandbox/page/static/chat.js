// The chat that is open: its head, its topics and its messages.

import { bubble } from "./bubble.js";
import { avatar, byId, day, el, fill, icon, whenChanged } from "./dom.js";
import { show } from "./side.js";
import { records } from "./store.js";
import { waiting } from "./talk.js";
import { go, here, me, messages, nameOf, news, titleOf, view } from "./view.js";
import { language, t } from "./words.js";

const TOGETHER = 5 * 60 * 1000; // milliseconds within which messages of one sender stand close
const NEAR = 80; // pixels from the end within which the log follows what is new

const head = whenChanged((_, chat, person) => fill(byId("head"), [
  avatar(titleOf(chat), chat.owner ? "bot" : chat.id),
  el("div", { class: "grow" },
    el("h2", { text: titleOf(chat) }),
    el("p", { class: chat.typing ? "typing" : "", text: chat.typing ? t("page-typing") : subtitle(chat) })),
  el("button", { type: "button", class: "self narrow", "aria-label": `${t("page-people")}: ${person.name}`, on: { click: () => show("chats") } },
    avatar(person.name, person.id)),
]));

function subtitle(chat) {
  if (chat.owner) return `@${records.get("bot").username}`;
  const names = chat.members.map((id) => nameOf(id, chat));
  return `${t(`page-kind-${chat.type}`)}: ${[...names, ...(chat.type === "channel" ? [] : [records.get("bot").name])].join(", ")}`;
}

const topics = whenChanged((_, chat, chosen, unread) => {
  byId("topics").hidden = !chat.forum;
  fill(byId("topics"), [{ id: null, name: t("page-general") }, ...chat.topics].map((topic, index) =>
    el("button", {
      type: "button", class: "topic", "data-key": `topic-${topic.id}`, "aria-pressed": String(topic.id === chosen),
      on: { click: () => go(view.person, chat.id, topic.id) },
    }, `# ${topic.name}`, unread[index] && topic.id !== chosen ? el("span", { class: "badge", text: unread[index] }) : null)));
});

const drawn = new Map(); // node by message, with what it was drawn from
let place = "";
let following = true; // whether the end of the log is to stay in sight

function log() {
  const chat = here();
  const box = byId("log");
  const moved = place !== `${view.person}/${view.chat}/${view.thread}`;
  if (moved) drawn.clear();
  place = `${view.person}/${view.chat}/${view.thread}`;
  following ||= moved;
  const shown = messages(view.chat, chat.forum ? view.thread : undefined);
  const nodes = shown.length ? shown.flatMap((message, index) => entry(chat, message, shown[index - 1], shown[index + 1])) : [empty(chat)];
  arrange(box, nodes);
  stay();
}

/** Keep the end in sight where it was, and offer the way there where it was not. */
function stay() {
  const box = byId("log");
  if (following) box.scrollTop = box.scrollHeight;
  byId("down").hidden = following;
}

/** A message, with the day above it where that is another one. */
function entry(chat, message, before, after) {
  const other = message.reply_to ? records.get(`message/${chat.id}/${message.reply_to}`) ?? null : null;
  const facts = {
    message, other, language, person: view.person,
    first: !together(before, message), last: !together(message, after),
    pressed: [...waiting.values()].filter((one) => one.chat === chat.id && one.message === message.id).map((one) => one.data),
  };
  const node = keep(`message-${message.id}`, facts, () => bubble(chat, facts));
  const today = day(message.at, language);
  if (before && day(before.at, language) === today) return [node];
  return [keep(`day-${message.id}`, { today }, () => el("p", { class: "day", text: today })), node];
}

function together(one, other) {
  return Boolean(one && other && one.from === other.from && one.kind !== "service" && other.kind !== "service"
    && new Date(other.at) - new Date(one.at) < TOGETHER);
}

/** The node of before if it would look the same now. */
function keep(key, facts, make) {
  const from = JSON.stringify(facts);
  const old = drawn.get(key);
  if (old?.from === from) return old.node;
  const node = make();
  if (old) node.classList.add("stays", ...(old.text === facts.message?.text ? [] : ["changed"]));
  const focused = old?.node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  if (focused) requestAnimationFrame(() => node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true }));
  drawn.set(key, { from, node, text: facts.message?.text });
  return node;
}

/** Let these be the children, moving no node that stands right: what stays keeps focus and animation. */
function arrange(box, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...box.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null);
  });
}

function empty(chat) {
  return keep("empty", { chat: chat.id, language }, () => el("div", { class: "empty" },
    avatar(titleOf(chat), chat.owner ? "bot" : chat.id),
    el("h3", { text: titleOf(chat) }),
    el("p", { text: t(`page-empty-${chat.type}`) })));
}

export function drawChat() {
  const chat = here();
  head(language, chat, me());
  topics(language, chat, view.thread, [null, ...chat.topics.map((one) => one.id)].map((id) => news(view.person, chat.id, id)));
  log();
}

export function prepareChat() {
  byId("down").append(icon("down"));
  byId("down").addEventListener("click", () => byId("log").scrollTo({ top: byId("log").scrollHeight, behavior: "smooth" }));
  let top = 0;
  byId("log").addEventListener("scroll", () => {
    const box = byId("log");
    // Only people go up. What grows below, such as a picture that has come, takes nobody from the end.
    if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) following = true;
    else if (box.scrollTop < top) following = false;
    top = box.scrollTop;
    byId("down").hidden = following;
  });
  byId("log").addEventListener("load", stay, true);
  new ResizeObserver(stay).observe(byId("log"));
}
