import { quoteOf } from "./answers.js";
import { mapLabelsOf, moveOf, nodesOf, typedOf, visibleOf } from "./branches.js";
import { h, later, put, say } from "./dom.js";
import { redrawInPlace } from "./in_place.js";

// Letters that follow each other sooner belong to one word.
const TYPING_MILLISECONDS = 600;

/** A mind map as a tree; see branches.js. Traits: mind_map, locale. */
function render({ model, el, signal }) {
  let labels;
  const summary = h("p", { class: "pl-map-summary", dir: "auto" });
  const toggle = h("button", { type: "button", class: "pl-button" });
  const name = h("h3", { class: "pl-name", dir: "auto" });
  const head = h("header", { class: "pl-head" }, name, toggle);
  const tree = h("ul", { class: "pl-map-tree", role: "tree" });
  const empty = h("p", { class: "pl-empty" });
  el.classList.add("pl-root", "pl-map");
  el.append(head, summary, tree, empty);

  // Quotes are closed unless they were opened, all else is open unless it was closed.
  const changed = new Set();
  const elements = new Map();
  let root = null;
  let at = "root";
  let typed = "";
  let forget = () => {};

  const isOpen = (one) => changed.has(one.key) === (one.kind === "item");
  const visible = () => visibleOf(root, isOpen);

  function draw() {
    const map = model.get("mind_map");
    labels = mapLabelsOf(model.get("locale"));
    put(el, "lang", model.get("locale"));
    const hadFocus = tree.contains(el.getRootNode().activeElement);
    root = nodesOf(map);
    say(name, map.title || labels.name);
    say(summary, map.summary ?? "");
    empty.replaceChildren(h("strong", {}, labels.empty), labels.emptyHint);
    put(tree, "aria-label", labels.tree(map.title));
    elements.clear();
    tree.replaceChildren(itemOf(root, 1, 1, 1));
    empty.hidden = root.children.length > 0;
    tree.hidden = !empty.hidden;
    mark();
    if (hadFocus) focus(at);
  }

  function itemOf(one, level, n, of) {
    const note = one.note && h("small", { class: "pl-map-note" }, one.note);
    const text = one.quote ? quoteOf(one.quote, "pl-map-quote") : h("span", { class: "pl-map-text" }, one.text);
    const label = h("div", { class: "pl-map-node", dir: "auto", title: one.quote && model.get("can_open") ? labels.place : null }, text, note);
    const element = h(
      "li",
      {
        class: `pl-map-${one.kind}`,
        role: "treeitem",
        "aria-level": level,
        "aria-posinset": n,
        "aria-setsize": of,
        "data-key": one.key,
        tabindex: "-1",
      },
      label,
    );
    if (one.color) element.style.setProperty("--pl-branch", one.color);
    if (one.children.length) {
      const below = one.children.map((child, at) => itemOf(child, level + 1, at + 1, one.children.length));
      element.append(h("ul", { role: "group" }, ...below));
    }
    elements.set(one.key, { element, one });
    return element;
  }

  // Marks in place, so that nothing that has the focus is drawn again.
  function mark() {
    const shown = visible();
    // What has the focus may have gone, or be within what was closed.
    while (!shown.some((one) => one.key === at)) at = at.slice(0, Math.max(0, at.lastIndexOf(" / "))) || "root";
    for (const { element, one } of elements.values()) {
      put(element, "aria-expanded", one.children.length ? String(isOpen(one)) : null);
      put(element, "tabindex", one.key === at ? "0" : "-1");
    }
    const items = [...elements.values()].filter(({ one }) => one.kind === "item" && one.children.length);
    const areOpen = items.length > 0 && items.every(({ one }) => isOpen(one));
    say(toggle, areOpen ? labels.close : labels.open);
    toggle.hidden = !items.length;
    toggle.dataset.open = areOpen;
  }

  function focus(key) {
    at = key;
    mark();
    elements.get(at).element.focus();
    // A quote belongs to its item.
    model.set("selected", at.replace(/ \/ quote$/, ""));
    model.save_changes();
  }

  function turn(key, shouldOpen) {
    const { one } = elements.get(key);
    if (isOpen(one) !== shouldOpen) {
      if (changed.has(key)) changed.delete(key);
      else changed.add(key);
    }
  }

  function act(move) {
    if (move.open) turn(move.open, true);
    if (move.close) turn(move.close, false);
    focus(move.focus ?? move.open ?? move.close);
  }

  function toThePlace({ quote }) {
    if (!quote || !model.get("can_open")) return;
    model.send({ kind: "open", interview_id: quote.interview_id, turn: quote.turn, start: quote.start });
  }

  function type(letter) {
    typed += letter;
    forget();
    forget = later(TYPING_MILLISECONDS, () => (typed = ""), signal);
    // The same letter again and again goes through all that begin with it.
    const word = /^(.)\1+$/u.test(typed) ? letter : typed;
    const found = typedOf(word, at, visible());
    if (found) focus(found);
  }

  tree.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      const isLetter = [...event.key].length === 1 && (event.key !== " " || typed !== "");
      const move = isLetter ? null : moveOf(event.key, at, visible(), isOpen);
      if (!move && !isLetter) return;
      // The notebook binds these keys too.
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Enter") toThePlace(elements.get(at).one);
      if (move) act(move);
      else type(event.key);
    },
    { signal },
  );

  tree.addEventListener(
    "click",
    (event) => {
      const element = event.target.closest("[role=treeitem]");
      if (!element || !event.target.closest(".pl-map-node")) return;
      const { one } = elements.get(element.dataset.key);
      // Whoever marks words with the mouse wants them, and not another state.
      if (getSelection()?.type === "Range") return;
      const isBranch = one.children.length > 0;
      toThePlace(one);
      act(!isBranch ? { focus: one.key } : isOpen(one) ? { close: one.key } : { open: one.key });
    },
    { signal },
  );

  toggle.addEventListener(
    "click",
    () => {
      const shouldOpen = toggle.dataset.open !== "true";
      for (const { one } of elements.values()) if (one.kind === "item") turn(one.key, shouldOpen);
      mark();
    },
    { signal },
  );

  model.on("change:mind_map", draw);
  model.on("change:locale", () => redrawInPlace(el, draw));
  draw();
}

/** All state is the view's own, so a model needs nothing beside it. */
export default () => ({ initialize() {}, render });
