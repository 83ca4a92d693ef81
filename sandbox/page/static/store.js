// What the server says there is, and what a person asks it to do.

/** Records by key, as the server last told them. */
export const records = new Map();

const watchers = [];
let asked = false;

/** Call back, once a frame at most, when a record or the view has changed. */
export const watch = (watcher) => watchers.push(watcher);

/** Draw again soon. */
export function redraw() {
  if (asked) return;
  asked = true;
  // A hidden window has no frames, and still a title to change.
  const soon = document.hidden ? (act) => setTimeout(act, 50) : requestAnimationFrame;
  soon(() => {
    asked = false;
    for (const watcher of watchers) watcher();
  });
}

/** All records whose key begins so. */
export function* under(prefix) {
  for (const [key, record] of records) if (key.startsWith(prefix)) yield record;
}

/** Listen to the server for as long as the page is open; `told` hears whether it can be heard. */
export function listen(told) {
  const source = new EventSource("/events");
  source.addEventListener("all", (event) => {
    records.clear();
    take(event);
    told(true);
  });
  source.addEventListener("some", take);
  source.addEventListener("error", () => told(false));
  // A page that is left ends its stream at once; one that comes back from the cache is loaded anew.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => event.persisted && location.reload());
}

function take(event) {
  for (const [key, record] of Object.entries(JSON.parse(event.data))) {
    if (record === null) records.delete(key);
    else records.set(key, record);
  }
  redraw();
}

/** Ask the server to do something as a person. Resolves to its answer; rejects with its words. */
export async function act(action, body) {
  const form = body instanceof FormData;
  const response = await fetch(`/do/${action}`, {
    method: "POST",
    body: form ? body : JSON.stringify(body),
    headers: form ? {} : { "Content-Type": "application/json" },
  });
  const answer = await response.json();
  if (!answer.ok) throw new Error(answer.description);
  return answer;
}
