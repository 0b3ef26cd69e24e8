/** Poll the server: as often as it asks for, and less often while nothing changes. */

import { pause } from "./retry.js";

const MOST_SECONDS = 60;
const SLOWER = 1.2;
const SLOWEST = 5;

/**
 * Calls `ask`, which gives {seconds, changed}: when to ask next (0: no more) and whether the answer was
 * a new one. It throws when there was no answer. A hidden tab does not ask; one that comes back
 * asks at once, and so does a device that is online again.
 */
export class Poll {
  #ask;
  #timer = null;
  #asking = false;
  #stopped = true;
  #same = 0;
  #failed = 0;

  constructor(ask) {
    this.#ask = ask;
    document.addEventListener("visibilitychange", () => this.#wake());
    window.addEventListener("online", () => this.#wake());
    window.addEventListener("pageshow", (event) => event.persisted && this.now());
  }

  /** Ask now, and go on from there. */
  async now() {
    this.#stopped = false;
    this.#same = 0;
    clearTimeout(this.#timer);
    await this.#once();
  }

  #wake() {
    clearTimeout(this.#timer);
    if (!this.#stopped && !document.hidden) this.now();
  }

  async #once() {
    if (this.#asking) return;
    this.#asking = true;
    let seconds;
    try {
      const answer = await this.#ask();
      this.#failed = 0;
      this.#same = answer.changed ? 0 : this.#same + 1;
      const slower = answer.seconds * Math.min(SLOWER ** this.#same, SLOWEST);
      seconds = Math.max(answer.seconds, Math.min(slower, MOST_SECONDS));
      this.#stopped = !(answer.seconds > 0);
    } catch (problem) {
      seconds = pause(this.#failed++, problem.retryAfter);
    } finally {
      this.#asking = false;
    }
    if (!this.#stopped && !document.hidden) {
      this.#timer = setTimeout(() => this.#once(), seconds * 1000);
    }
  }
}
