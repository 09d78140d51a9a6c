import assert from "node:assert/strict";
import test from "node:test";

import { moveOf, nodesOf, typedOf, visibleOf } from "../../persona_lab/widgets/static/branches.js";

const item = (content, start) => ({ content, quote: { text: content, interview_id: "a", start }, relevance: "" });
const map = {
  title: "Checkout",
  root: "Checkout",
  subtitle: "",
  topics: [
    {
      title: "Card form",
      color: "#4a7fb5",
      subtopics: [{ title: "Hard", items: [item("It forgets.", 1), { content: "Slow.", quote: null, relevance: "" }] }],
    },
    { title: "Coupons", color: "red; background: url(x)", subtopics: [] },
  ],
};
const root = nodesOf(map);
const open = (...closed) => (one) => one.kind !== "item" && !closed.includes(one.text);
const texts = (isOpen) => visibleOf(root, isOpen).map((one) => one.text);
const press = (key, at, isOpen = open()) => moveOf(key, keyOf(at), visibleOf(root, isOpen), isOpen);
const keyOf = (text) => visibleOf(root, () => true).find((one) => one.text === text).key;

test("what is closed hides all below it", () => {
  assert.deepEqual(texts(open()), ["Checkout", "Card form", "Hard", "It forgets.", "Slow.", "Coupons"]);
  assert.deepEqual(texts(open("Card form")), ["Checkout", "Card form", "Coupons"]);
});

test("only a colour that is one is taken", () => {
  assert.equal(root.children[0].color, "#4a7fb5");
  assert.equal(root.children[1].color, null);
});

test("what is still there after an update keeps its key, wherever it moves", () => {
  const moved = nodesOf({ ...map, topics: [map.topics[1], map.topics[0]] });
  assert.deepEqual(moved.children.map((one) => one.key), [root.children[1].key, root.children[0].key]);
});

test("topics of the same name have keys of their own", () => {
  const twice = nodesOf({ ...map, topics: [map.topics[1], map.topics[1]] });
  assert.equal(new Set(twice.children.map((one) => one.key)).size, 2);
});

test("up and down go through what can be seen and stop at the ends", () => {
  assert.equal(press("ArrowDown", "It forgets.").focus, keyOf("Slow."));
  assert.equal(press("ArrowUp", "Checkout").focus, keyOf("Checkout"));
  assert.equal(press("ArrowDown", "Coupons").focus, keyOf("Coupons"));
  assert.equal(press("ArrowDown", "Card form", open("Card form")).focus, keyOf("Coupons"));
});

test("right opens, and then goes in; left closes, and then goes out", () => {
  assert.equal(press("ArrowRight", "Card form", open("Card form")).open, keyOf("Card form"));
  assert.equal(press("ArrowRight", "Card form").focus, keyOf("Hard"));
  assert.equal(press("ArrowLeft", "Hard").close, keyOf("Hard"));
  assert.equal(press("ArrowLeft", "It forgets.").focus, keyOf("Hard"));
  assert.equal(press("ArrowLeft", "Slow.").focus, keyOf("Hard"));
  assert.equal(press("ArrowRight", "Slow.").focus, keyOf("Slow."));
});

test("home and end go to the first and the last that can be seen", () => {
  assert.equal(press("End", "Hard").focus, keyOf("Coupons"));
  assert.equal(press("Home", "Hard").focus, keyOf("Checkout"));
});

test("enter and space turn a node, and leave alone what has nothing below", () => {
  assert.equal(press("Enter", "It forgets.").open, keyOf("It forgets."));
  assert.equal(press(" ", "Hard").close, keyOf("Hard"));
  assert.deepEqual(press("Enter", "Slow."), { focus: keyOf("Slow.") });
});

test("other keys are none of the tree's business", () => {
  assert.equal(press("Tab", "Hard"), null);
  assert.equal(press("Escape", "Hard"), null);
});

test("letters find the next that begins with them, going round", () => {
  const visible = visibleOf(root, open());
  assert.equal(typedOf("c", keyOf("Checkout"), visible), keyOf("Card form"));
  assert.equal(typedOf("c", keyOf("Card form"), visible), keyOf("Coupons"));
  assert.equal(typedOf("c", keyOf("Coupons"), visible), keyOf("Checkout"));
  assert.equal(typedOf("ca", keyOf("Card form"), visible), keyOf("Card form"));
  assert.equal(typedOf("x", keyOf("Card form"), visible), null);
});
