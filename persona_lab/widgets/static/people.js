const ENGLISH = {
  name: "Personas",
  kinds: { goal: "Goals", pain: "Pains", need: "Needs", behaviour: "Behaviours" },
  count: (n) => (n === 1 ? "1 persona" : `${n} personas`),
  none: "No personas yet.",
  does: "They are proposed from what participants of the analysed interviews say.",
  propose: "Propose personas",
  acceptAll: (n) => (n === 1 ? "Accept the 1 proposal" : `Accept all ${n} proposals`),
  people: (n, decided, proposed, participants) =>
    n === 0
      ? "Nobody belongs to it yet."
      : `${n === 1 ? "1 interview" : n + " interviews"} (${decided} decided, ${proposed} proposed) · ${participants === 1 ? "1 participant" : participants + " participants"}`,
  called: (name) => `Called ${name} here, an invented name`,
  typical: (title) => `Most typical: ${title}`,
  stale: "Stale",
  rests: "What the summary rests on",
  support: (n, of) => `${n} of ${of} participant${of === 1 ? "" : "s"}`,
  quotes: (n) => (n === 1 ? "1 quote" : `${n} quotes`),
  against: (n) => (n === 1 ? "1 says otherwise" : `${n} say otherwise`),
  more: (n) => (n === 1 ? "1 more" : `${n} more`),
  words: "Words they use",
  interviews: "Interviews",
  unassigned: "Belong to none",
  decided: (who) => `decided by ${who}`,
  proposed: (score) => `proposed, score ${score.toFixed(2)}`,
  disputed: "another is proposed since",
  accept: "Accept",
  acceptOf: (title, label) => `Accept “${title}” as ${label}`,
  belongsTo: (title) => `“${title}” belongs to`,
  nobody: "none of them",
  why: "Why",
  findings: "Findings",
  findingsOf: (label) => `Findings of ${label}`,
  place: "In the transcript",
  working: "One moment …",
  gone: "The kernel is gone. Run the cell again to go on.",
};

const KOREAN = {
  name: "페르소나",
  kinds: { goal: "목표", pain: "불편", need: "니즈", behaviour: "행동" },
  count: (n) => `페르소나 ${n}개`,
  none: "아직 페르소나가 없습니다.",
  does: "분석된 인터뷰에서 참여자들이 한 말을 바탕으로 제안합니다.",
  propose: "페르소나 제안 받기",
  acceptAll: (n) => `제안 ${n}건 모두 확정`,
  people: (n, decided, proposed, participants) =>
    n === 0 ? "아직 속한 인터뷰가 없습니다." : `인터뷰 ${n}건 (확정 ${decided}, 제안 ${proposed}) · 참여자 ${participants}명`,
  called: (name) => `여기서 부르는 이름: ${name} (실제 인물의 이름이 아님)`,
  typical: (title) => `가장 전형적인 인터뷰: ${title}`,
  stale: "오래됨",
  rests: "요약의 근거",
  support: (n, of) => `참여자 ${of}명 중 ${n}명`,
  quotes: (n) => `인용 ${n}개`,
  against: (n) => `다른 의견 ${n}개`,
  more: (n) => `${n}개 더 보기`,
  words: "자주 쓰는 말",
  interviews: "인터뷰",
  unassigned: "어디에도 속하지 않음",
  decided: (who) => `${who} 확정`,
  proposed: (score) => `제안됨, 점수 ${score.toFixed(2)}`,
  disputed: "이후 다른 페르소나가 제안됨",
  accept: "확정",
  acceptOf: (title, label) => `“${title}”을(를) ${label}(으)로 확정`,
  belongsTo: (title) => `“${title}”이(가) 속한 페르소나`,
  nobody: "없음",
  why: "근거",
  findings: "결과 보기",
  findingsOf: (label) => `${label}의 결과 보기`,
  place: "원문에서 보기",
  working: "잠시만요 …",
  gone: "커널이 없습니다. 셀을 다시 실행하면 이어 갈 수 있습니다.",
};

export function peopleLabelsOf(locale) {
  return locale === "ko" ? KOREAN : ENGLISH;
}

/** Those of a persona, or of none (null), in order. */
export function belongingTo(interviews, personaId) {
  return [...interviews].filter((one) => one.persona_id === personaId).sort((one, other) => one.order - other.order);
}

/** How many are proposed for a persona and undecided. */
export function undecided(interviews) {
  return [...interviews].filter((one) => one.persona_id !== null && one.decided_by === null);
}

/** Who says where an interview belongs, in words. */
export function whoSays(interview, labels) {
  if (interview.decided_by === null) return interview.persona_id === null ? "" : labels.proposed(interview.score);
  const said = labels.decided(interview.decided_by);
  const isDisputed = interview.score !== null && interview.proposed_id !== interview.persona_id;
  return isDisputed ? `${said}; ${labels.disputed}` : said;
}
