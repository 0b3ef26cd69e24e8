/** What a scanned text is: a ticket of this event, one of another, an altered one, or none of ours. */

import { bytesOf, fromBase32, fromBase64, toBase32 } from "./bytes.js";

const FORM = /^TICKET:([A-Z0-9-]{1,40})\|ORDER:([A-Z0-9-]{1,40})\|EVENT:([A-Z0-9-]{1,40})\|VALID:([A-Z0-9])([A-Z2-7]{103})$/;
const LONGEST_BYTES = 400;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether a text cannot be one of ours, before anything else is done with it. */
export function isForeign(text) {
  return text.length > LONGEST_BYTES || CONTROL.test(text) || bytesOf(text).length > LONGEST_BYTES;
}

export class TicketReader {
  #event;
  #keys = new Map();

  /** `document` are the public keys of the event, as `GET /api/events/5/keys` gives them. */
  constructor(document) {
    this.#event = document.event_id;
    for (const { key_id: id, public_key: key } of document.keys) this.#keys.set(id, fromBase64(key));
  }

  /** Returns {kind, text, ticket, event}: kind is `genuine`, `altered`, `wrong_event` or `foreign`. */
  async read(text) {
    const found = isForeign(text) ? null : FORM.exec(text);
    if (!found) return { kind: "foreign" };
    const [, ticket, order, event, key, signature] = found;
    const facts = { text, ticket, event };
    if (event !== this.#event) return { kind: "wrong_event", ...facts };
    if (!this.#keys.has(key)) return { kind: "altered", unknownKey: true, ...facts };
    const bytes = fromBase32(signature);
    // The last character has three bits without meaning; one spelling alone is ours.
    if (toBase32(bytes) !== signature) return { kind: "altered", ...facts };
    const message = bytesOf(`v1\0${ticket}\0${order}\0${event}`);
    const isRight = await (await verifier()).verify(bytes, message, this.#keys.get(key));
    return { kind: isRight ? "genuine" : "altered", ...facts };
  }
}

let chosen;

/** The browser's own Ed25519 where there is one. Chrome has it since 137, Firefox since 129, Safari since 17. */
function verifier() {
  chosen ??= native().then((works) => (works ? { verify: verifyNatively } : kept()));
  return chosen;
}

async function native() {
  try {
    await importKey(fromBase64("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")); // RFC 8032, 7.1, test 1
    return true;
  } catch {
    return false;
  }
}

const importKey = (key) => crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);

export async function verifyNatively(signature, message, key) {
  return crypto.subtle.verify({ name: "Ed25519" }, await importKey(key), signature, message);
}

/** Loaded only where it is needed: 13 kB. Its default rules (ZIP 215) take signatures that ours do not. */
export async function kept() {
  const { verifyAsync } = await import("./kept/noble-ed25519/index.js");
  return { verify: (signature, message, key) => verifyAsync(signature, message, key, { zip215: false }) };
}
