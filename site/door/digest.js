/** The list of tickets: fetched whole once, then what changed. */

export class Digest {
  #server;
  #store;
  #book;
  /** {cursor, etag, after, asOf, complete}: where the list stands; `etag` is of the answer to `after`. */
  list;

  constructor(server, store, book, list) {
    this.#server = server;
    this.#store = store;
    this.#book = book;
    this.list = list ?? { cursor: "", etag: "", after: null, asOf: "", complete: false };
  }

  /** Fetch what is missing, page by page; `tell` hears how many tickets there are by then. Throws a Refusal. */
  async refresh(tell = () => {}) {
    for (let more = true; more; tell(this.#book.size)) more = await this.#page();
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
    await this.#keep(tickets, { cursor, etag, after, asOf, complete: this.list.complete || !more });
    return more;
  }

  /** The book learns what the store has; a crash between the two costs a page that comes again. */
  async #keep(entries, list) {
    await this.#store.keepPage(entries, list);
    this.#book.learn(entries);
    this.list = list;
  }
}
