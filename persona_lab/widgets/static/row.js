import { boardWords } from "./board_words.js";
import { h, put, say } from "./dom.js";
import {
  amountsText, elapsedText, fullMomentText, labelsOf, momentText, numberText, readingText, reasonText, retryText, sectionText, wordFor,
} from "./labels.js";
import { canBeRetried, isInFlight } from "./rows.js";
import { shape } from "./shapes.js";

/** When the present attempt began; a retry starts anew. */
function since(row) {
  return row.started_at ?? row.changed_at ?? row.added_at;
}

export function sayWithTitle(element, text) {
  say(element, text);
  put(element, "title", text || null);
}

/** One row. `paint` writes what differs; `open` shows what else there is to know of it. */
export function entryOf(row, { locale, canRetry, canDelete, canOpen }) {
  const labels = labelsOf(locale);
  const words = boardWords(locale);
  const button = (name, text) => h("button", { type: "button", class: "pl-button", [`data-${name}`]: row.id }, text);
  const box = h("input", { type: "checkbox" });
  const title = h("button", { type: "button", class: "pl-title", dir: "auto" });
  const about = h("div", { class: "pl-meta", dir: "auto" });
  const error = h("div", { class: "pl-error", dir: "auto" });
  const state = h("div", { class: "pl-state" });
  const stage = h("div", { class: "pl-meta pl-stage" });
  const time = h("time", { class: "pl-time" });
  const persona = h("div", { class: "pl-persona", dir: "auto" });
  const personaTitle = h("div", { class: "pl-meta", dir: "auto" });
  const found = h("div", { class: "pl-found" });
  const size = h("div", { class: "pl-meta pl-size" });
  const retry = button("retry", labels.retry);
  const cell = (name, ...children) => h("div", { class: `pl-cell pl-cell-${name}`, role: "gridcell" }, children);
  const name = cell("name", title, about, error);
  const element = h(
    "div", { class: "pl-line pl-row", role: "row", tabindex: "-1", "data-id": row.id },
    cell("check", box), name, cell("state", state, stage), cell("time", time), cell("persona", persona, personaTitle),
    cell("found", found, size, retry),
  );
  const entry = { row, element, paint, tick, asked, open, activate, mark, isOpen: false, told: null };
  let remarks = null;
  let status = null;
  let details = null;

  function paint(next, now) {
    entry.row = next;
    put(element, "data-status", next.status);
    sayWithTitle(title, next.title);
    put(title, "aria-expanded", String(entry.isOpen));
    put(box, "aria-label", words.select(next.title));
    const language = next.language && wordFor(next.language, labels.languages);
    say(about, [language, next.created_by, readingText(next, labels)].filter(Boolean).join(" · "));
    const hint = retryText(next.error, now, labels, locale);
    const reason = canBeRetried(next) && reasonText(next.error, locale);
    sayWithTitle(error, reason ? [reason, next.error.retry_at && hint].filter(Boolean).join(" ") : "");
    put(retry, "title", hint || null);
    paintRemarks(next.remarks ?? []);
    if (status !== next.status) {
      status = next.status;
      state.replaceChildren(shape(status), wordFor(status, labels.states));
    }
    say(stage, status === "failed" ? "" : stageText(next));
    say(persona, next.persona?.label ?? "");
    sayWithTitle(personaTitle, next.persona?.title ?? "");
    say(found, amountsText(next, ["pains", "needs", "takeaways"], labels, locale));
    say(size, amountsText(next, ["turns", "participants"], labels, locale));
    paintTime(now);
    paintRetry(next);
    if (entry.isOpen) paintDetails(hint);
  }

  // "processing · processing" would say nothing twice.
  function stageText(next) {
    return !next.stage || next.stage === next.status ? "" : wordFor(next.stage, labels.stages);
  }

  // Few rows have any, so nothing is made for the others.
  function paintRemarks(said) {
    if (!remarks && said.length) {
      remarks = h("details", { class: "pl-remarks", dir: "auto" }, h("summary", { tabindex: "-1" }), h("ul"));
      name.append(remarks);
    }
    if (!remarks) return;
    put(remarks, "hidden", !said.length);
    const [summary, list] = remarks.children;
    say(summary, labels.remarks(said.length));
    if (list.childElementCount === said.length) said.forEach((remark, n) => say(list.children[n], remark));
    else list.replaceChildren(...said.map((remark) => h("li", {}, remark)));
  }

  function paintTime(now) {
    const iso = isInFlight(entry.row) ? since(entry.row) : entry.row.changed_at;
    put(time, "datetime", iso);
    if (isInFlight(entry.row)) tick(now);
    else say(time, momentText(iso, now, locale));
  }

  function tick(now) {
    say(time, elapsedText(Date.parse(since(entry.row)), now, labels));
  }

  function paintRetry(next) {
    // A button that goes while it has the focus would throw the reader back to the top of the page.
    if (!canBeRetried(next) && retry.contains(document.activeElement)) element.focus({ preventScroll: true });
    put(retry, "hidden", !canBeRetried(next) || !canRetry);
    put(retry, "aria-label", labels.retryOf(next.title));
    asked(false);
  }

  // Disabled by ARIA alone: the `disabled` attribute would take the focus away.
  function asked(isAsked) {
    put(retry, "aria-disabled", isAsked ? "true" : false);
    say(retry, isAsked ? labels.retrying : labels.retry);
  }

  function open(isOpen) {
    entry.isOpen = isOpen;
    put(element, "data-open", isOpen);
    put(title, "aria-expanded", String(isOpen));
    if (remarks) remarks.open = isOpen;
    if (isOpen) {
      if (!details) {
        const list = h("dl");
        const buttons = [canOpen && button("open", words.open), canDelete && button("delete", words.delete("1"))];
        details = h("div", { class: "pl-details", role: "gridcell" }, list, h("div", {}, buttons));
        element.append(details);
      }
      paintDetails(retryText(entry.row.error, Date.now(), labels, locale));
    } else if (details) {
      if (details.contains(document.activeElement)) element.focus({ preventScroll: true });
      details.remove();
      details = null;
    }
    activate(element.tabIndex === 0);
  }

  function paintDetails(hint) {
    const { row: its, told } = entry;
    const moment = (iso) => fullMomentText(iso, locale);
    const facts = {
      remedy: canBeRetried(its) && its.error && (hint || words.canRetry),
      // What the server said of this very file, where the words above say less.
      said: canBeRetried(its) && !reasonText(its.error, locale).includes(its.error?.message) && its.error?.message,
      summary: told?.summary,
      persona: [
        its.persona ? [its.persona.label, its.persona.title].filter(Boolean).join(" · ") : its.decided_by && words.noPersona,
        its.decided_by ? words.decided(its.decided_by, moment(its.decided_at)) : its.persona && words.proposed,
      ],
      quality: told?.quality && [words.ofFive(told.quality), ...told.reasons],
      sections: told?.sections.map(({ name: called, first, last }) => `${sectionText(called, labels)} (${words.turns(first, last)})`),
      date: told?.date,
      uploaded: `${its.created_by}, ${moment(its.added_at)}`,
      file: told?.filename && `${told.filename} · ${numberText(Math.ceil(told.size_bytes / 1024), locale)} KB`,
    };
    const lines = Object.entries(facts)
      .map(([key, value]) => [key, [value].flat().filter(Boolean)])
      .filter(([, values]) => values.length)
      .flatMap(([key, values]) => [h("dt", {}, words.facts[key]), ...values.map((one) => h("dd", { dir: "auto" }, one))]);
    if (!told) lines.push(h("dt", {}, words.loading));
    const list = details.firstElementChild;
    const fresh = h("dl", {}, lines);
    // What somebody has selected there, or reads, stays as long as it says the same.
    if (!list.isEqualNode(fresh)) list.replaceChildren(...fresh.children);
  }

  // Of all rows one can be reached by Tab, and so can what is in it.
  function activate(isActive) {
    put(element, "tabindex", isActive ? "0" : "-1");
    for (const control of element.querySelectorAll("button, input, summary")) put(control, "tabindex", isActive ? "0" : "-1");
  }

  function mark(isSelected) {
    put(element, "aria-selected", String(isSelected));
    box.checked = isSelected;
  }

  return entry;
}
