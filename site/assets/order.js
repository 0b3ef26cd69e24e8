/** One order, from "not paid yet" to the tickets. The shop's answer counts, not how the buyer got here. */

import { Address } from "./address.js";
import { api, isWebAddress, now, Problem } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { language } from "./language.js";
import { isFree } from "./money.js";
import { factsOf, helpWith, stepsOf } from "./order-facts.js";
import { announce, band, linkButton, note, openPage, reason, setBusy, setTitle, show, showLoading, showProblem } from "./page.js";
import { Poll } from "./poll.js";
import { insist, passes, Unanswered } from "./retry.js";
import { FINAL, forgetKey, forgetOrder, saveOrder, savedOrder } from "./store.js";
import { text } from "./text-order.js";
import { Tickets } from "./tickets.js";
import { CardForm } from "./widget.js";

// A buyer who returns from paying is not asked to pay before the shop had time to verify. SumUp's
// page lives for 30 minutes: a buyer who left it longer ago does not return from it.
const AWAY_MILLISECONDS = 30 * 60 * 1000;
const PATIENCE_MILLISECONDS = 12_000;
// The card form reports that SumUp answered, so the shop will know soon.
const LONG_PATIENCE_MILLISECONDS = 30_000;
// Between the payment's confirmation and the finished tickets.
const DRAWING_SECONDS = 4;

/** How a status looks: tone, picture, and how far the order is (null: it goes no further). */
const LOOKS = {
  paying: { tone: "plain", picture: "card", step: 1 },
  returned: { tone: "wait", picture: "wait", step: 1, calm: true },
  form: { tone: "plain", picture: "card", step: 1 },
  busy: { tone: "wait", picture: "wait", step: 1, calm: true },
  checking: { tone: "wait", picture: "wait", step: 1, calm: true },
  preparing: { tone: "wait", picture: "wait", step: 2 },
  completed: { tone: "good", picture: "check", step: null },
  refunded: { tone: "plain", picture: "cross", step: null },
  cancelled: { tone: "plain", picture: "cross", step: null },
  declined: { tone: "bad", picture: "cross", step: 1 },
  expired: { tone: "plain", picture: "clock", step: null },
  failed: { tone: "bad", picture: "cross", step: null },
  review: { tone: "wait", picture: "person", step: 1, calm: true },
};

const number = new URLSearchParams(location.search).get("n") ?? "";
/** What SumUp brings a buyer back with. It shows no more than how the order stands. */
const code = new URLSearchParams(location.search).get("r") ?? "";
/** What a buyer without the token sees; few do, so it is loaded for those. */
const withoutToken = () => import("./returned.js");
let returned = null;
const poll = new Poll(ask);
const form = new CardForm(hearForm);
const tickets = new Tickets(() => poll.now());
const recipient = new Address(readdressed);
/** What the summary was last drawn from. */
let summed = "";
const page = skeleton();
let tokens = takeTokens();
let order = null;
/** The order's status, where only the return code is known. */
let standing = "";
let shown = "";
let patientUntil = 0;
let contact = true;
let paying = false;
/** How often the buyer began to pay or changed the address; what was asked before is out of date. */
let attempts = 0;
/** The id of the button that ended the order, while the shop is asked to. */
let givingUp = "";
/** The module about moved events, once it is needed. */
let moved = null;
/** While the shop is asked whether the order could be placed again. */
let checking = false;
/** While a step of the buyer is asked for again: what ends that, and the words that say so. */
let trying = null;
let hopes = "";
/** Why the order could not be shown yet. */
let trouble = "";
/** What came of the buyer's last step. */
let payNews = null;

openPage(number ? text.orderTitle(number) : text.order.opening);
window.addEventListener("hashchange", () => tokenInAddress() && location.reload());
window.addEventListener("pageshow", (event) => event.persisted && beginAgain());
window.addEventListener("online", () => form.phase === "blocked" && order.widget && mount());
setInterval(showTimeLeft, 15_000);
begin();

function begin() {
  showLoading(number ? text.orderTitle(number) : text.order.opening);
  if (!number || !(tokens.length || code)) {
    showWayIn().catch(() => showProblem(text.order.opening, new Problem(0), begin));
    return;
  }
  bePatient();
  poll.now();
}

