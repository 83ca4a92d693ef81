// A message's text with its entities, as elements. Offsets are UTF-16 units, which is how JavaScript counts.

import { el, moment } from "./dom.js";
import { language } from "./words.js";

const PLAIN = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };
const BLOCKS = new Set(["pre", "blockquote", "expandable_blockquote"]);
const SAFE = /^(https?|tg|mailto):/i;

/** `follow(url)` and `command(text)` are called when somebody presses such a place. */
export function formatted(text, entities, { follow, command }) {
  const sorted = [...entities].sort((one, other) => one.offset - other.offset || other.length - one.length);
  let next = 0;
  function within(parent, from, to) {
    let at = from;
    while (next < sorted.length && sorted[next].offset < to) {
      const entity = sorted[next++];
      if (entity.offset < at) continue; // half inside another: Telegram sends none such
      const end = Math.min(entity.offset + entity.length, to);
      const node = element(entity, text.slice(entity.offset, end), follow, command);
      parent.append(text.slice(at, entity.offset), node);
      if (!node.hasChildNodes()) within(node, entity.offset, end);
      // A block ends its line by itself, as in Telegram.
      at = BLOCKS.has(entity.type) && text[end] === "\n" ? end + 1 : end;
    }
    parent.append(text.slice(at, to));
    return parent;
  }
  return within(document.createDocumentFragment(), 0, text.length);
}

function element(entity, inner, follow, command) {
  switch (entity.type) {
    case "pre":
      return el("pre", { "data-language": entity.language });
    case "blockquote":
      return el("blockquote");
    case "expandable_blockquote":
      return el("blockquote", { class: "fold", tabindex: "0" });
    case "spoiler":
      return el("button", { type: "button", class: "spoiler", on: { click: (event) => event.currentTarget.classList.add("shown") } });
    case "bot_command":
      return el("button", { type: "button", class: "link", on: { click: () => command(inner) } });
    case "date_time":
      return el("time", { datetime: new Date(entity.unix_time * 1000).toISOString(), text: moment(entity.unix_time, language) });
    case "text_link":
    case "url":
      return link(entity.url ?? (inner.includes("://") ? inner : `https://${inner}`), follow);
    case "email":
      return link(`mailto:${inner}`, follow);
    case "text_mention":
    case "mention":
    case "hashtag":
      return el("span", { class: "mention" });
    case "phone_number":
      return el("span", { class: "mention" });
    default:
      return el(PLAIN[entity.type] ?? "span");
  }
}

/** A link that leads out opens a window of its own; one that is no address of the web is none. */
function link(url, follow) {
  if (!SAFE.test(url)) return el("span");
  const click = (event) => follow(url) && event.preventDefault();
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", on: { click } });
}
