/** Scanning: the camera, three buttons in the thumb's reach, and the results over all of it. */

import { fill, h } from "../assets/dom.js";
import { icon } from "./signs.js";
import { text } from "./text-door.js";

export class ScanPage {
  #camera;
  #actions;
  #stage = h("div", { class: "stage" });
  #below = h("div", { class: "below" });
  #over = h("div", { class: "over", hidden: true });
  #torch = null;
  #last = h("p", { class: "last" });

  /** `actions` are typed(number), more() and chose(cameraId). */
  constructor(camera, result, actions) {
    this.#camera = camera;
    this.#actions = actions;
    this.element = h("div", { class: "scan" }, this.#stage, this.#below, this.#over, result.element);
    this.#showButtons();
  }

  /** What stays of a result that was put away. */
  showLast({ tone, word }, ticket) {
    fill(this.#last, h("strong", { class: `word ${tone}` }, word), ticket && ` · ${ticket}`);
  }

  /** Lay a page over the camera, which goes on beneath it, or take it away. */
  cover(page = null) {
    fill(this.#over, page);
    this.#over.hidden = !page;
    this.#stage.inert = this.#below.inert = Boolean(page);
  }

  /** Show that the camera is `refused`, `missing` or `stuck`; scanners that type go on. */
  showTrouble(name) {
    const again = h("button", { type: "button", class: "button", click: () => this.openCamera() }, text.tryAgain);
    const [title, help] = text.scan.trouble[name];
    fill(this.#stage, h("div", { class: "trouble", role: "alert" }, h("h2", {}, title), h("p", {}, help), again));
  }

  async openCamera(id) {
    fill(this.#stage, this.#camera.video, h("div", { class: "frame", "aria-hidden": "true" }));
    await this.#camera.open(id);
    if (this.#below.querySelector(".tools")) this.#showButtons(); // with a torch, if there is one; nothing else is disturbed
  }

  #showButtons() {
    const button = (name, words, click, more) =>
      h("button", { type: "button", class: "tool", click, ...more }, icon(name), h("span", {}, words));
    this.#torch = this.#camera.hasTorch ? button("torch", text.scan.torch, () => this.#switchTorch(), { "aria-pressed": "false" }) : null;
    fill(
      this.#below,
      h("div", { class: "middle" }, h("p", { class: "hint" }, text.scan.hint), this.#last),
      h(
        "div",
        { class: "tools" },
        this.#torch,
        button("camera", text.scan.camera, () => this.#chooseCamera()),
        button("type", text.scan.type, () => this.#type()),
        button("more", text.scan.more, this.#actions.more),
      ),
    );
  }

  async #switchTorch() {
    const on = this.#torch.getAttribute("aria-pressed") === "false";
    await this.#camera.setTorch(on);
    this.#torch.setAttribute("aria-pressed", String(on));
  }

  async #chooseCamera() {
    const cameras = await this.#camera.choices();
    const choose = (id) => {
      this.#actions.chose(id);
      this.openCamera(id);
    };
    const choice = ({ id, label }, index) =>
      h("button", { type: "button", class: "button second", click: () => choose(id) }, label || text.scan.cameraNumber(index + 1));
    fill(this.#below, h("div", { class: "choices" }, cameras.map(choice), this.#cancel()));
    this.#below.querySelector("button").focus();
  }

  #cancel() {
    return h("button", { type: "button", class: "quiet", click: () => this.#showButtons() }, text.scan.cancel);
  }

  #type() {
    const input = h("input", { id: "number", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: "60", enterkeyhint: "go", "aria-describedby": "number-hint" });
    const submit = (submitted) => {
      submitted.preventDefault();
      const number = input.value.toUpperCase().replace(/\s/g, "");
      if (!number) return;
      this.#showButtons();
      this.#actions.typed(number);
    };
    const fields = [h("label", { for: "number" }, text.scan.number), h("p", { class: "hint", id: "number-hint" }, text.scan.numberHint), input];
    const buttons = h("div", { class: "actions" }, h("button", { type: "submit", class: "button" }, text.scan.check), this.#cancel());
    fill(this.#below, h("form", { class: "typing", novalidate: true, submit }, h("div", { class: "field" }, fields), buttons));
    input.focus();
  }
}