/** Nothing of the order may be shown here: the way to it. */
async function showWayIn() {
  (await withoutToken()).showWayIn();
}

/** Back from the payment page with the browser's button. */
function beginAgain() {
  if (!trying) {
    paying = false;
    givingUp = "";
  }
  form.unmount();
  bePatient();
  if (order) draw();
}

function bePatient(milliseconds = PATIENCE_MILLISECONDS) {
  const { left } = savedOrder(number) ?? {};
  if (!left || Date.now() - left > AWAY_MILLISECONDS) return;
  patientUntil = Date.now() + milliseconds;
  setTimeout(() => order && draw(), milliseconds + 50);
}

// The token

/** The tokens to try, the link's first. The address bar is cleaned as soon as the token is kept. */
function takeTokens() {
  const fromLink = tokenInAddress();
  const known = number ? savedOrder(number)?.token : null;
  if (!fromLink || !number) return [known].filter(Boolean);
  const kept = known ? known === fromLink : saveOrder(number, { token: fromLink });
  if (kept) cleanAddress();
  return [fromLink, known].filter((token, at, all) => token && all.indexOf(token) === at);
}

function tokenInAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("t");
}

/** Leave the order's number: neither a token nor what SumUp adds is for bookmarks. */
function cleanAddress() {
  history.replaceState(history.state, "", `${location.pathname}?n=${encodeURIComponent(number)}`);
}

// Asking

function ask() {
  return tokens.length ? askForOrder() : askForState();
}

async function askForOrder() {
  const asked = attempts;
  try {
    const answer = await api.order(number, tokens[0]);
    if (asked !== attempts) return { seconds: 1, changed: true };
    contact = true;
    const changed = keep(answer);
    tendForm();
    draw();
    tickets.showCodes();
    const drawing = answer.status === "completed" && !answer.tickets_url;
    const seconds = answer.next_poll_seconds;
    return { seconds: drawing ? Math.min(seconds || DRAWING_SECONDS, DRAWING_SECONDS) : seconds, changed };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.passing) {
      loseContact(problem);
      throw problem;
    }
    tokens = tokens.slice(1);
    if (tokens.length) return ask();
    if (!savedOrder(number)?.event) forgetOrder(number);
    form.unmount();
    order = null;
    if (code) return ask();
    await showWayIn();
    return { seconds: 0, changed: true };
  }
}

/** Without the token: whoever has the code may know how the order stands, and nothing else. */
async function askForState() {
  try {
    const answer = await api.state(number, code);
    const changed = answer.status !== standing;
    standing = answer.status;
    // Somebody who comes back from the bank has most likely paid, and is not looked at like a debtor.
    const look = standing === "paying" ? { ...LOOKS.returned, calm: false } : LOOKS[standing] ?? LOOKS.review;
    returned ??= new (await withoutToken()).Returned();
    returned.draw(answer, look, helpWith(number, answer.support));
    return { seconds: answer.next_poll_seconds, changed };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.passing) {
      if (!standing) loseContact(problem);
      throw problem;
    }
    await showWayIn();
    return { seconds: 0, changed: true };
  }
}

/** Take over an answer; return whether the order's state changed. */
function keep(answer) {
  const changed = answer.status !== order?.status;
  const { event } = answer;
  if (answer.status !== "paying") patientUntil = 0;
  if (changed && order) {
    payNews = null;
    trying?.abort();
  }
  order = answer;
  const facts = { token: tokens[0], event: event.name, eventId: event.event_id, starts: event.starts_text, language, free: isFree(answer.total) };
  const known = savedOrder(number) ?? {};
  const stored = saveOrder(number, { at: Date.now(), ...known, ...facts, status: answer.status });
  if (stored && (tokenInAddress() || code)) cleanAddress();
  if (FINAL.has(answer.status)) forgetKey(event.event_id);
  return changed;
}

function loseContact(problem) {
  contact = false;
  if (order) {
    draw();
    return;
  }
  if (trouble === reason(problem)) return;
  trouble = reason(problem);
  showProblem(text.orderTitle(number), problem, () => poll.now(), { goesOn: true });
  const unpaid = !savedOrder(number)?.free && h("strong", {}, ` ${text.order.lostContactUnpaid}`);
  document.querySelector(".body").append(h("p", {}, text.order.safe, unpaid));
}

