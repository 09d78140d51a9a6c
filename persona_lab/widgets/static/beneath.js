import { h, put, say } from "./dom.js";

/**
 * The place beneath a board where an interview is read that was opened on it; the widget to draw there is the
 * model's `reader`. `paint` says it in a language; `reach` brings whoever opened something there.
 */
export function beneathOf(model, host, signal) {
  const close = h("button", { type: "button", class: "pl-button" });
  const wrong = h("p", { class: "pl-error", role: "alert", hidden: true });
  const place = h("div");
  const element = h("section", { class: "pl-beneath", tabindex: "-1", hidden: true }, close, wrong, place);
  let drawn = null;
  let shown = null;
  let isAwaited = false;
  let cameFrom = null;

  function paint(words) {
    put(element, "aria-label", words.reading);
    say(close, words.close);
    say(wrong, words.notShown);
  }

  async function draw() {
    const ref = model.get("reader") ?? null;
    if (ref === shown) return;
    shown = ref;
    drawn?.abort();
    place.replaceChildren();
    put(element, "hidden", !ref);
    put(wrong, "hidden", true);
    if (!ref) return;
    drawn = new AbortController();
    const own = AbortSignal.any([signal, drawn.signal]);
    const el = h("div");
    place.append(el);
    try {
      const child = await host.getWidget(ref);
      await child.render({ el, signal: own });
    } catch (error) {
      console.warn(error);
      put(wrong, "hidden", false);
    }
    if (isAwaited && !own.aborted) reach();
  }

  /** Go there as soon as there is something to read; closing it leads back. */
  function reach() {
    cameFrom = document.activeElement;
    isAwaited = !shown;
    if (isAwaited) return;
    element.scrollIntoView({ block: "nearest" });
    element.focus({ preventScroll: true });
  }

  close.addEventListener("click", () => {
    model.send({ kind: "close" });
    if (cameFrom?.isConnected) cameFrom.focus();
  }, { signal });
  model.on("change:reader", draw);
  draw();
  return { element, paint, reach };
}
