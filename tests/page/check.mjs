// Checks of the page as a person uses it: `node check.mjs ADDRESS [PART OF A NAME]`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { launch } from "./browser.mjs";

const [base, wanted = ""] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await launch();
let passed = 0;
/** @type {string[]} */
const failed = [];

/**
 * @param {string} name
 * @param {(page: import("playwright-core").Page) => Promise<void>} body
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
async function check(name, body, options = {}) {
  if (!name.includes(wanted)) return;
  const context = await browser.newContext({
    locale: "zh-CN",
    viewport: { width: 1280, height: 800 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(8_000);
  /** @type {string[]} */
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // What the checks have refused, browsers write down.
    if (message.type() === "error" && !/404|Failed to load|ERR_INTERNET/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  const started = performance.now();
  try {
    await body(page);
    assert.deepEqual(complaints, [], "the page complains");
    passed += 1;
    console.log(`ok   ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL ${name}\n     ${error instanceof Error ? error.message : error}`);
  } finally {
    await context.close();
  }
}

/** @param {string} q */
const searchFor = (q) => `${base}/?${new URLSearchParams({ q })}`;
/** @param {import("playwright-core").Page} page */
const q = (page) => new URL(page.url()).searchParams.get("q");
/**
 * @param {import("playwright-core").Page} page
 * @param {string} text
 */
const shows = (page, text) => page.waitForSelector(`#results[data-q="${text}"]`);
/** @param {string} query */
const first = async (query) => {
  const answer = await fetch(`${base}/api/v1/search?${new URLSearchParams({ q: query })}`);
  return (await answer.json()).hits[0];
};
/**
 * Whether an Enter goes on to send the form; some browsers tell only by this code that it is the
 * input method's.
 * @param {import("playwright-core").Page} page
 * @param {string} field
 */
const enterOf229 = (page, field) =>
  page.locator(field).evaluate((one) => {
    const init = { key: "Enter", keyCode: 229, bubbles: true, cancelable: true };
    return one.dispatchEvent(new KeyboardEvent("keydown", init));
  });
/** @param {string} text */
const count = (text) => Number(text.replace(/\D/g, ""));

await check("results come as one types, and stay after a reload", async (page) => {
  await page.goto(base);
  await page.locator("#q").pressSequentially("产业园区", { delay: 40 });
  await shows(page, "产业园区");
  await page.waitForURL((url) => url.searchParams.get("q") === "产业园区");
  const n = await page.locator(".hit").count();
  assert.ok(n > 0);
  assert.ok(await page.evaluate(() => document.activeElement?.id === "q"));
  assert.match(await page.title(), /产业园区/);
  await page.reload();
  assert.equal(await page.locator(".hit").count(), n);
  assert.equal(await page.locator("#q").inputValue(), "产业园区");
});

await check("hits come first, then filters, and the history is told", async (page) => {
  await page.goto(searchFor("产业"));
  // Whoever types sees the hits in the same frame in which they come.
  await page.evaluate(() => {
    const results = /** @type {Element} */ (document.querySelector("#results"));
    const filters = results.querySelector(".filters");
    Object.assign(globalThis, { steps: [] });
    new MutationObserver(() => {
      /** @type {any} */ (globalThis).steps.push({
        hits: results.querySelectorAll(".hit").length,
        isOld: results.querySelector(".filters") === filters,
        address: location.search,
      });
    }).observe(results, { childList: true });
  });
  await page.locator("#q").press("End");
  await page.locator("#q").pressSequentially("园区");
  await page.waitForFunction(() => /%E5%9B%AD%E5%8C%BA/.test(location.search));
  const steps = await page.evaluate(() => /** @type {any} */ (globalThis).steps);
  assert.ok(steps[0].isOld && steps[0].hits >= 3 && steps[0].hits < 10, JSON.stringify(steps[0]));
  assert.ok(!steps.at(-1).isOld && steps.at(-1).hits === 10);
  const facet = page.locator('[data-key^="type="]').first();
  assert.ok(count(await facet.locator(".n").innerText()) <= 48);
  assert.match(await page.title(), /产业园区/);
  await page.waitForFunction(() => document.querySelector("#status")?.textContent !== "");
  // One bout of typing is one step.
  await page.goBack();
  await shows(page, "产业");
});

