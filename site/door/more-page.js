/** What is behind one tap: for supervisors search, undo and what to look at; for all the last scans and the way out. */

import { fill, h } from "../assets/dom.js";
import { differenceIn } from "./differences.js";
import { SearchPart } from "./search-part.js";
import { text } from "./text-more.js";
import { languageLinks } from "./tongues.js";
import { timeAt, wordingOf } from "./wording.js";

const MOST_SCANS = 20;

export class MorePage {
  element = h("div", { class: "page more" });
  #session;
  #desk;
  #actions;
  #search;

  /** `actions` are back(), leave(), isMuted() and mute(whether). */
  constructor(session, desk, actions) {
    this.#session = session;
    this.#desk = desk;
    this.#actions = actions;
    this.#search = new SearchPart(session, desk);
  }

  show() {
    const session = this.#session;
    const back = h("button", { type: "button", class: "button wide", click: this.#actions.back }, text.more.back);
    fill(
      this.element,
      h("h2", { class: "unseen" }, text.more.title),
      back,
      session.isSupervisor && [this.#differences(), this.#search.element],
      this.#scans(),
      session.isPrepared && this.#counts(),
      this.#sound(),
      languageLinks(),
      this.#leave(),
    );
  }

  #differences() {
    const found = this.#session.scans.differences;
    const line = (difference) => {
      const done = h("button", { type: "button", class: "quiet", click: () => this.#session.scans.dismiss(difference.entry).then(() => this.show()) }, text.more.done);
      return h("li", {}, h("div", {}, h("p", {}, h("strong", {}, difference.entry.ticket)), h("p", {}, differenceIn(difference, this.#session))), done);
    };
    const list = found.length ? h("ul", { class: "rows" }, found.map(line)) : h("p", { class: "hint" }, text.more.noDifferences);
    return h("section", {}, h("h3", {}, text.more.differences), list);
  }

  #scans() {
    const own = this.#session.scans.latest.slice(0, MOST_SCANS);
    const list = own.length ? h("ul", { class: "rows" }, own.map((entry) => this.#scan(entry))) : h("p", { class: "hint" }, text.more.noScans);
    return h("section", {}, h("h3", {}, text.more.scans), list);
  }

  #scan(entry) {
    const session = this.#session;
    const time = timeAt(Date.parse(entry.at) + entry.offset_ms, session.about.event.time_zone);
    const outcome = entry.shown ?? entry.result;
    const { tone, word } = outcome ? wordingOf(outcome, session) : { tone: "asking", word: text.result.asking };
    const facts = [time, entry.ticket, !entry.result && text.more.unsent].filter(Boolean).join(" · ");
    const canUndo = session.isSupervisor && tone === "go" && session.book.taken(entry.ticket) > 0;
    const undo = () => window.confirm(text.more.undoSure(entry.ticket)) && this.#desk.correct("undo", session.scans.nameOf(entry), entry.ticket);
    return h(
      "li",
      {},
      h("div", {}, h("p", {}, h("strong", { class: `word ${tone}` }, word)), h("p", { class: "hint" }, facts)),
      canUndo && h("button", { type: "button", class: "quiet", "aria-label": `${text.more.undo}: ${entry.ticket}`, click: undo }, text.more.undo),
    );
  }

  #counts() {
    const { about, book } = this.#session;
    const row = ({ sku, name }) => {
      const { inside, expected } = book.people.of(sku);
      return [h("dt", {}, name), h("dd", {}, `${inside} / ${expected}`)];
    };
    return h("section", {}, h("h3", {}, text.more.counts), h("dl", { class: "counts" }, about.types.map(row)));
  }

  #sound() {
    const isMuted = this.#actions.isMuted();
    const change = () => {
      this.#actions.mute(!isMuted);
      this.show();
    };
    const state = isMuted ? text.more.off : text.more.on;
    return h("button", { type: "button", class: "button second", "aria-pressed": String(!isMuted), click: change }, text.more.sound(state));
  }

  #leave() {
    const leave = h("button", { type: "button", class: "button second", click: this.#actions.leave }, text.leave.door);
    return h("section", {}, h("p", { class: "hint" }, text.more.leaveHelp), leave);
  }
}
