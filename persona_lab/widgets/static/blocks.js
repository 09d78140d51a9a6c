import { h, put } from "./dom.js";

// Few enough to be made in one go, many enough that ten thousand rows are few blocks.
const ROWS = 20;
// What a block's rows take up as long as nobody has come near.
const ROW_PIXELS = 54;
const NEAR = "500px 0px";

/**
 * The rows of a long list, in order, in blocks whose elements are made when they come near the part on show, and laid
 * out by the browser only there. `make` returns a row's element.
 */
export class Blocks {
  constructor(body, scroll, make) {
    this.rows = [];
    this.blocks = [];
    this.body = body;
    this.make = make;
    this.observer = new IntersectionObserver(
      (seen) => {
        for (const { isIntersecting, target } of seen) {
          if (isIntersecting) this.fill(this.blocks.find(({ element }) => element === target));
        }
      },
      { root: scroll, rootMargin: NEAR },
    );
  }

  /** Show these rows and no others. */
  reset(rows) {
    this.observer.disconnect();
    this.rows = rows;
    this.blocks = [];
    this.body.replaceChildren();
    for (let at = 0; at < rows.length; at += ROWS) this.append(Math.min(ROWS, rows.length - at));
    // What is seen at once shall not wait for the observer.
    this.fill(this.blocks[0]);
  }

  insert(index, row) {
    const last = this.blocks.at(-1);
    if (!last || (index === this.rows.length && last.count >= ROWS)) this.append(0);
    const [block, at] = this.find(index);
    this.rows.splice(index, 0, row);
    this.count(block, 1);
    if (this.blocks.length === 1) this.fill(block);
    if (block.isMade && block.element.childElementCount < block.count) {
      block.element.insertBefore(this.make(row), block.element.children[at] ?? null);
    }
  }

  remove(index) {
    const [block, at] = this.find(index);
    this.rows.splice(index, 1);
    this.count(block, -1);
    if (block.isMade) block.element.children[at].remove();
    if (block.count) return;
    this.observer.unobserve(block.element);
    block.element.remove();
    this.blocks.splice(this.blocks.indexOf(block), 1);
    if (!this.blocks[0]?.isMade) this.fill(this.blocks[0]);
  }

  /** The element of a row, which is made now if it has to be. */
  reach(index) {
    const [block, at] = this.find(index);
    this.fill(block);
    return block.element.children[at];
  }

  /** Write where each row stands, which only the whole list knows. */
  number() {
    let start = 0;
    for (const block of this.blocks) {
      if (block.isMade) [...block.element.children].forEach((row, n) => put(row, "aria-rowindex", start + n + 2));
      start += block.count;
    }
  }

  end() {
    this.observer.disconnect();
  }

  append(count) {
    const block = { element: h("div", { class: "pl-block", role: "rowgroup" }), count: 0, isMade: false };
    this.count(block, count);
    this.blocks.push(block);
    this.body.append(block.element);
    this.observer.observe(block.element);
  }

  count(block, more) {
    block.count += more;
    const { style } = block.element;
    // A block that was seen has its own size, and a change of style there would move what is on show.
    if (!block.isMade) style.height = style.containIntrinsicBlockSize = `${block.count * ROW_PIXELS}px`;
  }

  fill(block) {
    if (!block || block.isMade) return;
    block.isMade = true;
    this.observer.unobserve(block.element);
    const start = this.blocks.slice(0, this.blocks.indexOf(block)).reduce((sum, { count }) => sum + count, 0);
    const made = this.rows.slice(start, start + block.count).map(this.make);
    made.forEach((row, n) => put(row, "aria-rowindex", start + n + 2));
    block.element.append(...made);
    block.element.style.height = "";
    block.element.style.containIntrinsicBlockSize = `auto ${block.count * ROW_PIXELS}px`;
  }

  /** The block that the row at `index` stands in, and where in it. */
  find(index) {
    let at = index;
    for (const block of this.blocks) {
      if (at < block.count || block === this.blocks.at(-1)) return [block, at];
      at -= block.count;
    }
    return [undefined, 0];
  }
}