await check("who opens a result while typing comes back to it", async (page) => {
  await page.goto(base);
  await page.locator("#q").pressSequentially("园区");
  await shows(page, "园区");
  // Sooner than the history is told by itself.
  await page.evaluate(() => {
    const link = document.querySelector(".hit h2 a");
    if (link instanceof HTMLElement) link.click();
  });
  await page.waitForURL(/\/d\//);
  await page.goBack();
  await shows(page, "园区");
  assert.equal(q(page), "园区");
});

await check("results of a search that is typed begin at their top", async (page) => {
  await page.goto(searchFor("产业"));
  await page.mouse.wheel(0, 1_500);
  await page.waitForFunction(() => scrollY > 1_000);
  await page.evaluate(() =>
    /** @type {HTMLElement} */ (document.querySelector("#q")).focus({ preventScroll: true }),
  );
  await page.keyboard.insertText("园区");
  await page.waitForFunction(() => scrollY === 0);
});

await check("of a burst of keys the first and the last are searched", async (page) => {
  await page.goto(base);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("fragment=results")) asked += 1;
  });
  await page.evaluate(() => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#q"));
    field.focus();
    for (const text of ["工", "工作", "工作思", "工作思路"]) {
      field.value = text;
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
  });
  await shows(page, "工作思路");
  assert.equal(asked, 2);
});

await check("an overtaken search is given up", async (page) => {
  await page.goto(base);
  /** @type {string[]} */
  const given_up = [];
  page.on("requestfailed", (request) => {
    if (request.url().includes("fragment=results")) given_up.push(request.url());
  });
  let held = false;
  await page.route("**/*fragment=results*", async (route) => {
    if (!held) {
      held = true;
      await new Promise((later) => setTimeout(later, 700));
    }
    await route.continue().catch(() => {});
  });
  await page.locator("#q").pressSequentially("产");
  await page.waitForTimeout(150);
  await page.locator("#q").pressSequentially("业");
  await shows(page, "产业");
  await page.waitForTimeout(800);
  // Its address was never shown: going there again asks again.
  await page.locator('[data-key^="type="]').first().click();
  await page.waitForSelector(".chips a");
  await page.goBack();
  await page.waitForSelector(".chips", { state: "detached" });
  assert.equal(given_up.length, 1);
  assert.equal(await page.locator("#results").getAttribute("data-q"), "产业");
  assert.equal(await page.locator("#results.stale").count(), 0);
});

await check("nothing is searched while an input method is composing", async (page) => {
  await page.goto(base);
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("fragment=results")) asked += 1;
  });
  await page.locator("#q").focus();
  const client = await page.context().newCDPSession(page);
  for (const text of ["c", "ch", "chan", "chan'ye"]) {
    await client.send("Input.imeSetComposition", {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
    await page.waitForTimeout(60);
  }
  // The Enter of an input method comes as key code 229 while it composes.
  const sent = await page.evaluate(() => {
    const field = document.querySelector("#q");
    const enter = new KeyboardEvent("keydown", {
      key: "Enter",
      bubbles: true,
      cancelable: true,
      isComposing: true,
    });
    return field?.dispatchEvent(enter);
  });
  assert.equal(sent, false, "its Enter must not send the form");
  assert.equal(await enterOf229(page, "#q"), false, "nor does one that only its key code tells");
  await page.waitForTimeout(300);
  assert.equal(asked, 0);
  assert.equal(q(page), null);
  await client.send("Input.insertText", { text: "产业" });
  await shows(page, "产业");
  assert.equal(asked, 1);
});

await check("the Enter of an input method sends nothing from other fields", async (page) => {
  await page.goto(searchFor("产业"));
  assert.equal(await enterOf229(page, "input[name=from]"), false);
  await page.goto(`${base}/counts?${new URLSearchParams({ q: "产业" })}`);
  assert.equal(await enterOf229(page, "input[name=q3]"), false);
  await page.goto(base + (await first("产业")).url);
  assert.equal(await enterOf229(page, "#q"), false);
});

await check("the end of composing searches even when the text is what it was", async (page) => {
  await page.goto(base);
  await page.evaluate(() => {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("#q"));
    field.focus();
    field.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
    field.value = "园区";
    field.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
    field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "园区" }));
  });
  await shows(page, "园区");
});

await check("back and forward go through searches", async (page) => {
  await page.goto(searchFor("产业"));
  await page.locator("#q").fill("园区");
  await page.locator("#q").press("Enter");
  await shows(page, "园区");
  await page.locator('[data-key^="type="]').first().click();
  await page.waitForSelector(".chips a");
  await page.goBack();
  await page.waitForSelector(".chips", { state: "detached" });
  assert.equal(q(page), "园区");
  await page.goBack();
  await shows(page, "产业");
  assert.equal(await page.locator("#q").inputValue(), "产业");
  await page.goForward();
  await shows(page, "园区");
  assert.equal(await page.locator("#q").inputValue(), "园区");
});

