/** Before the first scan: the list is fetched, and the steward sees and hears that all is well. */

import { fill, h } from "../assets/dom.js";
import { allowSounds, rehearse } from "./sounds.js";
import { persist } from "./store.js";
import { text } from "./text-door.js";
import { languageLinks } from "./tongues.js";
import { timeAt } from "./wording.js";

const AGAIN_MILLISECONDS = 5_000;
const CLOCK_MINUTES = 2;

export class ReadyPage {
  element = h("div", { class: "page" });
  #session;
  #start;
  #timer = null;

  constructor(session, start) {
    this.#session = session;
    this.#start = start;
  }

  async show() {
    if (this.#session.isPrepared) this.#showReady(await persist());
    else await this.#prepare();
  }

  leave() {
    clearTimeout(this.#timer);
  }

  async #prepare() {
    const news = h("p", { class: "lead", role: "status" });
    const tell = (count) => fill(news, text.prepare.tickets(count));
    fill(this.element, h("h2", {}, text.prepare.title), h("p", { class: "spinner", "aria-hidden": "true" }), news, languageLinks());
    try {
      await this.#session.prepare(tell);
      await this.show();
    } catch (refusal) {
      if (refusal.status === undefined) throw refusal;
      fill(news, text.prepare.noAnswer);
      if (!this.#session.stopped) this.#timer = setTimeout(() => this.#prepare(), AGAIN_MILLISECONDS);
    }
  }

  #showReady(isPersistent) {
    const { about, book, digest, offset } = this.#session;
    const zone = about.event.time_zone;
    const minutes = Math.round(Math.abs(offset) / 60_000);
    const start = () => {
      allowSounds();
      this.#start();
    };
    const sounds = () => {
      allowSounds();
      rehearse();
    };
    fill(
      this.element,
      h("h2", {}, text.ready.title),
      h("p", { class: "lead" }, about.event.name, h("br"), about.event.venue),
      h(
        "ul",
        { class: "standing" },
        h("li", {}, `${about.gate} · ${text.prepare.tickets(book.size)}`),
        h("li", {}, text.bar.listOf(timeAt(digest.list.asOf, zone))),
        about.event.doors_at && h("li", {}, text.ready.doors(timeAt(about.event.doors_at, zone))),
      ),
      h("button", { type: "button", class: "button wide", click: start }, text.ready.start),
      h("div", {}, h("button", { type: "button", class: "button second", click: sounds }, text.ready.sounds), h("p", { class: "hint" }, text.ready.soundsHint)),
      minutes >= CLOCK_MINUTES && h("p", { class: "note wait" }, text.ready.clock(minutes)),
      !isPersistent && h("p", { class: "note wait" }, text.ready.notPersistent),
      navigator.standalone !== undefined && !("wakeLock" in navigator) && h("p", { class: "note wait" }, text.ready.iphone),
      languageLinks(),
    );
  }
}
