/** A paired device at work: its store, its lists in memory, its log and its exchange with the server. */

import { Book } from "./book.js";
import { Digest } from "./digest.js";
import { Log } from "./entries.js";
import { Exchange } from "./exchange.js";
import { OwnScans } from "./own-scans.js";
import { Refusal } from "./signed-request.js";
import { TicketReader } from "./verify-ticket.js";

/** What this page can do; the server tells the oldest that still works. */
const PAGE = 1;
const REFRESH_MILLISECONDS = 60_000;
const DAY_MILLISECONDS = 86_400_000;

export class Session {
  /** Everything from the store. `heard` is called after each change that a person may want to see. */
  static async open(store, facts, server, heard) {
    const [pages, entries, changes] = await Promise.all([store.pages(), store.entries(), store.changes()]);
    return new Session(store, facts, server, heard, { pages, entries, changes });
  }

  #store;
  #server;
  #heard;
  #timer;
  #isEnded = false;
  #unkept = [];

  constructor(store, facts, server, heard, { pages, entries, changes }) {
    this.#store = store;
    this.#server = server;
    this.#heard = heard;
    this.device = facts.device;
    this.gates = facts.gates ?? {};
    this.others = facts.others ?? {};
    this.notOurs = facts.notOurs ?? 0;
    this.#setAbout(facts.about);
    this.book = new Book(facts.seen);
    for (const page of pages) this.book.learn(page);
    this.book.settle(changes);
    this.log = new Log(this.device, store, entries.at(-1));
    this.digest = new Digest(server, store, this.book, facts.list);
    this.scans = new OwnScans(this.device, store, this.book, entries);
    const waiting = entries.filter(({ result }) => !result);
    this.exchange = new Exchange(server, waiting, () => this.#request(), {
      settled: (settled) => this.scans.keepResults(settled),
      changes: (answer) => this.#hear(answer),
      changed: heard,
    });
  }

  get isSupervisor() {
    return this.about.role === "supervisor";
  }

  /** Why nothing may be scanned: `revoked`, `expired`, `unknown`, `old`, `cancelled`, or "". */
  get stopped() {
    if (this.#server.now() > Date.parse(this.about.expires_at)) return "expired";
    if (this.exchange.refused) return this.exchange.refused;
    if (this.about.oldest_page > PAGE) return "old";
    return this.about.event.cancelled ? "cancelled" : "";
  }

  get now() {
    return this.#server.now();
  }

  /** By how much the server's clock is ahead, in milliseconds. */
  get offset() {
    return this.#server.offset;
  }

  get isPrepared() {
    return this.digest.list.complete;
  }

  /** Fetch the event and the list of tickets; throws a Refusal where there is no answer. */
  async prepare(tell) {
    await this.#refreshAbout();
    await this.digest.refresh(tell);
    await this.#learnOthers();
    this.#heard();
  }

  /** Exchange with the server, and refresh the list now and every minute, until `end`. */
  begin() {
    this.exchange.soon();
    if (this.isPrepared) this.#refresh();
    this.#timer = setInterval(() => this.#refresh(), REFRESH_MILLISECONDS);
  }

  end() {
    this.#isEnded = true;
    clearInterval(this.#timer);
    this.exchange.end();
  }

  async wipe() {
    this.end();
    await this.#store.wipe();
  }

  /** Have the keys again: they may have been rotated. */
  async refreshKeys() {
    try {
      await this.#refreshAbout();
    } catch (refusal) {
      this.#unlessRefusal(refusal);
    }
  }

  /** A code that is none of ours: it is counted, and its text is kept nowhere. */
  countForeign() {
    this.notOurs += 1;
    this.#store.keep("notOurs", this.notOurs).catch(() => {}); // a number for the report, not an admission
  }

  /** The tickets of an order, a ticket number, or a name. Supervisors only; throws a Refusal. */
  async search(query) {
    const { data } = await this.#server.ask("POST", "/api/door/search", { query });
    return data;
  }

  #request() {
    return { highest: this.log.highest, not_ours: this.notOurs, seen: this.book.seen };
  }

  #hear({ changes = [], seen = {}, gates }) {
    const found = changes.map(([device, seq, ticket, action, people, seconds]) => ({ device, seq, ticket, action, people, at: seconds * 1000 }));
    const before = JSON.stringify(this.book.seen);
    this.book.settle(found, seen);
    if (before !== JSON.stringify(this.book.seen)) this.#keepChanges(found);
    if (gates) this.#keep("gates", { ...this.gates, ...gates });
  }

  /** What cannot be kept is kept with the next ones: the bookmark must not leave it behind. */
  async #keepChanges(found) {
    this.#unkept.push(...found);
    const changes = new Set(this.#unkept);
    try {
      await this.#store.keepChanges([...changes], { ...this.book.seen });
      this.#unkept = this.#unkept.filter((change) => !changes.has(change));
    } catch {
      // The device is full; after the next start the server tells it all again.
    }
  }

  #keep(name, value) {
    if (JSON.stringify(this[name]) === JSON.stringify(value)) return;
    this[name] = value;
    this.#store.keep(name, value).catch(() => {}); // it is asked for again
  }

  async #refresh() {
    try {
      await this.prepare();
    } catch (refusal) {
      this.#unlessRefusal(refusal);
    }
  }

  /** After the end nothing is kept any more, whatever still arrives. */
  #unlessRefusal(refusal) {
    if (this.#isEnded) return;
    if (refusal.status === undefined) throw refusal;
    if (["revoked", "expired"].includes(refusal.reason)) this.exchange.refused = refusal.reason;
    this.#heard();
  }

  async #refreshAbout() {
    const { data } = await this.#server.ask("GET", "/api/door/event");
    this.#setAbout(data);
    await this.#store.keep("about", data);
  }

  #setAbout(about) {
    this.about = about;
    this.reader = new TicketReader(about.keys);
    this.gates[this.device.device] = about.gate;
  }

  /** Names of other events, to say for which one a ticket is. The page does without if need be. */
  async #learnOthers() {
    try {
      const { data } = await this.#server.ask("GET", "/api/events");
      const soon = data.events.filter(({ starts_at: starts }) => Date.parse(starts) > this.now - DAY_MILLISECONDS);
      this.#keep("others", Object.fromEntries(soon.map(({ event_id: id, name, starts_at: starts }) => [id, { name, starts }])));
    } catch (problem) {
      if (!(problem instanceof Refusal)) throw problem;
    }
  }
}
