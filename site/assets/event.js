/** One event: choose tickets, enter your details, pay. */

import { aboutOf, termsOf } from "./about.js";
import { api, isWebAddress, Problem, STALE_MILLISECONDS } from "./api.js";
import { forgetDraft, savedDraft, unanswered } from "./attempt.js";
import { fill, h, icon } from "./dom.js";
import { choice, clearErrors, emailProblem, field, likely, likelyAddress, setError, showErrors, summary } from "./form.js";
import { inLanguage, language, languages } from "./language.js";
import { isFree, totalOf } from "./money.js";
import { announce, band, fetchPage, linkButton, note, openPage, setBusy, setReady, setTitle, show, showDeadEnd } from "./page.js";
import { pictureOf } from "./picture.js";
import { Placing } from "./placing.js";
import { Unanswered } from "./retry.js";
import { FINAL, saveDraft, saveOrder, savedOrders } from "./store.js";
import { goTo, Tally } from "./tally.js";
import { text } from "./text-event.js";
import { TicketType } from "./ticket-type.js";

/** A page of the event's own says which it is, and its name; `/event/?id=` serves any. */
const own = (name) => document.querySelector(`meta[name="${name}"], meta[property="${name}"]`)?.content;
const id = own("event-id") ?? new URLSearchParams(location.search).get("id") ?? "";
const A_DAY = 24 * 3600 * 1000;
const EARLY_MILLISECONDS = 10_000;

let event;
let rows = [];
let page;
/** Until a sale begins. */
let waiting = null;

openPage(own("og:title") ?? text.events);
window.addEventListener("pageshow", (shown) => shown.persisted && comeBack());
load();

async function load() {
  try {
    const answer = await fetchPage(text.events, (signal) => api.event(id, signal), load);
    if (!answer) return;
    event = answer;
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    showDeadEnd(text.event.missingTitle, text.event.missing, linkButton("/", text.allEvents));
    return;
  }
  draw();
}

/** Back from the payment page with the browser's button: the basket is as it was. */
function comeBack() {
  if (!page?.placing) {
    load(); // perhaps the sale has begun
    return;
  }
  const open = unanswered(id);
  if (page.placing.isUnderWay && open && !open.over) return; // it was away from an order that it still asks for
  unlock();
  fill(page.reminder, reminder());
  refreshLeft();
}

function draw() {
  setTitle(event.name);
  // Perhaps it is this order that took the last ones.
  const open = unanswered(id);
  const before = open?.body ?? savedDraft(id);
  const over = open ? null : closed();
  const fact = (picture, ...words) => h("p", { class: "fact" }, icon(picture), h("span", {}, words));
  const where = [event.venue, event.address && h("span", { class: "address" }, `, ${event.address}`)];
  page = { reminder: h("div", {}), errors: summary() };
  const wanted = (type) => before?.lines.find((line) => line.sku === type.sku);
  rows = event.ticket_types.map((type) => new TicketType(type, open || type.sale === "on_sale" ? wanted(type) : null, changed));
  const when = [event.starts_text, event.other_times_text].filter(Boolean).join(", ");
  const head = band(event.name, fact("calendar", when), fact("place", where));
  const picture = pictureOf(event, "(min-width: 56rem) 26rem, 100vw");
  if (picture) head.firstElementChild.append(picture);
  show(
    head,
    h("div", { class: "inner body" }, page.reminder, over && [over, aboutOf(event)], !over && checkout()),
  );
  fill(page.reminder, reminder());
  if (event.sale === "not_yet") waitForSale();
  if (over) return;
  if (before) fillIn(before);
  if (before && !open) for (const one of rows) one.showProblem();
  refreshTotals();
  if (open) page.placing.resume(open, place);
}

/** Why nothing can be ordered, or null. */
function closed() {
  const [title, words] = text.event.closed[event.sale]?.(event) ?? [];
  return title ? note("plain", title, h("p", {}, words), h("p", {}, linkButton("/", text.allEvents, "second"))) : null;
}

