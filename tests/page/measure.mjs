// Measures the page against a running server: `node measure.mjs ADDRESS QUERY… [/d/ID?q=…]`.
// Queries are typed, a key every 120 ms; documents are opened and scrolled through. On a machine that
// does other things, too, the browser's own processor time says more than the clock.

import { launch } from "./browser.mjs";

const [base, ...asked] = process.argv.slice(2);
/** @param {number[]} values */
const spread = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN).toFixed(1);
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms (n = ${sorted.length})`;
};

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: "zh-CN" });

// From the key to the painted results, and what the API takes for the same search.
/** @type {number[]} */
const painted = [];
/** @type {number[]} */
const beyond = [];
for (const query of asked.filter((one) => !one.startsWith("/"))) {
  await page.goto(base, { waitUntil: "networkidle" });
  await page.evaluate(() => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#q"));
    /** @type {{q: string, took: number}[]} */
    const seen = [];
    Object.assign(globalThis, { seen });
    let typed = 0;
    field.addEventListener("input", (event) => (typed = event.timeStamp), { capture: true });
    new MutationObserver(() => {
      const q = document.querySelector("#results")?.getAttribute("data-q") ?? "";
      const since = typed;
      if (q !== field.value) return;
      requestAnimationFrame(() =>
        setTimeout(() => seen.push({ q, took: performance.now() - since })),
      );
    }).observe(/** @type {Element} */ (document.querySelector("main")), { childList: true });
  });
  await page.locator("#q").pressSequentially(query, { delay: 120 });
  await page.waitForTimeout(1_000);
  const seen = await page.evaluate(() => /** @type {any} */ (globalThis).seen);
  for (const { q, took } of seen) {
    const api = await page.evaluate(async (q) => {
      const times = [];
      for (let n = 0; n < 5; n += 1) {
        const started = performance.now();
        const facets = "type,year,meeting,speaker,region,format";
        const answer = await fetch(`/api/v1/search?${new URLSearchParams({ q, facets })}`);
        await answer.text();
        times.push(performance.now() - started);
      }
      return times.toSorted((a, b) => a - b)[2];
    }, q);
    painted.push(took);
    beyond.push(took - api);
  }
}
/** @type {number[]} */
const work = [];
for (const query of asked.filter((one) => !one.startsWith("/"))) {
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
if (painted.length > 0) {
  console.log(`from the key to painted results: ${spread(painted)}`);
  console.log(`beyond the API's time:           ${spread(beyond)}`);
  console.log(`of the browser's main thread:    ${spread(work)}`);
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

for (const address of asked.filter((one) => one.startsWith("/"))) {
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
