/**
 * Shows the results of an address: fetches them, puts them in place, and gets more of them.
 */

import { NoPage, fetchPart, need, says, shown } from "./state.js";

/** Results that are kept, so that going back shows at once what was there, with all that was got. */
const KEPT = 12;
/**
 * Milliseconds within which results are at once: after them old ones look stale until new ones come,
 * and new ones are laid out as a whole.
 */
const SOON = 200;

export class Results {
  constructor() {
    /** @type {AbortController | undefined} */
    this.running = undefined;
    /** @type {AbortController | undefined} More hits of what is shown. */
    this.adding = undefined;
    /** @type {Map<string, {element: Element, scroll: number}>} */
    this.kept = new Map();
    /** @type {(element: Element) => void} */
    this.onShown = () => {};
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
    /** What is shown, or will be; and how it was asked for. */
    this.address = shown();
    this.asked = this.address;
    this.hasCome = true;
    this.watch();
  }

  get element() {
    return need("#results", HTMLElement);
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
    this.kept.set(this.address, { element: this.element, scroll: scrollY });
    const oldest = this.kept.keys().next();
    if (this.kept.size > KEPT && !oldest.done) this.kept.delete(oldest.value);
  }

  /**
   * Shows the results of an address. `entry` says what becomes of the browser's history.
   * @param {string} address
   * @param {"push" | "replace" | "none"} entry
   */
  async show(address, entry) {
    this.running?.abort();
    this.adding?.abort();
    const running = new AbortController();
    this.running = running;
    const kept = entry === "none" ? this.kept.get(address) : undefined;
    // First of all, so that the server works meanwhile.
    const coming = kept
      ? undefined
      : fetchPart(address, "results", running.signal);
    if (entry === "push") history.pushState(null, "", address);
    if (entry === "replace") history.replaceState(history.state, "", address);
    this.keep();
    this.hasCome = false;
    this.address = address;
    this.asked = address;
    if (kept) {
      this.put(kept.element, address);
      scrollTo(0, kept.scroll);
      return;
    }
    // What comes at once needs no sign that it is coming.
    const before = this.element;
    const late = setTimeout(() => before.classList.add("stale"), SOON);
    before.setAttribute("aria-busy", "true");
    try {
      const element = (await coming)?.querySelector("#results");
      if (!element) throw new NoPage();
      element.classList.add("fresh");
      this.put(document.adoptNode(element), address);
      setTimeout(() => element.classList.remove("fresh"), SOON);
      this.told();
    } catch (error) {
      // Who has overtaken this one waits for the same results to go.
      if (running.signal.aborted) return;
      this.failed(error, () => this.show(address, "none"));
    } finally {
      clearTimeout(late);
    }
    before.classList.remove("stale");
    before.removeAttribute("aria-busy");
  }

  /**
   * @param {Element} element
   * @param {string} address
   */
  put(element, address) {
    const active = document.activeElement;
    const had = active !== null && this.element.contains(active);
    const key =
      had && (active instanceof HTMLElement || active instanceof SVGElement)
        ? active.dataset.key
        : undefined;
    const open = [
      ...this.element.querySelectorAll("details[open][data-key]"),
    ].map((one) => one.getAttribute("data-key"));
    for (const one of element.querySelectorAll("details[data-key]")) {
      if (open.includes(one.getAttribute("data-key")))
        one.setAttribute("open", "");
    }
    this.element.replaceWith(element);
    this.hasCome = true;
    if (had) {
      // What had the focus may be gone, as a filter is that was taken away.
      const same =
        key && element.querySelector(`[data-key="${CSS.escape(key)}"]`);
      const next = same || element.querySelector(".found");
      if (next instanceof HTMLElement || next instanceof SVGElement)
        next.focus({ preventScroll: true });
    }
    const { title, summary } = this.element.dataset;
    if (title) document.title = title;
    this.status.textContent = summary ?? this.element.textContent?.trim() ?? "";
    // The server's way of writing the address is the one to keep.
    const canonical = this.element.dataset.address;
    if (canonical && shown() === address && canonical !== address) {
      history.replaceState(history.state, "", canonical);
      this.address = canonical;
    }
    this.watch();
    this.onShown(element);
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
