import { blocksOf, chooseFocused, mentionAt, openPlaces, quoteOf, spokenText, supportOf } from "./answers.js";
import { chatLabelsOf } from "./chatting.js";
import { h, put, say } from "./dom.js";
import { redrawInPlace } from "./in_place.js";
import { labelsOf, momentText, wordFor } from "./labels.js";
import { shape } from "./shapes.js";

const NEAR_END_PIXELS = 80;
const SAY_WHAT_IS_LEFT = 200;
// Keys that do something here, and something else to the notebook around it.
const OWN_KEYS = new Set(["Enter", " ", "ArrowUp", "ArrowDown", "Home", "End", "Escape", "Tab"]);

/** Follow the conversation for as long as the model lives; all views read from here. */
function follow(model) {
  const views = new Set();
  const chat = { messages: new Map(), growing: new Map(), views, isAsking: false, isKernelGone: false, error: "" };
  const tell = (what, ...about) => views.forEach((view) => view[what](...about));

  function hold(messages) {
    for (const message of messages) {
      chat.messages.set(message.id, message);
      chat.growing.delete(message.id);
    }
  }

  function receive(message) {
    hear(true);
    if (message.kind === "messages") {
      hold(message.messages);
      tell("paint", message.messages.map(({ id }) => id));
    } else if (message.kind === "started") {
      const { message_id: id, persona_id, label } = message;
      chat.growing.set(id, { id, role: "assistant", persona_id, author: label, content: "", citations: [], questions: [] });
      tell("paint", [id]);
    } else if (message.kind === "parts") {
      const grown = chat.growing.get(message.message_id);
      if (!grown) return;
      grown.content += message.text;
      grown.citations.push(...message.citations);
      tell("paint", [grown.id]);
    } else if (message.kind === "asked") {
      chat.isAsking = false;
      chat.growing.clear();
      chat.error = message.error;
      tell("paint", []);
    }
  }

  function hear(isAlive) {
    if (chat.isKernelGone !== isAlive) return;
    chat.isKernelGone = !isAlive;
    if (!isAlive) chat.isAsking = false;
    tell("paintLight");
  }

  chat.ask = (text) => {
    chat.isAsking = true;
    chat.error = "";
    model.send({ kind: "ask", text });
    tell("paint", []);
  };
  chat.stop = () => {
    for (const id of chat.growing.keys()) model.send({ kind: "stop", message_id: id });
  };
  hold(model.get("messages"));
  model.on("msg:custom", receive);
  model.on("change:messages", () => {
    hold(model.get("messages"));
    tell("paint", [...chat.messages.keys()]);
  });
  model.on("comm_live_update", () => hear(false));
  model.send({ kind: "hello", known: chat.messages.size });
  return chat;
}

/** The messages in order, those that are being written last. */
function inOrder(chat) {
  return [...[...chat.messages.values()].sort((one, other) => one.number - other.number), ...chat.growing.values()];
}

