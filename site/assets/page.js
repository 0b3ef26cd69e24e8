/** What all pages share: header, footer, the offline banner, announcements, and loading states. */

import { fill, h, icon } from "./dom.js";
import { addressIn, language, languages } from "./language.js";
import { insist, Unanswered } from "./retry.js";
import { shop } from "./shop.js";
import { text } from "./text.js";

export const main = document.getElementById("main");
const announcer = h("div", { class: "unseen", role: "status" });

/** Fill the frame around the page. */
export function openPage(title) {
  setTitle(title);
  fill(document.getElementById("header"), skipLink(), bar());
  fill(document.getElementById("footer"), h("div", { class: "inner" }, h("p", {}, text.footer), aboutUs(), tongues(), h("p", {}, shop.name)));
  document.body.append(announcer);
  watchConnection();
}

export function setTitle(title) {
  document.title = `${title} – ${shop.name}`;
}

/** Announce a text to screen readers; the same text twice is announced twice. */
export function announce(...sentences) {
  announcer.textContent = "";
  setTimeout(() => {
    announcer.textContent = sentences.filter(Boolean).join(" ");
  }, 60);
}

/** The dark head of a page, with its only h1. */
export function band(title, ...below) {
  const heading = h("h1", { id: "title", tabindex: "-1" }, title);
  return h("div", { class: "band" }, h("div", { class: "inner" }, h("div", { class: "title" }, heading, ...below)));
}

/** Grey shapes where content will be, and a text for screen readers. */
export function showLoading(title) {
  const shapes = [1, 2, 3].map(() => h("div", { class: "shape" }));
  fill(main, band(title), h("div", { class: "inner body" }, h("p", { class: "unseen" }, text.loading), shapes));
  main.setAttribute("aria-busy", "true");
}

/** Replace the page's content. */
export function show(...content) {
  main.removeAttribute("aria-busy");
  fill(main, ...content);
}

/** A note in a box: `tone` is good, bad, wait or plain. */
export function note(tone, title, ...content) {
  return h("div", { class: `note ${tone}` }, title && h("h2", {}, title), ...content);
}

/** What the shop says about a refusal, as a sentence. */
export function sentence(detail) {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1).replace(/\.$/, "")}.`;
}

/** Why there is no answer yet, for a reader who need not do anything about it. */
export function reason({ status, detail }) {
  if (status === 429 && detail) return sentence(detail);
  if (status === 0) return text.retry.silent;
  return status === 429 || status === 503 ? text.retry.busy : text.retry.broken;
}

/** A page that shows what went wrong and offers to try again; if it `goesOn`, it tries by itself, too. */
export function showProblem(title, problem, again, { goesOn = false } = {}) {
  const { network, busy, server } = text.trouble;
  const alone = problem.status === 0 ? network : problem.status === 429 ? busy : server;
  const [tone, headline, words] = goesOn
    ? ["wait", text.retry.title, `${reason(problem)} ${text.retry.page}`]
    : ["bad", text.trouble.title, alone];
  const retry = h("button", { type: "button", class: "button", click: again }, text.tryAgain);
  show(band(title), h("div", { class: "inner body narrow" }, note(tone, headline, h("p", {}, words), retry)));
  announce(headline, words);
}

let fetching;

/**
 * Fetch what a page shows. Until there is an answer the page says why, and asks again by itself; its
 * button calls `again`, which begins anew. Null if patience ended or another call took over.
 */
export async function fetchPage(title, ask, again, ...beside) {
  fetching?.abort();
  fetching = new AbortController();
  let told = "";
  const tell = (problem, goesOn) => {
    if (told === reason(problem) && goesOn) return;
    told = reason(problem);
    showProblem(title, problem, again, { goesOn });
    document.querySelector(".body").append(...beside);
  };
  if (!main.querySelector("[data-own]")) showLoading(title); // words of the page's own stay until then
  try {
    return await insist(ask, { signal: fetching.signal, waiting: (problem) => tell(problem, true) });
  } catch (end) {
    if (!(end instanceof Unanswered)) throw end;
    if (!end.stopped) tell(end.problem, false);
    return null;
  }
}

/** A page without content of its own that links to another. */
export function showDeadEnd(title, words, ...links) {
  setTitle(title);
  show(band(title), h("div", { class: "inner body narrow" }, h("p", { class: "lead" }, words), h("p", { class: "actions" }, links)));
}

/** A link that looks like a button. */
export function linkButton(address, words, ...more) {
  return h("a", { class: ["button", ...more].join(" "), href: address }, words);
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

/** The links to what the law, and a careful buyer, wants to know about a shop. */
function aboutUs() {
  const configured = Object.entries(text.links).filter(([name]) => shop.links?.[name]);
  const address = (to) => (/^[^\s@/]+@[^\s@/]+$/.test(to) ? `mailto:${to}` : to);
  const links = configured.map(([name, words]) => h("li", {}, h("a", { href: address(shop.links[name]) }, words)));
  return links.length ? h("nav", { "aria-label": text.aboutShop }, h("ul", {}, links)) : null;
}

/** This page in each language. Where the page is by then is asked when a link is pressed. */
function tongues() {
  const link = ([code, name]) => {
    const follow = ({ currentTarget }) => currentTarget.setAttribute("href", addressIn(code));
    return h("li", {}, h("a", { href: addressIn(code), lang: code, hreflang: code, "aria-current": code === language && "true", click: follow }, name));
  };
  return h("nav", { "aria-label": text.language }, h("ul", {}, Object.entries(languages).map(link)));
}

function skipLink() {
  return h("a", { class: "skip", href: "#main" }, text.skip);
}

function bar() {
  const here = location.pathname.replace(/index\.html$/, "");
  const link = (address, words) => h("a", { href: address, "aria-current": here === address && "page" }, words);
  return h(
    "div",
    { class: "inner bar" },
    h("a", { class: "brand", href: "/" }, icon("ticket"), h("span", { class: "name" }, shop.name)),
    h("nav", { "aria-label": text.navigation }, link("/", text.events), link("/lost-tickets/", text.lostTickets)),
  );
}

function watchConnection() {
  const banner = h("div", { class: "offline", role: "status" });
  document.getElementById("header").after(banner);
  const update = () => fill(banner, navigator.onLine ? null : h("p", { class: "inner" }, text.offline));
  window.addEventListener("online", update);
  window.addEventListener("offline", update);
  update();
}
