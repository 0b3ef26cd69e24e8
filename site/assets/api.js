/** The shop's HTTP API: JSON in, JSON or a Problem out. */

const READ_MILLISECONDS = 12_000;
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
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

// By how much the server's clock is ahead of this device's, in milliseconds.
let ahead = 0;

/** The present moment on the server's clock, in milliseconds; devices are often minutes off. */
export const now = () => Date.now() + ahead;

const order = (number) => `/api/orders/${encodeURIComponent(number)}`;

export const api = {
  events: () => call("GET", "/api/events"),
  event: (id) => call("GET", `/api/events/${encodeURIComponent(id)}`),
  placeOrder: (body, key) => call("POST", "/api/orders", { body, headers: { "Idempotency-Key": key } }),
  order: (number, token) => call("GET", order(number), as(token)),
  startPayment: (number, token) => call("POST", `${order(number)}/payments`, as(token)),
  giveUp: (number, token) => call("POST", `${order(number)}/give-up`, as(token)),
  resend: (number, token) => call("POST", `${order(number)}/resend`, as(token)),
  /** Have a file made; once this succeeds, its address leads to it at once. */
  prepare: (address) => call("GET", address, { redirect: "manual", milliseconds: WRITE_MILLISECONDS }),
  lostTickets: (email) => call("POST", "/api/lost-tickets", { body: { email } }),
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

async function call(method, path, { body, headers = {}, redirect, milliseconds } = {}) {
  const options = {
    method,
    headers: { Accept: "application/json", ...headers },
    cache: "no-store",
    redirect: redirect ?? "follow",
    signal: AbortSignal.timeout(milliseconds ?? (method === "GET" ? READ_MILLISECONDS : WRITE_MILLISECONDS)),
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
  setClock(answer.headers.get("Date"));
  const data = parse(value);
  if (!answer.ok) throw new Problem(answer.status, data ?? {}, Number(answer.headers.get("Retry-After")) || 0);
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

function setClock(date) {
  const server = Date.parse(date ?? "");
  if (!Number.isNaN(server)) ahead = server - Date.now();
}
