/** What this device knows of tickets and of who is in, in memory. The store has it all as well. */

import { HeadCount } from "./head-count.js";

export const scanName = (device, seq) => `${device}#${String(seq).padStart(6, "0")}`;

/** A ticket that was issued anew is ORD-ABC123-01-R1; who came in with the one before is in with it. */
const rootOf = (ticket) => ticket.replace(/-R\d+$/, "");

export class Book {
  people = new HeadCount();
  /** Up to which number the server has told what each device's scans count. */
  seen = {};
  #tickets = new Map();
  #counted = new Map();
  #own = new Map();
  #byRoot = new Map();

  constructor(seen = {}) {
    this.seen = { ...seen };
  }

  /** Entries of the digest: [id, sku, admits, state, name?]. Later ones count. */
  learn(entries) {
    for (const [id, sku, admits, state, name] of entries) {
      this.#tickets.set(id, { id, sku, admits, state, name });
      this.people.set("expected", id, sku, state === "x" ? 0 : admits);
      this.#count(rootOf(id));
    }
  }

  get size() {
    return this.#tickets.size;
  }

  find(id) {
    return this.#tickets.get(id);
  }

  /**
   * Admissions as the server counts them, each {device, seq, ticket, action, people, at}; `undo` and `lower`
   * count people back. With them all scans up to `seen` are known: what this device thought of its own is over.
   */
  settle(changes, seen = {}) {
    for (const change of changes) this.#put(this.#counted, change);
    Object.assign(this.seen, seen);
    for (const scan of [...this.#own.values()]) if (this.#isKnown(scan)) this.#drop(scan);
  }

  /**
   * What this device did, until the server tells what that counts: {device, seq, ticket, action, people, at},
   * `at` in milliseconds. One that `follows` another says what became of it, and alone counts.
   */
  note(scan) {
    if (!this.#isKnown(scan)) this.#put(this.#own, scan);
  }

  /** An admission that counts, by its name. */
  admission(name) {
    const scan = this.#own.get(name) ?? this.#counted.get(name);
    return scan?.action === "admit" ? scan : undefined;
  }

  /** The scans that admitted somebody with this ticket, the earliest first. */
  admissionsOf(ticket) {
    const found = this.#scansOf(rootOf(ticket)).filter(({ action, people }) => action === "admit" && people > 0);
    return found.sort((a, b) => a.at - b.at);
  }

  /** How many people are in with this ticket. */
  taken(ticket) {
    return this.#inside(rootOf(ticket));
  }

  #isKnown({ device, seq }) {
    return seq <= (this.seen[device] ?? 0);
  }

  #put(scans, scan) {
    const name = scanName(scan.device, scan.seq);
    const root = rootOf(scan.ticket);
    scans.set(name, { name, ...scan });
    if (!this.#byRoot.has(root)) this.#byRoot.set(root, new Set());
    this.#byRoot.get(root).add(name);
    this.#count(root);
  }

  #drop({ name, ticket }) {
    this.#own.delete(name);
    this.#count(rootOf(ticket));
  }

  /** The scans of a ticket that count; its own word stands for a scan until the server has told. */
  #scansOf(root) {
    const names = [...(this.#byRoot.get(root) ?? [])];
    const followed = new Set(names.map((name) => this.#own.get(name)?.follows));
    const counts = names.filter((name) => !followed.has(name));
    return counts.map((name) => this.#own.get(name) ?? this.#counted.get(name)).filter(Boolean);
  }

  #inside(root) {
    const people = this.#scansOf(root).map(({ action, people }) => (action === "admit" ? people : -people));
    return Math.max(0, people.reduce((sum, each) => sum + each, 0));
  }

  #count(root) {
    if (this.#byRoot.has(root)) this.people.set("inside", root, this.find(root)?.sku ?? "", this.#inside(root));
  }
}
