const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element: h("li", { class: "pl-row", "data-id": row.id }, "text", child).
 * Children that are no nodes become text, so that data never turns into markup.
 * A property that is false, null or undefined is left out; true is written empty.
 */
export function h(tag, props = {}, ...children) {
  return dress(document.createElement(tag), props, children);
}

/** The same for the elements of a drawing. */
export function svg(tag, props = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), props, children);
}

function dress(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    // A handler written as an attribute would be code made from text.
    if (name.startsWith("on")) throw new TypeError(`use addEventListener for ${name}`);
    put(element, name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Write an attribute only where it differs: an unchanged row costs no layout. */
export function put(element, name, value) {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value === true ? "" : value)) {
    element.setAttribute(name, value === true ? "" : value);
  }
}

/** Write a text only where it differs: a selection in it, or a screen reader on it, isn't disturbed. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Call back after some time, unless the signal has ended the view by then. Returns a function that calls it off. */
export function later(milliseconds, callback, signal) {
  const timer = setTimeout(callback, milliseconds);
  const forget = () => clearTimeout(timer);
  signal.addEventListener("abort", forget, { once: true });
  return () => {
    forget();
    signal.removeEventListener("abort", forget);
  };
}
