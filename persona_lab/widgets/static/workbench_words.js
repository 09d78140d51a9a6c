const ENGLISH = {
  tabs: "What to look at",
  panes: {
    board: "Interviews", reader: "Transcript", insights: "Insights", personas: "Personas", chat: "Conversation",
    mind_map: "Mind map", monitor: "Monitor",
  },
  nothing: {
    reader: ["No interview is open.", "Open one among the interviews, or go from a quote to its place."],
    mind_map: ["There is nothing to map yet.", "Ask something in the conversation first."],
  },
  making: "One moment …",
  opened: (pane) => `${pane} is open.`,
  again: "Try again",
  failed: "It could not be shown. Run the cell again.",
  gone: "The kernel is gone. Run the cell again to go on.",
  other: ["ko", "한국어"],
};

const KOREAN = {
  tabs: "볼 내용",
  panes: {
    board: "인터뷰", reader: "원문", insights: "인사이트", personas: "페르소나", chat: "대화", mind_map: "마인드맵",
    monitor: "모니터",
  },
  nothing: {
    reader: ["열린 인터뷰가 없습니다.", "인터뷰 목록에서 하나를 열거나, 인용에서 원문으로 이동하세요."],
    mind_map: ["아직 그릴 내용이 없습니다.", "먼저 대화에서 질문해 보세요."],
  },
  making: "잠시만요 …",
  opened: (pane) => `${pane}: 열렸습니다.`,
  again: "다시 시도",
  failed: "표시하지 못했습니다. 셀을 다시 실행하세요.",
  gone: "커널이 없습니다. 셀을 다시 실행하면 이어 갈 수 있습니다.",
  other: ["en", "English"],
};

export function benchWordsOf(locale) {
  return locale === "ko" ? KOREAN : ENGLISH;
}