// Showing

/** The order's status, except for states that only this page knows. */
function state() {
  if (form.open) return form.phase === "busy" ? "busy" : "form";
  if (order.status !== "paying") return order.status;
  return Date.now() < patientUntil ? "returned" : "paying";
}

/** What the page shows in place of the shop's text: [headline, text]. */
const OWN_WORDS = {
  returned: [text.order.returnedTitle, text.order.returned],
  form: [text.card.headline, text.card.words],
  busy: [text.card.busyHeadline, text.card.busyWords],
};

/** The page's parts, each drawn by itself: nothing around the card form may be removed and added again. */
function skeleton() {
  const part = () => h("div", { class: "part" });
  const parts = { head: part(), contact: part(), said: part(), way: part(), steps: part(), about: part(), help: part() };
  parts.status = h("section", { "aria-labelledby": "title" }, parts.said, form.place, parts.way, parts.steps);
  const left = h("div", { class: "column" }, parts.status, tickets.place);
  const columns = h("div", { class: "two" }, left, h("div", { class: "column" }, parts.about, parts.help));
  return { ...parts, left, all: [parts.head, h("div", { class: "inner body" }, parts.contact, columns)] };
}

/** Draw the page anew if it would look different; the focus stays where it was. */
function draw() {
  const current = state();
  const picture = JSON.stringify([order, current, form.phase, contact, paying, givingUp, hopes, payNews, !moved]);
  if (picture === shown) return;
  const before = shown && JSON.parse(shown);
  shown = picture;
  const focused = document.activeElement;
  const inside = document.getElementById("main").contains(focused);
  const [headline, words] = OWN_WORDS[current] ?? [order.headline, order.text];
  setTitle(headline);
  if (!page.status.isConnected) show(...page.all);
  fill(page.head, band(headline, h("p", {}, order.event.name), h("p", { class: "soft" }, order.event.starts_text)));
  fill(page.contact, contact ? null : noContact());
  drawStatus(current, words);
  const first = current === "completed" ? tickets.place : page.status;
  if (page.left.firstElementChild !== first) page.left.prepend(first);
  tickets.show(order, tokens[0]);
  drawFacts();
  fill(page.help, helpWith(number, order.support, order.mail === "none" ? text.order.bookmark : text.order.bookmarkMail));
  if (inside && !focused.isConnected) (document.getElementById(focused.id) ?? document.getElementById("title")).focus({ preventScroll: true });
  const told = before && (before[1] !== current || before[0].mail !== order.mail);
  if (told) announce(headline, words);
  if (before && before[3] && !contact) announce(text.order.lostContact);
}

function noContact() {
  const again = h("button", { type: "button", id: "again", class: "button second", click: () => poll.now() }, text.tryAgain);
  const unpaid = ["paying", "checking", "declined"].includes(order.status) && h("strong", {}, ` ${text.order.lostContactUnpaid}`);
  return note("bad", null, h("p", {}, text.order.lostContact, unpaid), again);
}

function drawStatus(current, words) {
  const look = LOOKS[current] ?? LOOKS.review;
  page.status.className = `status ${look.tone}`;
  page.status.dataset.state = current;
  fill(
    page.said,
    h("div", { class: look.picture === "wait" ? "sign turning" : "sign" }, icon(look.picture)),
    h(
      "div",
      { class: "words" },
      look.calm && !isFree(order.total) && h("p", { class: "dont" }, h("strong", {}, text.order.dontPay)),
      h("p", {}, words),
      payNews && h("p", { class: "news bad" }, payNews),
      hopes && hoping(),
      form.open ? null : action(current),
      order.refund_offer && refundOffer(),
    ),
  );
  fill(page.way, form.open ? wayOut() : null);
  fill(page.steps, look.step === null ? null : stepsOf(order, look.step));
}

/** Under the card form: another attempt to pay, on SumUp's page. The form's own checkout ends with it. */
function wayOut() {
  const blocked = form.phase === "blocked";
  const name = blocked ? "button" : "button second";
  const instead = h("button", { type: "button", id: "instead", class: name, click: () => pay(true) }, text.card.instead);
  return h(
    "div",
    { class: "way" },
    blocked && h("p", { class: "news bad" }, text.card.blockedNews),
    form.phase !== "busy" && h("p", { class: "actions" }, instead),
    h("p", { class: "hint", id: "held" }, timeLeft()),
  );
}

