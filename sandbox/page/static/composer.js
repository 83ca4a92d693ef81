// Where a person writes: text, commands, files, replies and edits, and the keys a bot puts below.

import { byId, el, fill, icon, round, size, whenChanged } from "./dom.js";
import { ask, toast } from "./notice.js";
import { records, redraw, under } from "./store.js";
import { edit, mayWrite, pick, say } from "./talk.js";
import { here, messages, nameOf, view } from "./view.js";
import { language, t } from "./words.js";

let chosen = 0; // of the commands that are offered
let offered = [];

const box = () => byId("text");

// Sending.

async function submit() {
  const text = box().value;
  if (view.editing) {
    if (!text.trim()) return;
    await edit(view.editing, text);
    view.editing = null;
  } else if (!(await say(text))) return;
  box().value = "";
  resize();
  offer(false);
  byId("log").scrollTop = byId("log").scrollHeight;
  redraw();
}

function resize() {
  box().style.height = "auto";
  box().style.height = `${Math.min(box().scrollHeight, 180)}px`;
}

// Commands.

function offer(open, all = false) {
  const text = box().value;
  const typed = /^\/(\w*)$/.exec(text)?.[1];
  const commands = records.get(`menu/${view.chat}/${view.person}`)?.commands ?? [];
  offered = open && (all || typed !== undefined) ? commands.filter((one) => all || one.command.startsWith(typed)) : [];
  chosen = Math.min(chosen, Math.max(offered.length - 1, 0));
  byId("menu").hidden = !offered.length;
  byId("commands").setAttribute("aria-expanded", String(Boolean(offered.length)));
  byId("menu").replaceChildren(...offered.map((one, index) =>
    el("button", {
      type: "button", role: "option", class: "command", "aria-selected": String(index === chosen), tabindex: "-1",
      on: { click: () => take(one.command, true) },
    }, el("b", { text: `/${one.command}` }), el("span", { text: one.description }))));
  byId("menu").children[chosen]?.scrollIntoView({ block: "nearest" });
}

/** A command that is pressed is sent, as in Telegram; one that is completed waits for its arguments. */
function take(command, send) {
  box().value = send ? `/${command}` : `/${command} `;
  offer(false);
  box().focus();
  if (send) submit();
}

// The keyboard.

function keydown(event) {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (offered.length && step) {
    chosen = (chosen + step + offered.length) % offered.length;
    offer(true, !box().value);
  } else if (offered.length && event.key === "Tab") take(offered[chosen].command, false);
  else if (offered.length && event.key === "Enter" && box().value !== `/${offered[chosen].command}`) take(offered[chosen].command, false);
  else if (event.key === "Enter" && !event.shiftKey) submit();
  else if (event.key === "Escape") stop();
  else if (event.key === "ArrowUp" && !box().value) last();
  else return;
  event.preventDefault();
}

function stop() {
  if (view.editing) box().value = "";
  Object.assign(view, { reply: null, editing: null, file: null });
  offer(false);
  resize();
  redraw();
}

/** Change what one has said last. */
function last() {
  const own = messages(view.chat, here().forum ? view.thread : undefined).findLast((one) => one.from === view.person && one.kind === "text");
  if (!own) return;
  view.editing = own.id;
  box().value = own.text;
  resize();
  redraw();
}

// What the bot wants to hear.

const answered = new Set();

/** The bot's newest question, if it is asked of this person and they have said nothing since. */
function question() {
  const shown = messages(view.chat, here().forum ? view.thread : undefined);
  const last = shown.findLast((one) => one.from === view.person || one.markup?.force_reply);
  if (!last?.markup?.force_reply) return null;
  const to = last.reply_to && records.get(`message/${view.chat}/${last.reply_to}`);
  return here().owner || !to || to.from === view.person ? last : null;
}

