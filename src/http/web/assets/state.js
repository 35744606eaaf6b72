/**
 * The state of a search is its address. This module turns the form into an address and fetches
 * parts of pages; it knows nothing of what they show.
 */

/**
 * An element that the server has put into the page.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [within]
 * @returns {T}
 */
export function need(selector, kind, within = document) {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${selector}`);
}

/**
 * What the page says, from the server's table.
 * @param {string} name
 * @returns {string}
 */
export function says(name) {
  return document.body.dataset[name] ?? "";
}

/**
 * The address that the form stands for. The server may write it in another order.
 * @param {HTMLFormElement} form
 * @returns {string}
 */
export function addressOf(form) {
  const query = new URLSearchParams();
  for (const field of form.elements) {
    if (!(
      field instanceof HTMLInputElement || field instanceof HTMLSelectElement
    ))
      continue;
    const value = field.value.trim();
    if (field.name && value !== "" && value !== field.dataset.default)
      query.append(field.name, value);
  }
  const path = new URL(form.action).pathname;
  const text = query.toString();
  return text === "" ? path : `${path}?${text}`;
}

/**
 * Writes into the form's fields what an address says.
 * @param {HTMLFormElement} form
 * @param {string} address
 */
export function fillIn(form, address) {
  const { searchParams } = new URL(address, location.origin);
  for (const field of fieldsOf(form))
    field.value = searchParams.get(field.name) ?? "";
}

/**
 * The fields of the form that queries are written into; they stay while results come and go.
 * @param {HTMLFormElement} form
 * @returns {HTMLInputElement[]}
 */
export function fieldsOf(form) {
  /** @type {HTMLInputElement[]} */
  const fields = [];
  for (const field of form.elements) {
    if (field instanceof HTMLInputElement && field.type === "search")
      fields.push(field);
  }
  return fields;
}

/**
 * The address that is shown, without its place in the page.
 * @returns {string}
 */
export function shown() {
  return location.pathname + location.search;
}

/** The server gave an answer that is no part of a page. */
export class NoPage extends Error {}

/**
 * Fetches a part of the page at `address`. The answer may also say what is wrong; that is a part of
 * the page, too.
 * @param {string} address
 * @param {"results" | "hits"} part
 * @param {AbortSignal} signal
 * @returns {Promise<DocumentFragment>}
 */
export async function fetchPart(address, part, signal) {
  const url = new URL(address, location.origin);
  url.searchParams.set("fragment", part);
  const answer = await fetch(url, { signal, headers: { accept: "text/html" } });
  if (!answer.headers.get("content-type")?.startsWith("text/html"))
    throw new NoPage();
  // The server's templates have escaped all text; scripts in a parsed document never run.
  const parsed = new DOMParser().parseFromString(
    await answer.text(),
    "text/html",
  );
  const fragment = document.createDocumentFragment();
  fragment.append(...parsed.body.childNodes);
  return fragment;
}
