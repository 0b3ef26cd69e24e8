/** What this browser remembers: the way to its orders, and the order being placed with its key. */

const ORDERS = "orders";
const MOST = 30;
/** States that an order does not leave by itself. */
export const FINAL = new Set(["completed", "refunded", "expired", "failed", "review"]);

// Where a browser keeps nothing (some private windows), the page still works until it is closed.
const fallback = new Map();

function read(area, key) {
  try {
    return JSON.parse(window[area].getItem(key)) ?? fallback.get(key) ?? null;
  } catch {
    return fallback.get(key) ?? null;
  }
}

function write(area, key, value) {
  try {
    window[area].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    fallback.set(key, value);
    return false;
  }
}

const isOrder = (one) => typeof one?.number === "string" && typeof one.token === "string";

/** The orders made or opened here, newest first: {number, token, event, eventId, starts, status, left}. */
export function savedOrders() {
  const found = read("localStorage", ORDERS);
  return Array.isArray(found) ? found.filter(isOrder) : [];
}

export const savedOrder = (number) => savedOrders().find((one) => one.number === number);

/** Remember what is known about an order. False where the browser does not keep it. */
export function saveOrder(number, facts) {
  const known = savedOrder(number);
  const others = savedOrders().filter((one) => one.number !== number);
  const position = known ? savedOrders().findIndex((one) => one.number === number) : 0;
  others.splice(position, 0, { ...known, ...facts, number });
  return write("localStorage", ORDERS, others.slice(0, MOST));
}

export function forgetOrder(number) {
  write("localStorage", ORDERS, savedOrders().filter((one) => one.number !== number));
}

/** Call `then` when another tab changes the orders. */
export function onOrdersChanged(then) {
  window.addEventListener("storage", (change) => change.key === ORDERS && then());
}

const draft = (eventId) => `draft:${eventId}`;

/** Keep what a buyer has chosen and typed so far, until the tab is closed: a reload loses nothing. */
export function saveDraft(eventId, body) {
  write("sessionStorage", draft(eventId), body);
}

/** What was chosen and typed for an event, as the body of an order; null if nothing was. */
export function savedDraft(eventId) {
  const found = read("sessionStorage", draft(eventId));
  return Array.isArray(found?.lines) && found.customer ? found : null;
}

export const forgetDraft = (eventId) => forget(draft(eventId));

const attempt = (eventId) => `attempt:${eventId}`;

/**
 * The idempotency key of this very order: pressing twice, a reload or an answer that never came
 * leads to the order that exists already. Another basket, or other details, get another key.
 */
export function keyFor(eventId, body) {
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

/** The order is over: buying the same tickets again is a new order. */
export const forgetKey = (eventId) => forget(attempt(eventId));

function forget(key) {
  fallback.delete(key);
  try {
    window.sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}

// `crypto.randomUUID` is missing where the page is not served over HTTPS.
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
