/**
 * Shows the results of an address: fetches them, puts them in place, and gets more of them.
 */

import { NoPage, fetchPart, need, says, shown } from "./state.js";

/** Results that are kept, so that going back shows at once what was there, with all that was got. */
const KEPT = 12;
/** Milliseconds within which results are at once: after them old ones look stale until new ones come. */
const SOON = 200;
/** Milliseconds within which results that are in place are painted. */
const PAINTED = 40;
/** Pixels that a hit takes at least, and each of its fragments. */
const LEAST = 100;
const LEAST_FRAGMENT = 36;

/** @typedef {"push" | "replace" | "none"} Entry What becomes of the browser's history. */

/**
 * What one address shows: the children of `#results`, the last of them what was found, and what
 * its attributes say.
 * @typedef {{parts: Element[], found: HTMLElement, data: DOMStringMap, view: string}} Shown
 */

/**
 * @param {Element} element
 * @returns {Shown}
 */
function partsOf(element) {
  if (!(element instanceof HTMLElement)) throw new NoPage();
  return {
    parts: [...element.children],
    found: need(".found", HTMLElement, element),
    data: { ...element.dataset },
    view: element.className,
  };
}

/**
 * Takes out the hits that cannot be seen without scrolling.
 * @param {Element} found
 * @returns {() => void} what puts them back
 */
function withoutFarHits(found) {
  const hits = [...found.querySelectorAll("#hits > li")];
  let room = innerHeight;
  const near = hits.findIndex((hit) => {
    room -= LEAST + LEAST_FRAGMENT * hit.querySelectorAll(".fragment").length;
    return room <= 0;
  });
  const far = near < 0 ? [] : hits.slice(near + 1);
  const list = far[0]?.parentElement;
  for (const hit of far) hit.remove();
  return () => list?.append(...far);
}

