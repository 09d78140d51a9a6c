import { chooseFocused, openPlaces, quoteOf } from "./answers.js";
import { h, put, say } from "./dom.js";
import { redrawInPlace } from "./in_place.js";
import { labelsOf, wordFor } from "./labels.js";
import { belongingTo, peopleLabelsOf, undecided, whoSays } from "./people.js";
import { shape } from "./shapes.js";

const KINDS = ["goal", "pain", "need", "behaviour"];
const WORDS = 12;
// So many of a kind are on show; the others unfold.
const TRAITS = 3;
// Keys that do something here, and something else to the notebook around it.
const OWN_KEYS = new Set(["Enter", " ", "ArrowUp", "ArrowDown", "Home", "End", "Escape"]);
// The button of a proposal goes when it is accepted; its choice stays.
const instead = (key) => key.replace(/^accept /, "choose ");

/** Follow the personas for as long as the model lives; all views read from here. */
function follow(model) {
  const views = new Set();
  const study = { personas: new Map(), interviews: new Map(), revision: 0, views, asked: new Set(), error: "", isGone: false };
  const tell = () => views.forEach((view) => view.paint());
  let number = 0;

  function take(personas, interviews, revision) {
    for (const one of personas) study.personas.set(one.id, one);
    for (const one of interviews) study.interviews.set(one.id, one);
    study.revision = revision;
  }

  function read() {
    study.personas.clear();
    study.interviews.clear();
    take(model.get("personas"), model.get("interviews"), model.get("revision"));
  }

  function receive(message) {
    study.isGone = false;
    if (message.kind === "changed") {
      for (const id of message.gone) {
        study.personas.delete(id);
        study.interviews.delete(id);
      }
      take(message.personas, message.interviews, message.revision);
    } else if (message.kind === "done") {
      study.asked.delete(message.id);
      study.error = message.error;
    }
    tell();
  }

  study.ask = (message) => {
    number += 1;
    study.asked.add(number);
    study.error = "";
    model.send({ ...message, id: number });
    tell();
  };
  read();
  model.on("msg:custom", receive);
  for (const name of ["personas", "interviews"]) {
    model.on(`change:${name}`, () => {
      read();
      tell();
    });
  }
  model.on("comm_live_update", () => {
    study.isGone = true;
    study.asked.clear();
    tell();
  });
  model.send({ kind: "hello", revision: study.revision });
  return study;
}

/** One persona's card. It is drawn again only when something in it differs; what was opened stays open. */
function cardOf(view) {
  const element = h("article", { class: "pl-persona" });
  let drawn = "";

  function paint(persona, its) {
    put(element, "data-id", persona.id);
    put(element, "aria-label", [persona.label, persona.title].filter(Boolean).join(" · "));
    const key = JSON.stringify([persona, its, view.others(), view.isBusy()]);
    if (key === drawn) return;
    drawn = key;
    const parts = [...head(persona, its), ...said(persona), interviewsOf(its, persona, view)].filter(Boolean);
    redrawInPlace(element, () => element.replaceChildren(...parts), instead);
  }

  function head(persona, its) {
    const { labels } = view;
    const decided = its.filter((one) => one.decided_by !== null).length;
    const typical = persona.typical ? labels.typical(persona.typical) : "";
    const about = [
      labels.people(its.length, decided, its.length - decided, persona.participants),
      persona.name ? labels.called(persona.name) : "",
      persona.place,
      typical,
      persona.note,
    ].filter(Boolean);
    return [
      h(
        "header",
        {},
        persona.picture ? h("img", { src: persona.picture, alt: "", width: 56, height: 56 }) : null,
        h("div", {}, h("h3", { dir: "auto" }, h("span", { class: "pl-tag pl-label", "data-kind": "persona" }, persona.label), " ", persona.title), about.map((line) => h("p", { class: "pl-about", dir: "auto" }, line))),
        view.canShow
          ? h("button", { type: "button", class: "pl-button pl-findings", "data-show": persona.id, "data-key": "findings", "aria-label": labels.findingsOf(persona.label) }, labels.findings)
          : null,
      ),
      persona.stale[view.locale] ? h("p", { class: "pl-stale" }, h("span", { "aria-hidden": "true" }, "⚠ "), `${labels.stale}: ${persona.stale[view.locale]}`) : null,
    ];
  }

  function said(persona) {
    const { labels } = view;
    const groups = KINDS.map((kind) => [kind, persona.traits.filter((trait) => trait.kind === kind)]).filter(([, its]) => its.length);
    const words = persona.words.slice(0, WORDS).map(({ word, participants }) => `${word} (${participants})`);
    return [
      persona.description ? h("p", { dir: "auto" }, persona.description) : null,
      persona.summary ? h("p", { dir: "auto" }, persona.summary) : null,
      folded("summary", labels.rests, persona.quotes, view),
      ...groups.flatMap(([kind, its]) => traitsOf(kind, its.map((trait, n) => traitOf(trait, `${kind} ${n}`)))),
      words.length ? h("p", { class: "pl-about", dir: "auto" }, `${labels.words}: ${words.join(", ")}`) : null,
    ];
  }

  function traitsOf(kind, items) {
    const more = items.slice(TRAITS);
    const key = `${kind} more`;
    return [
      h("h4", {}, view.labels.kinds[kind]),
      h("ul", {}, items.slice(0, TRAITS)),
      more.length ? h("details", { "data-key": key }, h("summary", { "data-key": key }, view.labels.more(more.length)), h("ul", {}, more)) : null,
    ];
  }

  function traitOf(trait, key) {
    const { labels } = view;
    return h(
      "li",
      { dir: "auto" },
      h("span", {}, trait.text),
      " ",
      h("span", { class: "pl-about" }, labels.support(trait.support, trait.participants)),
      folded(`${key} for`, labels.quotes(trait.quotes.length), trait.quotes, view),
      folded(`${key} against`, labels.against(trait.against.length), trait.against, view),
    );
  }

  return { element, paint };
}

