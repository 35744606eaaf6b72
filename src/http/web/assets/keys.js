/**
 * Keys that work everywhere on a page, and the help that lists them.
 */

import { isComposing } from "./typing.js";

/**
 * Whether keys are text where the focus is.
 * @param {EventTarget | null} target
 * @returns {boolean}
 */
function isField(target) {
  return (
    target instanceof Element &&
    target.matches("input:not([type=checkbox]), select, textarea")
  );
}

/** Puts up `?`, `/` and Escape, and the buttons for help. */
export function listen() {
  const help = document.querySelector("#help");
  const field = document.querySelector("#q");
  const open = () => {
    if (help instanceof HTMLDialogElement && !help.open) help.showModal();
  };
  for (const button of document.querySelectorAll(".help-button")) {
    button.removeAttribute("hidden");
    button.addEventListener("click", (event) => {
      event.preventDefault();
      open();
    });
  }
  document.addEventListener("keydown", (event) => {
    // The Enter that ends the writing of an input method sends no form, whichever field it is in.
    if (event.key === "Enter" && isComposing(event)) event.preventDefault();
    if (isComposing(event) || event.ctrlKey || event.metaKey || event.altKey)
      return;
    if (help instanceof HTMLDialogElement && help.open) return;
    if (
      event.key === "Escape" &&
      event.target === field &&
      field instanceof HTMLElement
    ) {
      // Browsers would empty a search field, too.
      event.preventDefault();
      field.blur();
      return;
    }
    if (isField(event.target)) return;
    if (event.key === "?") open();
    else if (event.key === "/" && field instanceof HTMLInputElement) {
      field.focus();
      field.select();
    } else return;
    event.preventDefault();
  });
}

/**
 * Calls `handler` for keys that are not text being written.
 * @param {(key: string, event: KeyboardEvent) => boolean} handler says whether it used the key
 */
export function onKey(handler) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isComposing(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const isText =
      isField(event.target) &&
      !(
        event.target instanceof HTMLInputElement &&
        event.key.startsWith("Arrow") &&
        event.target.id === "q"
      );
    if (!isText && handler(event.key, event)) event.preventDefault();
  });
}
