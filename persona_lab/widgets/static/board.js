import { Blocks } from "./blocks.js";
import { h, later, put, say } from "./dom.js";
import {
  amountsText, elapsedText, fullMomentText, labelsOf, momentText, noticeText, numberText, tally, wordFor,
} from "./labels.js";
import { STATES, Rows, inOrder, isInFlight, placeOf } from "./rows.js";
import { shape } from "./shapes.js";

const NOTICE_MILLISECONDS = 5000;
const ERROR_MILLISECONDS = 12000;
const FADE_MILLISECONDS = 500;

// Keys that scroll the list or press a button here, and do something else to the notebook around it.
const OWN_KEYS = new Set(["Enter", " ", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End"]);

/**
 * Follow the project for as long as the model lives. All views of the widget read from here, so a view that
 * is opened later shows the present and not what was true when the cell ran.
 */
function follow(model) {
  const rows = new Rows(model.get("rows"), model.get("revision"));
  const views = new Set();
  const board = { rows, views, isKernelGone: false };
  const tell = (what, ...about) => views.forEach((view) => view[what](...about));

  function receive(message) {
    hear(true);
    if (message.kind === "notice") tell("notice", message);
    else if (message.kind === "all") replace(message);
    else if (message.kind === "rows") {
      const outcome = rows.apply(message);
      if (outcome === "applied") tell("change", message.rows, message.removed);
      if (outcome === "gap") ask();
    }
  }

  // A kernel that is gone can't say so. The notebook reports a change of the comm but not to what; whatever
  // is received afterwards shows that it lives.
  function hear(isAlive) {
    if (board.isKernelGone !== isAlive) return;
    board.isKernelGone = !isAlive;
    tell("paintConnection");
  }

  function replace(message) {
    const before = [...rows.byId.keys()];
    rows.reset(message.rows, message.revision);
    tell("change", message.rows, before.filter((id) => !rows.byId.has(id)));
  }

  // Changes sent while a page was still loading are lost to it; Python answers with all rows if there were any.
  function ask() {
    model.send({ kind: "hello", revision: rows.revision });
  }

  model.on("msg:custom", receive);
  model.on("change:rows", () => replace({ rows: model.get("rows"), revision: rows.revision }));
  model.on("comm_live_update", () => hear(false));
  ask();
  return board;
}

/**
 * One row: a line with its title at first, and all the rest once it comes near the part that is on show.
 * `paint` writes what differs.
 */
function entryOf(row, { labels, locale, canRetry }) {
  const title = h("div", { class: "pl-title", dir: "auto" });
  const name = h("div", { class: "pl-cell pl-cell-name", role: "cell" }, title);
  const element = h("div", { class: "pl-line pl-row", role: "row", tabindex: "-1", "data-id": row.id }, name);
  const entry = { row, element, fill, paint, tick, asked };
  let parts = null;

  function fill(now) {
    if (parts) return;
    parts = {
      about: h("div", { class: "pl-meta", dir: "auto" }),
      error: h("div", { class: "pl-error", dir: "auto" }),
      state: h("div", { class: "pl-state" }),
      stage: h("div", { class: "pl-meta pl-stage" }),
      time: h("time", { class: "pl-time" }),
      found: h("div", { class: "pl-found" }),
      size: h("div", { class: "pl-meta pl-size" }),
      retry: h("button", { type: "button", class: "pl-button", "data-retry": row.id }, labels.retry),
      status: null,
    };
    name.append(parts.about, parts.error);
    element.append(
      h("div", { class: "pl-cell pl-cell-state", role: "cell" }, parts.state, parts.stage),
      h("div", { class: "pl-cell pl-cell-time", role: "cell" }, parts.time),
      h("div", { class: "pl-cell pl-cell-found", role: "cell" }, parts.found, parts.size, parts.retry),
    );
    paintParts(entry.row, now);
  }

  function paint(next, now) {
    entry.row = next;
    sayWithTitle(title, next.title);
    put(element, "data-status", next.status);
    if (parts) paintParts(next, now);
  }

  function paintParts(next, now) {
    const language = next.language && wordFor(next.language, labels.languages);
    say(parts.about, [language, next.created_by].filter(Boolean).join(" · "));
    sayWithTitle(parts.error, (next.status === "failed" && next.error?.message) || "");
    if (parts.status !== next.status) {
      parts.status = next.status;
      parts.state.replaceChildren(shape(next.status), wordFor(next.status, labels.states));
    }
    say(parts.stage, isInFlight(next) ? stageText(next) : "");
    say(parts.found, amountsText(next, ["pains", "needs", "takeaways"], labels, locale));
    say(parts.size, amountsText(next, ["turns", "participants"], labels, locale));
    paintTime(now);
    paintRetry(next);
  }

  // "processing · processing" would say nothing twice.
  function stageText({ stage, status }) {
    return !stage || stage === status ? "" : wordFor(stage, labels.stages);
  }

  function paintTime(now) {
    const iso = isInFlight(entry.row) ? since(entry.row) : entry.row.changed_at;
    put(parts.time, "datetime", iso);
    if (isInFlight(entry.row)) tick(now);
    else say(parts.time, momentText(iso, now, locale));
  }

  function tick(now) {
    if (parts) say(parts.time, elapsedText(Date.parse(since(entry.row)), now, labels));
  }

  function paintRetry(next) {
    const { retry } = parts;
    // A button that goes while it has the focus would throw the reader back to the top of the page.
    if (next.status !== "failed" && retry.contains(document.activeElement)) element.focus({ preventScroll: true });
    put(retry, "hidden", next.status !== "failed" || !canRetry);
    put(retry, "aria-label", labels.retryOf(next.title));
    asked(false);
  }

  // Disabled by ARIA alone: the `disabled` attribute would take the focus away.
  function asked(isAsked) {
    if (!parts) return;
    put(parts.retry, "aria-disabled", isAsked ? "true" : false);
    say(parts.retry, isAsked ? labels.retrying : labels.retry);
  }

  return entry;
}

/** When the present attempt began; a retry starts anew. */
function since(row) {
  return row.started_at ?? row.changed_at ?? row.added_at;
}

function sayWithTitle(element, text) {
  say(element, text);
  put(element, "title", text || null);
}

/** Draw the board of one view and keep it true. */
function show({ board, model, el, signal }) {
  const { rows } = board;
  let drawn; // the parts of the present drawing
  let entries; // id → entry
  let sequence; // the entries in the order they stand in
  let shown = new Map(); // notices on show
  let stopNotice = () => {};
  let clock = null;
  let blocks = null;

  el.classList.add("pl-root", "pl-board");

  function redraw() {
    const locale = model.get("locale");
    const labels = labelsOf(locale);
    drawn = { locale, labels, canRetry: model.get("can_retry"), ...skeleton(labels) };
    put(el, "lang", locale);
    entries = new Map();
    sequence = [];
    blocks?.end();
    blocks = new Blocks(drawn.body, drawn.scroll, fill);
    const now = Date.now();
    insert([...rows.byId.values()], now);
    el.replaceChildren(drawn.head, drawn.news, drawn.empty, drawn.scroll);
    paintName();
    paintConnection();
    paintCounts();
  }

  function fill(elements) {
    const now = Date.now();
    for (const element of elements) entries.get(element.dataset.id)?.fill(now);
  }

  function change(changed, removed) {
    const now = Date.now();
    const fresh = [];
    take(removed);
    for (const row of changed) {
      const entry = entries.get(row.id);
      if (entry && entry.row.order === row.order) entry.paint(row, now);
      else {
        if (entry) take([row.id]);
        fresh.push(row);
      }
    }
    for (const entry of insert(fresh, now)) put(entry.element, "data-fresh", true);
    paintCounts();
  }

  function insert(fresh, now) {
    const made = fresh.sort(inOrder).map((row) => {
      const entry = entryOf(row, drawn);
      entry.paint(row, now);
      entries.set(row.id, entry);
      return entry;
    });
    for (const entry of made) place(entry, now);
    return made;
  }

  function place(entry, now) {
    const index = placeOf(entry.row, sequence);
    const isNear = blocks.add(entry.element, sequence[index]?.element);
    sequence.splice(index, 0, entry);
    if (isNear) entry.fill(now);
  }

  function take(ids) {
    const gone = ids.map((id) => entries.get(id)).filter(Boolean);
    if (!gone.length) return;
    for (const entry of gone) {
      if (entry.element.contains(document.activeElement)) drawn.scroll.focus({ preventScroll: true });
      entries.delete(entry.row.id);
      blocks.remove(entry.element);
    }
    sequence = sequence.filter((entry) => entries.get(entry.row.id) === entry);
  }

  function paintName() {
    sayWithTitle(drawn.name, model.get("project_name"));
  }

  function paintCounts() {
    for (const state of STATES) {
      say(drawn.numbers[state], numberText(rows.counts[state], drawn.locale));
      put(drawn.numbers[state].parentElement, "data-none", rows.counts[state] === 0);
    }
    put(drawn.empty, "hidden", rows.byId.size > 0);
    put(drawn.scroll, "hidden", rows.byId.size === 0);
    keepTime();
  }

  function paintConnection() {
    const connection = board.isKernelGone ? "offline" : model.get("connection");
    put(drawn.light, "data-connection", connection);
    put(drawn.light, "title", drawn.labels.connectionHints[connection]);
    drawn.light.replaceChildren(shape(connection), wordFor(connection, drawn.labels.connections));
  }

  function keepTime() {
    const isNeeded = rows.counts.processing + rows.counts.analyzing > 0 && !signal.aborted;
    if (isNeeded && clock === null) clock = setInterval(tick, 1000);
    if (!isNeeded) stopClock();
  }

  function tick() {
    const now = Date.now();
    for (const { row, tick: tickRow } of sequence) if (isInFlight(row)) tickRow(now);
  }

  function stopClock() {
    clearInterval(clock);
    clock = null;
  }

  function notice(message) {
    if (message.id) entries.get(message.id)?.asked(false);
    shown = tally(shown, message);
    say(drawn.notice, noticeText(shown, drawn.labels));
    put(drawn.notice, "title", drawn.notice.textContent);
    put(drawn.notice, "data-wrong", shown.has("error"));
    put(drawn.notice, "data-shown", true);
    stopNotice();
    stopNotice = later(shown.has("error") ? ERROR_MILLISECONDS : NOTICE_MILLISECONDS, fade, signal);
  }

  function fade() {
    shown = new Map();
    put(drawn.notice, "data-shown", false);
    stopNotice = later(FADE_MILLISECONDS, () => say(drawn.notice, ""), signal);
  }

  el.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("[data-retry]");
      if (!button || button.getAttribute("aria-disabled") === "true") return;
      entries.get(button.dataset.retry).asked(true);
      model.send({ kind: "retry", id: button.dataset.retry });
    },
    { signal },
  );
  // The whole moment is written out only for the time somebody points at.
  el.addEventListener(
    "pointerover",
    (event) => {
      const time = event.target.closest("time");
      if (time) put(time, "title", fullMomentText(time.getAttribute("datetime"), drawn.locale));
    },
    { signal },
  );
  el.addEventListener("keydown", (event) => OWN_KEYS.has(event.key) && event.stopPropagation(), { signal });

  const view = { redraw, change, notice, paintConnection };
  board.views.add(view);
  signal.addEventListener("abort", () => {
    board.views.delete(view);
    stopClock();
    blocks?.end();
  });
  model.on("change:project_name", paintName);
  model.on("change:connection", paintConnection);
  model.on("change:locale", redraw);
  redraw();
}

