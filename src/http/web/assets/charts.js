/**
 * The chart of years: dragging over bars chooses the years from the first to the last.
 */

/**
 * A drag that has begun on a bar of a chart.
 * @typedef {{chart: SVGSVGElement, selection: Element, start: number}} Drag
 */

/**
 * @param {HTMLElement} within where charts come and go
 * @param {(from: number, until: number) => void} choose
 */
export function dragYears(within, choose) {
  /** @type {Drag | undefined} */
  let drag;
  let dragged = false;

  /**
   * @param {SVGSVGElement} chart
   * @param {PointerEvent} event
   */
  const barAt = (chart, event) => {
    const box = chart.getBoundingClientRect();
    const x =
      ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
    const bar = Math.floor(x / Number(chart.dataset.step));
    return Math.max(0, Math.min(Number(chart.dataset.years) - 1, bar));
  };
  const stop = () => {
    drag?.selection.setAttribute("width", "0");
    drag = undefined;
  };
  within.addEventListener("dragstart", (event) => {
    if (event.target instanceof Element && event.target.closest("svg.years"))
      event.preventDefault();
  });
  within.addEventListener("pointerdown", (event) => {
    drag = undefined;
    dragged = false;
    const chart =
      event.target instanceof Element && event.target.closest("svg.years");
    const selection = chart && chart.querySelector(".selection");
    if (!(chart instanceof SVGSVGElement) || !selection || event.button !== 0)
      return;
    drag = { chart, selection, start: barAt(chart, event) };
  });
  within.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (event.buttons === 0) return stop();
    const { chart, selection, start } = drag;
    const end = barAt(chart, event);
    if (end !== start && !dragged) {
      dragged = true;
      chart.setPointerCapture(event.pointerId);
    }
    if (!dragged) return;
    const step = Number(chart.dataset.step);
    selection.setAttribute("x", String(Math.min(start, end) * step));
    selection.setAttribute("width", String((Math.abs(end - start) + 1) * step));
  });
  within.addEventListener("pointerup", (event) => {
    if (drag && dragged) {
      const { chart, start } = drag;
      const first = Number(chart.dataset.first);
      const end = barAt(chart, event);
      choose(first + Math.min(start, end), first + Math.max(start, end));
    }
    stop();
  });
  within.addEventListener("pointercancel", stop);
  within.addEventListener(
    "click",
    (event) => {
      // The end of a drag is no click on the bar that it ended on.
      if (!dragged) return;
      event.preventDefault();
      event.stopPropagation();
      dragged = false;
    },
    true,
  );
}
