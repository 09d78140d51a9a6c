import { put } from "./dom.js";

// What scrolls can be focused, for those who have no mouse.
const KEPT = "[tabindex='0'], textarea, input:not([type=file]), details[open]";

/**
 * Draw `el` anew, in another language say, as if nothing had moved: the focus, and what was scrolled, opened or
 * typed, is found again by its place among its parent's children.
 */
export function redrawInPlace(el, draw) {
  const focused = el.getRootNode().activeElement;
  const focusPath = el.contains(focused) ? pathTo(focused, el) : null;
  const kept = [...el.querySelectorAll(KEPT)].map((one) => ({
    path: pathTo(one, el),
    top: one.scrollTop,
    value: one.matches("textarea, input") ? one.value : null,
    caret: one.matches("textarea") ? [one.selectionStart, one.selectionEnd] : null,
    style: one.getAttribute("style"),
    isOpen: one.open,
  }));
  draw();
  for (const { path, top, value, caret, style, isOpen } of kept) {
    const [now, isThere] = at(path, el);
    if (!isThere) continue;
    if (isOpen) now.open = true;
    if (value !== null) now.value = value;
    if (caret) now.setSelectionRange(...caret);
    if (style) put(now, "style", style);
    now.scrollTop = top;
  }
  // What had the focus may be gone: what held it is next to it.
  for (let [now] = focusPath ? at(focusPath, el) : []; now && now !== el; now = now.parentElement) {
    now.focus({ preventScroll: true });
    if (now.matches(":focus")) break;
  }
}

function pathTo(element, el) {
  const path = [];
  for (let now = element; now !== el; now = now.parentElement) path.unshift([...now.parentElement.children].indexOf(now));
  return path;
}

/** What is at the end of the path, and whether that is all of it. */
function at(path, el) {
  let now = el;
  for (const index of path) {
    if (!now.children[index]) return [now, false];
    now = now.children[index];
  }
  return [now, true];
}
