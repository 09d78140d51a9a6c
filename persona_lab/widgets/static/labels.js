const ENGLISH = {
  states: { processing: "Processing", analyzing: "Analyzing", completed: "Completed", failed: "Failed" },
  stages: {
    queued: "waiting its turn",
    reading: "reading the file",
    analysing: "finding insights",
    "re-analysing": "finding insights again",
    outdated: "found by an earlier run",
  },
  languages: { ko: "Korean", en: "English" },
  section: (n) => `Section ${n}`,
  connections: { live: "Live", reconnecting: "Reconnecting", offline: "Offline" },
  connectionHints: {
    live: "Changes appear as they happen",
    reconnecting: "The connection was lost and is being made again. Nothing will be missed.",
    offline: "Not connected. What is shown may be out of date.",
  },
  interviews: "Interviews",
  overview: "Interviews by state",
  retry: "Retry",
  retrying: "Retrying…",
  retryOf: (title) => `Retry “${title}”`,
  retryFrom: (moment) => `Worth a retry from ${moment}.`,
  retryInVain: "The same again would fail. Change what the reason names first.",
  empty: ["No interviews yet.", 'project.upload("interviews/*")', "adds them."],
  sure: (percent) => `${percent} % sure`,
  remarks: (n) => (n === 1 ? "1 remark on how it was read" : `${n} remarks on how it was read`),
  add: "Add files…",
  drop: "Drop transcripts to upload them",
  dropToo: "Or drop files here, or paste files or text.",
  sending: (n, total, name) => `Uploading ${n} of ${total}: ${name}`,
  refused: (n) => (n === 1 ? "1 file was not taken" : `${n} files were not taken`),
  here: (title) => `the same file is here already, as “${title}”.`,
  dismiss: "Dismiss",
  refusals: {
    folder: () => "it is a folder. Upload it from a cell: project.upload(…).",
    large: (megabytes) => `it is larger than ${megabytes} MB. Upload the transcript as text, or split it.`,
    unreadable: () => "the browser can't read it. Check that it is still there, and drop it again.",
    lost: () => "the kernel is gone. Run the cell again, and drop it again.",
  },
  notices: {
    added: { one: (title) => `“${title}” added`, many: (n) => `${n} interviews added` },
    completed: { one: (title) => `“${title}” completed`, many: (n) => `${n} interviews completed` },
    failed: { one: (title) => `“${title}” failed`, many: (n) => `${n} interviews failed` },
  },
  // The space doesn't break: a number stays with its word.
  amounts: {
    turns: (n) => `${n}\u00a0${n === "1" ? "turn" : "turns"}`,
    participants: (n) => `${n}\u00a0${n === "1" ? "participant" : "participants"}`,
    pains: (n) => `${n}\u00a0${n === "1" ? "pain" : "pains"}`,
    needs: (n) => `${n}\u00a0${n === "1" ? "need" : "needs"}`,
    takeaways: (n) => `${n}\u00a0${n === "1" ? "takeaway" : "takeaways"}`,
  },
  elapsed: (hours, minutes, seconds) =>
    hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${seconds} s` : `${seconds} s`,
};

const KOREAN = {
  states: { processing: "처리 중", analyzing: "분석 중", completed: "완료", failed: "실패" },
  stages: {
    queued: "순서 대기",
    reading: "파일 읽기",
    analysing: "인사이트 찾기",
    "re-analysing": "인사이트 다시 찾기",
    outdated: "이전 실행의 결과",
  },
  languages: { ko: "한국어", en: "영어" },
  section: (n) => `구간 ${n}`,
  connections: { live: "실시간", reconnecting: "다시 연결 중", offline: "오프라인" },
  connectionHints: {
    live: "변경 사항이 바로 표시됩니다",
    reconnecting: "연결이 끊겨 다시 연결하고 있습니다. 놓치는 내용은 없습니다.",
    offline: "연결되어 있지 않습니다. 최신 내용이 아닐 수 있습니다.",
  },
  interviews: "인터뷰",
  overview: "상태별 인터뷰 수",
  retry: "다시 시도",
  retrying: "다시 시도 중…",
  retryOf: (title) => `다시 시도: “${title}”`,
  retryFrom: (moment) => `${moment} 이후에 다시 시도하세요.`,
  retryInVain: "그대로 다시 시도하면 또 실패합니다. 이유에 적힌 것을 먼저 바꾸세요.",
  empty: ["아직 인터뷰가 없습니다.", 'project.upload("interviews/*")', "로 추가하세요."],
  sure: (percent) => `확신도 ${percent}%`,
  remarks: (n) => `읽기에 관한 참고 ${n}건`,
  add: "파일 추가…",
  drop: "여기에 놓으면 업로드합니다",
  dropToo: "또는 파일을 여기에 끌어다 놓거나, 파일이나 텍스트를 붙여 넣으세요.",
  sending: (n, total, name) => `업로드 중 ${n}/${total}: ${name}`,
  refused: (n) => `받지 못한 파일 ${n}개`,
  here: (title) => `같은 파일이 이미 “${title}”(으)로 있습니다.`,
  dismiss: "닫기",
  refusals: {
    folder: () => "폴더입니다. 셀에서 업로드하세요: project.upload(…).",
    large: (megabytes) => `${megabytes} MB보다 큽니다. 텍스트로 저장하거나 나누어 올리세요.`,
    unreadable: () => "브라우저가 읽을 수 없습니다. 파일이 그대로 있는지 확인하고 다시 끌어다 놓으세요.",
    lost: () => "커널이 없습니다. 셀을 다시 실행하고 다시 끌어다 놓으세요.",
  },
  notices: {
    added: { one: (title) => `“${title}” 추가됨`, many: (n) => `인터뷰 ${n}건 추가됨` },
    completed: { one: (title) => `“${title}” 완료`, many: (n) => `인터뷰 ${n}건 완료` },
    failed: { one: (title) => `“${title}” 실패`, many: (n) => `인터뷰 ${n}건 실패` },
  },
  amounts: {
    turns: (n) => `발언\u00a0${n}개`,
    participants: (n) => `참여자\u00a0${n}명`,
    pains: (n) => `불편\u00a0${n}`,
    needs: (n) => `니즈\u00a0${n}`,
    takeaways: (n) => `핵심\u00a0${n}`,
  },
  elapsed: (hours, minutes, seconds) =>
    hours ? `${hours}시간 ${minutes}분` : minutes ? `${minutes}분 ${seconds}초` : `${seconds}초`,
};

export function labelsOf(locale) {
  return locale === "ko" ? KOREAN : ENGLISH;
}

/** The word for a name the server uses, or that name itself: a newer server may know more. */
export function wordFor(name, words) {
  return Object.hasOwn(words, name) ? words[name] : String(name).replaceAll("_", " ");
}

/** "3 min 12 s". A clock that runs behind the server's gives no negative times. */
export function elapsedText(from, now, labels) {
  const seconds = Math.max(0, Math.floor((now - from) / 1000)) || 0;
  return labels.elapsed(Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60);
}

// Making a formatter costs more than making a row, so each is made once.
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const FORMATS = {
  clock: once((locale) => new Intl.DateTimeFormat(locale, CLOCK)),
  dayAndClock: once((locale) => new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", ...CLOCK })),
  full: once((locale) => new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" })),
  number: once((locale) => new Intl.NumberFormat(locale)),
};

function once(make) {
  const made = new Map();
  return (locale) => made.get(locale) ?? made.set(locale, make(locale)).get(locale);
}

/** "14:32" today, "3 Mar 14:32" on other days. Nothing for a time that can't be read. */
export function momentText(iso, now, locale) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const isToday = at.toDateString() === new Date(now).toDateString();
  return FORMATS[isToday ? "clock" : "dayAndClock"](locale).format(at);
}

/** What a section is called; one in which nothing told what it is about has a number for a name. */
export function sectionText(name, labels) {
  return /^\d+$/.test(name) ? labels.section(name) : name;
}

/** Why it failed, in this language as far as the kernel has it. */
export function reasonText(error, locale) {
  return error?.words?.[locale] ?? error?.message ?? "";
}

/** When a retry makes sense, or that it makes none as things are; "" where it does at once. */
export function retryText(error, now, labels, locale) {
  if (error?.can_retry === false) return labels.retryInVain;
  const moment = error?.retry_at ? momentText(error.retry_at, now, locale) : "";
  return moment && labels.retryFrom(moment);
}

/** The same to the second, for whoever points at it. */
export function fullMomentText(iso, locale) {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? "" : FORMATS.full(locale).format(at);
}

export function numberText(number, locale) {
  return FORMATS.number(locale).format(number);
}

/** "4 pains · 3 needs": the named amounts of a row that are known. */
export function amountsText(row, names, labels, locale) {
  return names
    .filter((name) => row[name] !== null && row[name] !== undefined)
    .map((name) => labels.amounts[name](numberText(row[name], locale)))
    .join(" · ");
}

/** "CP949 · 92 % sure": how a file was read. What is not certain is never called so by rounding. */
export function readingText({ encoding, certainty }, labels) {
  const isSure = certainty === null || certainty === undefined || certainty >= 1;
  const sure = isSure ? null : labels.sure(Math.min(99, Math.round(certainty * 100)));
  return encoding ? [encoding.toUpperCase().replace(/-SIG$/, ""), sure].filter(Boolean).join(" · ") : "";
}

/** Why a file was not taken, in the kernel's words or, for what the page finds itself, in ours. */
export function refusalText({ name, words, reason }, labels, limitBytes) {
  return `${name}: ${words ?? labels.refusals[reason](Math.floor(limitBytes / 1024 / 1024))}`;
}

/** Add a notice to those still on show: the same kind is counted together. */
export function tally(shown, { notice, n, title }) {
  const before = shown.get(notice)?.n ?? 0;
  return new Map(shown).set(notice, { n: notice === "error" ? 1 : before + n, title });
}

/** "12 interviews added · “Kim” failed". An error is its own words. */
export function noticeText(shown, labels) {
  return [...shown]
    .map(([kind, { n, title }]) => {
      const words = labels.notices[kind];
      if (!words) return title;
      return n === 1 && title ? words.one(title) : words.many(n);
    })
    .join(" · ");
}
