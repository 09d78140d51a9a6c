import assert from "node:assert/strict";
import test from "node:test";

import { clockText, foldedOf, hitsIn, piecesOf, pointsAt, unitsAt } from "../../persona_lab/widgets/static/reader_text.js";

const found = (text, words) => hitsIn(foldedOf(text), words).map(({ from, to }) => text.slice(from, to));

test("offsets count code points, and a page's strings units: an emoji is one and two", () => {
  const text = "a😀b👩‍💻c";
  assert.equal(unitsAt(text, 2), 3);
  assert.equal(pointsAt(text, 3), 2);
  for (let n = 0; n <= [...text].length; n += 1) assert.equal(pointsAt(text, unitsAt(text, n)), n);
  assert.equal(unitsAt(text, 99), text.length);
  assert.equal(unitsAt("plain", 99), 5);
});

test("what is found is found in upper case and lower, and however it is composed", () => {
  assert.deepEqual(found("The Form, the FORM", "form"), ["Form", "FORM"]);
  assert.deepEqual(found("😀 form 😀 form", "FORM 😀"), ["form 😀"]);
  assert.deepEqual(found("결제가 편해요. 결제!", "결제".normalize("NFD")), ["결제", "결제"]);
  const letters = "간편 결제가 편해요".normalize("NFD");
  assert.deepEqual(found(letters, "결제").map((word) => word.normalize("NFC")), ["결제"]);
  assert.deepEqual(found(letters, "편").map((word) => word.normalize("NFC")), ["편", "편"]);
  assert.deepEqual(found("cafe\u0301 or café", "café"), ["cafe\u0301", "café"]);
  assert.deepEqual(found("İstanbul and form", "form"), ["form"]);
});

test("nothing is found where nothing is looked for, and hits do not overlap", () => {
  assert.deepEqual(found("aaaa", ""), []);
  assert.deepEqual(found("aaaa", "aa"), ["aa", "aa"]);
});

test("a text is cut where spans begin and end, also where they overlap", () => {
  const pieces = piecesOf("abcdef", [{ from: 1, to: 4, id: 1 }, { from: 3, to: 5, id: 2 }]);
  assert.deepEqual(pieces.map(({ text, spans }) => [text, spans.map(({ id }) => id)]), [
    ["a", []], ["bc", [1]], ["d", [1, 2]], ["e", [2]], ["f", []],
  ]);
  assert.equal(piecesOf("abc", []).map(({ text }) => text).join(""), "abc");
});

test("times have hours only where there are any", () => {
  assert.deepEqual([0, 65.4, 3725, null].map(clockText), ["0:00", "1:05", "1:02:05", ""]);
});
