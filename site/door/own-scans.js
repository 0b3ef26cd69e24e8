/** This device's own scans: what they count until the server's count arrives, and what the server judged otherwise. */

import { scanName } from "./book.js";
import { differenceOf } from "./judge.js";

export class OwnScans {
  entries = [];
  #device;
  #store;
  #book;
  /** By its name: the scan that says what became of another, which had no answer in time. */
  #followers = new Map();

  /** `entries` are those of the store, in order. */
  constructor(device, store, book, entries) {
    this.#device = device;
    this.#store = store;
    this.#book = book;
    for (const entry of entries) {
      this.add(entry);
      this.note(entry);
    }
  }

  add(entry) {
    this.entries.push(entry);
    if (isFollower(entry)) this.#followers.set(entry.refers_to, entry);
  }

  nameOf({ seq }) {
    return scanName(this.#device.device, seq);
  }

  /** Note in the book what an entry counts here, until the server has told what it counts there. */
  note(entry) {
    const { seq, at, offset_ms: offset, action, ticket, people = 0, shown, result } = entry;
    const follows = isFollower(entry) ? entry.refers_to : "";
    const admitted = shown?.count ?? (result?.verdict === "admitted" ? result.count : 0);
    const counted = action === "admit" ? admitted : people;
    if ((!counted && !follows) || result?.verdict === "refused") return;
    this.#book.note({ device: this.#device.device, seq, ticket, action, people: counted, at: Date.parse(at) + offset, follows });
  }

  /**
   * The name of the scan with which the server counts the people of this one. Those of a scan that had no
   * answer in time are counted with it, though another scan says what became of it, unless they were refused.
   */
  countedAs(name) {
    const entry = this.entries.find((each) => isFollower(each) && this.nameOf(each) === name);
    const asked = entry && this.entries.find((each) => this.nameOf(each) === entry.refers_to);
    const isRefused = asked?.result && asked.result.verdict !== "admitted";
    return entry && !isRefused ? entry.refers_to : name;
  }

  /** The scans of people, the latest first. One that had no answer in time is shown as what became of it. */
  get latest() {
    const shown = this.entries.filter((entry) => entry.action === "admit" && !this.#followers.has(this.nameOf(entry)));
    return shown.reverse();
  }

  /** Keep the server's results. Those that cannot be kept are asked for again, and are the same. */
  keepResults(entries) {
    this.#store.keepEntries(entries, { durability: "relaxed" }).catch(() => {});
  }

  /** What the server judged otherwise than the door, the latest first: [{entry, difference}]. */
  get differences() {
    const all = this.latest.map((entry) => ({ entry, difference: entry.noted ? "" : differenceOf(entry) }));
    return all.filter(({ difference }) => difference);
  }

  /** A supervisor has looked at it. */
  dismiss(entry) {
    entry.noted = true;
    return this.#store.keepEntries([entry]);
  }
}

const isFollower = ({ action, refers_to: refersTo }) => action === "admit" && refersTo !== "";