/** Who waits for a sale to begin need not press anything. Clocks differ: if it is early, look again. */
function waitForSale() {
  const wait = Date.parse(event.sale_starts_at) - Date.now();
  if (!(wait < A_DAY)) return;
  const look = async () => {
    const fresh = await api.event(id).catch(() => event);
    event = fresh;
    if (fresh.sale === "not_yet") waitForSale();
    else draw();
  };
  clearTimeout(waiting);
  waiting = setTimeout(look, Math.max(wait, EARLY_MILLISECONDS) + STALE_MILLISECONDS * (1 + Math.random()));
}

/** Orders for this event that may still be paid, so that a buyer does not order twice by mistake. */
function reminder() {
  const recent = (saved) => Date.now() - (saved.at ?? 0) < A_DAY;
  const open = savedOrders().find((saved) => saved.eventId === id && !FINAL.has(saved.status) && recent(saved));
  if (!open) return null;
  const address = `/orders/?n=${encodeURIComponent(open.number)}`;
  return note(
    "wait",
    text.event.openTitle,
    h("p", {}, text.event.open(open.number)),
    h("p", {}, linkButton(address, text.event.openLink(open.number), "second")),
  );
}

function checkout() {
  page.sum = h("output", { class: "sum", "aria-live": "polite" });
  page.basket = h("div", { class: "basket" });
  page.heading = h("h2", { id: "pay" });
  page.terms = h("p", { class: "hint" });
  page.button = h("button", { type: "submit", class: "button wide" });
  page.placing = new Placing(id, page.button);
  page.name = field("name", text.form.name, text.form.nameHint, {
    autocomplete: "name",
    maxlength: "80",
    required: true,
    autocapitalize: "words",
  });
  page.email = field("email", text.form.email, text.form.emailHint, {
    type: "email",
    autocomplete: "email",
    inputmode: "email",
    maxlength: "254",
    required: true,
    spellcheck: "false",
    blur: offerLikely,
  });
  page.likely = h("p", { class: "likely", role: "status" });
  page.email.append(page.likely);
  page.language = choice("language", text.form.language, languages, language, {
    autocomplete: "language",
  });
  const choose = h(
    "section",
    { class: "panel", "aria-labelledby": "choose" },
    h("h2", { id: "choose" }, text.event.choose),
    h("ul", { class: "types" }, rows.map((one) => one.element)),
    h("p", { class: "foot" }, h("span", {}, text.total), page.sum),
  );
  const details = h(
    "section",
    { class: "panel", "aria-labelledby": "details" },
    h("h2", { id: "details", tabindex: "-1" }, text.event.details),
    page.name,
    page.email,
    page.language,
  );
  page.agree = event.consent ? agreement() : null;
  const pay = h(
    "section",
    { class: "panel pay", "aria-labelledby": "pay" },
    page.heading,
    termsOf(event),
    page.agree,
    page.placing.element,
    page.button,
    page.terms,
  );
  const chosenSoFar = h("section", { class: "panel side", "aria-labelledby": "chosen" }, h("h2", { id: "chosen" }, text.event.summary), page.basket);
  page.tally = new Tally(() => goOn(details, pay), pay);
  page.choices = h("div", { class: "column" }, choose, page.tally.element, details);
  const steps = h("div", { class: "column" }, aboutOf(event), page.errors, page.choices);
  return h("form", { class: "checkout", novalidate: true, submit, input: edited }, steps, chosenSoFar, pay);
}

/** The box that says that the buyer agrees to the organiser's terms. */
function agreement() {
  const input = h("input", { type: "checkbox", id: "agreed", name: "agreed", required: true });
  return h("div", { class: "field agree" }, h("label", {}, input, h("span", {}, text.about.agree)), h("p", { class: "error", id: "agreed-error" }));
}

/** From the tickets to the step that is not done yet. */
function goOn(details, pay) {
  const open = [page.name, page.email].map(inputOf).find((input) => problemOf(input));
  if (open) goTo(details, details.querySelector("h2"));
  else goTo(pay, page.button);
}

/** Something was changed: keep it, and take back what is no longer wrong. */
function edited({ target }) {
  keepDraft();
  if (target === inputOf(page.email)) fill(page.likely);
  const wrong = target.getAttribute("aria-invalid") && !problemOf(target);
  if (wrong) setError(target, "");
  if (!page.choices.querySelector("[aria-invalid]")) clearErrors(page.errors);
}

