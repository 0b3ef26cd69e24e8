/** A device without a door: by its camera, or by a link, it gets one. */

import { fill, h } from "../assets/dom.js";
import { Camera } from "./camera.js";
import { linkIn, pair } from "./pairing.js";
import { text } from "./text-pair.js";
import { languageLinks } from "./tongues.js";

/** iPhones alone have this property; it is false in Safari itself. */
const isSafariOnIphone = () => navigator.standalone === false;

export class PairPage {
  element = h("div", { class: "page" });
  #store;
  #server;
  #paired;
  #camera = new Camera((found) => this.#try(found), (trouble) => this.#closeCamera(trouble));
  #stage = h("div", { class: "stage", hidden: true });
  #news = h("div", { role: "status" });

  /** `paired()` is called once there is a device in the store. */
  constructor(store, server, paired) {
    this.#store = store;
    this.#server = server;
    this.#paired = paired;
  }

  /** `link` is what the address brought, if anything. */
  async show(link) {
    if (link) await this.#pair(link);
    else if (isSafariOnIphone()) this.#showInstall();
    else this.#showWays();
  }

  #showInstall() {
    const steps = text.install.steps.map((step) => h("li", {}, step));
    const anyway = h("button", { type: "button", class: "quiet", click: () => this.#showWays() }, text.install.anyway);
    fill(this.element, h("h2", {}, text.install.title), h("p", {}, text.install.why), h("ol", { class: "numbered" }, steps), anyway, languageLinks());
  }

  #showWays() {
    const camera = h("button", { type: "button", class: "button wide", click: () => this.#openCamera() }, text.pair.camera);
    const input = h("input", { id: "link", type: "url", inputmode: "url", autocomplete: "off", spellcheck: "false", maxlength: "400", "aria-describedby": "link-hint" });
    const submit = (submitted) => {
      submitted.preventDefault();
      this.#try(input.value.trim());
    };
    const field = h("div", { class: "field" }, h("label", { for: "link" }, text.pair.link), h("p", { class: "hint", id: "link-hint" }, text.pair.linkHint), input);
    const form = h("form", { novalidate: true, submit }, field, h("button", { type: "submit", class: "button second" }, text.pair.pair));
    fill(this.element, h("h2", {}, text.pair.title), h("p", {}, text.pair.lead), this.#stage, this.#news, camera, form, languageLinks());
  }

  async #openCamera() {
    fill(this.#stage, this.#camera.video, h("div", { class: "frame", "aria-hidden": "true" }));
    this.#stage.hidden = false;
    await this.#camera.open();
  }

  #closeCamera(trouble) {
    this.#camera.close();
    this.#say("bad", text.scan.trouble[trouble].join(". "));
  }

  #try(words) {
    const link = linkIn(words);
    if (link) this.#pair(link);
    else this.#say("bad", text.pair.notALink);
  }

  async #pair(link) {
    this.#camera.close();
    fill(this.element, h("h2", {}, text.pair.pairing), h("p", { class: "spinner", "aria-hidden": "true" }));
    try {
      await pair(link, this.#store, this.#server);
    } catch (refusal) {
      this.#showWays();
      const again = h("button", { type: "button", class: "button", click: () => this.#pair(link) }, text.tryAgain);
      if (refusal.status === 404 || refusal.status === 422) return this.#say("bad", text.pair.gone);
      if (refusal instanceof DOMException) return this.#say("bad", text.stopped.store.join(". "), again);
      return this.#say("bad", text.pair.busy, again);
    }
    return this.#paired();
  }

  #say(tone, words, ...more) {
    this.#stage.hidden = true;
    fill(this.#news, h("div", { class: `note ${tone}` }, h("p", {}, words), more));
  }
}