/** One message; `paint` draws what has come since, and keeps open what the reader has opened. */
function entryOf(message, view) {
  const name = h("span", { class: "pl-author", dir: "auto" });
  const about = h("span", { class: "pl-about" });
  const body = h("div", { class: "pl-said", dir: "auto" });
  const state = h("p", { class: "pl-state-note", hidden: true });
  const next = h("div", { class: "pl-next", hidden: true });
  const element = h("article", { class: "pl-message", "data-id": message.id, "data-role": message.role }, h("header", {}, name, about), body, state, next);
  const open = view.opened.get(message.id) ?? new Set();
  view.opened.set(message.id, open);
  let drawn = null;

  function paint(now, isGrowing) {
    const who = view.nameOf(now);
    say(name, now.role === "user" ? now.author : who);
    put(element, "aria-label", who);
    put(element, "data-author", now.persona_id ? "persona" : now.author);
    say(about, [now.persona_id ? view.labels.composed : "", momentText(now.created_at, Date.now(), view.locale)].filter(Boolean).join(" · "));
    put(element, "data-growing", isGrowing);
    const key = `${now.content}\n${now.citations.length}`;
    if (drawn !== key) {
      drawn = key;
      draw(now);
    }
    const ended = wordFor(now.state, view.labels.states);
    const note = !isGrowing && Object.hasOwn(view.labels.states, now.state) ? `${ended} ${now.note ?? ""}`.trim() : "";
    say(state, note);
    put(state, "hidden", !note);
    paintNext(isGrowing ? [] : (now.questions ?? []));
  }

  function draw(now) {
    const cited = new Map(now.citations.map((citation) => [citation.n, citation]));
    const focused = element.contains(document.activeElement) ? document.activeElement?.dataset.n : null;
    body.replaceChildren(...blocksOf(now.content).map((block) => blockOf(block, cited)));
    if (focused) body.querySelector(`[data-n="${Number(focused)}"]`)?.focus();
  }

  function blockOf({ kind, lines }, cited) {
    const rows = lines.map((pieces) => lineOf(pieces, cited, kind === "list" ? "li" : "p"));
    return kind === "list" ? h("ul", {}, rows) : h("div", {}, rows);
  }

  function lineOf(pieces, cited, tag) {
    const panels = [];
    const shown = pieces.map((piece) => {
      if (typeof piece === "string") return piece;
      const citation = cited.get(piece.n);
      if (!citation) return `[${piece.n}]`;
      const panel = panelOf(citation);
      panels.push(panel);
      return chipOf(citation, panel);
    });
    return h(tag, {}, shown, panels);
  }

  function chipOf(citation, panel) {
    const support = supportOf(citation);
    const chip = h(
      "button",
      { type: "button", class: "pl-chip", "data-n": citation.n, "aria-label": view.labels.chip(citation.n, support) },
      h("span", { "aria-hidden": "true" }, String(citation.n)),
      support > 1 ? h("span", { class: "pl-support", "aria-hidden": "true" }, `×${support}`) : null,
    );
    const show = (isOpen) => {
      put(chip, "aria-expanded", String(isOpen));
      put(panel, "hidden", !isOpen);
      if (isOpen) open.add(citation.n);
      else open.delete(citation.n);
    };
    show(open.has(citation.n));
    chip.addEventListener("click", () => show(panel.hidden));
    chip.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !panel.hidden) show(false);
    });
    return chip;
  }

  function panelOf({ quote, others = [] }) {
    const shown = (one) => quoteOf(one, "pl-quote", view.canOpen && view.labels.place);
    const more = others.length ? [h("p", { class: "pl-others" }, view.labels.others), ...others.map(shown)] : [];
    return h("div", { class: "pl-panel", hidden: true }, shown(quote), more);
  }

  function paintNext(questions) {
    const isLast = view.isLast(message.id);
    put(next, "hidden", !(questions.length && isLast));
    if (!questions.length || !isLast || next.childElementCount) return;
    next.append(
      h("p", {}, view.labels.next),
      ...questions.map((question) => {
        const button = h("button", { type: "button", class: "pl-button", dir: "auto" }, question);
        button.addEventListener("click", () => view.ask(question));
        return button;
      }),
    );
  }

  return { element, paint };
}

