const ENGLISH = {
  tree: (title) => `Mind map: ${title}`,
  open: "Open all quotes",
  close: "Close all quotes",
  name: "Mind map",
  empty: "There is nothing in this map yet.",
  emptyHint: "Ask something in a conversation; its mind map gathers what was said.",
  place: "Press Enter to see it in the transcript",
};

const KOREAN = {
  tree: (title) => `마인드맵: ${title}`,
  open: "인용 모두 열기",
  close: "인용 모두 닫기",
  name: "마인드맵",
  empty: "아직 내용이 없습니다.",
  emptyHint: "대화에서 질문하면 나온 이야기를 마인드맵으로 모읍니다.",
  place: "Enter를 누르면 원문에서 봅니다",
};

export function mapLabelsOf(locale) {
  return locale === "ko" ? KOREAN : ENGLISH;
}

/**
 * The map as nodes: {key, kind, text, note, color, quote, children}. Keys are made of titles and places, so that what
 * is still there after an update is the same node.
 */
export function nodesOf(map) {
  const children = named(map.topics ?? [], "root", (topic) => topic.title).map(([topic, key]) => ({
    ...node(key, "topic", topic.title),
    color: /^#[0-9a-f]{3,8}$/i.test(topic.color) ? topic.color : null,
    children: named(topic.subtopics, key, (part) => part.title).map(([part, partKey]) => ({
      ...node(partKey, "part", part.title),
      children: named(part.items, partKey, itemName).map(([item, itemKey]) => ({
        ...node(itemKey, "item", item.content),
        children: detailsOf(item, itemKey),
      })),
    })),
  }));
  return { ...node("root", "root", map.root || map.title), note: map.subtitle, children };
}

function node(key, kind, text) {
  return { key, kind, text, note: "", color: null, quote: null, children: [] };
}

function itemName(item) {
  return item.quote ? `${item.quote.interview_id} ${item.quote.start}` : item.content;
}

/** Each with a key below its parent's; those of the same name are counted. */
function named(all, above, nameOf) {
  const seen = new Map();
  return all.map((one) => {
    const name = nameOf(one);
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    return [one, `${above} / ${name} ${n}`];
  });
}

function detailsOf(item, key) {
  if (!item.quote && !item.relevance) return [];
  const text = item.quote ? item.quote.text : item.relevance;
  return [{ ...node(`${key} / quote`, "quote", text), quote: item.quote, note: item.quote ? item.relevance : "" }];
}

/** The nodes that can be seen, from top to bottom, each with the key of the one above it. */
export function visibleOf(root, isOpen) {
  const found = [];
  const walk = (one, parent) => {
    found.push({ ...one, parent });
    if (one.children.length && isOpen(one)) one.children.forEach((child) => walk(child, one.key));
  };
  walk(root, null);
  return found;
}

/**
 * What a key does in a tree (ARIA Authoring Practices, tree view): {focus} moves, {open} or {close} changes a node,
 * null is no business of the tree's.
 */
export function moveOf(pressed, at, visible, isOpen) {
  const index = visible.findIndex((one) => one.key === at);
  const here = visible[index];
  if (!here) return null;
  const hasMore = here.children.length > 0;
  switch (pressed) {
    case "ArrowDown":
      return { focus: (visible[index + 1] ?? here).key };
    case "ArrowUp":
      return { focus: (visible[index - 1] ?? here).key };
    case "Home":
      return { focus: visible[0].key };
    case "End":
      return { focus: visible.at(-1).key };
    case "ArrowRight":
      if (!hasMore) return { focus: here.key };
      return isOpen(here) ? { focus: here.children[0].key } : { open: here.key };
    case "ArrowLeft":
      if (hasMore && isOpen(here)) return { close: here.key };
      return { focus: here.parent ?? here.key };
    case "Enter":
    case " ":
      if (!hasMore) return { focus: here.key };
      return isOpen(here) ? { close: here.key } : { open: here.key };
    default:
      return null;
  }
}

/** The next node, going round, that begins with what was typed; the same one while it still does. */
export function typedOf(typed, at, visible) {
  const index = Math.max(0, visible.findIndex((one) => one.key === at));
  const from = typed.length > 1 ? index : index + 1;
  const round = [...visible.slice(from), ...visible.slice(0, from)];
  const wanted = typed.toLocaleLowerCase();
  return round.find((one) => one.text.toLocaleLowerCase().startsWith(wanted))?.key ?? null;
}