function folded(key, summary, quotes, view) {
  if (!quotes.length) return null;
  return h("details", { "data-key": key }, h("summary", { "data-key": key }, summary), quotes.map((quote) => quoteOf(quote, "pl-quote", view.canOpen && view.labels.place)));
}

function interviewsOf(its, persona, view) {
  if (!its.length) return null;
  const heading = persona ? view.labels.interviews : view.labels.unassigned;
  const rows = its.map((one) => interviewOf(one, persona, view));
  return h("section", { class: "pl-belonging", "aria-label": heading }, h("h4", {}, `${heading} (${its.length})`), h("ul", {}, rows));
}

function interviewOf(one, persona, view) {
  const { labels } = view;
  const isBusy = view.isBusy();
  const choices = [{ id: "", label: labels.nobody }, ...view.others()].map(({ id, label }) =>
    h("option", { value: id, selected: id === (one.persona_id ?? "") }, label),
  );
  const canAccept = persona && one.decided_by === null;
  return h(
    "li",
    {},
    h("div", { class: "pl-belongs" },
      h("span", { class: "pl-title", dir: "auto" }, one.title),
      canAccept
        ? h("button", { type: "button", class: "pl-button", "data-accept": one.id, "data-key": `accept ${one.id}`, "aria-label": labels.acceptOf(one.title, persona.label), "aria-disabled": isBusy ? "true" : null }, labels.accept)
        : null,
      h("select", { class: "pl-choice", "data-choose": one.id, "data-key": `choose ${one.id}`, "aria-label": labels.belongsTo(one.title), disabled: view.isGone() }, choices),
    ),
    h("p", { class: "pl-about" }, whoSays(one, labels)),
    one.evidence.length ? folded(`why ${one.id}`, labels.why, one.evidence, view) : null,
  );
}

