import { Blocks } from "./blocks.js";
import { h, later, put, say } from "./dom.js";
import { redrawInPlace } from "./in_place.js";
import {
  amountsText, elapsedText, fullMomentText, labelsOf, momentText, noticeText, numberText, readingText, refusalText,
  retryText, tally, wordFor,
} from "./labels.js";
import { unpack } from "./packed.js";
import { STATES, Rows, canBeRetried, inOrder, isInFlight, placeOf } from "./rows.js";
import { Sending } from "./sending.js";
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
  const rows = new Rows(unpack(model.get("rows")), model.get("revision"));
  const views = new Set();
  const tell = (what, ...about) => views.forEach((view) => view[what](...about));
  const sending = new Sending(
    (message, bytes) => model.send(message, {}, [bytes]), () => tell("paintSending"), model.get("limit_bytes"),
  );
  const board = { rows, views, sending, isKernelGone: false };

  function receive(message, buffers) {
    hear(true);
    if (message.kind === "notice") tell("notice", message);
    else if (message.kind === "all") replace(unpack(buffers[0]), message.revision);
    else if (message.kind === "file") sending.receive(message);
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
    if (!isAlive) sending.lose();
    tell("paintConnection");
  }

  function replace(all, revision) {
    const before = [...rows.byId.keys()];
    rows.reset(all, revision);
    tell("change", all, before.filter((id) => !rows.byId.has(id)));
  }

  // Changes sent while a page was still loading are lost to it; Python answers with all rows if there were any.
  function ask() {
    model.send({ kind: "hello", revision: rows.revision });
  }

  model.on("msg:custom", receive);
  model.on("change:rows", () => replace(unpack(model.get("rows")), rows.revision));
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
      remarks: null,
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
    say(parts.about, [language, next.created_by, readingText(next, labels)].filter(Boolean).join(" · "));
    const hint = retryText(next.error, now, labels, locale);
    const reason = canBeRetried(next) && next.error?.message;
    sayWithTitle(parts.error, reason ? [reason, next.error.retry_at && hint].filter(Boolean).join(" ") : "");
    put(parts.retry, "title", hint || null);
    paintRemarks(next.remarks ?? []);
    if (parts.status !== next.status) {
      parts.status = next.status;
      parts.state.replaceChildren(shape(next.status), wordFor(next.status, labels.states));
    }
    say(parts.stage, next.status === "failed" ? "" : stageText(next));
    say(parts.found, amountsText(next, ["pains", "needs", "takeaways"], labels, locale));
    say(parts.size, amountsText(next, ["turns", "participants"], labels, locale));
    paintTime(now);
    paintRetry(next);
  }

  // "processing · processing" would say nothing twice.
  function stageText({ stage, status }) {
    return !stage || stage === status ? "" : wordFor(stage, labels.stages);
  }

  // Few rows have any, so nothing is made for the others.
  function paintRemarks(said) {
    if (!parts.remarks && said.length) {
      parts.remarks = h("details", { class: "pl-remarks", dir: "auto" }, h("summary"), h("ul"));
      name.append(parts.remarks);
    }
    if (!parts.remarks) return;
    put(parts.remarks, "hidden", !said.length);
    const [summary, list] = parts.remarks.children;
    say(summary, labels.remarks(said.length));
    if (list.childElementCount === said.length) said.forEach((remark, n) => say(list.children[n], remark));
    else list.replaceChildren(...said.map((remark) => h("li", {}, remark)));
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
    if (!canBeRetried(next) && retry.contains(document.activeElement)) element.focus({ preventScroll: true });
    put(retry, "hidden", !canBeRetried(next) || !canRetry);
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
  const { rows, sending } = board;
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
    const canUpload = model.get("can_upload");
    drawn = { locale, labels, canRetry: model.get("can_retry"), canUpload, ...skeleton(labels, canUpload) };
    put(el, "lang", locale);
    entries = new Map();
    sequence = [];
    blocks?.end();
    blocks = new Blocks(drawn.body, drawn.scroll, fill);
    const now = Date.now();
    insert([...rows.byId.values()], now);
    el.replaceChildren(drawn.head, drawn.news, drawn.sending, drawn.refusals, drawn.empty, drawn.scroll, drawn.target);
    paintName();
    paintSending();
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

  function paintSending() {
    const { labels } = drawn;
    put(drawn.sending, "hidden", !sending.isBusy);
    const [progress, words] = drawn.sending.children;
    put(progress, "max", Math.max(1, sending.total));
    put(progress, "value", sending.done);
    say(words, sending.isBusy ? labels.sending(sending.done + 1, sending.total, sending.name) : "");
    const lines = [
      ...sending.refused.map((one) => refusalText(one, labels, sending.limitBytes)),
      ...sending.known.map(({ name, title }) => `${name}: ${labels.here(title)}`),
    ];
    // The button must not take the focus along.
    if (!lines.length && drawn.refusals.contains(document.activeElement)) drawn.add.focus({ preventScroll: true });
    put(drawn.refusals, "hidden", !lines.length);
    say(drawn.refusals.querySelector("strong"), sending.refused.length ? labels.refused(sending.refused.length) : "");
    drawn.refusals.querySelector("ul").replaceChildren(...lines.map((line) => h("li", { dir: "auto" }, line)));
  }

  function dismiss() {
    sending.refused = [];
    sending.known = [];
    board.views.forEach((each) => each.paintSending());
  }

  // A file that is dragged over; text that is dragged is none of ours.
  function carriesFiles(event) {
    return drawn.canUpload && event.dataTransfer?.types.includes("Files");
  }

  function over(event) {
    if (!carriesFiles(event)) return;
    // Else the browser would leave the notebook and show the file.
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = "copy";
    put(el, "data-over", true);
  }

  function leave(event) {
    if (!el.contains(event.relatedTarget)) put(el, "data-over", false);
  }

  function drop(event) {
    put(el, "data-over", false);
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const folders = items.map((item) => item.webkitGetAsEntry?.()).filter((entry) => entry?.isDirectory);
    const names = new Set(folders.map((entry) => entry.name));
    sending.add([...event.dataTransfer.files].filter((file) => !names.has(file.name)), names);
  }

  function choose() {
    sending.add([...drawn.files.files]);
    // The same file can be chosen again.
    drawn.files.value = "";
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
      if (event.target.closest(".pl-add")) drawn.files.click();
      if (event.target.closest(".pl-dismiss")) dismiss();
      const button = event.target.closest("[data-retry]");
      if (!button || button.getAttribute("aria-disabled") === "true") return;
      entries.get(button.dataset.retry).asked(true);
      model.send({ kind: "retry", id: button.dataset.retry });
    },
    { signal },
  );
  el.addEventListener("change", (event) => event.target === drawn.files && choose(), { signal });
  for (const type of ["dragenter", "dragover"]) el.addEventListener(type, over, { signal });
  el.addEventListener("dragleave", leave, { signal });
  el.addEventListener("drop", drop, { signal });
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

  const view = { redraw, change, notice, paintConnection, paintSending };
  board.views.add(view);
  signal.addEventListener("abort", () => {
    board.views.delete(view);
    stopClock();
    blocks?.end();
  });
  model.on("change:project_name", paintName);
  model.on("change:connection", paintConnection);
  model.on("change:locale", () => redrawInPlace(el, redraw));
  redraw();
}

