/** An order on its way: asked for until there is an answer, with words above the button that say so. */

import { api } from "./api.js";
import { beginAttempt, endAttempt, unanswered } from "./attempt.js";
import { fill, h } from "./dom.js";
import { locale } from "./language.js";
import { reason, setBusy, setTitle } from "./page.js";
import { insist, PATIENCE_SECONDS, Unanswered } from "./retry.js";
import { text } from "./text-event.js";

export class Placing {
  #eventId;
  #button;
  #tries = null;
  #said = h("div", { role: "status" });
  #count = h("p", { class: "hint" });
  #stop = h("button", { type: "button", class: "button second", hidden: true, click: () => this.#tries?.abort() }, text.retry.stop);
  element = h("div", { class: "unseen" }, this.#said, this.#count, this.#stop);

  /** `button` is the one that placed the order. */
  constructor(eventId, button) {
    this.#eventId = eventId;
    this.#button = button;
  }

  get isUnderWay() {
    return this.#tries !== null;
  }

  get hasFocus() {
    return this.element.contains(document.activeElement);
  }

  /**
   * Ask for an order, with the same key each time, until there is an answer. `look` may find out that
   * asking again is in vain; it throws a Problem then. Under way until `end`, also after an answer.
   */
  async ask(body, since, look) {
    this.#tries = new AbortController();
    const { signal } = this.#tries;
    // Whoever answers 429 refused the order unseen; after anything else, it may exist.
    let refusedEachTime = !unanswered(this.#eventId);
    const key = beginAttempt(this.#eventId, body, since);
    let begun = 0;
    const ask = async () => {
      begun += 1;
      if (begun > 1 && refusedEachTime) await look(signal);
      return api.placeOrder(body, key, signal);
    };
    const waiting = (problem, failed) => {
      refusedEachTime &&= problem.status === 429;
      this.#wait(problem, failed);
    };
    try {
      const placed = await insist(ask, { signal, since, waiting });
      endAttempt(this.#eventId);
      return placed;
    } catch (problem) {
      endAttempt(this.#eventId, { unsure: problem instanceof Unanswered });
      throw problem;
    }
  }

  end() {
    this.#tries = null;
    this.say("");
  }

  /** Say that there was no answer, and that the order may exist all the same. */
  leaveOpen({ stopped }) {
    const why = stopped ? ["plain", text.retry.stopped] : ["bad", text.retry.over];
    this.say(...why, text.retry.unsure, text.retry.again);
  }

  /** After a reload: `again` asks for the same order by itself, unless that was given up. */
  resume({ body, since, over }, again) {
    if (over || Date.now() - since > PATIENCE_SECONDS * 1000) {
      endAttempt(this.#eventId, { unsure: true });
      this.say("plain", text.retry.unsure, text.retry.again);
    } else {
      again(body, since);
      this.say("wait", text.retry.resumed, text.retry.open, text.retry.safe);
    }
    this.element.scrollIntoView({ block: "center" });
  }

  /** Say something above the button. It is read out once, however often it is said. */
  say(tone, ...words) {
    this.#stop.hidden = tone !== "wait";
    fill(this.#count);
    if (this.#said.textContent === words.join("")) return;
    this.element.className = tone ? `note ${tone}` : "unseen";
    const [first, ...rest] = words;
    fill(this.#said, first && h("p", {}, h("strong", {}, first)), rest.map((one) => h("p", {}, one)));
  }

  #wait(problem, failed) {
    this.say("wait", reason(problem), text.retry.order, text.retry.safe);
    fill(this.#count, text.retry.tried(failed, new Date().toLocaleTimeString(locale)));
    setBusy(this.#button, text.retry.asking);
    setTitle(text.retry.asking);
  }
}
