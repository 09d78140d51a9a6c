// What travels at once: small enough for any proxy between page and kernel.
const PIECE_BYTES = 512 * 1024;

/**
 * Files on their way to the kernel: one after the other, a piece at a time, each when the one before has arrived.
 * `files` has {name, state, share} of each since the first of them was added: "waiting", "sending", "taken", "known" or
 * "refused". `refused` has {name, words} in the kernel's words, or {name, reason} for what is found here; `known` has {name, title}.
 */
export class Sending {
  #send;
  #told;
  #waiting = [];
  #current = null;
  #lastId = 0;
  // Several pages may send to one kernel.
  #page = Math.random().toString(36).slice(2);

  constructor(send, told, limitBytes) {
    this.#send = send;
    this.#told = told;
    this.limitBytes = limitBytes;
    this.forget();
  }

  get isBusy() {
    return this.#current !== null;
  }

  get name() {
    return this.#current?.file.name ?? "";
  }

  /** Begin anew with what there is to say. */
  forget() {
    this.total = 0;
    this.done = 0;
    this.files = [];
    this.refused = [];
    this.known = [];
  }

  /** Send the files; `folders` are the names of what was dropped and is no file, `title` is that of pasted text. */
  add(files, folders = [], title = undefined) {
    if (!this.isBusy) this.forget();
    for (const name of folders) this.refused.push({ name, reason: "folder" });
    for (const file of files) {
      if (file.size > this.limitBytes) this.refused.push({ name: file.name, reason: "large" });
      else {
        const told = { name: file.name, state: "waiting", share: 0 };
        this.files.push(told);
        this.#waiting.push({ file, title, told });
      }
    }
    this.total = this.done + this.#waiting.length + Number(this.isBusy);
    if (this.isBusy) this.#told();
    else this.#next();
  }

  receive(message) {
    if (message.id !== this.#current?.id) return;
    if ("held" in message) {
      this.#piece(message.held);
      return;
    }
    for (const [name, words] of message.refused) this.refused.push({ name, words });
    for (const [name, title] of message.known) this.known.push({ name, title });
    this.#end(message.refused.length ? "refused" : message.known.length ? "known" : "taken");
  }

  /** Nobody is there to take them. */
  lose() {
    if (!this.isBusy) return;
    for (const { file } of [this.#current, ...this.#waiting]) this.refused.push({ name: file.name, reason: "lost" });
    for (const { told } of this.#waiting) told.state = "refused";
    this.#waiting = [];
    this.#end("refused");
  }

  #next() {
    const next = this.#waiting.shift();
    this.#current = next ? { ...next, id: `${this.#page}-${(this.#lastId += 1)}` } : null;
    if (next) this.#piece(0);
    this.#told();
  }

  async #piece(offset) {
    const { file, id, title, told } = this.#current;
    told.state = "sending";
    told.share = offset / Math.max(1, file.size);
    if (offset) this.#told();
    let bytes;
    try {
      bytes = await file.slice(offset, offset + PIECE_BYTES).arrayBuffer();
    } catch {
      // It was moved or changed since it was dropped.
      bytes = null;
    }
    if (this.#current?.id !== id) return;
    if (bytes) this.#send({ kind: "file", id, name: file.name, size: file.size, offset, title }, bytes);
    else {
      this.refused.push({ name: file.name, reason: "unreadable" });
      this.#end("refused");
    }
  }

  #end(state) {
    this.#current.told.state = state;
    this.done += 1;
    this.#next();
  }
}
