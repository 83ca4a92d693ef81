// Elements, icons and a few words about time and people. Text goes in as text nodes only: nothing a bot or a
// person wrote is ever parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  send: "M4 12l16-8-6 17-3-7-7-2z",
  attach: "M20 11.5l-8 8a5 5 0 0 1-7-7l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.5 8.5a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6",
  slash: "M14.5 5l-5 14",
  down: "M6 10l6 6 6-6",
  back: "M14 6l-6 6 6 6",
  close: "M7 7l10 10M17 7L7 17",
  reply: "M10 7l-5 5 5 5M5 12h9a5 5 0 0 1 5 5v1",
  edit: "M5 19l1-4L16 5l3 3L9 18l-4 1z",
  remove: "M6 8h12M10 8V6h4v2M8 8l1 11h6l1-11",
  copy: "M9 9h9v10H9zM6 15V5h9",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14c1.5 3 5.5 3 7 0M9 9.5v.5M15 9.5v.5",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.400M5.6 18.4L7 17M17 7l1.4-1.4",
  moon: "M19 14.5A8 8 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.5z",
  chats: "M4 5h16v11H10l-4 4v-4H4z",
  chat: "M4 6h16M4 12h16M4 18h10",
  phone: "M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2",
};

/** An element. `props`: attributes, `on` for listeners, `text`; false and null leave an attribute out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "text") node.textContent = value;
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A drawing of one line; decoration, so that whatever bears it needs a label. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  drawing.append(path);
  return drawing;
}

export const byId = (id) => document.getElementById(id);

/** A round button with a drawing and a name for those who do not see it. */
export function round(name, label, click, props = {}) {
  return el("button", { type: "button", class: "round", "aria-label": label, title: label, on: { click }, ...props }, icon(name));
}

/** One of seven colours, the same for the same id. */
export const colourOf = (id) => (typeof id === "number" ? (Math.abs(id) % 1013) % 7 : 5);

/** A disc with the first letter. */
export function avatar(name, id) {
  return el("span", { class: `avatar colour-${colourOf(id)}`, "aria-hidden": "true", text: [...name][0] ?? "?" });
}

/** Put these children into a parent; the keyboard focus stays on what has the same `data-key`. */
export function fill(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children.filter(Boolean));
  if (focused) parent.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** Draw only if something that it shows is other than the last time. */
export function whenChanged(draw) {
  let last;
  return (...facts) => {
    const now = JSON.stringify(facts);
    if (now === last) return;
    last = now;
    draw(...facts);
  };
}

export const clock = (iso, language) =>
  new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));

export const day = (iso, language) =>
  new Intl.DateTimeFormat(language, { day: "numeric", month: "long" }).format(new Date(iso));

export const moment = (seconds, language) =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }).format(new Date(seconds * 1000));

export function size(bytes, language) {
  const number = (value, unit, unitDisplay = "short") =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 }).format(value);
  return bytes < 1024 ? number(bytes, "byte", "long") : bytes < 1048576 ? number(bytes / 1024, "kilobyte") : number(bytes / 1048576, "megabyte");
}

/** +7 903 123-45-00, as far as the number is one of ours; else as it is. */
export function number(msisdn) {
  const parts = /^7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(msisdn);
  return parts ? `+7 ${parts[1]} ${parts[2]}-${parts[3]}-${parts[4]}` : `+${msisdn}`;
}
