/** What the device keeps, in IndexedDB. Later versions may add to the form of it, and change nothing. */

// Its small build has no exports: it makes a global.
import "./kept/idb/umd.js";

const { deleteDB, openDB } = globalThis.idb;

const NAME = "door";
const VERSION = 1;

/**
 * `facts` by name: device, about, list, gates, seen, others, offset, notOurs, settings. `pages`: entries of
 * the digest as they came, in order. `entries`: this device's scans by number. `changes`: admissions as the
 * server counts them.
 */
function upgrade(db) {
  db.createObjectStore("facts");
  db.createObjectStore("pages", { autoIncrement: true });
  db.createObjectStore("entries", { keyPath: "seq" });
  db.createObjectStore("changes", { keyPath: ["device", "seq"] });
}

export class Store {
  static async open() {
    const db = await openDB(NAME, VERSION, { upgrade, blocking: (_old, _new, event) => event.target.close() });
    return new Store(db);
  }

  #db;

  constructor(db) {
    this.#db = db;
  }

  /** All facts, as one object. */
  async facts() {
    const [names, values] = await Promise.all([this.#db.getAllKeys("facts"), this.#db.getAll("facts")]);
    return Object.fromEntries(names.map((name, index) => [name, values[index]]));
  }

  keep(name, value) {
    return this.#db.put("facts", value, name);
  }

  drop(name) {
    return this.#db.delete("facts", name);
  }

  pages() {
    return this.#db.getAll("pages");
  }

  /** Keep a page of the digest together with where the list stands by then; `anew` forgets what was there. */
  async keepPage(entries, list, { anew = false } = {}) {
    const transaction = this.#db.transaction(["pages", "facts"], "readwrite");
    const pages = transaction.objectStore("pages");
    const done = [transaction.objectStore("facts").put(list, "list"), transaction.done];
    if (anew) done.push(pages.clear());
    if (entries.length) done.push(pages.add(entries));
    await Promise.all(done);
  }

  entries() {
    return this.#db.getAll("entries");
  }

  /**
   * Add an entry, and return when it is on the disk: what the screen says next must survive an empty
   * battery. Throws if it cannot be kept, or if another tab has used its number.
   */
  async addEntry(entry) {
    const transaction = this.#db.transaction("entries", "readwrite", { durability: "strict" });
    await Promise.all([transaction.store.add(entry), transaction.done]);
  }

  /** Write what became of an entry: what was shown, the server's result. */
  async keepEntries(entries, { durability = "strict" } = {}) {
    const transaction = this.#db.transaction("entries", "readwrite", { durability });
    await Promise.all([...entries.map((entry) => transaction.store.put(entry)), transaction.done]);
  }

  changes() {
    return this.#db.getAll("changes");
  }

  /** Keep admissions together with the bookmark that they lead to: it must never be ahead of them. */
  async keepChanges(changes, seen) {
    const transaction = this.#db.transaction(["changes", "facts"], "readwrite");
    const [kept, facts] = [transaction.objectStore("changes"), transaction.objectStore("facts")];
    await Promise.all([...changes.map((change) => kept.put(change)), facts.put(seen, "seen"), transaction.done]);
  }

  /** Forget everything. */
  async wipe() {
    this.#db.close();
    await deleteDB(NAME);
  }
}

/** Ask the browser not to clear the store by itself; whether it agreed. */
export async function persist() {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}
