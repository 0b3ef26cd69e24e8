/** Tickets sent once more. The answer is the same whether or not the address is known. */

import { api } from "./api.js";
import { fill, h } from "./dom.js";
import { clearErrors, emailProblem, field, setError, showErrors, summary } from "./form.js";
import { announce, band, note, openPage, reason, setBusy, setReady, show } from "./page.js";
import { insist, Unanswered } from "./retry.js";
import { savedOrders } from "./store.js";
import { text } from "./text-lost.js";

openPage(text.lostTickets);
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
const hopes = h("div", { role: "status" });
const form = h("form", { novalidate: true, submit }, errors, address, hopes, button);
const here = savedOrders().length ? h("p", { class: "hint" }, text.lost.device, " ", h("a", { href: "/#ours" }, text.ours)) : null;
let sending = false;

show(band(text.lostTickets, h("p", {}, text.lost.lead)), h("div", { class: "inner body narrow" }, place, here));
fill(place, form);

async function submit(submitted) {
  submitted.preventDefault();
  const email = input.value.trim();
  const problem = emailProblem(email);
  setError(input, problem);
  if (sending) return;
  if (problem) {
    showErrors(errors, [{ input, reason: problem }]);
    return;
  }
  sending = true;
  clearErrors(errors);
  setBusy(button, text.lost.sending);
  try {
    await insist((signal) => api.lostTickets(email, signal), { waiting });
    showSent(email);
  } catch (end) {
    const problem = end instanceof Unanswered ? end.problem : end;
    if (problem.status === undefined) throw problem;
    refused(problem);
  } finally {
    sending = false;
    fill(hopes);
    setReady(button, text.lost.send);
  }
}

/** Say once why there is no answer yet, and that this page asks again. */
function waiting(problem) {
  const words = `${reason(problem)} ${text.retry.step}`;
  if (hopes.textContent !== words) fill(hopes, note("wait", null, h("p", {}, words)));
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
