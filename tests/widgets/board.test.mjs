import assert from "node:assert/strict";
import test from "node:test";

import {
  amountsText,
  elapsedText,
  fullMomentText,
  labelsOf,
  momentText,
  noticeText,
  readingText,
  refusalText,
  retryText,
  tally,
} from "../../persona_lab/widgets/static/labels.js";
import { Rows, canBeRetried, inOrder, placeOf } from "../../persona_lab/widgets/static/rows.js";
import { Sending } from "../../persona_lab/widgets/static/sending.js";

const english = labelsOf("en");
const korean = labelsOf("ko");
const row = (id, order, status = "processing") => ({ id, order, status });
const notices = (...all) => all.reduce((shown, notice) => tally(shown, notice), new Map());

test("rows are counted by state as they come, change and go", () => {
  const rows = new Rows([row("a", 1), row("b", 2)], 0);
  rows.apply({ rows: [row("a", 1, "completed"), row("c", 3, "failed")], removed: ["b"], revision: 1 });
  assert.deepEqual(rows.counts, { processing: 0, analyzing: 0, completed: 1, failed: 1 });
});

test("a row of a state nobody knows is kept and not counted", () => {
  const rows = new Rows([row("a", 1, "constructor")], 0);
  assert.deepEqual(Object.values(rows.counts), [0, 0, 0, 0]);
  assert.equal(rows.byId.size, 1);
});

test("removing a row that is not there changes no count", () => {
  const rows = new Rows([row("a", 1)], 0);
  rows.apply({ rows: [], removed: ["x", "a", "a"], revision: 1 });
  assert.equal(rows.counts.processing, 0);
});

test("a change that is already here is not applied again", () => {
  const rows = new Rows([row("a", 1, "completed")], 5);
  assert.equal(rows.apply({ rows: [row("a", 1, "analyzing")], removed: [], revision: 5 }), "known");
  assert.equal(rows.byId.get("a").status, "completed");
});

test("a change that comes after a lost one is noticed", () => {
  assert.equal(new Rows([], 5).apply({ rows: [], removed: [], revision: 7 }), "gap");
});

test("a row's place is after all that come before it", () => {
  const sorted = [1, 3, 3, 9].map((order, n) => row(`r${n}`, order));
  assert.deepEqual([0, 2, 3, 9, 10].map((order) => placeOf(row("z", order), sorted)), [0, 1, 3, 4, 4]);
});

test("rows of the same order are told apart by their ids", () => {
  assert.deepEqual([row("b", 1), row("a", 1)].sort(inOrder).map(({ id }) => id), ["a", "b"]);
});

test("elapsed time is told in the two largest units", () => {
  const texts = [5, 65, 3725].map((seconds) => elapsedText(0, seconds * 1000, english));
  assert.deepEqual(texts, ["5 s", "1 min 5 s", "1 h 2 min"]);
  assert.equal(elapsedText(0, 65000, korean), "1분 5초");
});

test("a clock that runs behind the server's shows nothing negative", () => {
  assert.equal(elapsedText(90000, 0, english), "0 s");
});

test("a time that can't be read shows as nothing", () => {
  assert.equal(elapsedText(Number.NaN, 0, english), "0 s");
  assert.equal(momentText("soon", 0, "en"), "");
  assert.equal(fullMomentText("soon", "en"), "");
});

test("a time of today has no date and another day's has", () => {
  const noon = new Date(2026, 2, 14, 12, 30);
  assert.equal(momentText(noon.toISOString(), noon.getTime(), "en"), "12:30");
  assert.match(momentText(noon.toISOString(), noon.getTime() + 86400000 * 3, "en"), /Mar.*14.*12:30/);
});

test("only what is known is counted, and zero is known", () => {
  const text = amountsText({ pains: 1, needs: 0, takeaways: null }, ["pains", "needs", "takeaways"], english, "en");
  assert.equal(text.replaceAll("\u00a0", " "), "1 pain · 0 needs");
});

test("notices of one kind add up", () => {
  const shown = notices({ notice: "added", n: 7, title: "" }, { notice: "added", n: 5, title: "Kim" });
  assert.equal(noticeText(shown, english), "12 interviews added");
  assert.equal(noticeText(shown, korean), "인터뷰 12건 추가됨");
});