/** Draw the cards of one view and keep them true. */
function show({ study, model, el, signal }) {
  let parts;
  let cards;
  let restDrawn;
  const inOrder = () => [...study.personas.values()].sort((one, other) => one.position - other.position);
  const view = {
    paint,
    others: () => inOrder().map(({ id, label, title }) => ({ id, label: [label, title].filter(Boolean).join(" · ") })),
    isBusy: () => study.asked.size > 0,
    isGone: () => study.isGone,
  };
  const frame = h("section", { class: "pl-personas", tabindex: "-1" });
  el.classList.add("pl-root");
  el.append(frame);

  function begin() {
    const locale = model.get("locale");
    view.locale = locale;
    view.labels = peopleLabelsOf(locale);
    view.canOpen = model.get("can_open");
    view.canShow = model.get("can_show");
    parts = skeleton(view.labels);
    cards = new Map();
    restDrawn = "";
    put(el, "lang", locale);
    frame.replaceChildren(...parts.all);
    paintName();
    paint();
  }

  function paintName() {
    const name = model.get("project_name");
    say(parts.name, view.labels.name);
    put(frame, "aria-label", `${view.labels.name}: ${name}`);
  }

  function paintLight() {
    const connection = study.isGone ? "offline" : model.get("connection");
    if (parts.light.dataset.connection === connection) return;
    const words = labelsOf(view.locale);
    put(parts.light, "data-connection", connection);
    put(parts.light, "title", words.connectionHints[connection]);
    parts.light.replaceChildren(shape(connection), wordFor(connection, words.connections));
  }

  function paint() {
    const shown = inOrder();
    const interviews = [...study.interviews.values()];
    const open = undecided(interviews);
    const { labels } = view;
    const { count, proposed, status, empty, grid, rest } = parts;
    paintLight();
    say(count, labels.count(shown.length));
    put(count, "hidden", shown.length === 0);
    say(proposed, labels.acceptAll(open.length));
    put(proposed, "hidden", open.length === 0);
    put(proposed, "aria-disabled", view.isBusy() ? "true" : null);
    say(status, study.isGone ? labels.gone : study.error || (view.isBusy() ? labels.working : ""));
    put(status, "data-wrong", Boolean(study.error || study.isGone));
    // Whoever had them proposed goes on with accepting.
    if (shown.length && parts.propose.matches(":focus")) proposed.focus();
    put(empty, "hidden", shown.length > 0);
    put(parts.propose, "aria-disabled", view.isBusy() ? "true" : null);
    for (const [id, card] of cards) {
      if (study.personas.has(id)) continue;
      card.element.remove();
      cards.delete(id);
    }
    shown.forEach((persona, at) => {
      if (!cards.has(persona.id)) cards.set(persona.id, cardOf(view));
      const card = cards.get(persona.id);
      card.paint(persona, belongingTo(interviews, persona.id));
      if (grid.children[at] !== card.element) grid.insertBefore(card.element, grid.children[at] ?? null);
    });
    const nowhere = shown.length ? belongingTo(interviews, null) : [];
    const key = JSON.stringify([nowhere, view.others(), view.isBusy()]);
    if (key !== restDrawn) {
      restDrawn = key;
      redrawInPlace(rest, () => rest.replaceChildren(...[interviewsOf(nowhere, null, view)].filter(Boolean)), instead);
    }
  }

  frame.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.show && !study.isGone) model.send({ kind: "show", persona: button.dataset.show });
    if (!button || view.isBusy() || study.isGone) return;
    if (button === parts.proposed) study.ask({ kind: "accept", interviews: null });
    else if (button === parts.propose) study.ask({ kind: "propose" });
    else if (button.dataset.accept) study.ask({ kind: "accept", interviews: [button.dataset.accept] });
  }, { signal });
  frame.addEventListener("change", (event) => {
    const choice = event.target.closest("select");
    if (!choice || study.isGone) return;
    study.ask({ kind: "assign", interview: choice.dataset.choose, persona: choice.value || null });
  }, { signal });
  frame.addEventListener("keydown", (event) => {
    if (OWN_KEYS.has(event.key)) event.stopPropagation();
  }, { signal });
  study.views.add(view);
  signal.addEventListener("abort", () => study.views.delete(view));
  openPlaces(frame, model, signal);
  chooseFocused(frame, ".pl-persona", model, signal);
  model.on("change:project_name", paintName);
  model.on("change:connection", paintLight);
  model.on("change:locale", () => redrawInPlace(el, begin));
  begin();
}

/** The parts that stay while personas come and go. */
function skeleton(labels) {
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const count = h("span", { class: "pl-about pl-numbers" });
  const proposed = h("button", { type: "button", class: "pl-button", "data-key": "all" });
  const light = h("span", { class: "pl-light", role: "status" });
  const status = h("p", { class: "pl-people-status", role: "status" });
  const propose = h("button", { type: "button", class: "pl-button", "data-key": "propose" }, labels.propose);
  const empty = h("div", { class: "pl-empty", hidden: true }, h("strong", {}, labels.none), h("p", {}, labels.does), propose);
  const grid = h("div", { class: "pl-grid" });
  const rest = h("div", { class: "pl-rest" });
  return {
    name, count, proposed, light, status, propose, empty, grid, rest,
    all: [h("header", { class: "pl-head" }, name, count, proposed, light), status, empty, grid, rest],
  };
}

/** A function, so that each model has its own personas: `initialize` and `render` are given different model objects. */
export default () => {
  let study;
  return {
    initialize({ model }) {
      study = follow(model);
    },
    render({ model, el, signal }) {
      show({ study, model, el, signal });
    },
  };
};