/** The parts that stay while rows come and go. */
function skeleton(labels, canUpload) {
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const light = h("span", { class: "pl-light", role: "status" });
  const numbers = Object.fromEntries(STATES.map((state) => [state, h("strong", {}, "0")]));
  const counts = STATES.map((state) =>
    h("li", { class: "pl-count", "data-state": state }, shape(state), numbers[state], labels.states[state]),
  );
  const [nothing, code, adds] = labels.empty;
  const titles = labels.columns.map((column) => h("div", { role: "columnheader" }, column));
  const notice = h("p", { class: "pl-notice", role: "status" });
  const add = h("button", { type: "button", class: "pl-button pl-add", hidden: !canUpload }, labels.add);
  const files = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1" });
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
    add,
    files,
    head: h("header", { class: "pl-head" }, name, add, files, light),
    sending: h(
      "div", { class: "pl-sending", hidden: true },
      h("progress", { "aria-label": labels.add }), h("span", { role: "status", dir: "auto" }),
    ),
    refusals: h(
      "div", { class: "pl-refusals", role: "alert", hidden: true },
      h("strong"), h("button", { type: "button", class: "pl-button pl-dismiss" }, labels.dismiss), h("ul"),
    ),
    target: h("p", { class: "pl-target", "aria-hidden": "true" }, labels.drop),
    news: h(
      "div",
      { class: "pl-board-news" },
      h("ul", { class: "pl-counts", "aria-label": labels.overview }, counts),
      notice,
    ),
    empty: h("p", { class: "pl-empty" }, h("strong", {}, nothing), h("code", {}, code), " ", adds, canUpload && ` ${labels.dropToo}`),
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