export class Results {
  constructor() {
    /** @type {AbortController | undefined} */
    this.running = undefined;
    /** @type {AbortController | undefined} More hits of what is shown. */
    this.adding = undefined;
    /** @type {Map<string, Shown & {scroll: number}>} */
    this.kept = new Map();
    this.element = need("#results", HTMLElement);
    this.status = need("#status", HTMLElement);
    this.trouble = need("#trouble", HTMLElement);
    this.watcher = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          if (
            entry.isIntersecting &&
            entry.target instanceof HTMLAnchorElement
          ) {
            this.more(entry.target);
          }
        }
      },
      { rootMargin: "0px 0px 400px" },
    );
    this.now = partsOf(this.element);
    /** What is shown, or will be; and how it was asked for. */
    this.address = shown();
    this.asked = this.address;
    this.hasCome = true;
    /** @type {Entry} What the browser's history is still to be told of this address. */
    this.untold = "none";
    /** @type {(() => void)[]} What is still to be done when the results are painted. */
    this.rest = [];
    /** @type {number | undefined} */
    this.soon = undefined;
    this.watch();
  }

  /**
   * Whether this address is the one that is shown, or will be.
   * @param {string} address
   */
  isAt(address) {
    return address === this.address || address === this.asked;
  }

  /** Keeps what is shown, to come back to it. */
  keep() {
    // What was overtaken, or failed, has left the results of another address.
    if (!this.hasCome) return;
    this.kept.delete(this.address);
    this.kept.set(this.address, { ...this.now, scroll: scrollY });
    const oldest = this.kept.keys().next();
    if (this.kept.size > KEPT && !oldest.done) this.kept.delete(oldest.value);
  }

  /**
   * Shows the results of an address. While one types, hits are to be seen first: what can be seen
   * of the filters, hits below the window, history, title follow when they are painted.
   * @param {string} address
   * @param {Entry} entry
   * @param {boolean} [typing]
   */
  async show(address, entry, typing = false) {
    this.running?.abort();
    this.adding?.abort();
    const running = new AbortController();
    this.running = running;
    const kept = entry === "none" ? this.kept.get(address) : undefined;
    // First of all, so that the server works meanwhile.
    const coming = kept
      ? undefined
      : fetchPart(address, "results", running.signal);
    // A step that the history was not told of before it was overtaken is this one's.
    this.untold =
      entry === "replace" && this.untold === "push" ? "push" : entry;
    if (entry === "replace") {
      clearTimeout(this.soon);
      this.rest = [];
    } else {
      this.finish();
      this.keep();
    }
    this.hasCome = false;
    this.address = address;
    this.asked = address;
    if (!typing) this.tell();
    if (kept) {
      this.put(kept);
      scrollTo(0, kept.scroll);
      return;
    }
    // What comes at once needs no sign that it is coming.
    const late = setTimeout(() => {
      this.tell();
      this.element.classList.add("stale");
    }, SOON);
    this.element.setAttribute("aria-busy", "true");
    try {
      const element = (await coming)?.querySelector("#results");
      if (!element) throw new NoPage();
      if (scrollY > 0 && entry !== "none") scrollTo(0, 0);
      this.put(partsOf(element), typing);
      this.told();
    } catch (error) {
      // Who has overtaken this one waits for the same results to go.
      if (running.signal.aborted) return;
      this.tell();
      this.failed(error, () => this.show(address, "none"));
    } finally {
      clearTimeout(late);
    }
    this.element.classList.remove("stale");
    this.element.removeAttribute("aria-busy");
  }

  /** Tells the browser's history of the address that is shown, or will be. */
  tell() {
    if (this.untold === "push") history.pushState(null, "", this.address);
    if (this.untold === "replace")
      history.replaceState(history.state, "", this.address);
    this.untold = "none";
  }

  /** Does what was left for later. */
  finish() {
    clearTimeout(this.soon);
    for (const one of this.rest.splice(0)) one();
  }

  /** Does what was left for later when the results are painted, one after the other. */
  finishSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => {
      this.rest.shift()?.();
      if (this.rest.length > 0) this.finishSoon();
    }, PAINTED);
  }

  /**
   * @param {Shown} next
   * @param {boolean} [typing]
   */
  put(next, typing = false) {
    const { element, now: before } = this;
    const active = document.activeElement;
    const had = active !== null && element.contains(active);
    const key = had && active.getAttribute("data-key");
    const open = [...element.querySelectorAll("details[open][data-key]")].map(
      (one) => one.getAttribute("data-key"),
    );
    for (const part of next.parts) {
      for (const one of part.querySelectorAll("details[data-key]"))
        if (open.includes(one.getAttribute("data-key")))
          one.setAttribute("open", "");
    }
    this.now = next;
    this.hasCome = true;
    element.className = next.view;
    Object.assign(element.dataset, next.data);
    const complete = typing ? withoutFarHits(next.found) : () => {};
    before.found.replaceWith(next.found);
    // Laid out while the browser waits for its next frame, which then has only to be painted.
    if (typing) void next.found.offsetHeight;
    // The server's way of writing the address is the one to keep.
    const { address, title, summary } = next.data;
    if (address && address !== this.address) {
      if (this.untold === "none" && shown() === this.address)
        this.untold = "replace";
      this.address = address;
    }
    const fill = () => {
      complete();
      for (const part of [...element.children])
        if (part !== next.found) part.remove();
      next.found.before(...next.parts.filter((part) => part !== next.found));
      this.watch();
    };
    const say = () => {
      this.tell();
      if (title) document.title = title;
      this.status.textContent = summary ?? next.found.textContent?.trim() ?? "";
    };
    this.rest = [fill, say];
    if (typing) this.finishSoon();
    else this.finish();
    if (had) {
      // What had the focus may be gone, as a filter is that was taken away.
      const same =
        key && element.querySelector(`[data-key="${CSS.escape(key)}"]`);
      const target = same || next.found;
      if (target instanceof HTMLElement || target instanceof SVGElement)
        target.focus({ preventScroll: true });
    }
  }

  watch() {
    this.watcher.disconnect();
    for (const link of document.querySelectorAll("a[data-more]"))
      this.watcher.observe(link);
  }

  /**
   * Puts the next hits in the place of the link to them.
   * @param {HTMLAnchorElement} link
   */
  async more(link) {
    if (link.getAttribute("aria-busy") === "true") return;
    const label = link.textContent;
    link.setAttribute("aria-busy", "true");
    link.textContent = link.dataset.loading ?? "";
    const place = link.closest("li");
    const focused = document.activeElement === link;
    const adding = new AbortController();
    this.adding = adding;
    try {
      const part = await fetchPart(
        link.getAttribute("href") ?? "",
        "hits",
        adding.signal,
      );
      const first = part.querySelector(".hit h2 a");
      if (!first && part.querySelector(".problem")) throw new NoPage();
      place?.replaceWith(part);
      if (focused && first instanceof HTMLElement) first.focus();
      this.watch();
      this.told();
    } catch (error) {
      if (adding.signal.aborted) return;
      this.watcher.unobserve(link);
      this.failed(error, () => this.more(link));
    } finally {
      link.removeAttribute("aria-busy");
      link.textContent = label;
    }
  }

  told() {
    this.trouble.hidden = true;
  }

  /**
   * Says honestly that what is shown is not what was asked for.
   * @param {unknown} error
   * @param {() => void} again
   */
  failed(error, again) {
    this.trouble.textContent = says(
      error instanceof NoPage ? "failed" : "offline",
    );
    const button = document.createElement("button");
    button.className = "quiet";
    button.type = "button";
    button.textContent = says("retry");
    button.addEventListener("click", again);
    this.trouble.append(button);
    this.trouble.hidden = false;
  }
}
