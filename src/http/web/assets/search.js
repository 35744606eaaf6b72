/**
 * The views of a search: puts the fields, the results, the chart of years and the keys together.
 */

import { dragYears, showValues } from "./charts.js";
import { listen, onKey } from "./keys.js";
import { Results } from "./results.js";
import { addressOf, fieldsOf, fillIn, need, shown } from "./state.js";
import { searchWhileTyping, suggest } from "./typing.js";

/** Milliseconds within which searches while typing are one step of the browser's history. */
const ONE_STEP = 1500;

const form = need("#search", HTMLFormElement);
const field = need("#q", HTMLInputElement);
const results = new Results();
let lastTyped = -Infinity;

/** Searches what the form says while it is being filled in. */
function typed() {
  const address = addressOf(form);
  if (results.isAt(address)) return;
  const now = performance.now();
  const entry = now - lastTyped < ONE_STEP ? "replace" : "push";
  lastTyped = now;
  results.show(address, entry, true);
}

/** @param {string} address */
function go(address) {
  lastTyped = -Infinity;
  fillIn(form, address);
  results.show(address, results.isAt(address) ? "replace" : "push");
}

for (const one of fieldsOf(form)) searchWhileTyping(one, typed);
suggest(field, need("#suggestions", HTMLElement), () => go(addressOf(form)));
listen();

form.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  event.preventDefault();
  go(addressOf(form));
});

document.addEventListener("change", (event) => {
  const target = event.target;
  if (target instanceof HTMLSelectElement && target.form === form)
    go(addressOf(form));
});

document.addEventListener("click", (event) => {
  // Who leaves the page comes back to what was shown.
  results.finish();
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link =
    event.target instanceof Element &&
    event.target.closest("a[data-swap], a[data-more]");
  if (!link) return;
  event.preventDefault();
  if (link instanceof HTMLAnchorElement && link.hasAttribute("data-more"))
    results.more(link);
  else go(link.getAttribute("href") ?? "/");
});

addEventListener("popstate", () => {
  lastTyped = -Infinity;
  fillIn(form, shown());
  if (shown() !== results.address) results.show(shown(), "none");
});

dragYears(results.element, (from, until) => {
  const url = new URL(shown(), location.origin);
  url.searchParams.set("from", String(from));
  url.searchParams.set("until", String(until));
  go(url.pathname + url.search);
});

showValues(results.element);

onKey((key) => {
  if (key !== "ArrowDown" && key !== "ArrowUp") return false;
  const links = [
    ...document.querySelectorAll(".hit h2 a, a[data-more], .lines .key a"),
  ];
  const at = document.activeElement
    ? links.indexOf(document.activeElement)
    : -1;
  const within = document.activeElement?.closest(".hit")?.querySelector("h2 a");
  const from = at < 0 && within ? links.indexOf(within) : at;
  // Up and down elsewhere scroll, as they do.
  if (
    from < 0 &&
    document.activeElement !== field &&
    document.activeElement !== document.body
  ) {
    return false;
  }
  if (from < 0 && key === "ArrowUp") return false;
  const target =
    from === 0 && key === "ArrowUp"
      ? field
      : links[from + (key === "ArrowDown" ? 1 : -1)];
  if (!(target instanceof HTMLElement)) return false;
  target.focus();
  target.scrollIntoView({ block: "nearest" });
  return true;
});