/** The parts that stay while rows come and go. */
function skeleton(labels) {
  const name = h("h3", { class: "pl-board-name", dir: "auto" });
  const light = h("span", { class: "pl-light", role: "status" });
  const numbers = Object.fromEntries(STATES.map((state) => [state, h("strong", {}, "0")]));
  const counts = STATES.map((state) =>
    h("li", { class: "pl-count", "data-state": state }, shape(state), numbers[state], labels.states[state]),
  );
  const [nothing, code, adds] = labels.empty;
  const titles = labels.columns.map((column) => h("div", { role: "columnheader" }, column));
  const notice = h("p", { class: "pl-notice", role: "status" });
  const body = h("div", { class: "pl-blocks", role: "presentation" });
  const table = h(
    "div",
    { role: "table", "aria-label": labels.interviews },
    h("div", { class: "pl-top", role: "rowgroup" }, h("div", { class: "pl-line pl-titles", role: "row" }, titles)),
    body,
  );
  return {
    name,
    light,
    numbers,
    notice,
    body,
    head: h("header", { class: "pl-board-head" }, name, light),
    news: h(
      "div",
      { class: "pl-board-news" },
      h("ul", { class: "pl-counts", "aria-label": labels.overview }, counts),
      notice,
    ),
    empty: h("p", { class: "pl-empty" }, h("strong", {}, nothing), h("code", {}, code), " ", adds),
    // Reachable by keyboard, so that it can be scrolled by keyboard.
    scroll: h("div", { class: "pl-scroll", role: "region", "aria-label": labels.interviews, tabindex: "0" }, table),
  };
}

/** A function, so that each model has its own board: `initialize` and `render` are given different model objects. */
export default () => {
  let board;
  return {
    initialize({ model }) {
      board = follow(model);
    },
    render({ model, el, signal }) {
      show({ board, model, el, signal });
    },
  };
};