await check("filters narrow by what they say, and chips take them away", async (page) => {
  await page.goto(searchFor("产业"));
  const facet = page.locator('[data-key^="type="]').first();
  const promised = count(await facet.locator(".n").innerText());
  await facet.click();
  await page.waitForSelector(".chips a");
  assert.equal(count(await page.locator(".count strong").innerText()), promised);
  assert.ok(
    await page.evaluate(() =>
      document.activeElement?.getAttribute("data-key")?.startsWith("type="),
    ),
    "the focus stays on the filter",
  );
  await page.locator(".chips a").first().click();
  await page.waitForSelector(".chips", { state: "detached" });
});

await check("years can be clicked and dragged over", async (page) => {
  await page.goto(searchFor("产业"));
  const chart = await page.locator("svg.years").boundingBox();
  const [from, until] = await page.locator("svg.years a .reach").evaluateAll((bars) =>
    [bars[1], bars[3]].map((bar) => {
      const box = bar.getBoundingClientRect();
      return box.left + box.width / 2;
    }),
  );
  const years = await page
    .locator("svg.years a")
    .evaluateAll((bars) => bars.map((bar) => bar.getAttribute("data-key")?.slice(5)));
  const y = (chart?.y ?? 0) + 20;
  await page.mouse.move(from, y);
  await page.mouse.down();
  await page.mouse.move((from + until) / 2, y, { steps: 3 });
  await page.mouse.move(until, y, { steps: 3 });
  await page.mouse.up();
  await page.waitForSelector(".chips a");
  let address = new URL(page.url()).searchParams;
  assert.deepEqual([address.get("from"), address.get("until")], [years[1], years[3]]);
  await page.goto(searchFor("产业"));
  await page.mouse.click(from, y);
  await page.waitForSelector(".chips a");
  address = new URL(page.url()).searchParams;
  assert.deepEqual([address.get("from"), address.get("until")], [years[1], years[1]]);
});

await check("orders and ranges are chosen", async (page) => {
  await page.goto(searchFor("产业"));
  await page.locator("select[name=sort]").focus();
  await page.locator("select[name=sort]").selectOption("-occurrences");
  await page.waitForURL(/sort=-occurrences/);
  await page.waitForSelector('#results[data-address*="sort=-occurrences"]');
  const times = (await page.locator(".times").allInnerTexts()).map(count);
  assert.deepEqual(
    times,
    [...times].sort((a, b) => b - a),
  );
  assert.ok(await page.evaluate(() => document.activeElement?.matches("select[name=sort]")));
});

await check("more results come by scrolling and by the button", async (page) => {
  await page.goto(searchFor("产业"));
  assert.equal(await page.locator(".hit").count(), 10);
  await page.mouse.wheel(0, 100_000);
  await page.waitForFunction(() => document.querySelectorAll(".hit").length >= 20);
  const titles = await page.locator(".hit h2 a").evaluateAll((all) => all.map((a) => a.href));
  assert.equal(new Set(titles).size, titles.length, "no hit comes twice");
  await page.evaluate(() => document.querySelector("a[data-more]")?.scrollIntoView());
  await page.waitForFunction(() => document.querySelectorAll(".hit").length >= 30);
});

await check("Esc leaves the field as it is", async (page) => {
  await page.goto(searchFor("产业"));
  await page.locator("#q").press("End");
  await page.locator("#q").pressSequentially("园区");
  await shows(page, "产业园区");
  await page.waitForSelector("#suggestions li");
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#suggestions").isHidden());
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#q").inputValue(), "产业园区");
  assert.ok(await page.evaluate(() => document.activeElement?.id !== "q"));
});

await check("masked hits have switches", async (page) => {
  await page.goto(searchFor("云栈县"));
  const all = count(await page.locator(".count strong").innerText());
  await page.getByRole("link", { name: "不含这些" }).click();
  await page.waitForURL(/mask=off/);
  await page.getByText("未找掩码之下的文字").waitFor();
  assert.ok(count(await page.locator(".count strong").innerText()) <= all);
  await page.getByRole("link", { name: "一并查找" }).click();
  await page.getByRole("link", { name: "只看这些" }).waitFor();
});

