import { openPlaces, quoteOf } from "./answers.js";
import { h, later, put, say, svg } from "./dom.js";
import { redrawInPlace } from "./in_place.js";
import { KINDS, lookThrough } from "./insights_rows.js";
import { insightWordsOf } from "./insights_words.js";
import { unpack } from "./packed.js";
import { shape } from "./shapes.js";

const PAGE = 60;
const OWN_KEYS = new Set(["Enter", " ", "ArrowUp", "ArrowDown", "Home", "End", "Escape", "Delete", "F2"]);
const DRAWN = { pain: "M2 3.5H14L8 13.5Z", need: "M8 1.5L14.5 8L8 14.5L1.5 8Z", takeaway: "M3 3H13V13H3Z" };
const ALL = { kinds: [], persona: "", text: "", alone: false, rejected: false, section: "" };
const STEPS = { ArrowDown: (at) => at + 1, ArrowUp: (at) => at - 1, Home: () => 0, End: (_at, n) => n - 1 };

const mark = (kind) => svg("svg", { class: "pl-sign", viewBox: "0 0 16 16", "aria-hidden": "true", "data-kind": kind }, svg("path", { d: DRAWN[kind] }));
const button = (key, text, props) => h("button", { type: "button", class: "pl-button", "data-key": key, ...props }, text);
const choice = (label) => h("select", { class: "pl-field", "aria-label": label });
const idOf = (element) => element.closest(".pl-insight")?.dataset.id;

/** A part of what an insight rests on: quotes, or lines that one can do something about. */
function partOf({ key, title, is_open, quotes, lines }, labels, canOpen) {
  const said = quotes.map((quote) => quoteOf(quote, "pl-quote", canOpen && labels.place));
  const items = lines.map(({ text, deed, id }) =>
    h("li", { dir: "auto" }, text, " ", deed && button(`${deed} ${id}`, labels.deeds[deed], { "data-deed": deed, "data-about": id, "aria-label": `${labels.deeds[deed]}: ${text}` })));
  return h("details", { "data-key": key, open: is_open }, h("summary", { "data-key": key }, title), said, items.length ? h("ul", {}, items) : null);
}

/** One row; a part of it is drawn again only when something in it differs. */
function entryOf(id, view) {
  const { labels } = view;
  const check = h("input", { type: "checkbox", class: "pl-check" });
  const open = h("button", { type: "button", class: "pl-open" });
  const trouble = h("p", { class: "pl-trouble" });
  const form = h("form", { class: "pl-rename" });
  const more = h("div", { class: "pl-more" });
  const element = h("li", { class: "pl-insight", "data-id": id }, check, open, trouble, form, more);
  const drawn = {};
  const differs = (part, ...values) => drawn[part] !== (drawn[part] = JSON.stringify(values));

  function paint(row, place, many) {
    const doing = view.doing(id);
    const wrong = view.wrong.get(id);
    const isOpen = view.open.has(id);
    const its = view.details.get(id);
    put(element, "aria-posinset", place + 1);
    put(element, "aria-setsize", many);
    put(element, "data-doing", doing);
    put(open, "aria-expanded", isOpen ? "true" : "false");
    check.checked = view.selected.has(id);
    say(trouble, doing ? `${labels.doing}: ${labels.deeds[doing]} …` : wrong ? `${labels.wrong}: ${wrong}` : "");
    put(trouble, "data-wrong", !doing);
    put(more, "hidden", !isOpen);
    if (differs("line", row, view.persona())) line(row);
    if (differs("form", view.renaming === id)) rename(row);
    if (isOpen && differs("more", row, doing, its)) {
      const deeds = [["rename"], ["pin", "unpin", row.is_pinned], ["reject", "restore", row.is_rejected]].map(([deed, back, is]) =>
        button(deed, labels.deeds[is ? back : deed], { "data-deed": is ? back : deed, "aria-disabled": doing && "true" }));
      const about = its ? [its.about && h("p", { class: "pl-about", dir: "auto" }, its.about), ...its.parts.map((part) => partOf(part, labels, view.canOpen))] : [h("p", { class: "pl-about" }, "…")];
      redrawInPlace(more, () => more.replaceChildren(h("div", { class: "pl-deeds" }, deeds), ...about.filter(Boolean)));
    }
  }

  function line(row) {
    const persona = view.persona();
    const within = persona ? `${persona.label} ${row.personas[persona.id] ?? 0}/${persona.participants}` : "";
    put(check, "aria-label", `${labels.choose}: ${row.text}`);
    put(element, "data-pinned", row.is_pinned);
    open.replaceChildren(
      h("span", { class: "pl-what" }, mark(row.kind), labels.kinds[row.kind]),
      h("span", { class: "pl-called", dir: "auto" }, h("span", {}, row.text), " ", h("small", {}, [row.marks, within].filter(Boolean).join(" · "))),
      h("span", { class: "pl-backed" }, h("i", { style: `--part:${row.support / Math.max(row.support, row.participants, 1)}` }), labels.support(row.support, row.participants)),
    );
  }

  function rename(row) {
    const name = h("input", { class: "pl-field", "aria-label": labels.newName, value: row.text, dir: "auto" });
    const isOn = view.renaming === id;
    form.replaceChildren(...(isOn ? [name, h("button", { class: "pl-button" }, labels.save), button("cancel", labels.cancel)] : []));
    if (isOn) view.then = () => name.select();
  }

  return { element, check, open, paint };
}

