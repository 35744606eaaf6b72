// Takes pictures of the main views: `node pictures.mjs ADDRESS FOLDER [NAME…]`.
// Without names all of them, at three widths, light and dark.

import { mkdir } from "node:fs/promises";

import { launch } from "./browser.mjs";

const [base, folder, ...names] = process.argv.slice(2);
const WIDTHS = [360, 800, 1440];

const browser = await launch();
const { hits } = await (
  await fetch(`${base}/api/v1/search?q=${encodeURIComponent("产业")}`)
).json();
const views = {
  start: "/",
  search: `/?q=${encodeURIComponent("产业")}`,
  filtered: `/?q=${encodeURIComponent("title:讲话 | “一廊三带六园” -火星")}&from=2022&until=2024`,
  nothing: `/?q=${encodeURIComponent("“没有这样的话语”")}&type=${encodeURIComponent("讲话")}`,
  masked: `/?q=${encodeURIComponent("云栈县")}`,
  document: `${hits[1].url}?q=${encodeURIComponent("产业")}`,
  counts: `/counts?${new URLSearchParams({ q: "产业", q2: "园区", q3: "“高质量发展”", of: "occurrences" })}`,
  concordance: `/concordance?${new URLSearchParams({ q: "“产业”", sort: "right" })}`,
  neighbours: `/concordance?${new URLSearchParams({ q: "“产业”", group: "next" })}`,
};
await mkdir(folder, { recursive: true });
for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of WIDTHS) {
    const height = width < 600 ? 740 : 900;
    const context = await browser.newContext({
      colorScheme,
      viewport: { width, height },
      locale: "zh-CN",
    });
    const page = await context.newPage();
    for (const [view, address] of Object.entries(views)) {
      const name = `${view}-${width}-${colorScheme}`;
      if (names.length > 0 && !names.includes(name)) continue;
      await page.goto(base + address, { waitUntil: "networkidle" });
      await page.screenshot({ path: `${folder}/${name}.png` });
    }
    await context.close();
  }
}
await browser.close();
