/**
 * The search field: when what is typed becomes a search, and what it suggests.
 *
 * An input method writes letters into the field that are not yet text. Nothing is searched while it
 * does, and its Enter, which only ends the writing, never sends the form.
 */

/**
 * Milliseconds. What a person types is searched at once, and given up if the next key overtakes it.
 * Keys that come faster than `BURST` are a held key or a machine: behind the first of them, a search
 * begins when they have ended for `PAUSE`.
 */
const BURST = 60;
const PAUSE = 40;
/** Milliseconds without a key until there are suggestions. */
const THOUGHT = 80;
/** Most suggestions that are shown. */
const MOST = 8;

/**
 * Whether a key belongs to an input method. 229 is what browsers send that set `isComposing` late.
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}

/**
 * Calls `search` when the field's text is one to be searched.
 * @param {HTMLInputElement} field
 * @param {() => void} search
 */
export function searchWhileTyping(field, search) {
  let composing = false;
  /** @type {number | undefined} */
  let timer;
  let last = -Infinity;
  const soon = () => {
    clearTimeout(timer);
    const now = performance.now();
    if (now - last < BURST) timer = setTimeout(search, PAUSE);
    else search();
    last = now;
  };
  field.addEventListener("compositionstart", () => {
    composing = true;
    clearTimeout(timer);
  });
  field.addEventListener("compositionend", () => {
    composing = false;
    // Even if the text is what it was: the search may have been put off by the composing.
    soon();
  });
  field.addEventListener("input", (event) => {
    if (composing || (event instanceof InputEvent && event.isComposing)) return;
    soon();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (composing || isComposing(event)))
      event.preventDefault();
  });
  field.form?.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (composing) event.preventDefault();
  });
}

/**
 * What `/api/v1/suggest` gives.
 * @typedef {{text: string, kind: string, documents: number, matched: {start: number, end: number}[]}} Suggestion
 */

/**
 * A suggestion with what was typed of it marked. Places count characters, not UTF-16 units.
 * @param {Suggestion} suggestion
 * @returns {HTMLElement}
 */
function labelOf({ text, matched }) {
  const label = document.createElement("span");
  const characters = [...text];
  let at = 0;
  for (const { start, end } of matched) {
    const typed = document.createElement("b");
    typed.textContent = characters.slice(start, end).join("");
    label.append(characters.slice(at, start).join(""), typed);
    at = end;
  }
  label.append(characters.slice(at).join(""));
  return label;
}

/**
 * Makes the field a combobox (WAI-ARIA 1.2) with a list of suggestions.
 * @param {HTMLInputElement} field
 * @param {HTMLElement} list
 * @param {() => void} search
 */
export function suggest(field, list, search) {
  let chosen = -1;
  /** @type {AbortController | undefined} */
  let running;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);

  const options = () => [...list.children];
  const close = () => {
    running?.abort();
    list.hidden = true;
    list.replaceChildren();
    chosen = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  /** @param {number} at */
  const choose = (at) => {
    const all = options();
    chosen = at < -1 ? all.length - 1 : at >= all.length ? -1 : at;
    all.forEach((option, n) =>
      option.setAttribute("aria-selected", String(n === chosen)),
    );
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen]?.scrollIntoView({ block: "nearest" });
  };
  /** @param {Element} option */
  const take = (option) => {
    field.value = option.getAttribute("data-text") ?? "";
    close();
    search();
  };
  const show = async () => {
    running?.abort();
    const q = field.value.trim();
    if (q === "") return close();
    running = new AbortController();
    try {
      const url = `/api/v1/suggest?${new URLSearchParams({ q, limit: String(MOST) })}`;
      const answer = await fetch(url, { signal: running.signal });
      if (!answer.ok) return close();
      /** @type {{suggestions: Suggestion[]}} */
      const { suggestions } = await answer.json();
      if (suggestions.length === 0 || document.activeElement !== field)
        return close();
      list.replaceChildren(
        ...suggestions.map((suggestion, n) => {
          const option = document.createElement("li");
          option.id = `suggestion-${n}`;
          option.setAttribute("role", "option");
          option.setAttribute("aria-selected", "false");
          option.dataset.text = suggestion.text;
          const note = document.createElement("span");
          note.className = "faint";
          note.textContent = list.dataset[suggestion.kind] ?? "";
          option.append(labelOf(suggestion), note);
          return option;
        }),
      );
      chosen = -1;
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
    } catch {
      // Overtaken, or no connection: the search itself will say so.
    }
  };

  field.setAttribute("aria-expanded", "false");
  /** @type {number | undefined} */
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(show, THOUGHT);
  };
  field.addEventListener("input", (event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    soon();
  });
  field.addEventListener("compositionend", soon);
  field.addEventListener("blur", () => {
    clearTimeout(timer);
    close();
  });
  field.form?.addEventListener("submit", () => {
    clearTimeout(timer);
    close();
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || isComposing(event)) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && chosen >= 0) take(options()[chosen]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option =
      event.target instanceof Element && event.target.closest("[role=option]");
    if (option) take(option);
  });
}
