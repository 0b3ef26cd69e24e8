/** The list of tickets: fetched whole once, then what changed. */

export class Digest {
  #server;
  #store;
  #book;
  #underWay = null;
  /** {cursor, etag, after, asOf, complete}: where the list stands; `etag` is of the answer to `after`. */
  list;

  constructor(server, store, book, list) {
    this.#server = server;
    this.#store = store;
    this.#book = book;
    this.list = list ?? { cursor: "", etag: "", after: null, asOf: "", complete: false };
  }

  /**
   * Fetch what is missing, page by page; `tell` hears how many tickets there are by then. Who asks while
   * pages are coming waits for the same ones. Throws a Refusal.
   */
  refresh(tell = () => {}) {
    this.#underWay ??= this.#refresh(tell).finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  async #refresh(tell) {
    for (let more = true; more; tell(this.#book.size)) more = await this.#pageOrAnew();
  }

  /** A cursor that the server takes no longer is no reason to do without a list. */
  async #pageOrAnew() {
    try {
      return await this.#page();
    } catch (refusal) {
      if (refusal.status !== 422 || !this.list.cursor) throw refusal;
      this.list = { ...this.list, cursor: "" };
      return this.#page();
    }
  }

  async #page() {
    const after = this.list.cursor;
    const path = after ? `/api/door/tickets?after=${encodeURIComponent(after)}` : "/api/door/tickets";
    const headers = this.list.etag && this.list.after === after ? { "If-None-Match": this.list.etag } : {};
    const { data, etag } = await this.#server.ask("GET", path, undefined, { headers });
    if (!data) {
      await this.#keep([], { ...this.list, asOf: new Date(this.#server.now()).toISOString() });
      return false;
    }
    const { tickets, cursor, more, as_of: asOf } = data;
    await this.#keep(tickets, { cursor, etag, after, asOf, complete: !more || (after !== "" && this.list.complete) }, { anew: !after });
    return more;
  }

  /** The book learns what the store has; a crash between the two costs a page that comes again. */
  async #keep(entries, list, how) {
    await this.#store.keepPage(entries, list, how);
    this.#book.learn(entries);
    this.list = list;
  }
}
