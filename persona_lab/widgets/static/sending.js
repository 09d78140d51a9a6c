// What travels at once: small enough for any proxy between page and kernel.
const PIECE_BYTES = 512 * 1024;

/**
 * Files on their way to the kernel: one after the other, a piece at a time, each when the one before has arrived.
 * `refused` has {name, words} in the kernel's words, or {name, reason} for what is found here; `known` has {name, title}.
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
    this.refused = [];
    this.known = [];
  }

  /** Send the files; `folders` are the names of what was dropped and is no file. */
  add(files, folders = []) {
    if (!this.isBusy) this.forget();
    for (const name of folders) this.refused.push({ name, reason: "folder" });
    for (const file of files) {
      if (file.size > this.limitBytes) this.refused.push({ name: file.name, reason: "large" });
      else this.#waiting.push(file);
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
    this.#end();
  }

  /** Nobody is there to take them. */
  lose() {
    if (!this.isBusy) return;
    for (const { name } of [this.#current.file, ...this.#waiting]) this.refused.push({ name, reason: "lost" });
    this.#waiting = [];
    this.#end();
  }

  #next() {
    const file = this.#waiting.shift();
    this.#current = file ? { file, id: `${this.#page}-${(this.#lastId += 1)}` } : null;
    if (file) this.#piece(0);
    this.#told();
  }

  async #piece(offset) {
    const { file, id } = this.#current;
    let bytes;
    try {
      bytes = await file.slice(offset, offset + PIECE_BYTES).arrayBuffer();
    } catch {
      // It was moved or changed since it was dropped.
      bytes = null;
    }
    if (this.#current?.id !== id) return;
    if (bytes) this.#send({ kind: "file", id, name: file.name, size: file.size, offset }, bytes);
    else {
      this.refused.push({ name: file.name, reason: "unreadable" });
      this.#end();
    }
  }

  #end() {
    this.done += 1;
    this.#next();
  }
}
