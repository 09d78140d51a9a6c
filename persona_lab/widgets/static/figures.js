const ENGLISH = {
  seq: "Newest event",
  rate: "Events per second",
  meanRate: "Events/s, last minute",
  reconnects: "Reconnects",
  resets: "Resets",
  resetsHint: "times the project was loaded anew because events could not be had",
  types: "Events by type",
  type: "Event",
  count: "Received",
  choose: "Choose: monitor.selection has what is chosen",
  none: "No event has come yet.",
  latency: "Latency of the newest events",
  received: "Sent → received",
  applied: "Received → applied",
  appliedHint: "applied: it can be queried with SQL",
  tables: "The charts as tables",
  ago: "Seconds ago",
  events: "Events",
  range: "Time taken",
  rateChart: (most, mean) => `Events per second over the last minute: ${mean} on average, at most ${most} in a second.`,
  latencyChart: (received, applied) =>
    `How long the newest events took. Sent to received: ${received}. Received to applied: ${applied}.`,
  both: (p50, p95) => `half within ${p50}, 95 % within ${p95}`,
  unknown: "not known yet",
  start: "1 min ago",
  end: "now",
  most: (n) => `at most ${n}/s`,
  below: (bound) => `< ${bound}`,
  above: (bound) => `≥ ${bound}`,
  server: "Server",
  streams: "Open streams",
  streamsHere: (n) => `${n} of this project`,
  serverRate: "Events per second",
  cut: "Streams cut off",
  replayed: "Events replayed",
  commit: "Commit → send, p50 / p95",
};

const KOREAN = {
  seq: "최신 이벤트",
  rate: "초당 이벤트",
  meanRate: "초당 이벤트, 최근 1분",
  reconnects: "재연결",
  resets: "초기화",
  resetsHint: "이벤트를 받을 수 없어 프로젝트를 다시 불러온 횟수",
  types: "유형별 이벤트",
  type: "이벤트",
  count: "수신",
  choose: "선택: 선택한 유형은 monitor.selection에 있습니다",
  none: "아직 받은 이벤트가 없습니다.",
  latency: "최근 이벤트의 지연 시간",
  received: "전송 → 수신",
  applied: "수신 → 반영",
  appliedHint: "반영: SQL로 조회할 수 있음",
  tables: "차트를 표로 보기",
  ago: "초 전",
  events: "이벤트",
  range: "걸린 시간",
  rateChart: (most, mean) => `최근 1분간 초당 이벤트: 평균 ${mean}, 최대 ${most}.`,
  latencyChart: (received, applied) => `최근 이벤트에 걸린 시간. 전송에서 수신: ${received}. 수신에서 반영: ${applied}.`,
  both: (p50, p95) => `절반은 ${p50} 이내, 95%는 ${p95} 이내`,
  unknown: "아직 알 수 없음",
  start: "1분 전",
  end: "지금",
  most: (n) => `최대 초당 ${n}`,
  below: (bound) => `< ${bound}`,
  above: (bound) => `≥ ${bound}`,
  server: "서버",
  streams: "열린 스트림",
  streamsHere: (n) => `이 프로젝트 ${n}개`,
  serverRate: "초당 이벤트",
  cut: "끊은 스트림",
  replayed: "다시 보낸 이벤트",
  commit: "커밋 → 전송, p50 / p95",
};

// What stands for a number that isn't known.
export const NOTHING = "–";

export function figureLabelsOf(locale) {
  return locale === "ko" ? KOREAN : ENGLISH;
}

export function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** "4.2 ms", "38 ms", "1.2 s". Less than nothing is told as it is: the clocks of two machines differ. */
export function durationText(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return NOTHING;
  const size = Math.abs(milliseconds);
  if (size >= 1000) return `${shortened(milliseconds / 1000)}\u00a0s`;
  return `${size < 10 ? shortened(milliseconds) : Math.round(milliseconds)}\u00a0ms`;
}

/** One decimal, and none where it says nothing: "0.8", "3", "12". */
export function shortened(number) {
  return String(Math.abs(number) < 100 ? Math.round(number * 10) / 10 : Math.round(number));
}

export function rateText(perSecond) {
  return perSecond > 0 && perSecond < 0.1 ? "< 0.1" : shortened(perSecond);
}

/** "half within 4 ms, 95 % within 9 ms": how a chart is told to who can't see it. */
export function latencyText({ p50, p95 }, labels) {
  return p50 === null ? labels.unknown : labels.both(durationText(p50), durationText(p95));
}

/** The names of the ranges that the bounds part: "< 10 ms", "10 ms – 30 ms", …, "≥ 10 s". */
export function rangesOf(bounds, labels) {
  const names = bounds.map(durationText);
  const between = names.slice(1).map((name, index) => `${names[index]} – ${name}`);
  return [labels.below(names[0]), ...between, labels.above(names[names.length - 1])];
}

/**
 * The rectangles of a bar chart as one path. The largest number takes the whole height; a number that is not
 * zero is never too small to be seen.
 */
export function barsPath(numbers, { width, height, gap, offset = 0, share = 1, most = Math.max(...numbers) }) {
  const step = width / numbers.length;
  const wide = (step - gap) * share;
  return numbers
    .map((number, index) => {
      if (!number) return "";
      const tall = Math.max(1.5, (number / most) * height);
      const left = index * step + gap / 2 + offset * (step - gap);
      return `M${round(left)} ${height}V${round(height - tall)}H${round(left + wide)}V${height}Z`;
    })
    .join("");
}

function round(number) {
  return Math.round(number * 100) / 100;
}

/** The last minute in twelve steps, the newest first: [[0, 5, n], [5, 10, n], …] in seconds ago. */
export function stepsOf(perSecond, wide = 5) {
  const newest = [...perSecond].reverse();
  const steps = [];
  for (let from = 0; from < newest.length; from += wide) {
    steps.push([from, from + wide, sum(newest.slice(from, from + wide))]);
  }
  return steps;
}

/** What the server says of itself, as pairs of name and text. What it doesn't say is left out. */
export function serverPairs(server, labels) {
  const { streams, events_per_second: rates, commit_to_send_ms: commit } = server;
  const here = streams?.here === undefined ? "" : ` (${labels.streamsHere(streams.here)})`;
  const pairs = [
    [labels.streams, streams?.total === undefined ? null : `${streams.total}${here}`],
    [labels.serverRate, rates ? rateText(sum(Object.values(rates))) : null],
    [labels.reconnects, server.reconnects],
    [labels.resets, server.resets],
    [labels.cut, server.cut],
    [labels.replayed, server.replayed],
    [labels.commit, commit ? `${durationText(commit.p50)} / ${durationText(commit.p95)}` : null],
  ];
  return pairs.filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [name, String(value)]);
}