await check("other writings of numbers have a switch", async (page) => {
  await page.goto(searchFor("2023年"));
  const all = count(await page.locator(".count strong").innerText());
  await page.getByText("也找了数字的其他写法").waitFor();
  await page.getByRole("link", { name: "不含这些" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/numbers=off/);
  await page.getByText("没有找其他写法").waitFor();
  assert.ok(count(await page.locator(".count strong").innerText()) < all);
  assert.ok(
    await page.evaluate(() => document.activeElement?.textContent === "一并查找"),
    "the focus stays on the switch",
  );
  // It goes on with what is typed next, and into the document.
  await page.locator("#q").press("End");
  await page.locator("#q").pressSequentially("7月");
  await shows(page, "2023年7月");
  await page.waitForURL(/numbers=off/);
  await page.locator(".hit h2 a").first().click();
  await page.waitForURL(/\/d\/.*numbers=off/);
  await page.getByRole("link", { name: "标出全部" }).click();
  await page.waitForURL((url) => !url.searchParams.has("numbers"));
});

await check("keys: / to the field, arrows among results, Enter opens, ? helps", async (page) => {
  await page.goto(searchFor("产业"));
  await page.keyboard.press("?");
  assert.ok(await page.locator("#help").evaluate((help) => help.open));
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  assert.ok(await page.evaluate(() => document.activeElement?.id === "q"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const second = page.locator(".hit h2 a").nth(1);
  assert.ok(await second.evaluate((link) => document.activeElement === link));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.ok(await page.evaluate(() => document.activeElement?.id === "q"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/d\//);
});

await check("suggestions are a combobox, and silent where the server has none", async (page) => {
  let asked = 0;
  await page.route("**/api/v1/suggest*", (route) => {
    asked += 1;
    return asked === 1
      ? route.fulfill({
          json: {
            suggestions: [
              {
                text: "𠮷产业<b>体系",
                kind: "phrase",
                documents: 3,
                matched: [{ start: 1, end: 3 }],
              },
              { text: "产业园区", kind: "title", documents: 1, matched: [] },
            ],
          },
        })
      : route.fulfill({ status: 503, body: "" });
  });
  await page.goto(base);
  await page.locator("#q").pressSequentially("产业");
  await page.waitForSelector("[role=option]");
  assert.equal(await page.locator("#q").getAttribute("aria-expanded"), "true");
  const option = page.locator("[role=option]").first();
  assert.equal(await option.innerText(), "𠮷产业<b>体系\n词语");
  assert.equal(await option.locator("b").innerText(), "产业");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator("#q").getAttribute("aria-activedescendant"), "suggestion-1");
  await page.keyboard.press("Enter");
  await shows(page, "产业园区");
  await page.locator("#q").press("End");
  await page.locator("#q").pressSequentially("建设", { delay: 30 });
  await shows(page, "产业园区建设");
  assert.equal(await page.locator("[role=option]").count(), 0);
});

await check("what one types in pinyin is suggested as it is written", async (page) => {
  await page.goto(base);
  await page.locator("#q").pressSequentially("chanye", { delay: 30 });
  const option = page.locator("[role=option]").first();
  await option.waitFor();
  assert.match(await option.innerText(), /产业/);
});

await check("titles show what was found", async (page) => {
  await page.goto(searchFor("园区"));
  assert.ok((await page.locator(".hit h2 a mark").count()) > 0);
  assert.ok(
    (await page.locator(".hit h2 a mark").allInnerTexts()).every((text) => text === "园区"),
  );
});

await check("the focus is not lost with the filter that had it", async (page) => {
  await page.goto(searchFor("产业"));
  await page.locator('[data-key^="type="]').first().click();
  await page.waitForSelector(".chips a");
  await page.locator(".chips a").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".chips", { state: "detached" });
  assert.ok(await page.evaluate(() => document.activeElement?.matches(".found")));
});

await check("results can be taken along", async (page) => {
  await page.goto(searchFor("产业"));
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".take a").first().click(),
  ]);
  assert.match(file.suggestedFilename(), /^yicha-.*\.csv$/);
  const feed = await page.getByRole("link", { name: "订阅" }).getAttribute("href");
  assert.equal((await fetch(base + feed)).status, 200);
});

