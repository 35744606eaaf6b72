// The browser of the checks: Debian's, or the one that CHROMIUM names.

import { chromium } from "playwright-core";

/** @returns {Promise<import("playwright-core").Browser>} */
export function launch() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
}