/** Draw the insights in one view and keep them true. */
function show({ model, el, signal }) {
  const labels = insightWordsOf(model.get("locale"));
  const title = `${labels.name} · ${model.get("project_name")}`;
  const light = h("span", { class: "pl-light" });
  const notice = h("p", { class: "pl-notice-line" });
  const chip = (data, ...children) => h("button", { type: "button", class: "pl-filter", ...data }, ...children);
  const chips = KINDS.map((kind) => chip({ "data-chip": kind }, mark(kind), h("span", {})));
  const search = h("input", { type: "search", class: "pl-field", placeholder: labels.text, "aria-label": labels.text });
  const persona = choice(labels.persona);
  const toggles = ["alone", "rejected"].map((name) => chip({ "data-toggle": name }, labels[name]));
  const sort = choice(labels.order);
  const topics = h("ul", {});
  const legend = KINDS.flatMap((kind) => [h("i", { "data-kind": kind }), labels.plural[kind]]);
  const chart = h("details", { class: "pl-topics", open: true }, h("summary", {}, labels.topics, h("small", {}, legend)), topics);
  const news = h("p", { role: "status" });
  const undo = button("undo", "", { "data-deed": "undo" });
  const clear = button("clear", labels.clear);
  const many = h("strong", {});
  const merge = button("merge", labels.deeds.merge);
  const [pin, reject] = ["pin", "reject"].map((key) => button(key, ""));
  const tools = h("div", { class: "pl-picked" }, many, merge, pin, reject, button("none", labels.cancel));
  const list = h("ul", { class: "pl-list", role: "list" });
  const grow = button("grow", "");
  const scroll = h("div", { class: "pl-scroll" }, list, grow);
  const empty = h("p", { class: "pl-empty" });
  const frame = h("section", { class: "pl-insights", tabindex: -1, "aria-label": title },
    h("div", { class: "pl-head" }, h("h3", { dir: "auto", title }, title), light), notice,
    h("div", { class: "pl-filters" }, chips, search, persona, toggles), chart, h("div", { class: "pl-news" }, news, clear, undo, tools, sort), empty, scroll);
  el.classList.add("pl-root");
  put(el, "lang", model.get("locale"));
  el.replaceChildren(frame);

  const entries = new Map();
  const asked = new Map();
  const view = { labels, canOpen: model.get("can_open"), open: new Set(), details: new Map(), wrong: new Map(), selected: new Set(), renaming: null };
  view.active = () => frame.getRootNode().activeElement;
  view.doing = (id) => [...asked.values()].find(({ insights }) => insights.includes(id))?.deed;
  view.persona = () => model.get("personas").find(({ id }) => id === chosen.persona);
  let rows, chosen, found, current, at;
  let limit = PAGE;
  let number = 0;
  let said = "";
  let isGone = false;
  let isSaving = false;
  const picked = () => found.shown.map(({ id }) => id).filter((id) => view.selected.has(id));

  function read() {
    rows = new Map(unpack(model.get("rows")).map((row) => [row.id, row]));
  }

  function paint() {
    chosen = { ...ALL, ...model.get("view") };
    at = model.get("topics").findIndex(({ key }) => chosen.section && key === chosen.section);
    // A topic that is no more can't be looked at.
    if (chosen.section && at < 0) return choose({ section: "" });
    view.selected = new Set(model.get("selected"));
    found = lookThrough(rows.values(), chosen, at);
    paintHead();
    paintTopics();
    paintTools();
    paintList();
    view.then?.();
    view.then = null;
  }

  function paintHead() {
    const connection = isGone ? "offline" : model.get("connection");
    if (light.dataset.connection !== connection) light.replaceChildren(shape(connection), labels.connections[connection]);
    put(light, "data-connection", connection);
    say(notice, isGone ? labels.gone : rows.size ? model.get("notice") : "");
    KINDS.forEach((kind, n) => {
      say(chips[n].lastChild, `${labels.plural[kind]} ${found.byKind[kind] ?? 0}`);
      put(chips[n], "aria-pressed", `${chosen.kinds.includes(kind)}`);
    });
    for (const one of toggles) put(one, "aria-pressed", `${chosen[one.dataset.toggle]}`);
    say(toggles[1], `${labels.rejected} ${found.rejected}`);
    offer(persona, [["", labels.persona], ...model.get("personas").map(({ id, label }) => [id, label])], chosen.persona);
    put(persona, "hidden", persona.length < 2);
    offer(sort, Object.entries(labels.sorts), chosen.sort);
    if (view.active() !== search) search.value = chosen.text;
  }

  function offer(select, options, value) {
    const drawn = JSON.stringify(options);
    if (select.dataset.drawn !== drawn) select.replaceChildren(...options.map(([key, word]) => h("option", { value: key }, word)));
    put(select, "data-drawn", drawn);
    select.value = value;
  }

  function paintTopics() {
    const there = model.get("topics").map((topic, place) => ({ ...topic, counts: KINDS.map((kind) => found.byTopic[place]?.[kind] ?? 0) }));
    const most = Math.max(1, ...there.map(({ counts }) => counts[0] + counts[1] + counts[2]));
    put(chart, "hidden", !there.length);
    const items = there.map(({ key, name: its, where, counts }, place) => {
      const told = counts.map((n, kind) => n && `${labels.plural[KINDS[kind]]} ${n}`).filter(Boolean).join(" · ");
      const parts = [h("span", { class: "pl-called", dir: "auto" }, /^\d+$/.test(its) ? labels.section(its) : its, " ", h("small", {}, where)),
        h("span", { class: "pl-stack" }, counts.map((n, kind) => h("i", { "data-kind": KINDS[kind], style: `width:${(100 * n) / most}%` }))), h("small", {}, told)];
      return h("li", {}, key ? h("button", { type: "button", class: "pl-topic", "data-topic": key, "data-key": key, "aria-pressed": `${place === at}` }, parts) : parts[0]);
    });
    redrawInPlace(topics, () => topics.replaceChildren(...items));
  }

  function paintTools() {
    const ids = picked();
    const isSome = Boolean(ids.length);
    say(news, said || labels.count(found.shown.length, found.total));
    put(clear, "hidden", Object.keys(ALL).every((key) => String(chosen[key]) === String(ALL[key])));
    say(undo, `${labels.undo} (${model.get("undoable")})`);
    put(undo, "hidden", !model.get("undoable"));
    put(tools, "inert", !isSome);
    say(many, labels.chosen(ids.length));
    put(merge, "hidden", ids.length < 2);
    put(merge, "title", rows.get(ids[0])?.text);
    const isPinned = isSome && ids.every((id) => rows.get(id).is_pinned);
    for (const [one, deed] of [[pin, isPinned ? "unpin" : "pin"], [reject, chosen.rejected ? "restore" : "reject"]]) {
      put(one, "data-all", deed);
      say(one, labels.deeds[deed]);
    }
  }

  function paintList() {
    const active = view.active();
    const before = [...list.children].findIndex((one) => one.contains(active));
    const shown = found.shown.slice(0, limit);
    const there = new Set(shown.map(({ id }) => id));
    for (const [id, { element }] of entries) {
      if (!there.has(id) && entries.delete(id)) element.remove();
    }
    if (!there.has(current)) current = shown[Math.min(Math.max(before, 0), shown.length - 1)]?.id;
    shown.forEach((row, place) => {
      if (!entries.has(row.id)) entries.set(row.id, entryOf(row.id, view));
      const { element, paint: paintRow } = entries.get(row.id);
      paintRow(row, place, found.shown.length);
      if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
    });
    rove();
    // What had the focus was moved, or has gone.
    if (before >= 0 && !list.contains(view.active())) frame.contains(active) ? active.focus() : focus(current, active.className === "pl-check");
    const left = found.shown.length - shown.length;
    say(grow, labels.more(left));
    put(grow, "hidden", !left);
    put(scroll, "hidden", !shown.length);
    say(empty, shown.length ? "" : rows.size ? labels.noMatch : model.get("nothing"));
  }

  function rove() {
    for (const [id, { check, open }] of entries) for (const one of [check, open]) put(one, "tabindex", id === current ? 0 : -1);
  }

  function focus(id, isCheck) {
    current = id;
    rove();
    const entry = entries.get(id);
    (entry ? entry[isCheck ? "check" : "open"] : frame).focus();
  }

  function save(trait, value) {
    isSaving = true;
    model.set(trait, value);
    isSaving = false;
    model.save_changes();
  }

  function choose(change) {
    limit = PAGE;
    scroll.scrollTop = 0;
    said = "";
    save("view", { ...model.get("view"), ...change });
    paint();
  }

  function select(ids) {
    save("selected", [...ids]);
    paint();
  }

  function rename(id) {
    view.renaming = id;
    paint();
    if (!id) focus(current);
  }

  function toggle(id, isOpen = !view.open.has(id)) {
    view.open[isOpen ? "add" : "delete"](id);
    if (isOpen) model.send({ kind: "open", insight: id });
    paintList();
  }

  function ask(deed, insights, text = "") {
    if (isGone || insights.some(view.doing)) return;
    number += 1;
    asked.set(number, { deed, insights });
    for (const id of insights) view.wrong.delete(id);
    model.send({ kind: "do", id: number, deed, insights, text });
    paint();
  }

  function hear({ kind, id, insight, details, error, said: told }) {
    isGone = false;
    if (kind === "details") view.details.set(insight, details);
    else {
      if (!asked.has(id)) return;
      const { deed, insights } = asked.get(id);
      asked.delete(id);
      said = error ? `${labels.wrong}: ${error}` : told;
      if (error) view.wrong.set(insights[0], error);
      else if (rows.has(insight) && !rows.has(current)) current = insight;
      if (!error && deed === "merge") save("selected", []);
    }
    paint();
  }

  const presses = {
    none: () => select([]),
    clear: () => choose(ALL),
    cancel: () => rename(null),
    merge: () => ask("merge", picked()),
    grow() {
      limit += PAGE;
      paintList();
    },
  };

  function press(one) {
    const id = idOf(one);
    const { key, deed, about, all, chip: kind, toggle: which, topic } = one.dataset;
    if (one.className === "pl-open") toggle(id);
    else if (topic) choose({ section: topic === chosen.section ? "" : topic });
    else if (kind) choose({ kinds: KINDS.filter((other) => chosen.kinds.includes(other) !== (other === kind)) });
    else if (which) choose({ [which]: !chosen[which] });
    else if (all) ask(all, picked());
    else if (deed === "rename") rename(id);
    else if (deed === "merge") ask(deed, [id, about]);
    else if (deed) ask(deed, id ? [id] : [], about);
    else presses[key]?.();
  }

  function keys(event) {
    const { target, key } = event;
    const isTyping = target.matches("input:not([type=checkbox]), select");
    const isUndo = key === "z" && (event.ctrlKey || event.metaKey) && !isTyping;
    if (OWN_KEYS.has(key) || isUndo) event.stopPropagation();
    const id = idOf(target);
    const isRow = target.matches(".pl-open, .pl-check");
    if (isUndo && !undo.hidden) ask("undo", []);
    else if (key === "Escape" && view.renaming) rename(null);
    else if (key === "Escape" && view.open.has(id)) {
      toggle(id, false);
      focus(id);
    } else if (isRow && key === "F2") rename(id);
    else if (isRow && key === "Delete") ask(chosen.rejected ? "restore" : "reject", [id]);
    else if (isRow && STEPS[key]) {
      const place = STEPS[key]([...list.children].indexOf(target.parentNode), list.children.length);
      if (place >= list.children.length) presses.grow();
      if (list.children[place]) focus(list.children[place].dataset.id, target.className === "pl-check");
    } else return;
    event.preventDefault();
  }

  const on = (target, type, hears) => target.addEventListener(type, hears, { signal });
  on(frame, "click", ({ target }) => target.closest("button[type=button]:not([aria-disabled])") && press(target.closest("button")));
  on(frame, "keydown", keys);
  openPlaces(frame, model, signal);
  on(frame, "submit", (event) => {
    event.preventDefault();
    const id = idOf(event.target);
    const text = event.target.firstChild.value.trim();
    rename(null);
    if (text && text !== rows.get(id).text) ask("rename", [id], text);
  });
  on(frame, "change", ({ target }) => {
    const ids = new Set(view.selected);
    if (target.className === "pl-check") ids[target.checked ? "add" : "delete"](idOf(target)), select(ids);
    else if (target === sort) choose({ sort: sort.value });
    else if (target === persona) choose({ persona: persona.value });
  });
  let calm = () => {};
  on(search, "input", () => {
    calm();
    calm = later(120, () => choose({ text: search.value }), signal);
  });
  on(list, "focusin", ({ target }) => {
    current = idOf(target);
    rove();
  });
  const near = new IntersectionObserver(([seen]) => seen.isIntersecting && presses.grow(), { root: scroll, rootMargin: "300px" });
  near.observe(grow);
  signal.addEventListener("abort", () => near.disconnect());

  const follow = (name, then) => model.on(name, (...told) => {
    // What is saved here is painted by who saves it.
    if (signal.aborted || isSaving) return;
    then?.(...told);
    paint();
  });
  follow("change:rows", read);
  follow("comm_live_update", () => {
    isGone = true;
    asked.clear();
  });
  for (const trait of ["connection", "topics", "personas", "notice", "nothing", "undoable", "view", "selected"]) follow(`change:${trait}`);
  model.on("msg:custom", (message) => signal.aborted || hear(message));
  read();
  paint();
}

/** Drawn anew where its language changes. */
export default () => ({
  initialize() {},
  render({ model, el, signal }) {
    let ends = new AbortController();
    const draw = () => {
      ends.abort();
      ends = new AbortController();
      show({ model, el, signal: AbortSignal.any([signal, ends.signal]) });
    };
    model.on("change:locale", () => redrawInPlace(el, draw));
    draw();
  },
});
