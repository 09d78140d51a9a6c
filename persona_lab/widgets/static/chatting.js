const ENGLISH = {
  name: "Conversation",
  empty: "Nothing has been asked yet.",
  emptyHint: (labels) => (labels.length ? `Ask the interviews, or a persona: @${labels[0]} …` : "Ask what you want to know."),
  placeholder: "Ask the interviews …",
  placeholderPeople: (labels) => `Ask the interviews, or ${labels.slice(0, 3).map((label) => `@${label}`).join(", ")} …`,
  question: "Your question",
  send: "Ask",
  stop: "Stop",
  stopping: "Stopping …",
  authors: { project: "Interviews", interview: "Interview", summary: "Where they differ", assistant: "Assistant" },
  composed: "composed from interviews",
  answering: (who) => `${who} is answering`,
  answered: (who, text) => `${who}: ${text}`,
  states: { stopped: "Stopped. What was written stands.", broken: "Cut off. What was written stands." },
  chip: (n, support) => `Quote ${n}, ${support === 1 ? "one person says this" : `${support} people say this`}. Show the words`,
  others: "To the same effect",
  next: "You might ask",
  mentions: "Personas",
  left: (n) => (n >= 0 ? `${n} characters left` : `${-n} characters too many`),
  gone: "The kernel is gone. Run the cell again to go on.",
};

const KOREAN = {
  name: "대화",
  empty: "아직 질문이 없습니다.",
  emptyHint: (labels) => (labels.length ? `인터뷰에, 또는 페르소나에게 물어보세요: @${labels[0]} …` : "알고 싶은 것을 물어보세요."),
  placeholder: "인터뷰에 물어보기 …",
  placeholderPeople: (labels) => `인터뷰 또는 ${labels.slice(0, 3).map((label) => `@${label}`).join(", ")}에게 물어보기 …`,
  question: "질문",
  send: "묻기",
  stop: "중지",
  stopping: "중지하는 중 …",
  authors: { project: "인터뷰", interview: "인터뷰", summary: "서로 다른 점", assistant: "도우미" },
  composed: "인터뷰로 구성됨",
  answering: (who) => `${who} 답변 중`,
  answered: (who, text) => `${who}: ${text}`,
  states: { stopped: "중지했습니다. 여기까지의 내용은 남습니다.", broken: "도중에 끊겼습니다. 여기까지의 내용은 남습니다." },
  chip: (n, support) => `인용 ${n}, ${support}명이 말함. 원문 보기`,
  others: "같은 뜻의 말",
  next: "이어서 물어볼 것",
  mentions: "페르소나",
  left: (n) => (n >= 0 ? `${n}자 남음` : `${-n}자 초과`),
  gone: "커널이 없습니다. 셀을 다시 실행하면 이어 갈 수 있습니다.",
};

export function chatLabelsOf(locale) {
  return locale === "ko" ? KOREAN : ENGLISH;
}
