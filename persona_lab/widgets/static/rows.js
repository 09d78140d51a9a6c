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

/** Where a row belongs among sorted ones: the index of the first that comes after it. */
export function placeOf(row, sorted, compare = inOrder) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle], row) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// What belongs to none, for the trait `filter_persona`.
export const NO_PERSONA = "none";

const lower = (text) => text.toLowerCase().normalize("NFC");

// The same as `title_order` of the tables: numbers in twelve digits, so that 2 comes before 10, and what lies beyond
// U+FFFF last, where UTF-16 would have it before U+E000.
function orderedTitle(title) {
  return lower(title)
    .replace(/\d+/g, (digits) => `00000000000${digits}`.slice(-12))
    .replace(/[\uE000-\uFFFF]/g, "\uD7FF$&");
}

// What the sorts of the trait `sort` go by; null is what has no value, and comes last.
const KEYS = {
  number: (row) => row.order,
  title: (row) => orderedTitle(row.title),
  state: (row) => STATES.indexOf(row.status),
  // With and without a fraction, as text.
  time: ({ changed_at: at }) => at.slice(0, -1) + (at.includes(".") ? "" : "."),
  who: (row) => row.created_by.toLowerCase(),
  persona: (row) => row.persona?.position ?? null,
  found: (row) => row.pains + row.needs + row.takeaways || null,
};

export const SORTS = Object.keys(KEYS);

/** How rows compare by a value of the trait `sort`; rows that are the same there stand as they were uploaded. */
export function ordering(sort) {
  const isDown = sort.startsWith("-");
  const keyOf = once(KEYS[isDown ? sort.slice(1) : sort]);
  return (one, other) => {
    const mine = keyOf(one);
    const others = keyOf(other);
    if (mine === others) return inOrder(one, other);
    if (mine === null || others === null) return mine === null ? 1 : -1;
    return mine < others === isDown ? 1 : -1;
  };
}

const wordsOf = once(({ title, created_by: who, persona }) =>
  lower([title, who, persona?.label, persona?.title].filter((word) => word !== undefined && word !== null).join(" ")),
);

/** Whether a row is shown: text is in title, uploader or persona, and the state and the persona are those wanted. */
export function filtering(text, states, persona) {
  const wanted = lower(text.trim());
  return (row) =>
    (!states.length || states.includes(row.status)) &&
    (!persona || (row.persona?.id ?? NO_PERSONA) === persona) &&
    (!wanted || wordsOf(row).includes(wanted));
}

/** The function, called once for each row. A row that changes is another one. */
function once(work) {
  const known = new WeakMap();
  return (row) => {
    let made = known.get(row);
    if (made === undefined) known.set(row, (made = work(row)));
    return made;
  };
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
