const HALVES = /[\ud800-\udfff]/;
// A syllable may be written as letters that join; what joins is folded together, and so keeps its place.
const JOINED = /[^][\u1160-\u11ff\p{M}]*/gu;

/** Where the code point `n` of a text stands in its UTF-16 units. */
export function unitsAt(text, n) {
  if (!HALVES.test(text)) return Math.min(n, text.length);
  let units = 0;
  for (const character of text) {
    if (n <= 0) break;
    n -= 1;
    units += character.length;
  }
  return units;
}

/** How many code points stand before that unit. */
export function pointsAt(text, units) {
  return HALVES.test(text) ? [...text.slice(0, units)].length : units;
}

/** A text as it is compared: however it is written, upper case or lower. `at` leads back to its units, null is the same. */
export function foldedOf(text) {
  const folded = fold(text);
  if (text === text.normalize("NFC") && folded.length === text.length) return { folded, at: null };
  let joined = "";
  const at = [];
  for (const { 0: piece, index } of text.matchAll(JOINED)) {
    const part = fold(piece);
    for (let n = 0; n < part.length; n += 1) at.push({ from: index, to: index + piece.length });
    joined += part;
  }
  return { folded: joined, at };
}

/** Where the text says it: [{from, to}] in its units. */
export function hitsIn({ folded, at }, words) {
  const found = [];
  const wanted = fold(words);
  for (let n = folded.indexOf(wanted); wanted && n >= 0; n = folded.indexOf(wanted, n + wanted.length)) {
    const end = n + wanted.length;
    found.push(at ? { from: at[n].from, to: at[end - 1].to } : { from: n, to: end });
  }
  return found;
}

/** A text in pieces, each with the spans that cover it: spans are [{from, to, …}], and may overlap. */
export function piecesOf(text, spans) {
  const bounds = new Set([0, text.length]);
  for (const { from, to } of spans) bounds.add(from).add(to);
  const sorted = [...bounds].sort((one, other) => one - other);
  return sorted.slice(1).map((end, n) => ({
    text: text.slice(sorted[n], end),
    spans: spans.filter(({ from, to }) => from <= sorted[n] && end <= to),
  }));
}

/** What is selected within an element: {from, to} in units of its text; null where nothing is. */
export function selectedIn(element) {
  const selection = document.getSelection();
  const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0).cloneRange() : null;
  if (!range?.intersectsNode(element)) return null;
  const whole = new Range();
  whole.selectNodeContents(element);
  if (range.compareBoundaryPoints(Range.START_TO_START, whole) < 0) range.setStart(whole.startContainer, whole.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, whole) > 0) range.setEnd(whole.endContainer, whole.endOffset);
  const words = range.toString();
  whole.setEnd(range.startContainer, range.startOffset);
  const from = whole.toString().length;
  return words.trim() ? { from, to: from + words.length } : null;
}

/** "1:02:03" or "12:05". */
export function clockText(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function fold(text) {
  return text.normalize("NFC").toLowerCase();
}
