import assert from "node:assert/strict";
import test from "node:test";

import {
  barsPath,
  durationText,
  figureLabelsOf,
  latencyText,
  rangesOf,
  rateText,
  serverPairs,
  stepsOf,
} from "../../persona_lab/widgets/static/figures.js";

const english = figureLabelsOf("en");
const korean = figureLabelsOf("ko");
const plain = (text) => text.replaceAll("\u00a0", " ");

test("a duration has the unit that fits it", () => {
  assert.deepEqual(
    [0, 4.26, 38.4, 999, 1234, 123456, -3.2, -3000, null].map((ms) => plain(durationText(ms))),
    ["0 ms", "4.3 ms", "38 ms", "999 ms", "1.2 s", "123 s", "-3.2 ms", "-3 s", "–"],
  );
});

test("a rate that is small isn't told as none", () => {
  assert.deepEqual([0, 1 / 60, 0.25, 12].map(rateText), ["0", "< 0.1", "0.3", "12"]);
});

test("bars fill the height, and none is too small to be seen", () => {
  const path = barsPath([0, 1000, 1], { width: 30, height: 40, gap: 0 });
  assert.equal(path, "M10 40V0H20V40ZM20 40V38.5H30V40Z");
});

test("no events draw nothing", () => {
  assert.equal(barsPath([0, 0], { width: 30, height: 40, gap: 0 }), "");
});

test("two rows of bars stand beside each other", () => {
  const shared = { width: 20, height: 10, gap: 2, most: 4, share: 0.5 };
  assert.equal(barsPath([4], shared), "M1 10V0H10V10Z");
  assert.equal(barsPath([2], { ...shared, offset: 0.5 }), "M10 10V5H19V10Z");
});

test("the minute is told in steps, the newest first", () => {
  const steps = stepsOf([...Array(55).fill(0), 1, 0, 0, 0, 2]);
  assert.equal(steps.length, 12);
  assert.deepEqual(steps.slice(0, 2), [[0, 5, 3], [5, 10, 0]]);
});

test("ranges are named by both their bounds", () => {
  assert.deepEqual(rangesOf([10, 1000], english).map(plain), ["< 10 ms", "10 ms – 1 s", "≥ 1 s"]);
});

test("a latency nobody measured yet says so", () => {
  assert.equal(latencyText({ p50: null, p95: null }, english), "not known yet");
});

test("what the server doesn't say is left out", () => {
  assert.deepEqual(serverPairs({}, english), []);
  assert.deepEqual(serverPairs({ streams: { total: 7, here: 2 }, cut: 0 }, english), [
    ["Open streams", "7 (2 of this project)"],
    ["Streams cut off", "0"],
  ]);
});

test("every label is in both languages", () => {
  assert.deepEqual(Object.keys(korean), Object.keys(english));
});
