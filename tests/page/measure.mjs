// Measures the page against a running server: `node measure.mjs ADDRESS [QUERY…] [/d/ID?q=…]`.
// Queries are typed, a key every 120 ms; documents are opened and scrolled through. On a machine that
// does other things, too, the browser's own processor time says more than the clock.

import { launch } from "./browser.mjs";

const [base, ...given] = process.argv.slice(2);
const documents = given.filter((one) => one.startsWith("/"));
const queries = given.filter((one) => !one.startsWith("/"));
if (given.length === 0) {
  // Words, a phrase, letters, what many documents have and what few have.
  queries.push("产业园区建设", "GDP 增长", "高质量发展", "乡村振兴战略", "营商环境 优化");
  queries.push("安全生产责任制", "“现代化产业体系”", "立法会", "政府工作报告", "2023年");
}
/** @param {number[]} values */
const spread = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(1);
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms (n = ${sorted.length})`;
};

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "zh-CN" });

/**
 * A key and what came of it, as times of the page's clock: when the key was pressed, the frame that
 * shows what it finds was on the screen, all else of the page was in place; and how long the API takes.
 * @typedef {{q: string, key: number, presented?: number, complete?: number, api: number}} Key
 */

/** @type {Key[]} */
const keys = [];
for (const query of queries) {
  await page.goto(base, { waitUntil: "networkidle" });
  await page.evaluate(() => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#q"));
    /** @type {Key[]} */
    const seen = [];
    Object.assign(globalThis, { seen });
    let down = 0;
    addEventListener("keydown", (event) => (down = event.timeStamp), { capture: true });
    field.addEventListener(
      "input",
      ({ timeStamp }) => {
        // What an input method writes has no key of its own.
        const key = timeStamp - down < 100 ? down : timeStamp;
        seen.push({ q: field.value.trim(), key, api: NaN });
        down = 0;
      },
      { capture: true },
    );
    const results = /** @type {Element} */ (document.querySelector("#results"));
    new MutationObserver(() => {
      const one = seen.at(-1);
      if (results.getAttribute("data-q") !== one?.q) return;
      const count = results.querySelector(".count");
      if (!count?.hasAttribute("elementtiming")) count?.setAttribute("elementtiming", one.q);
      else one.complete = performance.now();
    }).observe(results, { childList: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { identifier, renderTime } = /** @type {any} */ (entry);
        const one = seen.findLast(({ q }) => q === identifier);
        if (one) one.presented ??= renderTime;
      }
    }).observe({ type: "element", buffered: true });
  });
  await page.locator("#q").pressSequentially(query, { delay: 120 });
  await page.waitForTimeout(1_000);
  /** @type {Key[]} */
  const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
  for (const one of seen) {
    one.api = await page.evaluate(async (q) => {
      const times = [];
      for (let n = 0; n < 5; n += 1) {
        const started = performance.now();
        const facets = "type,year,meeting,speaker,region,format";
        const answer = await fetch(`/api/v1/search?${new URLSearchParams({ q, facets })}`);
        await answer.text();
        times.push(performance.now() - started);
      }
      return times.toSorted((a, b) => a - b)[2];
    }, one.q);
  }
  // A space that changes nothing shows nothing new.
  keys.push(...seen.filter(({ q }, n) => q !== seen[n - 1]?.q));
}
/** @type {number[]} */
const work = [];
for (const query of queries) {
  await page.goto(base, { waitUntil: "networkidle" });
  for (const key of query) {
    await browser.startTracing(page, { categories: ["devtools.timeline", "toplevel"] });
    await page.locator("#q").pressSequentially(key);
    await page.waitForTimeout(500);
    const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
    const typed = traceEvents.find(
      (/** @type {any} */ one) => one.name === "EventDispatch" && one.args?.data?.type === "input",
    );
    const tasks = traceEvents.filter(
      (/** @type {any} */ one) =>
        one.ph === "X" &&
        one.pid === typed?.pid &&
        one.tid === typed?.tid &&
        one.ts >= typed.ts - 20_000,
    );
    const behind = (/** @type {string} */ name, /** @type {number} */ ts) =>
      tasks.find((/** @type {any} */ one) => one.name === name && one.ts >= ts && one.dur > 300);
    const parsed = typed && behind("ParseHTML", typed.ts);
    const paint = parsed && behind("Paint", parsed.ts);
    if (!paint) continue;
    const until = paint.ts + paint.dur;
    const micros = tasks
      .filter((/** @type {any} */ one) => one.name.endsWith("RunTask") && one.ts < until)
      .map((/** @type {any} */ one) => one.tdur ?? 0);
    work.push(micros.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0) / 1e3);
  }
}
if (keys.length > 0) {
  const shown = keys.filter(({ presented }) => presented !== undefined);
  const since = (/** @type {(one: Key) => number | undefined} */ of) =>
    shown.map((one) => (of(one) ?? NaN) - one.key);
  console.log(`from a key to its results on the screen: ${spread(since((one) => one.presented))}`);
  const beyond = shown.map(({ key, presented = NaN, api }) => presented - key - api);
  console.log(`beyond the API's time:                   ${spread(beyond)}`);
  console.log(`of the browser's main thread:            ${spread(work)}`);
  const complete = since((one) => one.complete).filter(Number.isFinite);
  console.log(`until filters and hits below are there:  ${spread(complete)}`);
  console.log(`overtaken, never shown:                  ${keys.length - shown.length}`);
}

// What the first page loads.
await page.goto(base, { waitUntil: "networkidle" });
const bytes = await page.evaluate(() =>
  performance
    .getEntries()
    .filter((entry) => entry instanceof PerformanceResourceTiming)
    .reduce((sum, entry) => sum + entry.transferSize, 0),
);
console.log(`the first page: ${(bytes / 1024).toFixed(1)} KB`);

for (const address of documents) {
  const times = [];
  let note = "";
  for (let n = 0; n < 5; n += 1) {
    const started = performance.now();
    await page.goto(base + address, { waitUntil: "domcontentloaded" });
    const marked = address.includes("q=") ? "mark.current" : "#text";
    await page.waitForFunction((marked) => document.querySelector(marked), marked);
    await page.evaluate(() => new Promise((next) => requestAnimationFrame(next)));
    times.push(performance.now() - started);
    note = await page.evaluate(async () => {
      const frames = [];
      let last = performance.now();
      for (let n = 0; n < 120; n += 1) {
        scrollBy(0, 400);
        await new Promise((next) => requestAnimationFrame(next));
        frames.push(performance.now() - last);
        last = performance.now();
      }
      frames.sort((a, b) => a - b);
      const text = document.querySelector("#text")?.textContent ?? "";
      return `${text.length} characters; frames: median ${frames[60].toFixed(1)} ms, 95 % ${frames[114].toFixed(1)} ms, most ${frames[119].toFixed(1)} ms`;
    });
  }
  console.log(`${address}: opened: ${spread(times)}; ${note}`);
}
await browser.close();
