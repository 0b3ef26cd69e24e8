/** The order that is being filled in and placed in this tab: its draft, and its idempotency key. */

import { attempt, draft, forget, read, write } from "./store.js";

/** What was chosen and typed for an event, as the body of an order; null if nothing was. */
export function savedDraft(eventId) {
  const found = read("sessionStorage", draft(eventId));
  return Array.isArray(found?.lines) && found.customer ? found : null;
}

export const forgetDraft = (eventId) => forget(draft(eventId));

/**
 * The idempotency key of this very order: pressing twice, a reload or an answer that never came
 * leads to the order that exists already. Another basket, or other details, get another key.
 */
function keyFor(eventId, body) {
  const wanted = JSON.stringify(body);
  const known = read("sessionStorage", attempt(eventId));
  if (known?.body === wanted) return known.key;
  const key = newKey();
  write("sessionStorage", attempt(eventId), { body: wanted, key });
  return key;
}

/** Remember since when this order is asked for, so that a reload goes on with it; return its key. */
export function beginAttempt(eventId, body, since) {
  const key = keyFor(eventId, body);
  write("sessionStorage", attempt(eventId), { body: JSON.stringify(body), key, since });
  return key;
}

/** There was an answer; or, if `unsure`, none, and the order may exist all the same. */
export function endAttempt(eventId, { unsure = false } = {}) {
  const known = read("sessionStorage", attempt(eventId));
  if (!known?.since) return;
  write("sessionStorage", attempt(eventId), unsure ? { ...known, over: true } : { body: known.body, key: known.key });
}

/** The order that was asked for without an answer: {body, since, over}, `over` if it no longer is. */
export function unanswered(eventId) {
  const known = read("sessionStorage", attempt(eventId));
  return known?.since ? { body: JSON.parse(known.body), since: known.since, over: Boolean(known.over) } : null;
}

// `crypto.randomUUID` is missing where the page is not served over HTTPS.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
