/** Forms: labels, hints, errors at the field and in a summary that leads to it. */

import { fill, h } from "./dom.js";
import { text } from "./text.js";

/** A labelled field. `attributes` are the input's; its errors are shown by `setError`. */
export function field(id, label, hint, attributes) {
  const hintId = hint && `${id}-hint`;
  const input = h("input", { id, name: id, "aria-describedby": hintId, ...attributes });
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    hint && h("p", { class: "hint", id: hintId }, hint),
    h("p", { class: "error", id: `${id}-error` }),
    input,
  );
}

/** A labelled choice among {language: name}; each name is in its own language. */
export function choice(id, label, options, chosen, attributes) {
  const option = ([value, words]) => h("option", { value, lang: value, selected: value === chosen }, words);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("select", { id, name: id, ...attributes }, Object.entries(options).map(option)),
  );
}

/** Show a problem at a field, or remove it (""). */
export function setError(input, reason) {
  const place = document.getElementById(`${input.id}-error`);
  fill(place, reason);
  const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== place.id);
  if (reason) described.unshift(place.id);
  toggle(input, "aria-describedby", described.join(" "));
  toggle(input, "aria-invalid", reason ? "true" : "");
}

function toggle(element, name, value) {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

/** The place above a form where its errors are listed. */
export function summary() {
  return h("div", { class: "summary-of-errors", tabindex: "-1" });
}

/** List [{input?, reason}] with links to the fields, and take the reader there. */
export function showErrors(place, errors, ...more) {
  const goTo = (input) => (event) => {
    event.preventDefault();
    input.focus();
  };
  const line = ({ input, reason }) =>
    h("li", {}, input ? h("a", { href: `#${input.id}`, click: goTo(input) }, reason) : reason);
  const list = errors.length ? h("ul", {}, errors.map(line)) : null;
  fill(place, h("div", { class: "note bad" }, h("h2", {}, text.form.problem), ...more.map((words) => h("p", {}, words)), list));
  place.focus();
}

export function clearErrors(place) {
  fill(place);
}

/** The problem with an address, or "". The server decides; this only catches typing errors. */
export function emailProblem(value) {
  if (!value) return text.form.emailMissing;
  return /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/u.test(value) ? "" : text.form.emailOdd;
}

/** Mark a button as working: it stays where the focus is, and does nothing. */
export function setBusy(button, words) {
  button.setAttribute("aria-disabled", "true");
  fill(button, h("span", { class: "spinner", "aria-hidden": "true" }), words);
}

export function setReady(button, words) {
  button.removeAttribute("aria-disabled");
  fill(button, words);
}
