// The page's texts: every word comes from the server, by key.

let texts = {};

export let language = "en";

/** Fetch the texts, and begin in the language the page was left in, else in the one asked for, else in the browser's. */
export async function load() {
  const told = await (await fetch("/words")).json();
  texts = told.texts;
  const read = navigator.languages.map((code) => code.split("-")[0]).find((code) => code in texts);
  choose(localStorage.getItem("language") ?? told.language ?? read);
  return told.language;
}

/** Speak this language, in what stands in the page already too. */
export function choose(code) {
  language = code in texts ? code : "en";
  localStorage.setItem("language", language);
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = t(node.dataset.label);
  }
}

/** The text of a key; the key itself where there is none, which a test would see. */
export const t = (key) => texts[language]?.[key] ?? key;

export const others = () => Object.keys(texts).filter((code) => code !== language);