test("one interview is named in its notice", () => {
  assert.equal(noticeText(notices({ notice: "failed", n: 1, title: "Kim" }), english), "“Kim” failed");
});

test("an error is shown in its own words", () => {
  const shown = notices({ notice: "added", n: 2, title: "" }, { notice: "error", n: 1, title: "It has been deleted." });
  assert.equal(noticeText(shown, english), "2 interviews added · It has been deleted.");
});

function shapeOf(value) {
  if (Array.isArray(value)) return value.length;
  return typeof value === "object" ? Object.fromEntries(Object.keys(value).map((key) => [key, shapeOf(value[key])])) : typeof value;
}

test("a retry that would fail again, or too early, says so", () => {
  const [labels, now] = [labelsOf("en"), Date.parse("2026-03-02T12:00:00Z")];
  assert.equal(retryText(null, now, labels, "en"), "");
  assert.equal(retryText({ can_retry: true, retry_at: null }, now, labels, "en"), "");
  assert.match(retryText({ can_retry: false, retry_at: null }, now, labels, "en"), /Change what the reason names/);
  assert.match(retryText({ can_retry: true, retry_at: "2026-03-02T12:30:00Z" }, now, labels, "en"), /from .*30/);
});

test("Korean has a word wherever English has one", () => {
  assert.deepEqual(shapeOf(korean), shapeOf(english));
});

test("how a file was read is never called certain by rounding", () => {
  assert.equal(readingText({ encoding: "utf-8", certainty: 1 }, english), "UTF-8");
  assert.equal(readingText({ encoding: "cp949", certainty: 0.999 }, english), "CP949 · 99 % sure");
  assert.equal(readingText({ encoding: "cp949", certainty: 0.5 }, korean), "CP949 · 확신도 50%");
  assert.equal(readingText({ encoding: null, certainty: null }, english), "");
});

test("a refusal has the kernel's words, or ours in the page's language", () => {
  const large = { name: "a.txt", reason: "large" };
  assert.equal(refusalText({ name: "a.txt", words: "no." }, english, 0), "a.txt: no.");
  assert.equal(refusalText(large, korean, 50 * 1024 * 1024), "a.txt: 50 MB보다 큽니다. 텍스트로 저장하거나 나누어 올리세요.");
  for (const reason of ["folder", "large", "unreadable", "lost"]) {
    for (const labels of [english, korean]) assert.match(refusalText({ name: "a.txt", reason }, labels, 1024), /^a\.txt: .+\.$/);
  }
});

test("what has no result of now can be tried again", () => {
  assert.ok(canBeRetried({ status: "failed", stage: "failed" }));
  assert.ok(canBeRetried({ status: "completed", stage: "outdated" }));
  assert.ok(!canBeRetried({ status: "completed", stage: "re-analysing" }));
});

/** Files on their way to a kernel that is played by the test. */
function sendingOf(limitBytes = 100) {
  const sent = [];
  const sending = new Sending((message, bytes) => sent.push({ ...message, bytes: bytes.byteLength }), () => {}, limitBytes);
  return { sent, sending };
}

const settle = () => new Promise((done) => setTimeout(done, 10));

test("files that are added while others are on their way are counted with them", async () => {
  const { sent, sending } = sendingOf();
  sending.add([new File(["1"], "a.txt"), new File(["2"], "b.txt")]);
  await settle();
  sending.receive({ id: sent[0].id, known: [], refused: [] });
  sending.add([new File(["3"], "c.txt")]);
  assert.deepEqual([sending.done, sending.total, sending.name], [1, 3, "b.txt"]);
});

test("an answer to another page's file is none of ours", async () => {
  const { sending } = sendingOf();
  sending.add([new File(["1"], "a.txt")]);
  await settle();
  sending.receive({ id: "another", known: [], refused: [["x", "no"]] });
  assert.deepEqual([sending.isBusy, sending.refused], [true, []]);
});

test("what was refused before is forgotten with the next drop", async () => {
  const { sending } = sendingOf(0);
  sending.add([new File(["1"], "a.txt")]);
  sending.add([new File(["1"], "b.txt")]);
  assert.deepEqual(sending.refused, [{ name: "b.txt", reason: "large" }]);
});
