/**
 * The chart of years: dragging over bars chooses the years from the first to the last.
 */

/**
 * @param {Element} within
 * @param {(from: number, until: number) => void} choose
 */
export function dragYears(within, choose) {
  const chart = within.querySelector("svg.years");
  const selection = chart?.querySelector(".selection");
  if (!(chart instanceof SVGSVGElement) || !selection) return;
  for (const hint of within.querySelectorAll(".scripted"))
    hint.removeAttribute("hidden");
  const first = Number(chart.dataset.first);
  const step = Number(chart.dataset.step);
  const years = Number(chart.dataset.years);
  /** @type {number | undefined} */
  let start;
  let dragged = false;

  /** @param {PointerEvent} event */
  const yearAt = (event) => {
    const box = chart.getBoundingClientRect();
    const x =
      ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
    return Math.max(0, Math.min(years - 1, Math.floor(x / step)));
  };
  /** @param {number} end */
  const paint = (end) => {
    if (start === undefined) return;
    selection.setAttribute("x", String(Math.min(start, end) * step));
    selection.setAttribute("width", String((Math.abs(end - start) + 1) * step));
  };
  const stop = () => {
    start = undefined;
    selection.setAttribute("width", "0");
  };
  chart.addEventListener("dragstart", (event) => event.preventDefault());
  chart.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = yearAt(event);
    dragged = false;
  });
  chart.addEventListener("pointermove", (event) => {
    if (start === undefined) return;
    const end = yearAt(event);
    if (end !== start && !dragged) {
      dragged = true;
      chart.setPointerCapture(event.pointerId);
    }
    if (dragged) paint(end);
  });
  chart.addEventListener("pointerup", (event) => {
    if (start !== undefined && dragged) {
      const end = yearAt(event);
      choose(first + Math.min(start, end), first + Math.max(start, end));
    }
    stop();
  });
  chart.addEventListener("pointercancel", stop);
  chart.addEventListener(
    "click",
    (event) => {
      // The end of a drag is no click on the bar that it ended on.
      if (dragged) {
        event.preventDefault();
        event.stopPropagation();
      }
      dragged = false;
    },
    true,
  );
}
