/** Entries go to the server in their order, one batch under way; what others admitted comes back. */

import { asSent } from "./entries.js";
import { Refusal } from "./signed-request.js";

const BATCH = 25;
const POLL_SECONDS = 10;
const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 15;
const BATCH_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 5_000;
const OVER = new Set(["revoked", "expired", "unknown"]);

export class Exchange {
  /** Since when there is no answer, in milliseconds; null while the server answers. */
  offlineSince = Date.now();
  /** Why the server refuses this device: `revoked`, `expired`, `unknown`, or "". */
  refused = "";

  #server;
  #waiting;
  #facts;
  #heard;
  #batch = BATCH;
  #underWay = null;
  #timer = null;
  #failed = 0;
  #asked = new Map();
  #ended = false;
  /** The browser's word that there is a network, or none, is worth a question and no more. */
  #asWakened = () => document.hidden || this.soon();

  /**
   * `waiting` are entries without a result, in order. `facts()` gives the rest of a request: highest,
   * not_ours, seen. `heard` is told: `settled(entries)`, `changes(answer)`, `changed()`.
   */
  constructor(server, waiting, facts, heard) {
    this.#server = server;
    this.#waiting = [...waiting];
    this.#facts = facts;
    this.#heard = heard;
    for (const name of ["online", "offline"]) window.addEventListener(name, this.#asWakened);
    document.addEventListener("visibilitychange", this.#asWakened);
  }

  get waiting() {
    return this.#waiting.length;
  }

  /** Whether a scan may ask and wait: there are answers, and nothing stands before it. */
  get isFree() {
    return this.offlineSince === null && !this.#waiting.length && !this.refused;
  }

  /** Send an entry when its turn comes. */
  push(entry) {
    this.#waiting.push(entry);
    this.#heard.changed();
    this.soon();
  }

  /** Send an entry and wait for its result; null if none came in time. The entry stays in line all the same. */
  ask(entry, milliseconds) {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#late(entry), milliseconds);
      this.#asked.set(entry.seq, (result) => {
        clearTimeout(late);
        this.#asked.delete(entry.seq);
        resolve(result);
      });
      this.push(entry);
    });
  }

  /** Whoever asks next does not wait as long again. */
  #late(entry) {
    this.#isSilent();
    this.#asked.get(entry.seq)?.(null);
  }

  /** Exchange now, unless a request is under way. */
  soon() {
    clearTimeout(this.#timer);
    if (!this.#ended && !this.#underWay) this.#underWay = this.#once();
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
    for (const name of ["online", "offline"]) window.removeEventListener(name, this.#asWakened);
    document.removeEventListener("visibilitychange", this.#asWakened);
  }

  async #once() {
    const batch = this.#waiting.slice(0, this.#batch);
    let seconds;
    try {
      seconds = await this.#exchange(batch);
    } catch (problem) {
      if (!(problem instanceof Refusal)) reportError(problem); // it must not be the end of the exchange
      seconds = this.#hearRefusal(problem, batch);
    } finally {
      this.#underWay = null;
    }
    if (this.#waiting.length > batch.length && !this.#failed) seconds = 0;
    this.#heard.changed();
    if (this.#ended) return;
    this.#timer = setTimeout(() => this.soon(), seconds * 1000);
  }

  /** One request and what follows from it; the seconds until the next. */
  async #exchange(batch) {
    const body = { scans: batch.map(asSent), waiting: this.#waiting.length - batch.length, ...this.#facts() };
    const milliseconds = batch.length ? BATCH_MILLISECONDS : POLL_MILLISECONDS;
    const { data } = await this.#server.ask("POST", "/api/door/scans", body, { milliseconds });
    if (this.#ended) return 0;
    this.#failed = 0;
    this.#batch = BATCH;
    this.offlineSince = null;
    this.refused = "";
    const settled = this.#settle(batch, data.results ?? []);
    this.#heard.settled(settled);
    this.#heard.changes(data);
    const goesOn = data.more || (batch.length && settled.length && this.#waiting.length);
    return goesOn ? 0 : POLL_SECONDS;
  }

  /** What has no result was not dealt with, and stays in line. */
  #settle(batch, results) {
    const bySeq = new Map(results.map((result) => [result.seq, result]));
    const settled = batch.filter(({ seq }) => bySeq.has(seq));
    this.#waiting = this.#waiting.filter((entry) => !settled.includes(entry));
    for (const entry of settled) {
      const result = bySeq.get(entry.seq);
      entry.result = { ...result, holder: "" }; // names are on the screen, and nowhere else
      const answer = this.#asked.get(entry.seq);
      if (answer) entry.shown = entry.result;
      answer?.(result);
      if (result.verdict === "after_revocation") this.refused = "revoked";
    }
    return settled;
  }

  #hearRefusal({ status = 0, reason = "", retryAfter = 0 }, batch) {
    for (const { seq } of batch) this.#asked.get(seq)?.(null);
    if (OVER.has(reason)) this.refused = reason;
    if (status === 422 && batch.length) return this.#giveUp(batch);
    this.#isSilent();
    const pause = Math.min(FIRST_PAUSE_SECONDS * 2 ** this.#failed, LONGEST_PAUSE_SECONDS);
    this.#failed += 1;
    return retryAfter + pause * (0.5 + Math.random() / 2);
  }

  /** One entry that the server cannot read must not hold up the others: it leaves the line, and is shown. */
  #giveUp(batch) {
    if (batch.length > 1) {
      this.#batch = 1;
      return 0;
    }
    const [entry] = batch;
    entry.result = { seq: entry.seq, verdict: "refused", reason: "unreadable", count: 0 };
    this.#waiting.shift();
    this.#heard.settled([entry]);
    return 0;
  }

  #isSilent() {
    if (this.offlineSince === null) this.offlineSince = Date.now();
    this.#heard.changed();
  }
}
