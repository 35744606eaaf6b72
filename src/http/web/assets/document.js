/**
 * The page of a document: matches one after the other, the outline that follows the reading, and
 * paragraphs to be copied with their source.
 */

import { listen, onKey } from "./keys.js";
import { need, says } from "./state.js";

const text = need("#text", HTMLElement);
const status = need("#status", HTMLElement);

listen();

// The way back: to the search as it was left, where the browser tells what came before.

const { navigation } = globalThis;
const entries = navigation?.entries() ?? [];
const before = entries
  .slice(0, navigation?.currentEntry?.index)
  .reverse()
  .map((entry) => entry.url)
  .concat(document.referrer)
  .find((url) => {
    const { origin, pathname } = new URL(url || "about:blank");
    return origin === location.origin && !pathname.startsWith("/d/");
  });
if (before) need("a.back", HTMLAnchorElement).href = before;

// Matches.

const marks = [...text.querySelectorAll("mark")];
const position = document.querySelector("[data-position]");
let current = -1;

/** The first match at or below the place where reading is, which is a little below the top. */
function nextToReading() {
  const top = need(".top", HTMLElement).offsetHeight;
  const at = marks.findIndex(
    (mark) => mark.getBoundingClientRect().bottom > top,
  );
  return at < 0 ? 0 : at;
}

/** @param {number} at */
function goTo(at) {
  if (marks.length === 0) return;
  marks[current]?.classList.remove("current");
  current = (at + marks.length) % marks.length;
  const mark = marks[current];
  mark.classList.add("current");
  // Blocks off the screen get their true height only when they come near: the second call lands.
  mark.scrollIntoView({ block: "center" });
  requestAnimationFrame(() => mark.scrollIntoView({ block: "center" }));
  if (position) position.textContent = String(current + 1);
  status.textContent = `${current + 1} / ${marks.length}`;
}

/** @param {number} by */
function step(by) {
  if (current >= 0) goTo(current + by);
  else goTo(by > 0 ? nextToReading() : nextToReading() - 1);
}

for (const link of document.querySelectorAll("a[data-step]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    step(Number(link.getAttribute("data-step")));
  });
}
onKey((key) => {
  if (key !== "n" && key !== "p") return false;
  step(key === "n" ? 1 : -1);
  return marks.length > 0;
});

if (marks.length > 0) {
  const target =
    location.hash && document.getElementById(location.hash.slice(1));
  const within = target ? marks.findIndex((mark) => target.contains(mark)) : -1;
  if (target instanceof HTMLElement && target.tagName === "MARK")
    goTo(marks.indexOf(target));
  else if (within >= 0) goTo(within);
  else if (!location.hash) goTo(0);
}

// Outline.

const links = [...document.querySelectorAll("nav.outline a")];
const headings = links.map((link) => {
  const id = link.getAttribute("href")?.slice(1) ?? "";
  return document.getElementById(id);
});
let waiting = false;
/** @type {Element | undefined} */
let followed;

function follow() {
  waiting = false;
  const line = innerHeight / 3;
  // Headings stand in the order of the text: the last one above the line, by halving.
  let low = 0;
  let high = headings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const heading = headings[middle];
    if (heading && heading.getBoundingClientRect().top > line) high = middle;
    else low = middle + 1;
  }
  const now = links[Math.max(0, low - 1)];
  if (now === followed) return;
  followed?.removeAttribute("aria-current");
  followed = now;
  now.setAttribute("aria-current", "true");
  const list = now.closest("nav");
  if (list && getComputedStyle(list).position === "sticky") {
    const box = now.getBoundingClientRect();
    const frame = list.getBoundingClientRect();
    if (box.top < frame.top || box.bottom > frame.bottom) {
      list.scrollTop += box.top - frame.top - frame.height / 3;
    }
  }
}

if (links.length > 0) {
  addEventListener(
    "scroll",
    () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(follow);
    },
    { passive: true },
  );
  follow();
}

// Paragraphs.

const template = need("#tools", HTMLTemplateElement);
const tools = need(".tools", HTMLElement, template.content);

/** @param {Element} paragraph */
function paragraphText(paragraph) {
  const copy = paragraph.cloneNode(true);
  if (copy instanceof Element) {
    for (const extra of copy.querySelectorAll(".number, .tools"))
      extra.remove();
  }
  return copy.textContent?.trim() ?? "";
}

/** @param {Element} paragraph */
function withSource(paragraph) {
  const { title, speaker, meeting, date, path, paragraph: nth } = text.dataset;
  const n = (nth ?? "{}").replace("{}", paragraph.id.slice(1));
  const source = [title, speaker, meeting, date, path, n]
    .filter(Boolean)
    .join("，");
  return `${paragraphText(paragraph)}\n——${source}`;
}

/**
 * Without a secure connection browsers give no clipboard; a selection can still be copied there.
 * @param {string} content
 */
async function copy(content) {
  try {
    await navigator.clipboard.writeText(content);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = content;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

/** @param {EventTarget | null} target */
function offer(target) {
  const paragraph =
    target instanceof Element ? target.closest(".block > [id]") : null;
  if (paragraph && tools.parentElement !== paragraph) paragraph.append(tools);
}

text.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest("button[data-copy]");
  const paragraph = target?.closest(".block > [id]");
  if (!paragraph) return;
  if (!button) {
    // A number leads to its paragraph; what can be done with it stands there.
    if (target?.closest(".number")) offer(paragraph);
    return;
  }
  const link = `${location.origin}${location.pathname}#${paragraph.id}`;
  const content =
    button.getAttribute("data-copy") === "link" ? link : withSource(paragraph);
  copy(content).then((done) => {
    status.textContent = says(done ? "copied" : "notCopied");
    const label = button.textContent;
    button.textContent = status.textContent;
    setTimeout(() => (button.textContent = label), 1200);
  });
});
text.addEventListener("focusin", (event) => offer(event.target));
text.addEventListener("pointerover", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(".number")) offer(target);
});
if (location.hash) offer(document.getElementById(location.hash.slice(1)));
addEventListener("hashchange", () =>
  offer(document.getElementById(location.hash.slice(1))),
);