function action(current) {
  // The shop refuses what cannot be paid, with its reason.
  if (current === "paying" || (current !== "returned" && order.pay_again)) {
    return [h("p", { class: "actions" }, !givingUp && payButton(), !paying && ENDINGS.map(endButton)), h("p", { class: "hint", id: "held" }, timeLeft())];
  }
  const over = ["expired", "failed"].includes(current);
  return over ? h("p", { class: "actions" }, linkButton(addressOf(order.event), text.order.orderAgain)) : null;
}

/** The event was moved: what the buyer may ask for, or has asked for. */
function refundOffer() {
  if (moved) return moved.refundOffer(order.refund_offer, endButton);
  import("./moved.js").then((module) => {
    moved = module;
    draw();
  });
  return null;
}

function hoping() {
  const stop = h("button", { type: "button", id: "stop", class: "button second", click: () => trying?.abort() }, text.retry.stop);
  return note("wait", null, h("p", {}, hopes), stop);
}

function payButton() {
  const button = h("button", { type: "button", id: "pay", class: "button", click: () => pay() }, payWords());
  if (paying) setBusy(button, text.order.payWorking);
  return button;
}

/** The ways to end an order: `ask` is noted once, `may` says whether it is wise, `go` is what follows. */
const UNPAID = { ask: api.giveUp, later: text.order.giveUpLater };
const ENDINGS = [
  { ...UNPAID, id: "change-order", words: text.order.change, busy: text.order.changing, sure: text.order.changeSure, may: isStillSold, go: chooseAgain },
  { ...UNPAID, id: "give-up", words: text.order.giveUp, busy: text.order.givingUp, sure: text.order.giveUpSure },
];

function endButton(ending) {
  if (givingUp ? givingUp !== ending.id : ending.go && !order.pay_again) return null;
  const button = h("button", { type: "button", id: ending.id, class: "button second", click: () => giveUp(ending) }, ending.words);
  if (givingUp) setBusy(button, ending.busy);
  return button;
}

function payWords() {
  const total = order.total.text;
  if (order.status === "declined") return text.order.payRetry(total);
  return savedOrder(number)?.left ? text.order.payStill(total) : text.order.pay(total);
}

/** Until when the tickets are held, on the venue's clock; near the end also for how long. */
function timeLeft() {
  const minutes = Math.floor((Date.parse(order.deadline) - now()) / 60_000);
  if (Number.isNaN(minutes) || minutes < 0) return "";
  return text.order.held(order.deadline_text, minutes);
}

function showTimeLeft() {
  const place = document.getElementById("held");
  if (place) fill(place, timeLeft());
}

/** Nothing around an address that is being typed may be removed and added again. */
function drawFacts() {
  const { lines, total, event, customer } = order;
  const known = JSON.stringify([lines, total, event, customer.name]);
  if (summed !== known) fill(page.about, factsOf(order, recipient.place));
  summed = known;
  recipient.show(order, tokens[0]);
}

// The card form

function mount() {
  form.mount(order.widget, order.total);
}

/** Follow the shop's answer: show the form, change it, or remove it. */
function tendForm() {
  const { widget, status } = order;
  if (form.open) {
    const other = widget && widget.checkout_id !== form.checkoutId;
    const settled = !["paying", "checking"].includes(status);
    if (settled || (other && !form.held)) form.unmount();
  }
  const { left } = savedOrder(number) ?? {};
  // After an earlier attempt the buyer presses a button, and the shop first checks that attempt.
  if (!form.open && status === "paying" && widget && !left && !paying) mount();
}

function hearForm(what, type) {
  if (what === "changed") {
    if (order) draw();
    if (form.phase === "blocked") announce(text.card.blockedNews);
    return;
  }
  saveOrder(number, { left: Date.now() });
  if (what !== "over") return;
  form.unmount();
  bePatient(type === "success" ? LONG_PATIENCE_MILLISECONDS : PATIENCE_MILLISECONDS);
  draw();
  poll.now();
}

