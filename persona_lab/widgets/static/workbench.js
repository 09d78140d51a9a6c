import { h, put, say } from "./dom.js";
import { benchWordsOf } from "./workbench_words.js";

// The board stays beside what is open where there is room; workbench.css says where.
const FIRST = "board";
const OWN_KEYS = new Set(["Enter", " ", "ArrowLeft", "ArrowRight", "Home", "End"]);
let lastId = 0;

/** The study's widgets as tabs. Each is drawn when its tab is first opened, and stays. See workbench.py. */
function render({ model, el, signal, host }) {
  lastId += 1;
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const language = h("button", { type: "button", class: "pl-button pl-quiet pl-language" });
  const list = h("div", { class: "pl-tabs", role: "tablist" });
  const status = h("p", { class: "pl-heard", role: "status" });
  const panes = new Map(model.get("panes").map((pane) => [pane, paneOf(pane)]));
  const room = h("div", { class: "pl-room" }, [...panes.values()].map(({ panel }) => panel));
  let words;
  let isGone = false;
  el.classList.add("pl-root", "pl-bench");
  list.append(...[...panes.values()].map(({ tab }) => tab));
  el.append(h("header", { class: "pl-head" }, name, language), list, room, status);

  function paneOf(pane) {
    const id = `pl-bench-${lastId}-${pane}`;
    const nothing = h("p", { class: "pl-empty", hidden: true });
    const error = h("span");
    const again = h("button", { type: "button", class: "pl-button", "data-pane": pane });
    const wrong = h("p", { class: "pl-error", role: "alert", hidden: true }, error, " ", again);
    const place = h("div");
    const tab = h("button", { type: "button", class: "pl-tab", role: "tab", id: `${id}-tab`, "aria-controls": id, "data-pane": pane });
    const panel = h(
      "div",
      { class: "pl-pane", role: "tabpanel", id, "aria-labelledby": `${id}-tab`, tabindex: "-1", "data-pane": pane },
      nothing, wrong, place,
    );
    return { tab, panel, place, nothing, wrong, error, again, ref: null, drawn: null, problem: "" };
  }

  function paint() {
    const open = model.get("tab");
    const locale = model.get("locale");
    words = benchWordsOf(locale);
    put(el, "lang", locale);
    say(name, model.get("project_name"));
    put(list, "aria-label", words.tabs);
    const [other, called] = words.other;
    put(language, "lang", other);
    say(language, called);
    put(room, "data-open", open);
    for (const [pane, parts] of panes) {
      const isOpen = pane === open;
      say(parts.tab, words.panes[pane] ?? pane);
      put(parts.tab, "aria-selected", String(isOpen));
      put(parts.tab, "tabindex", isOpen ? "0" : "-1");
      put(parts.panel, "data-open", isOpen);
      if (isOpen || pane === FIRST) draw(pane, parts);
    }
  }

  function draw(pane, parts) {
    const ref = model.get(pane);
    if (ref && ref !== parts.ref) mount(parts, ref);
    const problem = parts.problem || (model.get("errors")[pane] ?? "") || (isGone && !ref ? words.gone : "");
    const isEmpty = !ref && !problem;
    const [what, hint] = model.get("nothing").includes(pane) ? (words.nothing[pane] ?? [words.making]) : [words.making];
    if (isEmpty) parts.nothing.replaceChildren(h("strong", {}, what), hint ?? "");
    put(parts.nothing, "hidden", !isEmpty);
    say(parts.error, problem);
    say(parts.again, words.again);
    put(parts.wrong, "hidden", !problem);
    put(parts.again, "hidden", isGone || Boolean(ref));
  }

  async function mount(parts, ref) {
    parts.drawn?.abort();
    parts.drawn = new AbortController();
    parts.ref = ref;
    const place = h("div");
    parts.place.replaceChildren(place);
    try {
      const child = await host.getWidget(ref);
      await child.render({ el: place, signal: AbortSignal.any([signal, parts.drawn.signal]) });
      parts.problem = "";
    } catch (error) {
      console.warn(error);
      parts.problem = words.failed;
    }
    if (!signal.aborted) paint();
  }

  function open(pane) {
    if (model.get("tab") === pane) model.send({ kind: "again", pane });
    model.set("tab", pane);
    model.save_changes();
  }

  // Whoever worked in a pane that is hidden now goes on in the one that came.
  function opened() {
    const { panel } = panes.get(model.get("tab")) ?? {};
    const root = el.getRootNode();
    const before = [...panes.values()].find((parts) => parts.panel.contains(root.activeElement))?.panel;
    paint();
    if (!panel) return;
    if (before && before !== panel && !before.offsetParent) panel.focus({ preventScroll: true });
    say(status, words.opened(words.panes[panel.dataset.pane]));
  }

  el.addEventListener("click", (event) => {
    const button = event.target.closest(".pl-tab, .pl-pane > .pl-error button");
    if (button) open(button.dataset.pane);
    if (event.target.closest(".pl-language")) {
      model.set("locale", words.other[0]);
      model.save_changes();
    }
  }, { signal });

  list.addEventListener("keydown", (event) => {
    if (!OWN_KEYS.has(event.key)) return;
    // The notebook binds these keys too.
    event.stopPropagation();
    const all = [...list.children];
    const at = all.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  }, { signal });

  for (const what of ["locale", "project_name", "nothing", "errors", ...panes.keys()]) model.on(`change:${what}`, paint);
  model.on("change:tab", opened);
  model.on("comm_live_update", () => {
    isGone = true;
    paint();
  });
  paint();
}

/** All state is the model's or the view's own. */
export default () => ({ initialize() {}, render });