function problemOf(input) {
  if (input === inputOf(page.name)) return input.value.trim() ? "" : text.form.nameMissing;
  if (input === inputOf(page.email)) return emailProblem(input.value.trim());
  if (input.id === "agreed") return input.checked ? "" : text.about.agreeFirst;
  return rows.find((one) => one.input === input).problem;
}

/** `page` is the language of the page, in case that is changed. */
const keepDraft = () => saveDraft(id, { ...order(), page: language });

/** Another number of a ticket type is wanted; what is typed is heard by the form, too. */
function changed(pressed) {
  refreshTotals();
  if (pressed) keepDraft();
}

/** Ask about an address that looks mistyped. */
function offerLikely() {
  const input = inputOf(page.email);
  const meant = likelyAddress(input.value.trim());
  const take = () => {
    input.value = meant;
    fill(page.likely);
    keepDraft();
    input.focus();
  };
  fill(page.likely, meant && likely(meant, take));
}

const chosen = () => rows.filter((one) => one.quantity > 0);

function refreshTotals() {
  const lines = chosen();
  const total = totalOf(lines);
  const count = lines.reduce((sum, one) => sum + one.quantity, 0);
  const words = total && (isFree(total) ? text.free : total.text);
  page.tally.show(total && text.event.sum(count, words));
  fill(page.sum, total ? text.event.sum(count, words) : text.event.nothing);
  const line = (one) => h("li", {}, h("span", {}, `${one.quantity} × ${one.name}`), h("span", {}, totalOf([one]).text));
  fill(
    page.basket,
    total ? h("ul", {}, lines.map(line)) : h("p", { class: "hint" }, text.event.nothing),
    total && h("p", { class: "foot" }, h("span", {}, text.total), h("strong", {}, words)),
  );
  const free = total ? isFree(total) : event.ticket_types.every((type) => isFree(type.price));
  fill(page.heading, free ? text.event.confirm : text.event.pay);
  fill(page.terms, free ? text.event.nothingToPay : text.event.held(event.hold_minutes));
  page.words = free ? text.event.freeButton : total ? text.event.payButton(total.text) : text.event.payNothing;
  if (!page.placing.isUnderWay) setReady(page.button, page.words);
}

// Ordering

async function submit(submitted) {
  submitted.preventDefault();
  if (page.placing.isUnderWay) return;
  const body = order();
  // An order that may exist is asked for again whatever is left now.
  const errors = JSON.stringify(unanswered(id)?.body) === JSON.stringify(body) ? [] : check();
  if (errors.length) {
    showErrors(page.errors, errors);
    return;
  }
  announce(text.event.working);
  await place(body, Date.now());
}

async function place(body, since) {
  lock();
  try {
    leave(await page.placing.ask(body, since, lookFirst));
  } catch (problem) {
    const stopping = page.placing.hasFocus;
    unlock();
    if (problem instanceof Unanswered) {
      page.placing.leaveOpen(problem);
      if (stopping) page.button.focus();
      return;
    }
    if (problem.status === undefined) throw problem;
    refused(problem);
  }
}

/** Do not stand in a crowd for what is gone: throws a Problem if the event has too little left. */
async function lookFirst(signal) {
  const fresh = await api.event(id, signal).catch(() => null);
  if (!fresh) return; // the server has the last word when the order is placed
  showFresh(fresh);
  const errors = chosen().flatMap((one, index) => (one.isTooMany ? [{ field: `lines.${index}.quantity`, reason: one.problem }] : []));
  if (errors.length) throw new Problem(409, { errors });
}

/** Nothing changes while the order is asked for: what is seen is what is ordered. */
function lock() {
  clearErrors(page.errors);
  page.placing.say("");
  if (page.choices.contains(document.activeElement)) page.button.focus();
  page.choices.inert = true;
  setBusy(page.button, text.event.working);
}

function unlock() {
  page.placing.end();
  page.choices.inert = false;
  setTitle(event.name);
  refreshTotals();
}

function fillIn({ customer: { name, email, language: chosen }, agreed, page: before }) {
  if (page.agree) inputOf(page.agree).checked = agreed === true;
  inputOf(page.name).value = name;
  inputOf(page.email).value = email;
  page.language.querySelector("select").value = chosen === before ? language : chosen;
}