// What the buyer can do

/** Ask for a step of the buyer until there is an answer. They see that, and may stop it. */
async function pursue(ask, again = passes) {
  trying = new AbortController();
  const waiting = (problem) => {
    const words = `${reason(problem)} ${text.retry.step}`;
    if (hopes === words) return;
    hopes = words;
    draw();
    announce(words);
  };
  try {
    return await insist(ask, { signal: trying.signal, again, waiting });
  } finally {
    trying = null;
    hopes = "";
  }
}

// A 429 means that nothing was done. Otherwise a payment page may have been opened, unseen, and an
// order has ten of them: the buyer decides.
const notBegun = (problem) => problem.status === 429 && passes(problem);

/** Begin another attempt to pay: in the card form if the shop has one, or else `there`, on SumUp's page. */
async function pay(there = false) {
  if (paying || givingUp) return;
  paying = true;
  payNews = null;
  form.unmount();
  draw();
  try {
    // Always a new page: the shop first makes sure that the one before was not paid, and never will be.
    const { pay_url: address, widget } = await pursue((signal) => api.startPayment(number, tokens[0], signal), notBegun);
    if (widget && !there) {
      payHere(widget);
      return;
    }
    if (!isWebAddress(address)) throw new Problem(503);
    saveOrder(number, { left: Date.now() });
    location.assign(address);
  } catch (problem) {
    paying = false;
    if (problem instanceof Unanswered) {
      leaveOff(problem, text.order.payLater, "pay");
      return;
    }
    if (!(problem instanceof Problem)) throw problem;
    payNews = problem.passing ? text.order.payLater : problem.detail || text.trouble.server;
    draw();
    announce(payNews);
    // Paid already, closed, or being paid in another tab: the shop knows.
    if (!problem.passing) poll.now();
  }
}

/** There was no answer. The button that was pressed is there again, with the focus if it had that. */
function leaveOff({ stopped }, words, id) {
  const focused = document.activeElement?.id === "stop";
  payNews = stopped ? null : words;
  draw();
  if (focused) document.getElementById(id)?.focus();
  if (payNews) announce(payNews);
}

/** Continue on this page, with the card form of a new checkout. */
function payHere(widget) {
  attempts += 1;
  paying = false;
  patientUntil = 0;
  order = { ...order, widget };
  saveOrder(number, { left: null });
  mount();
  form.focus();
  poll.now();
}

/** Put the places on sale again, unless the order was paid after all; or ask for the money back. */
async function giveUp({ id, ask, sure, later, may, go }) {
  if (givingUp || paying || checking) return;
  checking = true;
  const wise = !may || (await may());
  checking = false;
  if (!wise || paying || !confirm(sure)) return;
  givingUp = id;
  payNews = null;
  draw();
  try {
    const answer = await pursue((signal) => ask(number, tokens[0], signal));
    attempts += 1;
    keep(answer);
  } catch (problem) {
    // Its answer was lost, or came after that of a poll: then the order says itself how it ended.
    if (!(go && order.given_up)) {
      givingUp = "";
      notGivenUp(problem, id, later);
      poll.now();
      return;
    }
  }
  if (go && order.given_up) {
    go();
    return;
  }
  givingUp = "";
  draw();
  poll.now();
}

function notGivenUp(problem, id, later) {
  if (problem instanceof Unanswered) {
    leaveOff(problem, later, id);
    return;
  }
  if (!(problem instanceof Problem)) throw problem;
  payNews = problem.detail || later;
  draw();
  announce(payNews);
}

const changing = () => import("./change-order.js");

async function isStillSold() {
  payNews = await changing().then((module) => module.obstacle(order), () => text.order.giveUpLater);
  if (!payNews) return true;
  draw();
  announce(payNews);
  return false;
}

/** Back to the event, with what this order had. */
async function chooseAgain() {
  (await changing()).chooseAgain(order, addressOf(order.event));
}

const addressOf = ({ event_id: id }) => `/event/?id=${encodeURIComponent(id)}`;

/** The address was changed: the shop's answer has it, or is asked for. */
function readdressed(answer = null) {
  attempts += 1;
  tickets.forgetNews();
  if (answer) keep(answer);
  draw();
  poll.now();
}
