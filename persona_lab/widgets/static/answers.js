import { h } from "./dom.js";

const MARK = /\[(\d+)\]/g;

/** An answer's text in paragraphs and lists: [{kind: "paragraph" | "list", lines: [[piece]]}]; a piece is a text or {n}. */
export function blocksOf(text) {
  return text
    .trim()
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((part) => {
      const lines = part.split("\n");
      const isList = lines.every((line) => line.startsWith("- "));
      return {
        kind: isList ? "list" : "paragraph",
        lines: lines.map((line) => piecesOf(isList ? line.slice(2) : line)),
      };
    });
}

export function piecesOf(line) {
  const pieces = [];
  let end = 0;
  for (const found of line.matchAll(MARK)) {
    if (found.index > end) pieces.push(line.slice(end, found.index));
    pieces.push({ n: Number(found[1]) });
    end = found.index + found[0].length;
  }
  if (end < line.length) pieces.push(line.slice(end));
  return pieces;
}

/** How many people stand behind a citation: who is quoted, and others who said the same. */
export function supportOf({ quote, others = [] }) {
  const people = new Set([quote, ...others].map((one) => `${one.interview_id}\n${one.speaker ?? ""}`));
  return people.size;
}

/** The text without its marks, for those who hear it. */
export function spokenText(text) {
  return text.replace(/\s*\[\d+\]/g, "").replace(/^- /gm, "").replace(/\s+/g, " ").trim();
}

/** "@P1 and @p" → the word that is being written at the caret after an @, or null. */
export function mentionAt(text, caret) {
  const found = /(?:^|\s)@([^\s@]*)$/u.exec(text.slice(0, caret));
  return found ? { from: caret - found[1].length, word: found[1] } : null;
}

/** A quote with who said it and where; with the words for it, there is a button that leads to the place. */
export function quoteOf(quote, cls, toThePlace = "") {
  const source = [quote.speaker, quote.interview_title].filter(Boolean).join(", ");
  const at = { "data-interview": quote.interview_id, "data-turn": quote.turn, "data-start": quote.start };
  return h(
    "blockquote",
    { class: cls, dir: "auto" },
    h("span", { lang: quote.language }, `“${quote.text}”`),
    h(
      "cite",
      { class: "pl-source" },
      source,
      toThePlace && h("button", { type: "button", class: "pl-button pl-quiet pl-place", ...at }, toThePlace),
    ),
  );
}

/** Tell Python where a quote's button leads to, as {kind: "open", interview_id, turn, start}. */
export function openPlaces(el, model, signal) {
  el.addEventListener(
    "click",
    (event) => {
      const at = event.target.closest(".pl-place")?.dataset;
      if (at) model.send({ kind: "open", interview_id: at.interview, turn: Number(at.turn), start: Number(at.start) });
    },
    { signal },
  );
}

/** Tell Python in which part the focus is, or was last, so that a cell can read it back. */
export function chooseFocused(el, parts, model, signal) {
  el.addEventListener(
    "focusin",
    (event) => {
      const id = event.target.closest(parts)?.dataset.id;
      if (!id || model.get("selected")?.[0] === id) return;
      model.set("selected", [id]);
      model.save_changes();
    },
    { signal },
  );
}
