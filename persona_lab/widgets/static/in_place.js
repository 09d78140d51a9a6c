import { put } from "./dom.js";

// What scrolls can be focused, for those who have no mouse.
const KEPT = "[tabindex='0'], textarea, input:not([type=file]), details";
const FOCUSABLE = "button, select, summary";

/**
 * Draw what is in `el` anew as if nothing had moved: the focus, and what was scrolled, opened or typed, is found again
 * by its data-key or data-id, and what has none by its place in what has one. Where what had the focus is gone, what
 * has the key that `instead` gives for its own gets it, or else what is around it.
 */
export function redrawInPlace(el, draw, instead = () => null) {
  const focused = el.getRootNode().activeElement;
  const focus = el.contains(focused) && { way: wayTo(focused, el), key: focused.dataset.key };
  const kept = [...el.querySelectorAll(KEPT)].map((one) => ({
    way: wayTo(one, el),
    top: one.scrollTop,
    value: one.matches("textarea, input") ? one.value : null,
    caret: one.matches("textarea") ? [one.selectionStart, one.selectionEnd] : null,
    style: one.getAttribute("style"),
    isOpen: one.open,
  }));
  draw();
  for (const { way, top, value, caret, style, isOpen } of kept) {
    const [now, isThere] = along(way, el);
    if (!isThere) continue;
    if (isOpen !== undefined) now.open = isOpen;
    if (value !== null) now.value = value;
    if (caret) now.setSelectionRange(...caret);
    if (style) put(now, "style", style);
    now.scrollTop = top;
  }
  if (focus) refocus(focus, el, instead);
}

function refocus({ way, key }, el, instead) {
  const [now, isThere] = along(way, el);
  const other = isThere || key === undefined ? null : named(instead(key), el, FOCUSABLE);
  for (let one = other ?? now; one; one = one.matches(".pl-root") ? null : one.parentElement) {
    one.focus({ preventScroll: true });
    if (one.matches(":focus")) break;
  }
}

const nameOf = ({ dataset }) => dataset.key ?? dataset.id;

function named(name, el, which = "[data-key], [data-id]") {
  return [...el.querySelectorAll(which)].find((one) => nameOf(one) === name);
}

/** The way from `el` to what is in it: names and, where one has none, its place among its parent's children. */
function wayTo(element, el) {
  const way = [];
  for (let now = element; now !== el; now = now.parentElement) {
    const name = nameOf(now);
    // A name is found wherever it is, so what lies between it and the next one doesn't matter.
    if (name !== undefined) way.unshift(name);
    else if (typeof way[0] !== "string") way.unshift([...now.parentElement.children].indexOf(now));
  }
  return way;
}

/** What is at the end of the way, and whether that is all of it. */
function along(way, el) {
  let now = el;
  for (const step of way) {
    const next = typeof step === "string" ? named(step, now) : now.children[step];
    if (!next) return [now, false];
    now = next;
  }
  return [now, true];
}
