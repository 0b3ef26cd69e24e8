/** What this browser remembers: the way to its orders, and until a tab is closed, what is being ordered. */

const ORDERS = "orders";
const MOST = 30;
/** States that an order does not leave by itself. */
export const FINAL = new Set(["completed", "refunded", "cancelled", "expired", "failed", "review"]);

// Where a browser keeps nothing (some private windows), the page still works until it is closed.
const fallback = new Map();

export function read(area, key) {
  try {
    return JSON.parse(window[area].getItem(key)) ?? fallback.get(key) ?? null;
  } catch {
    return fallback.get(key) ?? null;
  }
}

export function write(area, key, value) {
  try {
    window[area].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    fallback.set(key, value);
    return false;
  }
}

const isOrder = (one) => typeof one?.number === "string" && typeof one.token === "string";

/** The orders made or opened here, newest first: {number, token, event, eventId, starts, language, status, left}. */
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

export const draft = (eventId) => `draft:${eventId}`;

/** Keep what a buyer has chosen and typed so far, until the tab is closed: a reload loses nothing. */
export function saveDraft(eventId, body) {
  write("sessionStorage", draft(eventId), body);
}

export const attempt = (eventId) => `attempt:${eventId}`;

/** The order is over: buying the same tickets again is a new order. */
export const forgetKey = (eventId) => forget(attempt(eventId));

export function forget(key) {
  fallback.delete(key);
  try {
    window.sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept there.
  }
}
