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

// Where most addresses are, and some that look like a slip of the finger and are not.
const KNOWN = (
  "gmail.com googlemail.com hotmail.com hotmail.co.uk hotmail.fr outlook.com outlook.fr live.com live.co.uk yahoo.com " +
  "yahoo.co.uk yahoo.fr icloud.com btinternet.com virginmedia.com proton.me protonmail.com orange.fr wanadoo.fr " +
  "laposte.net mail.com ymail.com email.com"
).split(" ");

/** The address that was probably meant, or "": `jane@gmial.com` is `jane@gmail.com`. */
export function likelyAddress(value) {
  const at = value.lastIndexOf("@");
  const domain = value.slice(at + 1).toLowerCase();
  if (at < 1 || KNOWN.includes(domain)) return "";
  const meant = KNOWN.find((known) => isOneSlipFrom(known, domain));
  return meant ? value.slice(0, at + 1) + meant : "";
}

/** The question whether an address was meant; its button calls `take`. */
export function likely(meant, take) {
  const [before, after] = text.form.emailLikely;
  return [before, h("button", { type: "button", class: "quiet", click: take }, meant), after];
}

/** Whether one letter is missing, too many, another one, or two are swapped. */
function isOneSlipFrom(known, typed) {
  let same = 0;
  while (same < known.length && known[same] === typed[same]) same += 1;
  const [meant, other] = [known.slice(same), typed.slice(same)];
  return (
    meant.slice(1) === other || // missing
    meant === other.slice(1) || // too many
    meant.slice(1) === other.slice(1) || // another one
    (meant.slice(2) === other.slice(2) && meant[0] === other[1] && meant[1] === other[0])
  );
}
