/** Requests that the device signs, on the server's clock as the device knows it. */

import { bytesOf, sha256, toHex } from "./bytes.js";
import { sign } from "./device-keys.js";

const PATIENCE_MILLISECONDS = 12_000;
/** An answer that took longer says too little about the time. */
const PROMPT_MILLISECONDS = 3_000;

/** An answer that is not a success. `status` is 0 if none arrived; `reason` is why the device was refused. */
export class Refusal extends Error {
  constructor(status, { detail = "", errors } = {}, retryAfter = 0) {
    super(detail || `status ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
    const about = Array.isArray(errors) ? errors.find(({ field }) => field === "device") : null;
    this.reason = status === 401 ? (about?.reason ?? "unknown") : "";
  }
}

export class Server {
  #keep;
  #device = null;

  /** `offset` is by how many milliseconds the server's clock is ahead; `keep` is told of each new one. */
  constructor(offset = 0, keep = () => {}) {
    this.offset = offset;
    this.#keep = keep;
  }

  /** Sign as this device from now on: {event, device, privateKey}. */
  signAs(device) {
    this.#device = device;
  }

  /** The present moment on the server's clock. */
  now = () => Date.now() + this.offset;

  /** Ask, and give {data, etag}; `data` is null if nothing changed. Throws a Refusal. */
  async ask(method, path, body, { headers = {}, milliseconds = PATIENCE_MILLISECONDS } = {}) {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const send = async () => this.#send(method, path, payload, await this.#headers(method, path, payload, headers), milliseconds);
    try {
      return await send();
    } catch (refusal) {
      if (refusal.reason !== "clock") throw refusal;
      return await send(); // the refusal has brought the time
    }
  }

  async #headers(method, path, payload, more) {
    const headers = { Accept: "application/json", ...more };
    if (payload !== undefined) headers["Content-Type"] = "application/json";
    if (!this.#device) return headers;
    const { event, device, privateKey } = this.#device;
    const time = Math.floor(this.now() / 1000);
    const digest = toHex(await sha256(bytesOf(payload ?? "")));
    const signature = await sign(privateKey, ["door-1", method, path, event, device, time, digest].join("\n"));
    headers["X-Door"] = [event, device, time, signature].join(".");
    return headers;
  }

  async #send(method, path, payload, headers, milliseconds) {
    const sent = Date.now();
    const { answer, value } = await receive(path, {
      method,
      headers,
      body: payload,
      cache: "no-store",
      signal: AbortSignal.timeout(milliseconds),
    });
    const data = parse(value);
    if (data?.now) this.#learn(Date.parse(data.now), sent);
    if (answer.status === 304) return { data: null, etag: headers["If-None-Match"] };
    if (!answer.ok) throw new Refusal(answer.status, data ?? {}, Number(answer.headers.get("Retry-After")) || 0);
    // A login page of a guest network answers 200, too.
    if (!data) throw new Refusal(0);
    return { data, etag: answer.headers.get("ETag") };
  }

  #learn(now, sent) {
    const took = Date.now() - sent;
    if (Number.isNaN(now) || took > PROMPT_MILLISECONDS) return;
    this.offset = Math.round(now + took / 2 - Date.now());
    this.#keep(this.offset);
  }
}

async function receive(path, options) {
  try {
    const answer = await fetch(path, options);
    return { answer, value: await answer.text() };
  } catch {
    throw new Refusal(0);
  }
}

function parse(value) {
  try {
    const data = JSON.parse(value);
    return data && typeof data === "object" ? data : null;
  } catch {
    return null;
  }
}
