/**
 * The charts: dragging over bars of years chooses the years from the first to the last; what one
 * points at in a chart of lines says its values.
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

/**
 * Puts the values of what is pointed at into the box beside the lines. The server has written them
 * into titles, which browsers without scripts show.
 * @param {HTMLElement} within where charts come and go
 */
export function showValues(within) {
  /** @type {Element | undefined} */
  let plot;
  const hide = () => {
    plot?.querySelector(".values")?.setAttribute("hidden", "");
    plot?.querySelector(".cross")?.classList.remove("shown");
    plot = undefined;
  };
  within.addEventListener("pointerover", (event) => {
    const column =
      event.target instanceof Element && event.target.closest(".plot .reach");
    if (!(column instanceof SVGRectElement)) return hide();
    const title = column.querySelector("title");
    if (title) {
      column.dataset.values = title.textContent ?? "";
      title.remove();
    }
    plot = column.closest(".plot") ?? undefined;
    const box = plot?.querySelector(".values");
    const cross = plot?.querySelector(".cross");
    if (!(box instanceof HTMLElement) || !cross) return;
    const [time, ...values] = (column.dataset.values ?? "").split("\n");
    const rows = [...box.children];
    rows[0].textContent = time;
    values.forEach((value, n) => {
      const shown = rows[n + 1]?.querySelector(".n");
      if (shown) shown.textContent = value.slice(value.lastIndexOf("：") + 1);
    });
    const { x, width } = column;
    const at =
      x.baseVal.valueInSpecifiedUnits + width.baseVal.valueInSpecifiedUnits / 2;
    box.style.setProperty("--at", `${at}%`);
    box.classList.toggle("before", at > 50);
    for (const end of ["x1", "x2"]) cross.setAttribute(end, `${at}%`);
    cross.classList.add("shown");
    box.hidden = false;
  });
  within.addEventListener("pointerleave", hide);
}