function order() {
  return {
    event_id: event.event_id,
    lines: chosen().map((one) => ({ sku: one.sku, quantity: one.quantity })),
    customer: {
      name: inputOf(page.name).value.trim(),
      email: inputOf(page.email).value.trim(),
      language: page.language.querySelector("select").value,
    },
    ...(page.agree && { agreed: inputOf(page.agree).checked }),
  };
}

const inputOf = (place) => place.querySelector("input");

/** All problems from top to bottom, each shown at its field. */
function check() {
  const name = inputOf(page.name);
  const email = inputOf(page.email);
  const firstType = rows.find((one) => one.isOpen) ?? rows[0];
  const odd = rows.filter((one) => one.problem);
  const found = odd.map((one) => ({ input: one.input, reason: text.event.of(one.name, one.problem), at: one.problem }));
  if (!odd.length && !chosen().length) found.push({ input: firstType.input, reason: text.event.noneChosen });
  found.push({ input: name, reason: name.value.trim() ? "" : text.form.nameMissing });
  found.push({ input: email, reason: emailProblem(email.value.trim()) });
  if (page.agree) found.push({ input: inputOf(page.agree), reason: problemOf(inputOf(page.agree)) });
  for (const one of found) setError(one.input, one.at ?? one.reason);
  return found.filter((one) => one.reason);
}

function leave(placed) {
  // With SumUp's card form, the buyer pays on the order's own page.
  const pay = placed.status === "paying" && !placed.widget && isWebAddress(placed.pay_url);
  saveOrder(placed.order_number, {
    token: placed.token,
    event: event.name,
    eventId: id,
    starts: event.starts_text,
    language,
    status: placed.status,
    at: Date.now(),
    left: pay ? Date.now() : null,
  });
  forgetDraft(id);
  page.placing.say("");
  setBusy(page.button, placed.widget ? text.event.working : text.event.leaving);
  // The token goes along, in case this browser keeps nothing.
  const own = `/orders/?n=${encodeURIComponent(placed.order_number)}#t=${encodeURIComponent(placed.token)}`;
  location.assign(pay ? placed.pay_url : inLanguage(own));
}

function refused(problem) {
  if (problem.status === 404) {
    showDeadEnd(text.event.missingTitle, text.event.missing, linkButton("/", text.allEvents));
    return;
  }
  if (problem.status === 409) setTimeout(refreshLeft, STALE_MILLISECONDS);
  const errors = problem.errors.map(located);
  for (const { input, at } of errors) if (input) setError(input, at);
  const soldOut = problem.status === 409 && errors.length;
  const general = soldOut ? text.event.soldOutMeanwhile : problem.detail || text.trouble.server;
  const needed = soldOut || !errors.length;
  showErrors(page.errors, errors, ...(needed ? [general] : []));
  if (soldOut) page.errors.firstElementChild.append(takeTheRest());
}

/** Some of the basket was sold to others: order the rest of it, if there is any. */
function takeTheRest() {
  const take = async () => {
    await refreshLeft();
    for (const one of rows) one.takeTheRest();
    keepDraft();
    clearErrors(page.errors);
    page.button.focus();
  };
  return h("button", { type: "button", class: "button second", click: take }, text.event.takeTheRest);
}

/** Find the field of a server's error: `lines.0.quantity`, `customer.email`. */
function located({ field: path = "", reason }) {
  const at = reason.charAt(0).toUpperCase() + reason.slice(1);
  const [, index] = /(?:^|\.)lines\.(\d+)/.exec(path) ?? [];
  const one = index && chosen()[Number(index)];
  if (one) return { input: one.input, reason: text.event.of(one.name, reason), at };
  if (path.endsWith("customer.name")) return { input: inputOf(page.name), reason: at, at };
  if (path === "agreed" && page.agree) return { input: inputOf(page.agree), reason: at, at };
  if (path.endsWith("customer.email")) return { input: inputOf(page.email), reason: at, at };
  return { reason: at, at };
}

/** Fetch again how many are left; the basket stays as it is. */
async function refreshLeft() {
  const fresh = await api.event(id).catch(() => null);
  if (!fresh) return; // the server has the last word when the order is placed
  showFresh(fresh);
  refreshTotals();
}

function showFresh(fresh) {
  for (const one of rows) one.refresh(fresh.ticket_types.find((type) => type.sku === one.sku));
}
