/** The log of this device: numbered, signed, each entry naming the one before, and written before anything is shown. */

import { bytesOf, sha256, toBase64Url } from "./bytes.js";
import { sign } from "./device-keys.js";

const NOTHING = { text: "", count: 0, said: "asking", by_hand: false, override: "", refers_to: "" };
const SENT = ["seq", "at", "offset_ms", "action", "text", "count", "said", "by_hand", "override", "refers_to", "list_as_of", "previous", "signature"];

/** The text that an entry's signature covers. */
export function signedText({ event, device }, entry) {
  const { seq, at, offset_ms: offset, action, text, count, said, by_hand: byHand, override, refers_to: refersTo, list_as_of: asOf, previous } = entry;
  return ["scan-1", event, device, seq, at, offset, action, text, count, said, byHand ? 1 : 0, override, refersTo, asOf, previous].join("\n");
}

/** An entry as it is sent, again and again if need be: what the device adds for itself stays here. */
export const asSent = (entry) => Object.fromEntries(SENT.map((name) => [name, entry[name]]));

export class Log {
  #device;
  #store;
  #last;
  #turn = Promise.resolve();

  /** `last` is the newest entry there is, if any. */
  constructor(device, store, last) {
    this.#device = device;
    this.#store = store;
    this.#last = last;
  }

  get highest() {
    return this.#last?.seq ?? 0;
  }

  get lastAt() {
    return this.#last ? Date.parse(this.#last.at) : 0;
  }

  /**
   * Write the next entry and return it. `facts` are its own: action, text, count, said and so on, and
   * with `ticket` and `shown` what the device wants to know later. Throws if it cannot be kept.
   */
  add(facts) {
    const added = this.#turn.then(() => this.#add(facts));
    this.#turn = added.catch(() => {});
    return added;
  }

  async #add(facts) {
    const entry = { ...NOTHING, ...facts, seq: this.highest + 1, at: new Date().toISOString(), previous: await this.#previous() };
    entry.signature = await sign(this.#device.privateKey, signedText(this.#device, entry));
    await this.#store.addEntry(entry);
    this.#last = entry;
    return entry;
  }

  async #previous() {
    return this.#last ? toBase64Url(await sha256(bytesOf(signedText(this.#device, this.#last)))) : "";
  }
}