/** Draw one view and keep it true. */
function show({ chat, model, el, signal }) {
  const view = { paint, paintLight, nameOf, isLast, ask, opened: new Map(), labels: null, locale: "en" };
  let parts;
  let entries;
  let options = [];
  let chosen = 0;
  el.classList.add("pl-root", "pl-chat");

  function redraw() {
    // What is drawn once more is no news.
    view.isReady = false;
    view.canOpen = model.get("can_open");
    view.locale = model.get("locale");
    view.labels = chatLabelsOf(view.locale);
    entries = new Map();
    parts = skeleton(view.labels);
    put(el, "lang", view.locale);
    el.replaceChildren(...parts.all);
    parts.text.addEventListener("input", typed, { signal });
    parts.text.addEventListener("keydown", pressed, { signal });
    parts.text.addEventListener("blur", () => offer([]), { signal });
    parts.form.addEventListener("submit", (event) => { event.preventDefault(); submit(); }, { signal });
    parts.stop.addEventListener("click", stop, { signal });
    paintName();
    paintLight();
    paint([...chat.messages.keys()]);
    parts.log.scrollTop = parts.log.scrollHeight;
    view.isReady = true;
  }

  function paintName() {
    say(parts.name, model.get("title") || view.labels.name);
    const labels = model.get("people").map(({ label }) => label);
    put(parts.text, "placeholder", labels.length ? view.labels.placeholderPeople(labels) : view.labels.placeholder);
    say(parts.hint, view.labels.emptyHint(labels));
  }

  function paintLight() {
    const connection = chat.isKernelGone ? "offline" : model.get("connection");
    const words = labelsOf(view.locale);
    put(parts.light, "data-connection", connection);
    put(parts.light, "title", chat.isKernelGone ? view.labels.gone : words.connectionHints[connection]);
    parts.light.replaceChildren(shape(connection), wordFor(connection, words.connections));
    paintForm();
  }

  function paint(ids) {
    const isAtEnd = parts.log.scrollHeight - parts.log.scrollTop - parts.log.clientHeight < NEAR_END_PIXELS;
    const all = inOrder(chat);
    const touched = new Set(ids);
    const there = new Set(all.map(({ id }) => id));
    for (const [id, entry] of entries) {
      if (there.has(id)) continue;
      entry.element.remove();
      entries.delete(id);
    }
    all.forEach((message, index) => {
      let entry = entries.get(message.id);
      const isNew = !entry;
      if (isNew) {
        entry = entryOf(message, view);
        entries.set(message.id, entry);
      }
      if (parts.log.children[index] !== entry.element) parts.log.insertBefore(entry.element, parts.log.children[index] ?? null);
      if (isNew || touched.has(message.id) || index >= all.length - 2) entry.paint(message, chat.growing.has(message.id));
    });
    put(parts.empty, "hidden", all.length > 0);
    put(parts.log, "hidden", all.length === 0);
    for (const id of ids) announce(all.find((message) => message.id === id));
    say(parts.error, chat.error);
    put(parts.error, "hidden", !chat.error);
    paintForm();
    if (isAtEnd) parts.log.scrollTop = parts.log.scrollHeight;
  }

  // Sentences and not tokens: an answer is said when it is whole, and while it grows only that it does.
  function announce(message) {
    if (!message || message.role === "user" || !view.isReady) return;
    const who = nameOf(message);
    say(parts.status, chat.growing.has(message.id) ? view.labels.answering(who) : view.labels.answered(who, spokenText(message.content)));
  }

  function paintForm() {
    const text = parts.text.value;
    const left = model.get("limit") - text.length;
    const isBusy = chat.isAsking;
    put(parts.send, "hidden", isBusy);
    put(parts.stop, "hidden", !isBusy);
    put(parts.send, "aria-disabled", !text.trim() || left < 0 || chat.isKernelGone ? "true" : null);
    if (!isBusy) say(parts.stop, view.labels.stop);
    say(parts.left, left < SAY_WHAT_IS_LEFT ? view.labels.left(left) : "");
    put(parts.left, "data-wrong", left < 0);
  }

  function nameOf(message) {
    if (message.role === "user") return message.author;
    const person = model.get("people").find(({ id }) => id === message.persona_id);
    if (person) return [person.label, person.name].filter(Boolean).join(" · ");
    return wordFor(message.author || "project", view.labels.authors);
  }

  function isLast(id) {
    return inOrder(chat).at(-1)?.id === id;
  }

  function submit() {
    const text = parts.text.value.trim();
    if (!text || chat.isAsking || chat.isKernelGone || text.length > model.get("limit")) return;
    parts.text.value = "";
    grow();
    ask(text);
    parts.text.focus();
  }

  function ask(text) {
    if (chat.isAsking || chat.isKernelGone) return;
    chat.ask(text);
    parts.log.scrollTop = parts.log.scrollHeight;
  }

  function stop() {
    say(parts.stop, view.labels.stopping);
    chat.stop();
    parts.text.focus();
  }

  function typed() {
    grow();
    paintForm();
    const mention = mentionAt(parts.text.value, parts.text.selectionStart);
    const word = mention?.word.toLowerCase();
    const found = mention
      ? model.get("people").filter(({ label, name }) => [label, name ?? ""].some((one) => one.toLowerCase().startsWith(word)))
      : [];
    offer(found);
  }

  function grow() {
    parts.text.style.height = "auto";
    parts.text.style.height = `${Math.min(parts.text.scrollHeight + 2, 160)}px`;
  }

  function offer(people) {
    options = people;
    chosen = 0;
    put(parts.options, "hidden", !people.length);
    put(parts.text, "aria-expanded", String(people.length > 0));
    parts.options.replaceChildren(
      ...people.map((person, index) => {
        const option = h("li", { role: "option", id: `${parts.options.id}-${index}`, dir: "auto" }, h("strong", {}, `@${person.label}`), " ", person.name ?? "");
        option.addEventListener("mousedown", (event) => { event.preventDefault(); mention(person); });
        return option;
      }),
    );
    point();
  }

  function point() {
    [...parts.options.children].forEach((option, index) => put(option, "aria-selected", String(index === chosen)));
    put(parts.text, "aria-activedescendant", options.length ? `${parts.options.id}-${chosen}` : null);
  }

  function mention(person) {
    const caret = parts.text.selectionStart;
    const { from } = mentionAt(parts.text.value, caret);
    parts.text.setRangeText(`${person.label} `, from, caret, "end");
    offer([]);
    paintForm();
  }

  function pressed(event) {
    // A syllable that is being composed takes Enter for itself.
    if (event.isComposing) return;
    if (options.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        chosen = (chosen + step + options.length) % options.length;
        point();
        event.preventDefault();
        return;
      }
      if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        mention(options[chosen]);
        return;
      }
      if (event.key === "Escape") {
        offer([]);
        return;
      }
    }
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  }

  el.addEventListener("keydown", (event) => { if (OWN_KEYS.has(event.key)) event.stopPropagation(); }, { signal });
  chat.views.add(view);
  signal.addEventListener("abort", () => chat.views.delete(view));
  model.on("change:title", paintName);
  model.on("change:people", () => redrawInPlace(el, redraw));
  model.on("change:connection", paintLight);
  model.on("change:locale", () => redrawInPlace(el, redraw));
  openPlaces(el, model, signal);
  chooseFocused(el, ".pl-message", model, signal);
  redraw();
}

