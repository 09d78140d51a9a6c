import { beneathOf } from "./beneath.js";
import { Blocks } from "./blocks.js";
import { boardWords } from "./board_words.js";
import { h, later, put, say } from "./dom.js";
import { redrawInPlace } from "./in_place.js";
import { labelsOf, noticeText, numberText, fullMomentText, refusalText, tally, wordFor } from "./labels.js";
import { unpack } from "./packed.js";
import { entryOf, sayWithTitle } from "./row.js";
import { NO_PERSONA, Rows, SORTS, STATES, canBeRetried, filtering, isInFlight, ordering, placeOf } from "./rows.js";
import { Sending } from "./sending.js";
import { shape } from "./shapes.js";

const NOTICE_MILLISECONDS = 5000;
const ERROR_MILLISECONDS = 12000;
const FADE_MILLISECONDS = 500;
const TYPING_MILLISECONDS = 150;
const PAGE_ROWS = 8;
// Beyond so many, all rows are put in order anew.
const MANY = 100;

// Keys that do something here, and something else to the notebook around it.
const OWN_KEYS = new Set([
  "Enter", " ", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", "Delete", "Escape",
]);
const WRITTEN_IN = "input:not([type=checkbox]), textarea, select, [contenteditable]";

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
    else if (message.kind === "details") tell("detail", message);
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

