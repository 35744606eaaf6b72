/**
 * The search field: when what is typed becomes a search, and what it suggests.
 *
 * An input method writes letters into the field that are not yet text. Nothing is searched while it
 * does, and its Enter, which only ends the writing, never sends the form.
 */

/** Milliseconds without a key until a search begins. */
const PAUSE = 120;
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
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
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
 * Texts out of an answer of `/api/v1/suggest`, whatever else it holds.
 * @param {any} answer
 * @returns {{text: string, kind: string}[]}
 */
function suggestionsOf(answer) {
  const list = Array.isArray(answer?.suggestions) ? answer.suggestions : [];
  const texts = list.map((/** @type {any} */ one) =>
    typeof one === "string"
      ? { text: one, kind: "" }
      : {
          text: String(one?.text ?? one?.value ?? ""),
          kind: String(one?.kind ?? ""),
        },
  );
  return texts
    .filter((/** @type {{text: string}} */ one) => one.text !== "")
    .slice(0, MOST);
}

/**
 * Makes the field a combobox (WAI-ARIA 1.2) with a list of suggestions. Where the server has none
 * to give, it is a plain field.
 * @param {HTMLInputElement} field
 * @param {HTMLElement} list
 * @param {() => void} search
 */
export function suggest(field, list, search) {
  let absent = false;
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
    if (absent || q === "") return close();
    running = new AbortController();
    try {
      const url = `/api/v1/suggest?${new URLSearchParams({ q, limit: String(MOST) })}`;
      const answer = await fetch(url, { signal: running.signal });
      if (answer.status === 404) absent = true;
      if (!answer.ok) return close();
      const found = suggestionsOf(await answer.json());
      if (found.length === 0 || document.activeElement !== field)
        return close();
      list.replaceChildren(
        ...found.map(({ text, kind }, n) => {
          const option = document.createElement("li");
          option.id = `suggestion-${n}`;
          option.setAttribute("role", "option");
          option.setAttribute("aria-selected", "false");
          option.dataset.text = text;
          const label = document.createElement("span");
          label.textContent = text;
          const note = document.createElement("span");
          note.className = "faint";
          note.textContent = list.dataset[kind] ?? "";
          option.append(label, note);
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
    timer = setTimeout(show, PAUSE);
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