let lastId = 0;

/** The parts that stay while the conversation goes on. */
function skeleton(labels) {
  lastId += 1;
  const id = `pl-chat-${lastId}`;
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const light = h("span", { class: "pl-light", role: "status" });
  const hint = h("p", {});
  const empty = h("div", { class: "pl-empty" }, h("strong", {}, labels.empty), hint);
  const log = h("div", { class: "pl-log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": labels.name });
  const status = h("p", { class: "pl-heard", role: "status" });
  const error = h("p", { class: "pl-error", role: "alert", dir: "auto", hidden: true });
  const options = h("ul", { class: "pl-options", role: "listbox", id: `${id}-options`, "aria-label": labels.mentions, hidden: true });
  const text = h("textarea", {
    class: "pl-question", rows: "1", dir: "auto", "aria-label": labels.question, role: "combobox",
    "aria-autocomplete": "list", "aria-controls": `${id}-options`, "aria-expanded": "false",
  });
  const left = h("span", { class: "pl-left" });
  const send = h("button", { type: "submit", class: "pl-button" }, labels.send);
  const stop = h("button", { type: "button", class: "pl-button", hidden: true }, labels.stop);
  const form = h("form", { class: "pl-ask" }, options, text, h("div", { class: "pl-ask-end" }, left, stop, send));
  return {
    name, light, hint, empty, log, status, error, options, text, left, send, stop, form,
    all: [h("header", { class: "pl-head" }, name, light), empty, log, error, form, status],
  };
}

/** A function, so that each model has its own: `initialize` and `render` are given different model objects. */
export default () => {
  let chat;
  return {
    initialize({ model }) {
      chat = follow(model);
    },
    render({ model, el, signal }) {
      show({ chat, model, el, signal });
    },
  };
};
