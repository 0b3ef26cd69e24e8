/** The answer: the whole screen below the bar, until the next code. */

import { fill, h } from "../assets/dom.js";
import { letsIn } from "./judge.js";
import { sign } from "./signs.js";
import { text } from "./text-door.js";
import { wordingOf } from "./wording.js";

/** The server takes corrections for a minute from the scan on, which may have waited for an answer. */
const CORRECT_MILLISECONDS = 57_000;
/** A second tap is not meant for what has just appeared there. */
const SECOND_TAP_MILLISECONDS = 400;
const OVERLOOKED = new Set(["already", "not_yet"]);

export class ResultScreen {
  element = h("section", { class: "result", role: "status", hidden: true });
  #session;
  #desk;

  constructor(session) {
    this.#session = session;
    this.element.addEventListener("click", ({ target }) => target.closest("button") || this.hide());
  }

  /** The desk that corrects and overrides. */
  use(desk) {
    this.#desk = desk;
  }

  /** Returns the wording: its tone is that of the sound. */
  show(outcome) {
    const wording = wordingOf(outcome, this.#session);
    const { tone, word, detail, lines } = wording;
    const isOffline = outcome.offline === true && ["go", "ask"].includes(tone) && !outcome.looked;
    this.element.className = `result ${tone}${isOffline ? " offline-result" : ""}`;
    fill(
      this.element,
      h("div", { class: "answer" }, sign(tone), h("h2", {}, word), detail && h("p", { class: "detail" }, detail)),
      lines.length ? h("div", { class: "whose" }, lines.map((line) => h("p", {}, line))) : null,
      isOffline && h("p", { class: "offline-mark" }, text.result.offline),
      tone !== "asking" && this.#actions(outcome),
    );
    this.element.hidden = false;
    this.#cover();
    return wording;
  }

  hide() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    fill(this.element);
    setTimeout(() => this.#cover(), SECOND_TAP_MILLISECONDS);
  }

  /** What lies beneath goes on and cannot be pressed. */
  #cover() {
    for (const beneath of this.element.parentElement.children) beneath.inert = !this.element.hidden && beneath !== this.element;
  }

  #actions(outcome) {
    const next = h("button", { type: "button", class: "button", click: () => this.hide() }, text.result.next);
    return h("div", { class: "actions" }, this.#fewer(outcome), this.#anyway(outcome), next);
  }

  /** Fewer people than the ticket admits: 4 on it, 3 here. */
  #fewer({ entry, count, ...result }) {
    if (!entry || !letsIn({ count, ...result }) || count < 2) return null;
    const name = this.#session.scans.nameOf(entry);
    const least = this.#session.isSupervisor ? 0 : 1; // nobody is none of "fewer", but a scan to undo
    const numbers = Array.from({ length: count - least }, (_, index) => index + least);
    const correct = (people) => this.#desk.correct(people ? "lower" : "undo", name, entry.ticket, people);
    const button = this.#asks(text.result.fewer, text.result.fewerHow, numbers, correct);
    setTimeout(() => button.remove(), CORRECT_MILLISECONDS);
    return button;
  }

  /** A supervisor may overlook that somebody is early or was here before, and nothing else. */
  #anyway({ verdict, entry, admits }) {
    if (!entry || !this.#session.isSupervisor || !OVERLOOKED.has(verdict)) return null;
    const repeat = (people) => this.#desk.again(entry, { override: verdict, people });
    if (verdict === "not_yet") return h("button", { type: "button", class: "button second", click: () => repeat(0) }, text.result.anyway);
    const numbers = Array.from({ length: admits || 1 }, (_, index) => index + 1);
    if (numbers.length === 1) return h("button", { type: "button", class: "button second", click: () => repeat(1) }, text.result.anyway);
    return this.#asks(text.result.anyway, text.result.anywayHow, numbers, repeat);
  }

  /** A button that turns into a row of numbers. */
  #asks(words, question, numbers, then) {
    const place = h("div", { class: "numbers" });
    const choose = (number) => h("button", { type: "button", class: "button second", disabled: true, click: () => then(number) }, number);
    const open = () => {
      const choices = numbers.map(choose);
      fill(place, h("p", {}, question), choices);
      setTimeout(() => {
        for (const choice of choices) choice.disabled = false;
        choices[0].focus();
      }, SECOND_TAP_MILLISECONDS);
    };
    place.append(h("button", { type: "button", class: "button second", click: open }, words));
    return place;
  }
}
