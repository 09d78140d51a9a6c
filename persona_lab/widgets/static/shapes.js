import { svg } from "./dom.js";

// 16 × 16. Each state has an outline of its own, so that colour only repeats what the shape says.
const DRAWN = {
  processing: () => [svg("circle", { cx: 8, cy: 8, r: 5.5, class: "pl-stroke", "stroke-dasharray": "2.6 1.72" })],
  analyzing: () => [
    svg("circle", { cx: 8, cy: 8, r: 5.5, class: "pl-stroke" }),
    svg("path", { d: "M8 2.5 A5.5 5.5 0 0 1 8 13.5 Z", class: "pl-fill" }),
  ],
  completed: () => [
    svg("circle", { cx: 8, cy: 8, r: 6.25, class: "pl-fill" }),
    svg("path", { d: "M5.1 8.2 L7.2 10.3 L11 6", class: "pl-cut" }),
  ],
  failed: () => [
    svg("path", { d: "M8 1.9 L14.6 13.4 H1.4 Z", class: "pl-fill pl-round" }),
    svg("path", { d: "M8 6 V9.3 M8 11.3 V11.4", class: "pl-cut" }),
  ],
  live: () => [svg("circle", { cx: 8, cy: 8, r: 4.5, class: "pl-fill" })],
  reconnecting: () => [svg("path", { d: "M12.6 8 A4.6 4.6 0 1 1 8 3.4", class: "pl-stroke" })],
  offline: () => [
    svg("circle", { cx: 8, cy: 8, r: 4.6, class: "pl-stroke" }),
    svg("path", { d: "M3 13 L13 3", class: "pl-stroke" }),
  ],
};

/** The small drawing that stands before the word of a state. */
export function shape(name) {
  const parts = (Object.hasOwn(DRAWN, name) ? DRAWN[name] : DRAWN.processing)();
  return svg("svg", { class: "pl-shape", viewBox: "0 0 16 16", "aria-hidden": "true", "data-shape": name }, ...parts);
}