await check("expressions are counted side by side while one types", async (page) => {
  await page.goto(searchFor("产业"));
  await page.getByRole("link", { name: "走势" }).click();
  await page.waitForURL(/\/counts\?q=/);
  assert.equal(await page.locator(".drawn polyline").count(), 1);
  const field = page.locator("input[name=q3]");
  await field.pressSequentially("园区", { delay: 70 });
  await page.waitForFunction(() => document.querySelectorAll(".drawn polyline").length === 2);
  await page.waitForURL((url) => url.searchParams.get("q3") === "园区");
  assert.ok(await field.evaluate((one) => document.activeElement === one));
  // Each has the dashes and the mark of its field.
  const dashes = await page
    .locator(".drawn polyline")
    .evaluateAll((all) => all.map((line) => getComputedStyle(line).strokeDasharray));
  assert.equal(new Set(dashes).size, 2);
  const labels = await page.locator(".ends text").allTextContents();
  assert.deepEqual(labels.sort(), ["产业", "园区"]);
  await page.locator("select[name=of]").selectOption("share");
  await page.waitForURL(/of=share/);
  await page.waitForFunction(() =>
    document.querySelector(".scale text:last-of-type")?.textContent?.endsWith("%"),
  );
  await page.goBack();
  await page.waitForFunction(() => !location.search.includes("share"));
  await page.reload();
  assert.equal(await page.locator(".drawn polyline").count(), 2);
  assert.equal(await field.inputValue(), "园区");
});

await check(
  "the chart says its values where it is pointed at, and the table has them",
  async (page) => {
    await page.goto(`${base}/counts?${new URLSearchParams({ q: "产业", q2: "园区" })}`);
    const values = page.locator(".plot .values");
    assert.ok(await values.isHidden());
    await page.locator(".plot .reach").nth(2).hover();
    await values.waitFor();
    assert.equal(await page.locator(".plot .reach").nth(2).locator("title").count(), 0);
    const year = await values.locator(".time").textContent();
    const row = page.locator(".figures + .wide tbody tr", {
      has: page.locator(`th:text-is("${year}")`),
    });
    const cells = await row.locator("td").allInnerTexts();
    const shown = await values.locator(".n").allTextContents();
    assert.deepEqual(shown, [`${cells[1]} 篇 · ${cells[2]} 处`, `${cells[3]} 篇 · ${cells[4]} 处`]);
    for (const bar of [page.locator(".plot .reach").first(), page.locator(".plot .reach").last()]) {
      await bar.hover();
      const box = await values.boundingBox();
      assert.ok(box && box.x > 0 && box.x + box.width < 1280);
    }
    await page.mouse.move(10, 300);
    assert.ok(await values.isHidden());
    await row.locator("a").first().click();
    await page.waitForURL(/year=/);
    assert.equal(await page.locator(".count strong").innerText(), `${cells[1]} 篇`);
  },
);

await check("a long table comes when it is asked for", async (page) => {
  const asked = new URLSearchParams({ q: "产业", q2: "园区", by: "month" });
  await page.goto(`${base}/counts?${asked}`);
  assert.equal(await page.locator("table").count(), 0);
  await page.getByRole("link", { name: "数字表" }).click();
  await page.waitForSelector(".figures + .wide table");
  assert.match(page.url(), /table=all/);
  await page.getByRole("link", { name: "收起" }).click();
  await page.waitForSelector("table", { state: "detached" });
  assert.ok(!page.url().includes("table"));
  assert.ok(
    await page.evaluate(() => document.activeElement?.getAttribute("data-key") === "table"),
    "the focus stays on what folds it",
  );
});

await check("occurrences stand one below the other, in the order one chooses", async (page) => {
  await page.goto(`${base}/concordance?${new URLSearchParams({ q: "“园区”" })}`);
  const middles = await page
    .locator("table.lines mark")
    .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().left)));
  assert.ok(middles.length > 10);
  const wide = middles.filter((left) => left === middles[0]).length;
  assert.ok(wide > middles.length / 2, "those of one width begin at one place");
  await page.locator("th.right a").click();
  await page.waitForURL(/sort=right/);
  await page.waitForSelector('th.right[aria-sort="ascending"]');
  assert.ok(await page.evaluate(() => document.activeElement?.matches("th.right a")));
  const behind = (await page.locator("td.right").allInnerTexts()).map((text) =>
    text.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 1),
  );
  // Equal beginnings stand together.
  assert.equal(behind.filter((one, n) => one !== behind[n - 1]).length, new Set(behind).size);
  await page.locator("select[name=group]").selectOption("next");
  await page.waitForSelector("table.neighbours");
  assert.ok((await page.locator("table.neighbours tbody tr").count()) > 1);
  await page.goBack();
  await page.waitForSelector("table.lines");
  await page.locator("#q").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/d\/.*#p\d+/);
  assert.ok((await page.locator("mark.current").count()) === 1);
});

