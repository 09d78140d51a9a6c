import { h, later, put, say } from "./dom.js";
import { labelsOf, momentText, sectionText, wordFor } from "./labels.js";
import { unpack } from "./packed.js";
import { clockText, foldedOf, hitsIn, piecesOf, pointsAt, selectedIn, unitsAt } from "./reader_text.js";
import { readerWordsOf } from "./reader_words.js";
import { shape } from "./shapes.js";

// A block is laid out when it comes near the part on show; until then it takes up what its text will need, about.
const BLOCK_TURNS = 20;
const LINE_CHARACTERS = 80;
const LINE_PIXELS = 20;
const TURN_PIXELS = 36;
const TYPING_MILLISECONDS = 120;
// So many hits are marked before and after the one that one is at.
const MARKED = 1000;
const SHAPES = { pain: "▼", need: "◆", takeaway: "●", code: "#", note: "✎" };

/** What all views of a reader share: what was asked and is not done yet, and whether anybody is there to do it. */
function follow(model) {
  const asked = new Map();
  const held = { isGone: false, views: new Set(), ask };
  let number = 0;
  function ask(message, done) {
    asked.set((number += 1), done);
    model.send({ ...message, id: number });
  }
  // A kernel that is gone can't say so; whatever is received afterwards shows that it lives.
  function hear(isGone) {
    held.isGone = isGone;
    held.views.forEach((paintState) => paintState());
  }
  model.on("msg:custom", ({ kind, id, error }) => {
    hear(false);
    if (kind === "done") asked.get(id)?.(error);
  });
  model.on("comm_live_update", () => hear(true));
  model.send({ kind: "hello", revision: model.get("revision") });
  return held;
}

