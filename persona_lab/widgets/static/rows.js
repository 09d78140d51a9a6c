export const STATES = ["processing", "analyzing", "completed", "failed"];

export function isInFlight(row) {
  return row.status === "processing" || row.status === "analyzing";
}

/** Whether there is a result to be tried for again: there is none, or only an old one. */
export function canBeRetried(row) {
  return row.status === "failed" || row.stage === "outdated";
}

export function inOrder(one, other) {
  return one.order - other.order || (one.id < other.id ? -1 : Number(one.id > other.id));
}

/** Where a row belongs among sorted entries, each `{ row }`: the index of the first that comes after it. */
export function placeOf(row, sorted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (inOrder(sorted[middle].row, row) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The rows of a board by id, counted by state as they change.
 * `revision` is the number of the newest change they hold. Changes are numbered without gaps, so
 * `apply` can tell a change that is already here ("known") from one that came after a lost one ("gap").
 */
export class Rows {
  constructor(rows, revision) {
    this.reset(rows, revision);
  }

  reset(rows, revision) {
    this.revision = revision;
    this.byId = new Map();
    this.counts = Object.fromEntries(STATES.map((state) => [state, 0]));
    for (const row of rows) this.#put(row);
  }

  apply({ rows, removed, revision }) {
    if (revision <= this.revision) return "known";
    if (revision > this.revision + 1) return "gap";
    this.revision = revision;
    for (const row of rows) this.#put(row);
    for (const id of removed) this.#take(id);
    return "applied";
  }

  #put(row) {
    this.#count(this.byId.get(row.id), -1);
    this.#count(row, +1);
    this.byId.set(row.id, row);
  }

  #take(id) {
    this.#count(this.byId.get(id), -1);
    this.byId.delete(id);
  }

  #count(row, step) {
    if (STATES.includes(row?.status)) this.counts[row.status] += step;
  }
}