await check("the way back from a document leads to the search as it was left", async (page) => {
  await page.goto(searchFor("产业"));
  await page.locator('[data-key^="type="]').first().click();
  await page.waitForSelector(".chips a");
  const left = page.url();
  await page.locator(".hit h2 a").first().click();
  await page.waitForURL(/\/d\//);
  await page.locator(".number").first().click({ force: true });
  await page.getByRole("link", { name: "返回检索" }).click();
  await page.waitForURL(left);
});

await check("matches of a document, one after the other", async (page) => {
  const hit = await first("产业");
  await page.goto(`${base}${hit.url}?q=${encodeURIComponent("产业")}`);
  const n = await page.locator("#text mark").count();
  assert.ok(n > 2);
  const position = page.locator("[data-position]");
  assert.equal(await position.innerText(), "1");
  await page.keyboard.press("n");
  assert.equal(await position.innerText(), "2");
  await page.getByRole("link", { name: "下一处" }).click();
  assert.equal(await position.innerText(), "3");
  await page.keyboard.press("p");
  await page.keyboard.press("p");
  await page.keyboard.press("p");
  assert.equal(await position.innerText(), String(n), "before the first comes the last");
  assert.ok(
    await page.locator("mark.current").evaluate((mark) => {
      const box = mark.getBoundingClientRect();
      return box.top > 60 && box.bottom < innerHeight;
    }),
  );
  await page.locator("#q").fill("园区");
  await page.locator("#q").press("Enter");
  await page.waitForURL(/%E5%9B%AD%E5%8C%BA/);
});

await check("a paragraph is copied with its source, and has a link of its own", async (page) => {
  const hit = await first("产业");
  await page.goto(base + hit.url);
  const paragraph = page.locator("#p5");
  await paragraph.hover();
  await paragraph.locator(".number").click();
  assert.equal(new URL(page.url()).hash, "#p5");
  await page.getByRole("button", { name: "复制（附出处）" }).click();
  await page.getByRole("button", { name: "已复制" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const document_ = await (await fetch(`${base}/api/v1/documents/${hit.id}`)).json();
  const parts = [hit.title, hit.speaker, hit.meeting, hit.date, hit.path, "第5段"].filter(Boolean);
  assert.equal(copied, `${document_.paragraphs[4].text.trim()}\n——${parts.join("，")}`);
});

await check("what can be done with a paragraph that was linked to can be seen", async (page) => {
  await page.goto(`${base}${(await first("产业")).url}#p5`);
  const tools = page.locator(".tools");
  await tools.waitFor();
  assert.ok(
    await tools.evaluate((one) => {
      const top = document.querySelector(".top")?.getBoundingClientRect().bottom ?? NaN;
      return one.getBoundingClientRect().top >= top;
    }),
  );
});

await check("nothing jumps while a page comes and while one types", async (page) => {
  const shifts = () =>
    page.evaluate(
      () =>
        new Promise((done) => {
          new PerformanceObserver((list) =>
            done(list.getEntries().reduce((sum, one) => sum + /** @type {any} */ (one).value, 0)),
          ).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(0), 100);
        }),
    );
  const addresses = [
    searchFor("产业"),
    `${base}${(await first("产业")).url}?q=${encodeURIComponent("产业")}`,
    `${base}/counts?${new URLSearchParams({ q: "产业", q2: "园区" })}`,
    `${base}/concordance?${new URLSearchParams({ q: "产业" })}`,
  ];
  for (const address of addresses) {
    await page.goto(address, { waitUntil: "networkidle" });
    assert.ok(Number(await shifts()) < 0.02, `${address}: ${await shifts()}`);
  }
  await page.goto(searchFor("产业"), { waitUntil: "networkidle" });
  await page.locator("#q").press("End");
  await page.locator("#q").pressSequentially("园区建设", { delay: 150 });
  await page.waitForURL(/%E5%BB%BA%E8%AE%BE/);
  // The column of the filters stays where it is, and the hits beside it.
  const box = await page.locator(".found").boundingBox();
  assert.ok(box && box.x > 300);
});

await check("a document of 400,000 characters opens within a second and scrolls", async (page) => {
  const hit = await first("长卷标记");
  const started = performance.now();
  await page.goto(`${base}${hit.url}?q=${encodeURIComponent("长卷标记")}`, {
    waitUntil: "domcontentloaded",
  });
  await page.waitForFunction(() => document.querySelector("mark.current"));
  const took = performance.now() - started;
  console.log(`     opened in ${Math.round(took)} ms`);
  // The program of the checks is not an optimised one; what the browser does is its own time.
  const painted = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  );
  const waited = await page.evaluate(() => {
    const [entry] = performance.getEntriesByType("navigation");
    return entry instanceof PerformanceNavigationTiming
      ? entry.responseStart - entry.requestStart
      : 0;
  });
  console.log(
    `     painted at ${Math.round(painted)} ms, ${Math.round(waited)} ms of it in the server`,
  );
  assert.ok(took - waited < 1500, `the browser took ${took - waited} ms`);
  const slow = await page.evaluate(async () => {
    const gaps = [];
    let last = performance.now();
    for (let n = 0; n < 60; n += 1) {
      scrollBy(0, 600);
      await new Promise((next) => requestAnimationFrame(next));
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
    gaps.sort((a, b) => a - b);
    return { middle: gaps[30], most: gaps[59] };
  });
  console.log(`     frames: ${slow.middle.toFixed(1)} ms, at most ${slow.most.toFixed(1)} ms`);
  assert.ok(slow.middle < 50);
  assert.ok(await page.locator("nav.outline a[aria-current]").count());
  await page.keyboard.press("n");
  await page.waitForTimeout(200);
  assert.ok(
    await page.locator("mark.current").evaluate((mark) => {
      const box = mark.getBoundingClientRect();
      return box.top > 0 && box.bottom < innerHeight;
    }),
  );
});

await check("markup in names, titles, texts and queries is only text", async (page) => {
  const attack = `<img src=x onerror="document.title='坏了'">`;
  await page.goto(searchFor("标记注入"));
  assert.ok((await page.locator(".hit").first().innerText()).includes("<script>"));
  assert.equal(await page.locator("#results img, #results script").count(), 0);
  await page.locator("#q").fill(`"><script>document.title='坏了'</script>${attack}`);
  await page.locator("#q").press("Enter");
  await page.waitForURL(/script/);
  await page.waitForTimeout(400);
  assert.equal(await page.locator("main img, main script").count(), 0);
  for (const view of ["counts", "concordance"]) {
    await page.goto(
      `${base}/${view}?${new URLSearchParams({ q: "标记注入", q2: attack, type: attack })}`,
    );
    assert.equal(await page.locator("main img, main script").count(), 0);
    await page.goto(`${base}/${view}?${new URLSearchParams({ q: "标记注入" })}`);
    assert.equal(await page.locator("main img, main script").count(), 0);
  }
  await page.goto(searchFor("标记注入"));
  await page.locator(".hit h2 a").first().click();
  await page.waitForURL(/\/d\//);
  assert.ok((await page.locator("#text").innerText()).includes(attack));
  assert.equal(await page.locator("main img, main script").count(), 0);
  assert.ok(!(await page.title()).startsWith("坏了"));
});

await check("a server out of reach is said, and what was there stays", async (page) => {
  await page.goto(searchFor("产业"));
  await page.context().setOffline(true);
  await page.locator("#q").fill("园区");
  await page.getByRole("alert").getByText("连不上服务器").waitFor();
  assert.ok((await page.locator(".hit").count()) > 0);
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "重试" }).click();
  await shows(page, "园区");
  assert.ok(await page.locator("#trouble").isHidden());
});

await check(
  "searching, filtering and reading need no script",
  async (page) => {
    await page.goto(base);
    await page.locator("#q").fill("产业");
    await page.getByRole("button", { name: "检索" }).click();
    await page.waitForURL(/q=/);
    const facet = page.locator('[data-key^="type="]').first();
    const promised = count(await facet.locator(".n").innerText());
    await facet.click();
    assert.equal(count(await page.locator(".count strong").innerText()), promised);
    await page.locator("#q").fill("园区");
    await page.getByRole("button", { name: "检索" }).click();
    await page.waitForURL(/%E5%9B%AD/);
    assert.match(page.url(), /type=/, "a filter stays with the next search");
    await page.goto(searchFor("产业"));
    await page.locator("a[data-more]").click();
    await page.waitForURL(/offset=10/);
    await page.locator(".hit h2 a").first().click();
    assert.ok((await page.locator("#text mark").count()) > 0);
    await page.goto(searchFor("产业"));
    await page.getByRole("link", { name: "走势" }).click();
    await page.locator("input[name=q2]").fill("园区");
    await page.locator("select[name=by]").selectOption("month");
    await page.getByRole("button", { name: "应用" }).first().click();
    await page.waitForURL(/by=month/);
    assert.equal(await page.locator(".ends text").count(), 2);
    // What is pointed at has a title with its values.
    const said = await page.locator(".plot .reach title").nth(3).textContent();
    assert.match(said ?? "", /^\d{4}-\d\d\n产业：\d+ 篇 · \d+ 处\n园区：\d+ 篇 · \d+ 处$/);
    await page.getByRole("link", { name: "数字表" }).click();
    await page.waitForURL(/table=all/);
    assert.ok((await page.locator(".figures + .wide tbody tr").count()) > 24);
    await page.getByRole("link", { name: "语境" }).first().click();
    await page.locator("th.left a").click();
    await page.waitForURL(/sort=left/);
    await page.getByRole("link", { name: "下一页" }).click();
    await page.waitForURL(/offset=50/);
    assert.ok((await page.locator("table.lines tbody tr").count()) > 0);
  },
  { javaScriptEnabled: false },
);

await check(
  "the page speaks English to those who ask for it",
  async (page) => {
    await page.goto(searchFor("产业"));
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
    await page.getByRole("button", { name: "Search" }).waitFor();
  },
  { locale: "en-GB" },
);

await check("the first page is small, and all of it comes from here", async (page) => {
  /** @type {import("playwright-core").Response[]} */
  const responses = [];
  page.on("response", (response) => responses.push(response));
  await page.goto(searchFor("产业"), { waitUntil: "networkidle" });
  let bytes = 0;
  for (const response of responses) {
    assert.ok(response.url().startsWith(base) || response.url().startsWith("data:"));
    bytes += (await response.body()).length;
  }
  console.log(`     ${Math.round(bytes / 1024)} KB`);
  assert.ok(bytes < 120 * 1024, `${bytes} bytes`);
});

await check(
  "where there is little room, filters unfold and fold",
  async (page) => {
    await page.goto(searchFor("产业"));
    assert.ok(await page.locator(".filters").isHidden());
    await page.locator(".choices .filter-button").click();
    await page.locator(".filters").waitFor();
    await page.getByText("收起").click();
    assert.ok(await page.locator(".filters").isHidden());
  },
  { viewport: { width: 360, height: 740 } },
);

for (const [width, address] of /** @type {const} */ ([
  [320, searchFor("产业")],
  [320, `${base}${(await first("产业")).url}?q=${encodeURIComponent("产业")}`],
  [320, `${base}/counts?${new URLSearchParams({ q: "产业", q2: "园区", by: "month" })}`],
  [320, `${base}/concordance?${new URLSearchParams({ q: "产业" })}`],
  [320, `${base}/concordance?${new URLSearchParams({ q: "产业", group: "next" })}`],
  [800, searchFor("产业")],
])) {
  await check(
    `nothing sticks out at ${width} px: ${decodeURI(address).slice(base.length)}`,
    async (page) => {
      await page.goto(address);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    },
    { viewport: { width, height: 700 } },
  );
}

for (const address of [
  base,
  searchFor("云栈县"),
  searchFor("“没有这样的话语”"),
  `${base}${(await first("产业")).url}?q=${encodeURIComponent("产业")}`,
  `${base}/d/0000000000000000`,
  `${base}/counts`,
  `${base}/counts?${new URLSearchParams({ q: "产业", q2: "园区", q3: "会议", q4: "干部", q5: "企业" })}`,
  `${base}/concordance?${new URLSearchParams({ q: "云栈县", sort: "right" })}`,
  `${base}/concordance?${new URLSearchParams({ q: "产业", group: "previous" })}`,
]) {
  await check(
    `axe finds nothing serious: ${decodeURI(address).slice(base.length)}`,
    async (page) => {
      await page.goto(address);
      // Through the debugger: the page itself lets nothing in.
      await page.evaluate(axe);
      const find = (/** @type {any} */ rules) =>
        page.evaluate(async (rules) => {
          // @ts-expect-error put there by the line above
          const { violations } = await globalThis.axe.run(document, { runOnly: rules });
          return violations
            .filter((/** @type {any} */ one) =>
              ["serious", "critical", "moderate"].includes(one.impact),
            )
            .map((/** @type {any} */ one) => `${one.id}: ${one.nodes[0].html.slice(0, 160)}`);
        }, rules);
      assert.deepEqual(
        await find(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]),
        [],
      );
      // In the dark only colours are others.
      await page.emulateMedia({ colorScheme: "dark" });
      assert.deepEqual(await find({ type: "rule", values: ["color-contrast"] }), []);
    },
  );
}

await browser.close();
console.log(`page: ${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
