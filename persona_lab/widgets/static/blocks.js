import { h } from "./dom.js";

// Few enough to be filled in one go, many enough that ten thousand rows are few blocks.
const ROWS = 50;
// What a block takes up as long as nobody has seen it.
const ROW_PIXELS = 54;
const NEAR = "1000px 0px";

/**
 * The rows of a long list, in blocks that the browser lays out only when they come near the part on show: neither
 * the rows of a block far away nor changes in it cost layout.
 *
 * `onNear` is called once for each block, with its rows; `add` says whether the row went into such a block.
 */
export class Blocks {
  constructor(body, scroll, onNear) {
    this.body = body;
    this.near = new WeakSet();
    this.observer = new IntersectionObserver((seen) => this.see(seen, onNear), { root: scroll, rootMargin: NEAR });
  }

  /** Put the row before another one, or at the end. */
  add(row, before = null) {
    const block = before ? before.parentElement : this.last();
    block.insertBefore(row, before);
    this.measure(block);
    return this.near.has(block);
  }

  remove(row) {
    const block = row.parentElement;
    row.remove();
    if (block.childElementCount) this.measure(block);
    else {
      this.observer.unobserve(block);
      block.remove();
    }
  }

  end() {
    this.observer.disconnect();
  }

  last() {
    const block = this.body.lastElementChild;
    if (block && block.childElementCount < ROWS) return block;
    const fresh = h("div", { class: "pl-block", role: "rowgroup" });
    // What is seen at once shall not wait for the observer.
    if (!block) this.near.add(fresh);
    else this.observer.observe(fresh);
    this.body.append(fresh);
    return fresh;
  }

  // A block that was seen has its own size, and a change of style there would move what is on show.
  measure(block) {
    if (!this.near.has(block)) block.style.containIntrinsicBlockSize = `auto ${block.childElementCount * ROW_PIXELS}px`;
  }

  see(seen, onNear) {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      this.observer.unobserve(target);
      this.near.add(target);
      onNear([...target.children]);
    }
  }
}
