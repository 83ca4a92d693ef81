// What a person does in the chat they look at.

import { byId } from "./dom.js";
import { alertOf, refused, toast } from "./notice.js";
import { act, records, redraw, watch } from "./store.js";
import { go, here, view } from "./view.js";

/** Presses that the bot has not answered yet, with the place of the button, for the keys to show it. */
export const waiting = new Map();

const where = () => ({ chat: view.chat, person: view.person });

export async function say(text, { reply = view.reply, file = view.file } = {}) {
  const place = { ...where(), reply_to: reply, thread: view.thread };
  try {
    if (file) {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...place, caption: text })) if (value) form.append(name, value);
      form.append("file", file, file.name);
      await act("document", form);
    } else if (text.trim()) await act("say", { ...place, text });
  } catch (error) {
    refused(error);
    return false;
  }
  Object.assign(view, { reply: null, file: null });
  redraw();
  return true;
}

const tried = (action, body) => act(action, { ...where(), ...body }).catch(refused);

export const edit = (message, text) => tried("edit", { message, text });
export const remove = (message) => tried("delete", { message });
export const react = (message, emoji) => tried("react", { message, emoji });
export const pick = (message, label, picked) => tried("pick", { message, label, picked });

export async function press(message, data) {
  const done = await tried("press", { message: message.id, data });
  if (done) waiting.set(done.press, { chat: message.chat, message: message.id, data });
  redraw();
}

// The bot's answer to a press of ours is a toast or an alert.
watch(() => {
  for (const id of [...waiting.keys()]) {
    const answer = records.get(`press/${id}`)?.answer;
    if (!answer) continue;
    waiting.delete(id);
    redraw();
    if (answer.text) (answer.alert ? alertOf : toast)(answer.text);
  }
});

/** Follow a link. True if it leads to the bot: then the person is taken to their own chat, and starts there. */
export function follow(url) {
  const bot = records.get("bot").username;
  const found = new RegExp(`^(?:https?://t\\.me/${bot}/?\\?|tg://resolve\\?domain=${bot}&)start=([\\w-]+)$`, "i").exec(url);
  if (!found) return false;
  go(view.person, view.person);
  say(`/start ${found[1]}`, { reply: null, file: null });
  return true;
}

/** Put a text where the person writes, for them to send. */
export function suggest(text) {
  const box = byId("text");
  box.value = text;
  box.dispatchEvent(new Event("input"));
  box.focus();
}

/** Whether people can write here: in a channel only the bot does. */
export const mayWrite = () => here().type !== "channel";
