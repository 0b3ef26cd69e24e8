/** The shop's HTTP API: JSON in, JSON or a Problem out. */

import { language } from "./language.js";

const READ_MILLISECONDS = 12_000;
/** Longer than a cache keeps what is left of an event. */
export const STALE_MILLISECONDS = 2500;
// Ordering waits for SumUp's answer, too.
const WRITE_MILLISECONDS = 30_000;

/** An answer that is not a success. `status` is 0 if none arrived, so the outcome is unknown. */
export class Problem extends Error {
  constructor(status, { title, detail, errors } = {}, retryAfter = 0) {
    super(detail || title || `status ${status}`);
    this.status = status;
    this.detail = detail || "";
    /** What is wrong where: [{field, reason}]. */
    this.errors = Array.isArray(errors) ? errors : [];
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may well succeed later. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

// By how much the server's clock is ahead of this device's, in milliseconds.
let ahead = 0;

/** The present moment on the server's clock, in milliseconds; devices are often minutes off. */
export const now = () => Date.now() + ahead;

const order = (number) => `/api/orders/${encodeURIComponent(number)}`;

/**
 * Safe to repeat when no answer came: what only reads, `placeOrder` with its key, `giveUp`, after
 * which a closed order stays closed, `askRefund`, which is noted once, `changeEmail`, after which the order has the address, and
 * `lostTickets`, which looks into an address once a day. Not so `startPayment`, which opens a new
 * payment page each time, ten for an order at most, and `resend`, which sends an email.
 */
export const api = {
  events: (signal) => call("GET", "/api/events", { signal }),
  event: (id, signal) => call("GET", `/api/events/${encodeURIComponent(id)}`, { signal }),
  placeOrder: (body, key, signal) => call("POST", "/api/orders", { body, signal, headers: { "Idempotency-Key": key } }),
  order: (number, token) => call("GET", order(number), as(token)),
  /** How an order stands, for a return code instead of its token. */
  state: (number, code) => call("GET", `${order(number)}/state`, { headers: { "X-Return-Code": code } }),
  startPayment: (number, token, signal) => call("POST", `${order(number)}/payments`, { ...as(token), signal }),
  giveUp: (number, token, signal) => call("POST", `${order(number)}/give-up`, { ...as(token), signal }),
  askRefund: (number, token, signal) => call("POST", `${order(number)}/refund-request`, { ...as(token), signal }),
  codes: (number, token, signal) => call("GET", `${order(number)}/tickets/codes`, { ...as(token), signal }),
  changeEmail: (number, token, email, signal) => call("POST", `${order(number)}/email`, { ...as(token), body: { email }, signal }),
  resend: (number, token) => call("POST", `${order(number)}/resend`, as(token)),
  /** Have a file made; once this succeeds, its address leads to it at once. */
  prepare: (address) => call("GET", address, { redirect: "manual", milliseconds: WRITE_MILLISECONDS }),
  lostTickets: (email, signal) => call("POST", "/api/lost-tickets", { body: { email }, signal }),
};

/** A download's address with the order's token, which links cannot send as a header. */
export function withToken(address, token) {
  const url = new URL(address, location.href);
  if (url.origin === location.origin && !url.searchParams.has("token")) url.searchParams.set("token", token);
  return url.href;
}

/** Whether this is an address of the web, and so safe to send a buyer to. */
export function isWebAddress(address) {
  return URL.canParse(address) && ["https:", "http:"].includes(new URL(address).protocol);
}

const as = (token) => ({ headers: { "X-Order-Token": token } });

async function call(method, path, { body, signal, headers = {}, redirect = "follow", milliseconds } = {}) {
  const timeout = AbortSignal.timeout(milliseconds ?? (method === "GET" ? READ_MILLISECONDS : WRITE_MILLISECONDS));
  const options = {
    method,
    headers: { Accept: "application/json", "Accept-Language": language, ...headers },
    cache: "no-store",
    redirect,
    // A browser without `any` waits for the answer, or for the timeout.
    signal: signal && AbortSignal.any ? AbortSignal.any([signal, timeout]) : timeout,
  };
  if (body) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let answer, value;
  try {
    answer = await fetch(path, options);
    if (answer.type === "opaqueredirect") return {};
    value = await answer.text();
  } catch {
    throw new Problem(0);
  }
  setClock(answer.headers);
  const data = parse(value);
  if (!answer.ok) throw new Problem(answer.status, data ?? {}, secondsOf(answer.headers.get("Retry-After")));
  // A login page of a guest network answers 200, too.
  if (!data) throw new Problem(0);
  return data;
}

function parse(value) {
  try {
    const data = JSON.parse(value || "{}");
    return typeof data === "object" ? data : null;
  } catch {
    return null;
  }
}

/** `Age` is how long a cache has kept the answer. */
function setClock(headers) {
  const server = Date.parse(headers.get("Date") ?? "") + Number(headers.get("Age") ?? 0) * 1000;
  if (!Number.isNaN(server)) ahead = server - Date.now();
}

/** `Retry-After` has seconds or a date. */
function secondsOf(retryAfter) {
  const seconds = Number(retryAfter ?? 0);
  return Math.max(0, Number.isNaN(seconds) ? (Date.parse(retryAfter) - now()) / 1000 : seconds) || 0;
}
