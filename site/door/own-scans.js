/** This device's own scans: what they count until the server's count arrives, and what the server judged otherwise. */

import { scanName } from "./book.js";
import { differenceOf } from "./judge.js";

export class OwnScans {
  #device;
  #store;
  #book;

  /** `entries` are those of the store, in order. */
  constructor(device, store, book, entries) {
    this.#device = device;
    this.#store = store;
    this.#book = book;
    this.entries = entries;
    for (const entry of entries) this.note(entry);
  }

  nameOf({ seq }) {
    return scanName(this.#device.device, seq);
  }

  /** Note in the book what an entry counts here; the server's count of it will replace that. */
  note({ seq, at, offset_ms: offset, action, ticket, people = 0, shown, result }) {
    const admitted = shown?.count ?? (result?.verdict === "admitted" ? result.count : 0);
    const counted = action === "admit" ? admitted : people;
    if (!counted || result?.verdict === "refused") return;
    this.#book.note({ device: this.#device.device, seq, ticket, action, people: counted, at: Date.parse(at) + offset });
  }

  /** Write what the screen says of an entry that had no answer, before it says so. */
  async keepShown(entry, shown) {
    entry.shown = shown; // at once: a late result that is written meanwhile must not lose it
    try {
      await this.#store.keepEntries([entry]);
    } catch (problem) {
      entry.shown = null;
      throw problem;
    }
    this.note(entry);
  }

  /** Keep the server's results. Those that cannot be kept are asked for again, and are the same. */
  keepResults(entries) {
    this.#store.keepEntries(entries, { durability: "relaxed" }).catch(() => {});
  }

  /** What the server judged otherwise than the door, the latest first: [{entry, difference}]. */
  get differences() {
    const all = this.entries.map((entry) => ({ entry, difference: entry.noted ? "" : differenceOf(entry) }));
    return all.filter(({ difference }) => difference).reverse();
  }

  /** A supervisor has looked at it. */
  dismiss(entry) {
    entry.noted = true;
    return this.#store.keepEntries([entry]);
  }

  /** How many people entered here of whom the server has not heard yet. */
  get unsent() {
    const counts = ({ action, shown, people }) => (action === "admit" ? (shown?.count ?? 0) : -people);
    return this.entries.filter(({ result }) => !result).reduce((sum, entry) => sum + counts(entry), 0);
  }
}