/** Telegram answers such a question as a reply, unless the person closes that. */
function replyToQuestion() {
  const asked = question();
  box().placeholder = asked?.markup.input_field_placeholder || t("page-write");
  if (!asked || answered.has(asked.id + view.chat * 1e6) || view.editing) return;
  answered.add(asked.id + view.chat * 1e6);
  view.reply = asked.id;
}

/** The bot's keys under the composer: those of its newest message that says anything about keys. */
function keys() {
  const shown = messages(view.chat, here().forum ? view.thread : undefined);
  const last = shown.findLast((one) => one.markup?.keyboard || one.markup?.remove_keyboard);
  if (!last?.markup.keyboard) return null;
  const used = shown.some((one) => one.id > last.id && one.from === view.person);
  return last.markup.one_time_keyboard && used ? null : last;
}

const drawKeys = whenChanged((_, message) => {
  byId("keys").hidden = !message;
  fill(byId("keys"), (message?.markup.keyboard ?? []).map((row) => el("div", { class: "keys-row" }, ...row.map((key) =>
    el("button", { type: "button", class: "key", on: { click: () => (key.request_users ? choose(message, key.text) : say(key.text)) } }, key.text)))));
});

/** Telegram's own list of people. */
function choose(message, label) {
  const people = [...under("person/")].filter((one) => one.id !== view.person);
  ask(t("page-pick"), [...people.map((one) => [one.name, () => pick(message.id, label, [one.id])]), [t("page-cancel")]]);
}

// What the next message refers to.

const reference = whenChanged((_, what) => {
  byId("reference").hidden = !what;
  if (!what) return;
  fill(byId("reference"), [icon(what.icon), el("span", { class: "grow" }, el("strong", { text: what.title }), el("span", { text: what.text })),
    round("close", t("page-cancel"), stop)]);
});

function referred() {
  const id = view.editing ?? view.reply;
  const message = id && records.get(`message/${view.chat}/${id}`);
  if (view.file) return { icon: "file", title: t("page-attached"), text: `${view.file.name}, ${size(view.file.size, language)}` };
  if (!message || message.deleted) return null;
  const title = view.editing ? t("page-editing") : `${t("page-reply-to")} ${nameOf(message.from, here())}`;
  return { icon: view.editing ? "edit" : "reply", title, text: (message.text || message.file?.name || "").slice(0, 120) };
}

export function drawComposer() {
  const write = mayWrite();
  byId("composer").hidden = !write;
  byId("silent").hidden = write;
  byId("silent").textContent = t("page-silent");
  replyToQuestion();
  drawKeys(language, write ? keys() : null);
  reference(language, referred());
}

// Files.

function takeFile(file) {
  if (!file || !mayWrite()) return;
  if (!file.size) {
    toast(t("page-file-empty"), "bad");
    return;
  }
  view.file = file;
  redraw();
  box().focus();
}

function prepareDrop() {
  const chat = byId("chat");
  const over = (shown) => (event) => {
    event.preventDefault();
    byId("drop").hidden = !shown;
  };
  chat.addEventListener("dragover", over(true));
  chat.addEventListener("dragleave", (event) => chat.contains(event.relatedTarget) || over(false)(event));
  chat.addEventListener("drop", (event) => {
    over(false)(event);
    takeFile(event.dataTransfer.files[0]);
  });
  box().addEventListener("paste", (event) => {
    const file = event.clipboardData.files[0];
    if (file) { event.preventDefault(); takeFile(file); }
  });
  byId("attach").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", (event) => {
    takeFile(event.target.files[0]);
    event.target.value = "";
  });
}

export function prepareComposer() {
  byId("send").append(icon("send"));
  byId("attach").append(icon("attach"));
  byId("commands").append(icon("slash"));
  byId("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  byId("commands").addEventListener("click", () => { chosen = 0; offer(!offered.length, true); box().focus(); });
  box().addEventListener("keydown", keydown);
  box().addEventListener("input", () => { chosen = 0; resize(); offer(document.activeElement === box()); });
  box().addEventListener("blur", () => setTimeout(() => document.activeElement !== box() && offer(false), 150));
  prepareDrop();
}
