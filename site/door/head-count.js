/** How many people are in and how many are expected, by ticket type; kept up to date, so nothing is added up anew. */

const NOBODY = { inside: 0, expected: 0 };

export class HeadCount {
  #parts = { inside: new Map(), expected: new Map() };
  #types = new Map();

  /** Of ticket `key`, of type `sku`, so many people are `inside` or `expected` now. */
  set(what, key, sku, people) {
    const before = this.#parts[what].get(key);
    if (before) this.#add(what, before.sku, -before.people);
    this.#add(what, sku, people);
    this.#parts[what].set(key, { sku, people });
  }

  /** Returns {inside, expected} of a ticket type. */
  of(sku) {
    return this.#types.get(sku) ?? NOBODY;
  }

  /** Returns {inside, expected} of all types. */
  get whole() {
    const sum = { ...NOBODY };
    for (const { inside, expected } of this.#types.values()) {
      sum.inside += inside;
      sum.expected += expected;
    }
    return sum;
  }

  #add(what, sku, people) {
    const type = this.of(sku);
    this.#types.set(sku, { ...type, [what]: type[what] + people });
  }
}
