export const KINDS = ["pain", "need", "takeaway"];

const byKind = (one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
const bySupport = (one, other) => other.support - one.support;
// As the query in view.py has it: `place` and `name_place` stand for what it sorts by in the end.
const ORDERS = {
  kind: (one, other) => byKind(one, other) || bySupport(one, other) || one.place - other.place,
  support: (one, other) => bySupport(one, other) || byKind(one, other) || one.place - other.place,
  name: (one, other) => one.name_place - other.name_place,
};

/**
 * What a view shows of all rows: `shown` in order, of a `total` that it chooses from, and how many there would be
 * `byKind` and `byTopic`, whatever kind or topic is chosen. `topic` is a place in the list of topics, or -1.
 */
export function lookThrough(rows, view, topic) {
  const text = view.text.trim().toLowerCase();
  const found = { shown: [], total: 0, rejected: 0, byKind: {}, byTopic: [] };
  const count = (counts = {}, kind) => ({ ...counts, [kind]: (counts[kind] ?? 0) + 1 });
  for (const row of rows) {
    found.rejected += row.is_rejected;
    if (row.is_rejected !== view.rejected) continue;
    found.total += 1;
    row.said ??= `${row.text} ${row.words}`.toLowerCase();
    if ((view.alone && row.support !== 1) || (view.persona && !row.personas[view.persona]) || !row.said.includes(text)) continue;
    const isOfKind = !view.kinds.length || view.kinds.includes(row.kind);
    const isThere = topic < 0 || row.topics.includes(topic);
    if (isThere) found.byKind = count(found.byKind, row.kind);
    if (isOfKind) for (const place of row.topics) found.byTopic[place] = count(found.byTopic[place], row.kind);
    if (isOfKind && isThere) found.shown.push(row);
  }
  found.shown.sort((one, other) => other.is_pinned - one.is_pinned || ORDERS[view.sort](one, other));
  return found;
}