/** Draw one view and keep it true. */
function show({ held, model, el, signal }) {
  let words;
  let parts;
  let drawn; // which turns and sections the body holds
  let entries = []; // in the order of the turns
  let byTurn = new Map(); // a turn's number → its entry
  let hits = []; // [{entry, from, to}]
  let hit = -1;
  let middle = 0; // the hit around which they are marked
  let current = null;
  let form = null;
  let stopTyping = () => {};
  const open = new Set(); // findings that are open: "turn key"
  const ranges = { "pl-found": [], "pl-here": [] };

  el.classList.add("pl-root", "pl-reader");
  const on = (type, act, target = el) => target.addEventListener(type, act, { signal });
  const entryOf = (target) => byTurn.get(Number(target.closest("article")?.dataset.turn));
  function set(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  function redraw() {
    words = readerWordsOf(model.get("locale"));
    parts = skeleton(words);
    drawn = null;
    put(el, "lang", model.get("locale"));
    el.replaceChildren(...parts.all);
    parts.find.value = model.get("find");
    drawTurns();
  }

  function drawTurns() {
    const turns = unpack(model.get("turns"));
    const sections = model.get("sections");
    const key = JSON.stringify([turns.map(({ index, text }) => [index, text]), sections]);
    if (drawn !== key) {
      const hadFocus = parts.scroll.contains(document.activeElement);
      const at = current?.turn.index;
      drawn = key;
      close();
      fill(turns, sections);
      setCurrent(byTurn.get(at) ?? entries[0]);
      if (hadFocus && current) focusOn(current);
    }
    for (const turn of turns) byTurn.get(turn.index).turn = turn;
    put(parts.scroll, "lang", model.get("interview").language);
    paint();
    paintChosen();
    paintState();
    look();
  }

  function fill(turns, sections) {
    const labels = labelsOf(model.get("locale"));
    const begins = new Map(sections.map(({ first, name }) => [first, sectionText(name, labels)]));
    const blocks = [];
    let pixels = 0;
    entries = turns.map((turn, n) => {
      const name = begins.get(turn.index);
      if (n % BLOCK_TURNS === 0 || name) {
        blocks.push(h("div", { class: "pl-utterances" }, name && h("h4", { dir: "auto" }, name)));
        pixels = 0;
      }
      const number = buttonOf("reader-number", { tabindex: "-1", "aria-label": words.choose(turn.index) }, turn.index);
      const element = h("article", { class: "pl-utterance", tabindex: "-1", "data-turn": turn.index }, number);
      blocks.at(-1).append(element);
      pixels += TURN_PIXELS + (turn.text.length / LINE_CHARACTERS) * LINE_PIXELS;
      blocks.at(-1).style.containIntrinsicBlockSize = `auto ${Math.round(pixels)}px`;
      return { turn, element, number, key: "" };
    });
    byTurn = new Map(entries.map((entry) => [entry.turn.index, entry]));
    current = null;
    paint();
    parts.body.replaceChildren(...blocks);
    put(parts.contents, "hidden", !sections.length);
    say(parts.contents.firstChild, words.contents(sections.length));
    parts.list.replaceChildren(...sections.map(({ name, first }) =>
      h("li", {}, placeOf(sectionText(name, labels), clockText(byTurn.get(first)?.turn.time) || words.turn(first), { "data-go": first }))));
  }

  /** Draw the turns again that differ; what is open stays so, and the focus where it is. */
  function paint() {
    const beside = new Map();
    const at = (turn) => beside.get(turn) ?? beside.set(turn, { findings: [], codes: [], notes: [], spans: [] }).get(turn);
    const mark = ({ turn, start, end }, kind, key) => at(turn).spans.push({ kind, key, start, end });
    for (const finding of model.get("findings")) {
      for (const turn of new Set(finding.quotes.map((quote) => quote.turn))) at(turn).findings.push(finding);
      for (const quote of finding.quotes) mark(quote, finding.kind, `f ${finding.id}`);
    }
    for (const code of model.get("codes")) {
      at(code.turn).codes.push(code);
      mark(code, "code", "");
    }
    for (const note of model.get("notes")) at(note.turn).notes.push(note);
    for (const entry of entries) {
      const { speaker, role, time, text, start, index } = entry.turn;
      const its = beside.get(index);
      const key = JSON.stringify([speaker, role, time, its, its?.findings.map(({ id }) => open.has(`${index} f ${id}`))]);
      if (key === entry.key) continue;
      entry.key = key;
      const focused = entry.element.contains(document.activeElement) && document.activeElement.dataset.key;
      const about = listed(wordFor(role, words.roles), clockText(time));
      const spans = its?.spans.map((span) => ({ ...span, from: unitsAt(text, span.start - start), to: unitsAt(text, span.end - start) }));
      put(entry.element, "data-role", role);
      put(entry.element, "aria-label", listed(words.turn(index), speaker, about, its?.findings.length && words.findings(its.findings.length)));
      const fresh = {
        head: h("div", { class: "pl-speaker" }, h("strong", { dir: "auto" }, speaker ?? ""), h("small", {}, about)),
        said: h("p", { class: "pl-spoken", dir: "auto" }, its ? piecesOf(text, spans).map(pieceOf) : text),
        beside: its ? h("ul", { class: "pl-reader-beside" }, besideOf(index, its)) : "",
      };
      put(entry.element, "data-beside", Boolean(its));
      for (const [name, part] of Object.entries(fresh)) {
        if (entry[name]) entry[name].replaceWith(part);
        else entry.element.append(part);
        entry[name] = part;
      }
      reach(entry);
      if (focused) (keyed(entry, focused) ?? entry.element).focus({ preventScroll: true });
    }
  }

  const keyed = ({ element }, key) => [...element.querySelectorAll("button")].find((one) => one.dataset.key === key);

  function besideOf(index, { findings, codes, notes }) {
    const user = model.get("user");
    const small = (...about) => h("small", {}, listed(...about));
    const take = (name, id, label) => buttonOf("reader-take", { [`data-${name}`]: id, "data-key": id, "aria-label": label, title: label }, "×");
    return [
      ...findings.map((finding) => {
        const key = `f ${finding.id}`;
        const isOpen = open.has(`${index} ${key}`);
        const about = small(finding.support && words.support(finding.support, finding.participants), finding.is_pinned && words.pinned, finding.is_rejected && words.rejected);
        const opens = buttonOf("reader-opens", { "data-key": key, "aria-expanded": String(isOpen) },
          kindOf(finding.kind, wordFor(finding.kind, words.kinds)), h("bdi", {}, finding.text), " ", about);
        return h("li", { "data-rejected": finding.is_rejected }, opens, isOpen && quotesOf(finding));
      }),
      ...codes.map(({ id, code, coder, note }) =>
        h("li", { dir: "auto" }, kindOf("code", code), small(coder !== user && coder, note), coder === user && take("uncode", id, words.remove(code)))),
      ...notes.map(({ id, depth, text, by, at }) =>
        h("li", { dir: "auto" }, kindOf("note", ""), depth ? "↳ " : "", text, " ", small(by, momentText(at, Date.now(), model.get("locale"))), by === user && take("unnote", id, words.remove(words.aNote)))),
    ];
  }

  function quotesOf({ insight, text, note, quotes, others }) {
    return h(
      "div", { class: "pl-reader-quotes" },
      insight && insight !== text && h("p", { dir: "auto" }, `${words.together}: ${insight}`),
      note && h("p", {}, note),
      quotes.map((quote, n) => placeOf(`“${quote.text}”`, words.turn(quote.turn), { "data-go": quote.turn, "data-key": `q ${n}` })),
      others.length > 0 && h("p", {}, words.others),
      others.map((quote, n) => placeOf(`“${quote.text}”`, listed(quote.speaker, quote.interview_title),
        { "data-open": quote.interview_id, "data-go": quote.turn, "data-key": `o ${n}` })),
    );
  }

  /** Open a finding at its turn, or close it. */
  function unfold({ turn }, key, isOpen) {
    open[isOpen ? "add" : "delete"](`${turn.index} ${key}`);
    paint();
    markHits();
  }

  function paintState() {
    const { title, state, error, language, date, redacted, remarks, back } = model.get("interview");
    const labels = labelsOf(model.get("locale"));
    const connection = held.isGone ? "offline" : model.get("connection");
    const said = [
      held.isGone ? words.gone : connection !== "live" && labels.connectionHints[connection],
      state === "failed" ? words.failed(error[model.get("locale")]) : words.states[state],
      redacted && words.redacted,
      ...remarks,
      !entries.length && state === "completed" && words.empty,
    ].filter(Boolean).join("\n");
    say(parts.name, title);
    put(parts.light, "data-connection", connection);
    parts.light.replaceChildren(shape(connection), wordFor(connection, labels.connections));
    say(parts.facts, listed(entries.length && words.turns(entries.length), language && wordFor(language, labels.languages), date));
    say(parts.state, said);
    put(parts.state, "hidden", !said);
    put(parts.state, "data-wrong", ["failed", "deleted"].includes(state) || connection === "offline");
    for (const part of [parts.tools, parts.scroll]) put(part, "hidden", !entries.length);
    put(parts.bar, "hidden", !model.get("can_write") || held.isGone);
    put(parts.back, "hidden", !back);
    if (back) Object.assign(parts.back.dataset, { open: back.id, go: back.turn });
    say(parts.back, back ? words.back(back.title) : "");
  }

  /** Find where the words are said, and show all turns or only those. */
  function look() {
    const wanted = model.get("find").trim();
    const isOnly = model.get("only_found");
    hits = [];
    for (const entry of entries) {
      const its = wanted ? hitsIn((entry.folded ??= foldedOf(entry.turn.text)), wanted) : [];
      hits.push(...its.map((span) => ({ entry, ...span })));
      put(entry.element, "hidden", isOnly && wanted && !its.length);
    }
    hit = Math.min(hit, hits.length - 1);
    put(parts.only, "aria-pressed", String(isOnly));
    // As long as nothing is looked for, there are no turns that it would leave.
    put(parts.only, "hidden", !wanted && !isOnly);
    for (const block of parts.body.children) put(block, "hidden", !block.querySelector("article:not([hidden])"));
    if (current?.element.hidden) setCurrent(entries.find(({ element }) => !element.hidden) ?? current);
    markHits();
  }

  // Ranges are no elements, so thousands of them cost next to nothing.
  function mark(name, shown) {
    const all = highlightOf(name);
    if (!all) return;
    for (const range of ranges[name]) all.delete(range);
    ranges[name] = shown.map(rangeOf);
    for (const range of ranges[name]) all.add(range);
  }

  function markHits() {
    middle = Math.max(0, hit);
    mark("pl-found", hits.slice(Math.max(0, middle - MARKED), middle + MARKED));
    markHit();
  }

  function markHit() {
    mark("pl-here", hits.slice(hit).slice(0, Number(hit >= 0)));
    say(parts.count, hits.length ? words.hit(hit + 1, hits.length) : model.get("find").trim() && words.none);
  }

  const focusOn = ({ element }) => element.focus({ preventScroll: true });

  function step(by) {
    if (!hits.length) return;
    // The first one from where one is on, and then each.
    if (hit < 0) hit = Math.max(0, hits.findIndex(({ entry }) => entry.turn.index >= current.turn.index)) - Math.max(by, 0);
    hit = (hit + by + hits.length) % hits.length;
    if (Math.abs(hit - middle) < MARKED / 2) markHit();
    else markHits();
    setCurrent(hits[hit].entry);
    bringNear(current);
  }

  function setCurrent(entry) {
    const before = current;
    current = entry;
    if (before) reach(before);
    if (!entry) return;
    reach(entry);
    if (!form) entry.element.append(parts.bar);
  }

  // Only the turn one is at has stops for the Tab key.
  function reach(entry) {
    const isHere = entry === current;
    put(entry.element, "tabindex", isHere ? "0" : "-1");
    for (const one of entry.element.querySelectorAll("button")) put(one, "tabindex", isHere ? null : "-1");
  }

  function bringNear({ element }, times = 3) {
    const [its, all] = [element.getBoundingClientRect(), parts.scroll.getBoundingClientRect()];
    parts.scroll.scrollTop += its.top - all.top - Math.max(0, (all.height - its.height) / 3);
    // What is laid out on the way there takes other sizes than it was thought to.
    if (times && !signal.aborted) requestAnimationFrame(() => bringNear({ element }, times - 1));
  }

  function go(turn) {
    const entry = byTurn.get(turn);
    if (!entry) return;
    if (entry.element.hidden) set("only_found", false);
    for (const one of parts.body.querySelectorAll("[data-here]")) put(one, "data-here", null);
    put(entry.element, "data-here", true);
    setCurrent(entry);
    bringNear(entry);
    focusOn(entry);
  }

  function move(by) {
    let n = entries.indexOf(current);
    do n += by;
    while (entries[n]?.element.hidden);
    entries[n]?.element.focus();
  }

  function choose({ turn }) {
    const chosen = new Set(model.get("selected"));
    if (!chosen.delete(String(turn.index))) chosen.add(String(turn.index));
    set("selected", [...chosen]);
  }

  function paintChosen() {
    const chosen = new Set(model.get("selected"));
    for (const { number, element, turn } of entries) {
      put(number, "aria-pressed", String(chosen.has(String(turn.index))));
      put(element, "data-chosen", chosen.has(String(turn.index)));
    }
    put(parts.chosen, "hidden", !chosen.size);
    say(parts.chosen.firstChild, words.chosen(chosen.size));
  }

  /** Open a form to code or note what is selected in the turn, or else all of it. */
  function write(kind, { turn, said }) {
    if (parts.bar.hidden || form) return;
    const span = selectedIn(said) ?? { from: 0, to: turn.text.length };
    const isCode = kind === "code";
    const what = selectedIn(said) ? `“${turn.text.slice(span.from, span.to)}”` : words.turn(turn.index);
    const id = `pl-${Math.random().toString(36).slice(2)}`;
    const field = h(isCode ? "input" : "textarea", { list: isCode && id, maxlength: isCode ? 200 : 20000, rows: 3, dir: "auto", "aria-label": words.about[kind](what) });
    const codes = new Set(model.get("codes").map(({ code }) => code));
    const error = h("p", { role: "alert" });
    const asked = h("form", { class: "pl-reader-form" },
      h("p", { dir: "auto" }, words.about[kind](what)), field, h("datalist", { id }, [...codes].sort().map((code) => h("option", { value: code }))),
      h("div", {}, error, buttonOf("button", { "data-cancel": "true" }, words.cancel), buttonOf("button", { type: "submit" }, words.save)));
    let isAsked = false;
    on("submit", (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (!text || isAsked) return;
      isAsked = true;
      const place = { turn: turn.index, start: turn.start + pointsAt(turn.text, span.from), end: turn.start + pointsAt(turn.text, span.to) };
      held.ask(isCode ? { kind, code: text, places: [place] } : { kind, text, turn: turn.index }, (wrong) => {
        isAsked = false;
        say(error, wrong);
        if (!wrong && form === asked) close();
      });
    }, asked);
    form = asked;
    said.after(form);
    field.focus();
  }

  function close() {
    const hadFocus = form?.contains(document.activeElement);
    form?.remove();
    form = null;
    setCurrent(current);
    if (hadFocus) focusOn(current);
  }

  function pressed({ target: within }) {
    const target = within.closest("button, mark");
    if (!target) return;
    const entry = entryOf(target);
    const { dataset } = target;
    const done = (error) => say(parts.heard, error);
    if (dataset.write) write(dataset.write, entry);
    else if (dataset.step) step(Number(dataset.step));
    else if (target === parts.only) set("only_found", !model.get("only_found"));
    else if (target === parts.clear) set("selected", []);
    else if (dataset.cancel) close();
    else if (dataset.open) held.ask({ kind: "open", interview: dataset.open, turn: Number(dataset.go), from: current?.turn.index ?? 0 }, done);
    else if (dataset.go) go(Number(dataset.go));
    else if (dataset.uncode) held.ask({ kind: "uncode", coding: dataset.uncode }, done);
    else if (dataset.unnote) held.ask({ kind: "unnote", note: dataset.unnote }, done);
    else if (target === entry?.number) choose(entry);
    else if (dataset.key && !selectedIn(entry.said)) unfold(entry, dataset.key, target.ariaExpanded !== "true");
  }

  function pressedKey(event) {
    const { target, key, shiftKey, ctrlKey, metaKey, altKey, code } = event;
    const entry = entryOf(target);
    const name = key > "\u007f" ? code.slice(3).toLowerCase() : key;
    const isWriting = target.matches("input, textarea, select");
    let act = null;
    if ((ctrlKey || metaKey) && name === "f" && target !== parts.find) act = () => parts.find.select();
    else if (event.isComposing) act = null;
    else if (form?.contains(target)) act = { Escape: close, ...((ctrlKey || metaKey) && { Enter: () => form.requestSubmit() }) }[name];
    else if (target === parts.find) act = { Enter: () => step(shiftKey ? -1 : 1), Escape: leaveFind }[name];
    else if (!ctrlKey && !metaKey && !altKey && name === "/") act = () => parts.find.select();
    else if (entry && !ctrlKey && !metaKey && !altKey) {
      act = {
        ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
        c: () => write("code", entry), n: () => write("note", entry), Escape: () => leave(entry, target),
        ...(entry.element === target && { Enter: () => enter(entry), " ": () => choose(entry) }),
      }[name];
    }
    // What does something here would do something else to the notebook around it.
    if (act || isWriting || ["Enter", " "].includes(key)) event.stopPropagation();
    if (!act) return;
    event.preventDefault();
    act();
  }

  function leaveFind() {
    parts.find.value = "";
    set("find", "");
    current.element.focus();
  }

  function enter(entry) {
    const key = entry.element.querySelector(".pl-reader-opens")?.dataset.key;
    if (!key) return;
    unfold(entry, key, true);
    keyed(entry, key).focus();
  }

  function leave(entry, target) {
    const within = target.closest("li") ?? entry.element;
    document.getSelection().removeAllRanges();
    focusOn(entry);
    for (const { dataset } of within.querySelectorAll(".pl-reader-opens")) unfold(entry, dataset.key, false);
  }

  on("click", pressed);
  on("keydown", pressedKey);
  // Pressing a button must not lose what is selected.
  on("mousedown", (event) => parts.bar.contains(event.target) && event.preventDefault());
  on("input", ({ target }) => {
    if (target !== parts.find) return;
    stopTyping();
    stopTyping = later(TYPING_MILLISECONDS, () => {
      hit = -1;
      set("find", target.value);
      step(1);
    }, signal);
  });
  on("focusin", ({ target }) => {
    const entry = entryOf(target);
    if (entry && entry !== current) setCurrent(entry);
  });

  held.views.add(paintState);
  signal.addEventListener("abort", () => {
    held.views.delete(paintState);
    for (const name of Object.keys(ranges)) mark(name, []);
  });
  const draws = {
    interview: paintState, connection: paintState, turns: drawTurns, sections: drawTurns, find: look, only_found: look,
    selected: paintChosen, locale: redraw, at: () => go(model.get("at").turn),
  };
  for (const name of ["findings", "codes", "notes"]) draws[name] = () => { paint(); markHits(); };
  for (const [name, draw] of Object.entries(draws)) model.on(`change:${name}`, () => draw());
  redraw();
  const first = byTurn.get(model.get("at").turn);
  if (first) {
    setCurrent(first);
    // The focus stays in the cell, whose output this may be.
    requestAnimationFrame(() => bringNear(first));
  }
}

function buttonOf(look, props, ...children) {
  return h("button", { type: "button", class: `pl-${look}`, dir: "auto", ...props }, children);
}

function placeOf(text, where, props) {
  return buttonOf("reader-place", props, text, " ", h("small", {}, where));
}

function listed(...parts) {
  return parts.filter(Boolean).join(" · ");
}

function kindOf(kind, word) {
  return h("span", { class: "pl-reader-kind", "data-kind": kind }, h("span", { "aria-hidden": "true" }, SHAPES[kind] ?? "●"), " ", word);
}

function pieceOf({ text, spans }) {
  const [first] = spans;
  return first ? h("mark", { "data-kind": first.kind, "data-key": first.key }, text) : text;
}

/** All views of a page share a highlight; browsers without them say only how many hits there are, and go there. */
function highlightOf(name) {
  if (!globalThis.Highlight) return null;
  if (!CSS.highlights.has(name)) CSS.highlights.set(name, Object.assign(new Highlight(), { priority: Number(name === "pl-here") }));
  return CSS.highlights.get(name);
}

function rangeOf({ entry: { said }, from, to }) {
  const texts = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  const range = new Range();
  for (let end = 0; texts.nextNode(); ) {
    const begin = end;
    end += texts.currentNode.length;
    if (begin <= from && from < end) range.setStart(texts.currentNode, from - begin);
    if (begin < to && to <= end) range.setEnd(texts.currentNode, to - begin);
  }
  return range;
}

/** The parts that stay while turns come and go. */
function skeleton(words) {
  const parts = {
    name: h("h3", { class: "pl-name", dir: "auto" }),
    light: h("span", { class: "pl-light", role: "status" }),
    back: buttonOf("button"),
    facts: h("p", { class: "pl-reader-facts" }),
    state: h("p", { class: "pl-reader-state", role: "status", dir: "auto" }),
    find: h("input", { type: "search", "aria-label": words.find, placeholder: words.find, dir: "auto" }),
    count: h("span", { role: "status" }),
    only: buttonOf("button", {}, words.only),
    list: h("ol"),
    body: h("div"),
    bar: h("div", { class: "pl-offers" }, ["code", "note"].map((kind) => buttonOf("button", { "data-write": kind }, words[kind]))),
    clear: buttonOf("button", {}, words.clear),
    heard: h("p", { class: "pl-heard", role: "alert", dir: "auto" }),
  };
  parts.contents = h("details", { class: "pl-reader-contents" }, h("summary"), parts.list);
  parts.scroll = h("div", { class: "pl-reader-scroll", role: "region", "aria-label": words.name }, parts.body);
  parts.chosen = h("div", { class: "pl-reader-chosen" }, h("span", { role: "status" }), parts.clear);
  const [previous, next] = [-1, 1].map((by) => buttonOf("button", { "data-step": by, "aria-label": words.steps[by], title: words.steps[by] }, by < 0 ? "↑" : "↓"));
  parts.tools = h("div", { class: "pl-reader-tools" }, parts.find, previous, next, parts.count, parts.only);
  parts.all = [
    h("header", { class: "pl-head" }, parts.name, parts.back, parts.light),
    parts.facts, parts.state, parts.tools, parts.contents, parts.scroll, parts.chosen, parts.heard,
  ];
  return parts;
}

/** A function, so that each model has its own: `initialize` and `render` are given different model objects. */
export default () => {
  let held;
  return {
    initialize({ model }) {
      held = follow(model);
    },
    render({ model, el, signal }) {
      show({ held, model, el, signal });
    },
  };
};
