/** Tickets sent once more. The answer is the same whether or not the address is known. */

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { clearErrors, emailProblem, field, setBusy, setError, setReady, showErrors, summary } from "./form.js";
import { announce, band, note, openPage, show } from "./page.js";
import { savedOrders } from "./store.js";
import { text } from "./text.js";

openPage(text.lost.title);
const errors = summary();
const place = h("div", { class: "panel" });
const button = h("button", { type: "submit", class: "button wide" }, text.lost.send);
const address = field("email", text.form.email, null, {
  type: "email",
  autocomplete: "email",
  inputmode: "email",
  maxlength: "254",
  required: true,
  spellcheck: "false",
});
const input = address.querySelector("input");
const form = h("form", { novalidate: true, submit }, errors, address, button);
const here = savedOrders().length ? h("p", { class: "hint" }, text.lost.device, " ", h("a", { href: "/#ours" }, text.home.ours)) : null;
let sending = false;

show(band(text.lost.title, h("p", {}, text.lost.lead)), h("div", { class: "inner body narrow" }, place, here));
fill(place, form);

async function submit(submitted) {
  submitted.preventDefault();
  const email = input.value.trim();
  const reason = emailProblem(email);
  setError(input, reason);
  if (sending) return;
  if (reason) {
    showErrors(errors, [{ input, reason }]);
    return;
  }
  sending = true;
  clearErrors(errors);
  setBusy(button, text.lost.sending);
  try {
    await api.lostTickets(email);
    showSent(email);
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    refused(problem);
  } finally {
    sending = false;
    setReady(button, text.lost.send);
  }
}

function showSent(email) {
  const again = () => {
    fill(place, form);
    input.focus();
  };
  const other = h("button", { type: "button", class: "button second", click: again }, text.lost.other);
  const done = note("good", null, h("h2", { tabindex: "-1" }, text.lost.sentTitle), h("p", {}, text.lost.sent(email)), other);
  fill(place, done);
  done.querySelector("h2").focus();
  announce(text.lost.sentTitle);
}

function refused(problem) {
  const { status } = problem;
  const wrong = problem.errors.map(({ reason }) => ({ input, reason }));
  if (wrong.length) setError(input, wrong[0].reason);
  const words = status === 0 ? text.trouble.network : status === 429 ? text.trouble.busy : text.trouble.server;
  showErrors(errors, wrong, ...(wrong.length ? [] : [words]));
}
