const FOCUSABLE = "button, select, summary";

/**
 * Put in new content; what was open in the old, and what had the focus, is so in the new, by its data-key. Where what
 * had the focus is gone, what `instead` names has it, or else what surrounds it.
 */
export function redraw(element, children, instead = (key) => key) {
  const open = new Map([...element.querySelectorAll("details")].map((one) => [one.dataset.key, one.open]));
  const active = element.getRootNode().activeElement;
  const key = active && element.contains(active) ? active.dataset.key : undefined;
  element.replaceChildren(...children.filter(Boolean));
  for (const details of element.querySelectorAll("details")) details.open = open.get(details.dataset.key) ?? details.open;
  if (key === undefined) return;
  const named = (name) => [...element.querySelectorAll(FOCUSABLE)].find((one) => one.dataset.key === name);
  (named(key) ?? named(instead(key)) ?? element.closest("[tabindex='-1']"))?.focus();
}