/** Draw the board of one view and keep it true. */
function show({ board, model, el, signal, host }) {
  const { rows, sending } = board;
  let drawn; // the parts of the present drawing
  let entries; // id → what stands for the row, of those that were near
  let placed; // id → the row as it stands in its place
  let selected; // ids
  let activeId = null; // of the row that Tab leads to
  let anchorId = null; // of the row that a range begins with
  let passes; // whether a row is shown
  let compare; // how rows stand to each other
  let shown = new Map(); // notices on show
  let stopNotice = () => {};
  let stopTyping = () => {};
  let clock = null;
  let blocks = null;
  let pasted = "";
  const beneath = beneathOf(model, host, signal);

  el.classList.add("pl-root", "pl-board");
  // What is pasted goes to what has the focus; pressing on any part of the board shall do.
  put(el, "tabindex", "-1");

  const set = (values) => {
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    model.save_changes();
  };

  function redraw() {
    const locale = model.get("locale");
    const can = Object.fromEntries(
      ["retry", "upload", "delete", "open"].map((what) => [`can${what[0].toUpperCase()}${what.slice(1)}`, model.get(`can_${what}`)]),
    );
    drawn = { locale, labels: labelsOf(locale), words: boardWords(locale), ...can };
    Object.assign(drawn, skeleton(drawn));
    put(el, "lang", locale);
    const opened = [...(entries?.values() ?? [])].filter((entry) => entry.isOpen);
    entries = new Map();
    blocks?.end();
    blocks = new Blocks(drawn.body, drawn.scroll, elementOf);
    for (const { row, told } of opened) {
      elementOf(row);
      entries.get(row.id).told = told;
      entries.get(row.id).open(true);
    }
    beneath.paint(drawn.words);
    el.replaceChildren(...drawn.parts, beneath.element);
    paintName();
    paintSending();
    paintConnection();
    paintWanted();
    paintDeleted();
    arrange();
  }

  function elementOf(row) {
    if (!entries.has(row.id)) entries.set(row.id, entryOf(row, drawn));
    const entry = entries.get(row.id);
    entry.paint(row, Date.now());
    entry.mark(selected?.has(row.id) ?? false);
    entry.activate(row.id === activeId);
    return entry.element;
  }

  /** Put all rows in order anew, those that are wanted. */
  function arrange() {
    passes = filtering(model.get("filter_text"), model.get("filter_states"), model.get("filter_persona"));
    compare = ordering(model.get("sort"));
    const all = [...rows.byId.values()].filter(passes).sort(compare);
    placed = new Map(all.map((row) => [row.id, row]));
    selected = new Set(model.get("selected"));
    if (!placed.has(activeId)) activeId = all[0]?.id ?? null;
    keepingFocus(() => blocks.reset(all));
    paintCounts();
  }

  /** Do what may take the focused row out for a moment, or for good: its neighbour has the focus then. */
  function keepingFocus(work) {
    const held = document.activeElement;
    const id = drawn.body.contains(held) && held.closest(".pl-row").dataset.id;
    const before = id ? [...blocks.rows] : [];
    work();
    if (!id || document.activeElement === held) return;
    if (drawn.body.contains(held)) {
      held.focus({ preventScroll: true });
      return;
    }
    const index = before.findIndex((row) => row.id === id);
    const next = [...before.slice(index), ...before.slice(0, index).reverse()].find((row) => placed.has(row.id));
    goTo(indexOf(placed.get(next?.id)), { preventScroll: true });
  }

  function indexOf(row) {
    return row && blocks.rows.length ? placeOf(row, blocks.rows, compare) - 1 : -1;
  }

  function change(changed, removed) {
    const now = Date.now();
    if (changed.length + removed.length > MANY) arrange();
    else {
      let isMoved = false;
      keepingFocus(() => {
        for (const id of removed) isMoved = take(id) || isMoved;
        for (const row of changed) isMoved = putRow(row, now) || isMoved;
      });
      if (isMoved) blocks.number();
      paintCounts();
    }
    for (const id of removed) entries.delete(id);
    for (const row of changed) if (entries.get(row.id)?.isOpen) ask(row.id);
  }

  /** Show the row as it is now; say whether any had to move. */
  function putRow(row, now) {
    const before = placed.get(row.id);
    if (before && passes(row) && compare(before, row) === 0) {
      blocks.rows[indexOf(before)] = row;
      placed.set(row.id, row);
      entries.get(row.id)?.paint(row, now);
      return false;
    }
    const isGone = take(row.id);
    if (!passes(row)) return isGone;
    placed.set(row.id, row);
    activeId ??= row.id;
    blocks.insert(placeOf(row, blocks.rows, compare), row);
    if (!before) put(entries.get(row.id)?.element ?? el, "data-fresh", entries.has(row.id));
    return true;
  }

  function take(id) {
    const before = placed.get(id);
    if (!before) return false;
    const index = indexOf(before);
    blocks.remove(index);
    placed.delete(id);
    if (id === activeId) activate(blocks.rows[Math.min(index, blocks.rows.length - 1)]?.id ?? null);
    return true;
  }

  function activate(id) {
    if (id === activeId) return;
    entries.get(activeId)?.activate(false);
    activeId = id;
    entries.get(id)?.activate(true);
  }

  function goTo(index, how) {
    if (index < 0 || index >= blocks.rows.length) {
      if (!blocks.rows.length) drawn.find.focus({ preventScroll: true });
      return;
    }
    const element = blocks.reach(index);
    activate(element.dataset.id);
    element.focus(how);
    // The head of the table stays where it is, over what is beneath it.
    const over = drawn.top.getBoundingClientRect().bottom - element.getBoundingClientRect().top;
    if (!how && over > 0) drawn.scroll.scrollTop -= over;
  }

  // What is chosen.

  const chosen = () => blocks.rows.filter((row) => selected.has(row.id));

  function choose(ids) {
    const before = chosen().length;
    set({ selected: [...ids].filter((id) => rows.byId.has(id)) });
    if (before !== chosen().length) announce(drawn.words.selected(numberText(chosen().length, drawn.locale)));
  }

  function toggle(id, isRange) {
    const wanted = new Set(selected);
    const ends = [indexOf(placed.get(isRange ? anchorId : id)), indexOf(placed.get(id))];
    if (isRange && ends[0] >= 0) {
      for (const row of blocks.rows.slice(Math.min(...ends), Math.max(...ends) + 1)) wanted.add(row.id);
    } else {
      if (!wanted.delete(id)) wanted.add(id);
      anchorId = id;
    }
    choose(wanted);
  }

  function chooseAll(isWanted) {
    const ids = blocks.rows.map((row) => row.id);
    const others = new Set(selected);
    for (const id of ids) others.delete(id);
    choose(isWanted ? [...others, ...ids] : others);
  }

  function paintSelected() {
    selected = new Set(model.get("selected"));
    for (const [id, entry] of entries) entry.mark(selected.has(id));
    const its = chosen();
    const { words, locale } = drawn;
    const failed = its.filter(canBeRetried).length;
    drawn.all.checked = its.length > 0 && its.length === blocks.rows.length;
    drawn.all.indeterminate = its.length > 0 && !drawn.all.checked;
    // A button must not take the focus along.
    if (!its.length && drawn.chosen.contains(document.activeElement)) goTo(indexOf(placed.get(activeId)));
    put(drawn.chosen, "hidden", !its.length);
    say(drawn.chosen.firstElementChild, words.selected(numberText(its.length, locale)));
    put(drawn.retryThose, "hidden", !failed || !drawn.canRetry);
    say(drawn.retryThose, words.retryThose(numberText(failed, locale)));
    say(drawn.deleteThose, words.delete(numberText(its.length, locale)));
  }

  function remove(ids) {
    if (drawn.canDelete && ids.length) model.send({ kind: "delete", ids });
  }

  function paintDeleted() {
    const gone = model.get("deleted");
    const { words, locale } = drawn;
    if (!gone.length && drawn.deleted.contains(document.activeElement)) goTo(indexOf(placed.get(activeId)));
    put(drawn.deleted, "hidden", !gone.length);
    sayWithTitle(drawn.deleted.firstElementChild, gone.length ? words.deleted(numberText(gone.length, locale), gone[0].title) : "");
    return gone.length > 0;
  }

  function undo() {
    if (!model.get("deleted").length) return;
    model.send({ kind: "restore" });
  }

  function announce(words) {
    say(drawn.said, words);
  }

  // What is wanted.

  function paintWanted() {
    const states = model.get("filter_states");
    for (const state of STATES) put(drawn.numbers[state].parentElement, "aria-pressed", String(states.includes(state)));
    const text = model.get("filter_text");
    if (drawn.find.value.trim() !== text.trim()) drawn.find.value = text;
    const sort = model.get("sort");
    const [by, isDown] = [sort.replace("-", ""), sort.startsWith("-")];
    drawn.sort.value = by;
    say(drawn.turn, isDown ? "↓" : "↑");
    put(drawn.turn, "aria-label", drawn.words.turn(isDown));
    put(drawn.turn, "title", drawn.words.turn(isDown));
    for (const [name, head] of Object.entries(drawn.heads)) {
      put(head, "aria-sort", name === by && (isDown ? "descending" : "ascending"));
    }
  }

  function want(values) {
    set(values);
    drawn.scroll.scrollTop = 0;
    announce(drawn.count.textContent || drawn.words.none);
  }

  // Pressed again a head turns the order round, and the third time lets go of it.
  function sortBy(name) {
    const sort = model.get("sort");
    want({ sort: sort === name ? `-${name}` : sort === `-${name}` ? "number" : name });
  }

  function paintPersonas() {
    const there = new Map();
    for (const { persona } of rows.byId.values()) if (persona) there.set(persona.id, persona);
    const wanted = model.get("filter_persona");
    const { words } = drawn;
    const options = [["", words.personas]];
    for (const one of [...there.values()].sort((a, b) => a.position - b.position)) {
      options.push([one.id, [one.label, one.title].filter(Boolean).join(" · ")]);
    }
    if (there.size || wanted) options.push([NO_PERSONA, words.noPersona]);
    if (wanted && !options.some(([id]) => id === wanted)) options.push([wanted, words.persona]);
    const told = JSON.stringify(options);
    // A list that is open, or read out, isn't disturbed.
    if (drawn.told !== told) drawn.persona.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
    drawn.told = told;
    put(drawn.persona, "disabled", options.length === 1);
    drawn.persona.value = wanted;
  }

  function paintName() {
    sayWithTitle(drawn.name, model.get("project_name"));
  }

  function paintCounts() {
    const { locale, words } = drawn;
    const [count, total] = [blocks.rows.length, rows.byId.size];
    for (const state of STATES) {
      say(drawn.numbers[state], numberText(rows.counts[state], locale));
      put(drawn.numbers[state].parentElement, "data-none", rows.counts[state] === 0);
    }
    put(drawn.empty, "hidden", total > 0);
    put(drawn.scroll, "hidden", total === 0);
    put(drawn.none, "hidden", count > 0);
    put(drawn.tools, "data-idle", total === 0);
    put(drawn.table, "aria-rowcount", count + 1);
    put(drawn.showAll, "hidden", count === total);
    say(drawn.count, total ? words.shown(numberText(count, locale), numberText(total, locale)) : "");
    paintPersonas();
    paintSelected();
    keepTime();
  }

  function paintConnection() {
    const connection = board.isKernelGone ? "offline" : model.get("connection");
    put(drawn.light, "data-connection", connection);
    put(drawn.light, "title", drawn.labels.connectionHints[connection]);
    drawn.light.replaceChildren(shape(connection), wordFor(connection, drawn.labels.connections));
  }

  function paintSending() {
    const { labels, words } = drawn;
    put(drawn.sending, "hidden", !sending.isBusy);
    const [progress, said, each] = drawn.sending.children;
    const share = sending.files.find(({ state }) => state === "sending")?.share ?? 0;
    put(progress, "max", Math.max(1, sending.total));
    put(progress, "value", sending.done + share);
    say(said, sending.isBusy ? labels.sending(sending.done + 1, sending.total, sending.name) : "");
    put(each, "hidden", sending.total < 2);
    while (each.childElementCount > sending.files.length) each.lastChild.remove();
    sending.files.forEach((file, n) => {
      const state = file.state === "sending" ? `${Math.floor(file.share * 100)} %` : words.files[file.state];
      if (!each.children[n]) each.append(h("li", {}, h("span", { dir: "auto" }), h("span")));
      say(each.children[n].firstChild, file.name);
      say(each.children[n].lastChild, state);
    });
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

  function pickFiles() {
    sending.add([...drawn.files.files]);
    // The same file can be chosen again.
    drawn.files.value = "";
  }

  // What is pasted where one writes belongs there.
  function paste(event) {
    const { clipboardData: data, target } = event;
    if (!drawn.canUpload || !data || target.closest(WRITTEN_IN)) return;
    const text = data.getData("text/plain");
    if (!data.files.length && !text.trim()) return;
    event.preventDefault();
    event.stopPropagation();
    if (data.files.length) sending.add([...data.files]);
    else askForTitle(text);
  }

  function askForTitle(text) {
    pasted = text;
    const lines = text.trim().split(/\r\n|\r|\n/).length;
    const told = [text.length, lines].map((number) => numberText(number, drawn.locale));
    say(drawn.paste.querySelector("p"), drawn.words.pastedTold(...told));
    put(drawn.paste, "hidden", false);
    drawn.pasteTitle.focus();
  }

  function endPaste() {
    pasted = "";
    drawn.paste.reset();
    drawn.add.focus({ preventScroll: true });
    put(drawn.paste, "hidden", true);
  }

  function submit(event) {
    event.preventDefault();
    const title = drawn.pasteTitle.value.trim();
    if (!title) return;
    sending.add([new File([pasted], title)], [], title);
    endPaste();
  }

  function keepTime() {
    const isNeeded = rows.counts.processing + rows.counts.analyzing > 0 && !signal.aborted;
    if (isNeeded && clock === null) clock = setInterval(tick, 1000);
    if (!isNeeded) stopClock();
  }

  function tick() {
    const now = Date.now();
    for (const { row, tick: tickRow } of entries.values()) if (isInFlight(row)) tickRow(now);
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

  function ask(id) {
    model.send({ kind: "details", id });
  }

  function detail({ id, details }) {
    const entry = entries.get(id);
    if (!entry) return;
    entry.told = details;
    entry.paint(entry.row, Date.now());
  }

  function open(id, isOpen = !entries.get(id).isOpen) {
    const entry = entries.get(id);
    if (isOpen === entry.isOpen) return;
    entry.open(isOpen);
    if (isOpen) ask(id);
  }

  function retry(id) {
    const entry = entries.get(id);
    if (entry?.element.querySelector("[data-retry]").getAttribute("aria-disabled") === "true") return;
    entry?.asked(true);
    model.send({ kind: "retry", id });
  }

  const presses = {
    ".pl-add": () => drawn.files.click(),
    ".pl-dismiss": dismiss,
    ".pl-title": (button) => open(button.closest(".pl-row").dataset.id),
    "[data-retry]": ({ dataset }) => retry(dataset.retry),
    "button[data-open]": ({ dataset }) => {
      model.send({ kind: "open", id: dataset.open });
      if (model.get("opens_beneath")) beneath.reach();
    },
    "[data-delete]": ({ dataset }) => remove([dataset.delete]),
    "[data-sort]": ({ dataset }) => sortBy(dataset.sort),
    ".pl-turn": () => want({ sort: model.get("sort").startsWith("-") ? model.get("sort").slice(1) : `-${model.get("sort")}` }),
    ".pl-count": ({ dataset: { state } }) => {
      const states = model.get("filter_states");
      want({ filter_states: states.includes(state) ? states.filter((one) => one !== state) : [...states, state] });
    },
    ".pl-show-all": () => {
      drawn.find.focus({ preventScroll: true });
      want({ filter_text: "", filter_states: [], filter_persona: "" });
    },
    ".pl-unselect": () => choose([]),
    ".pl-retry-those": () => chosen().filter(canBeRetried).forEach(({ id }) => retry(id)),
    ".pl-delete-those": () => remove(chosen().map(({ id }) => id)),
    ".pl-undo": undo,
    ".pl-forget": () => set({ deleted: [] }),
    ".pl-cancel": endPaste,
  };

  function press(event) {
    const { target } = event;
    if (target === drawn.all) chooseAll(target.checked);
    else if (target.matches(".pl-row input")) toggle(target.closest(".pl-row").dataset.id, event.shiftKey);
    else Object.keys(presses).some((which) => target.closest(which) && (presses[which](target.closest(which)), true));
  }

  function key(event) {
    const { key: pressed, target, shiftKey } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    const written = target.closest(WRITTEN_IN);
    if (OWN_KEYS.has(pressed) || (isCommand && "azv".includes(pressed))) event.stopPropagation();
    if (pressed === "Escape" && drawn.paste.contains(target)) endPaste();
    const line = target.closest(".pl-row");
    if (!line || written) return;
    const index = indexOf(placed.get(line.dataset.id));
    const steps = {
      ArrowDown: 1, ArrowUp: -1, PageDown: PAGE_ROWS, PageUp: -PAGE_ROWS, Home: -index, End: blocks.rows.length,
    };
    const isOnLine = target === line;
    const { id } = line.dataset;
    const does = {
      " ": isOnLine && (() => toggle(id, shiftKey)),
      Enter: isOnLine && (() => open(id)),
      ArrowRight: () => open(id, true),
      ArrowLeft: () => open(id, false),
      Escape: () => (isOnLine ? choose([]) : line.focus()),
      Delete: () => remove(selected.has(id) ? chosen().map((row) => row.id) : [id]),
    };
    let isDone = true;
    if (isCommand && pressed === "a") chooseAll(true);
    else if (isCommand && pressed === "z") undo();
    else if (isCommand || event.altKey) isDone = false;
    else if (pressed in steps) {
      if (shiftKey && anchorId === null) anchorId = id;
      goTo(Math.min(Math.max(index + steps[pressed], 0), blocks.rows.length - 1));
      if (shiftKey) toggle(activeId, true);
    } else if (does[pressed]) does[pressed]();
    else isDone = false;
    if (isDone) event.preventDefault();
  }

  const listeners = {
    click: press,
    keydown: key,
    paste,
    submit,
    dragenter: over,
    dragover: over,
    dragleave: leave,
    drop,
    change: ({ target }) => {
      if (target === drawn.files) pickFiles();
      if (target === drawn.persona) want({ filter_persona: target.value });
      if (target === drawn.sort) want({ sort: target.value });
    },
    input: ({ target }) => {
      if (target !== drawn.find) return;
      stopTyping();
      stopTyping = later(TYPING_MILLISECONDS, () => want({ filter_text: target.value }), signal);
    },
    focusin: ({ target }) => {
      const line = target.closest(".pl-row");
      if (line) activate(line.dataset.id);
    },
    // The whole moment is written out only for the time somebody points at.
    pointerover: ({ target }) => {
      const time = target.closest("time");
      if (time) put(time, "title", fullMomentText(time.getAttribute("datetime"), drawn.locale));
    },
  };
  for (const [type, listen] of Object.entries(listeners)) {
    // What is read beneath the board has keys and buttons of its own; files can be dropped there, too.
    const isOurs = ({ target }) => type.startsWith("dr") || !beneath.element.contains(target);
    el.addEventListener(type, (event) => isOurs(event) && listen(event), { signal });
  }

  const view = { redraw, change, detail, notice, paintConnection, paintSending };
  board.views.add(view);
  signal.addEventListener("abort", () => {
    board.views.delete(view);
    stopClock();
    blocks?.end();
  });
  model.on("change:project_name", paintName);
  model.on("change:connection", paintConnection);
  for (const what of ["locale", "can_open"]) model.on(`change:${what}`, () => redrawInPlace(el, redraw));
  for (const what of ["filter_text", "filter_states", "filter_persona", "sort"]) {
    model.on(`change:${what}`, () => {
      paintWanted();
      arrange();
    });
  }
  model.on("change:selected", paintSelected);
  model.on("change:deleted", () => {
    if (paintDeleted()) announce(`${drawn.deleted.firstElementChild.textContent} ${drawn.words.undoTold}`);
  });
  redraw();
}

/** The parts that stay while rows come and go. */
function skeleton({ labels, words, canUpload, canDelete }) {
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const light = h("span", { class: "pl-light", role: "status" });
  const numbers = Object.fromEntries(STATES.map((state) => [state, h("strong", {}, "0")]));
  const button = (kind, text, props = {}) => h("button", { type: "button", class: `pl-button ${kind}`, ...props }, text);
  const counts = STATES.map((state) =>
    h("li", {}, h("button", { type: "button", class: "pl-count", "data-state": state }, shape(state), numbers[state], labels.states[state])),
  );
  const [nothing, code, adds] = labels.empty;
  const heads = Object.fromEntries(
    Object.entries(words.heads).map(([by, text]) => [
      by, h("div", { role: "columnheader" }, h("button", { type: "button", class: "pl-sorter", "data-sort": by }, text)),
    ]),
  );
  const all = h("input", { type: "checkbox" });
  const notice = h("p", { class: "pl-notice", role: "status" });
  const add = button("pl-add", labels.add, { hidden: !canUpload });
  const files = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1" });
  const find = h("input", { type: "search", class: "pl-find", placeholder: words.find, "aria-label": words.find });
  const persona = h("select", { "aria-label": words.persona });
  const sort = h("select", { "aria-label": words.sort }, SORTS.map((by) => h("option", { value: by }, words.sorts[by])));
  const turn = button("pl-turn", "");
  const tools = h("div", { class: "pl-tools" }, find, persona, h("span", { class: "pl-sorting" }, sort, turn));
  const body = h("div", { class: "pl-blocks", role: "presentation" });
  const top = h(
    "div", { class: "pl-top", role: "rowgroup" },
    h(
      "div", { class: "pl-line pl-titles", role: "row", "aria-rowindex": 1 },
      h("div", { role: "columnheader" }, h("label", {}, all, h("span", {}, words.selectAll))), Object.values(heads),
    ),
  );
  const table = h(
    "div", { role: "grid", "aria-label": labels.interviews, "aria-multiselectable": "true" }, top, body,
  );
  const none = h("p", { class: "pl-none", hidden: true }, words.none);
  const scroll = h("div", { class: "pl-scroll", role: "region", "aria-label": labels.interviews, tabindex: "-1" }, table, none);
  const count = h("span");
  const showAll = button("pl-show-all", words.showAll);
  const retryThose = button("pl-retry-those", "");
  const deleteThose = button("pl-delete-those", "", { hidden: !canDelete });
  const chosen = h("div", { hidden: true }, h("span"), retryThose, deleteThose, button("pl-unselect", words.unselect));
  const deleted = h(
    "div", { class: "pl-deleted", hidden: true },
    h("span", { dir: "auto" }), button("pl-undo", words.undo), button("pl-forget", labels.dismiss),
  );
  const said = h("span", { class: "pl-heard", role: "status" });
  const pasteTitle = h("input", { type: "text", required: true, maxlength: 200, autocomplete: "off" });
  const paste = h(
    "form", { class: "pl-paste", hidden: true, "aria-label": words.pasted },
    h("strong", {}, words.pasted), h("p"), h("label", {}, words.pastedTitle, pasteTitle),
    h("button", { class: "pl-button" }, words.upload), button("pl-cancel", words.cancel),
  );
  const sending = h(
    "div", { class: "pl-sending", hidden: true },
    h("progress", { "aria-label": labels.add }), h("span", { role: "status", dir: "auto" }),
    h("ul", { "aria-label": words.each }),
  );
  const refusals = h(
    "div", { class: "pl-refusals", role: "alert", hidden: true },
    h("strong"), button("pl-dismiss", labels.dismiss), h("ul"),
  );
  const head = h("header", { class: "pl-head" }, name, add, files, light);
  const news = h("div", { class: "pl-board-news" }, h("ul", { class: "pl-counts", "aria-label": labels.overview }, counts), notice);
  const empty = h(
    "p", { class: "pl-empty" }, h("strong", {}, nothing), h("code", {}, code), " ", adds, canUpload && ` ${labels.dropToo}`,
  );
  const foot = h("footer", { class: "pl-foot" }, h("div", {}, count, showAll), chosen, deleted, said);
  const target = h("p", { class: "pl-target", "aria-hidden": "true" }, labels.drop);
  return {
    name, light, numbers, heads, all, notice, add, files, find, persona, sort, turn, tools, body, top, table, none, scroll,
    count, showAll, retryThose, deleteThose, chosen, deleted, said, paste, pasteTitle, sending, refusals, empty,
    parts: [head, news, paste, sending, refusals, tools, empty, scroll, foot, target],
  };
}

/** A function, so that each model has its own board: `initialize` and `render` are given different model objects. */
export default () => {
  let board;
  return {
    initialize({ model }) {
      board = follow(model);
    },
    render({ model, el, signal, host }) {
      show({ board, model, el, signal, host });
    },
  };
};
