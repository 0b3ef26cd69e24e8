/** The language of the page. English is in the scripts; other languages come as one file of sentences. */

const KEY = "language";
const ENGLISH = "en";
const LOCALES = { en: "en-GB", fr: "fr-FR" };
// A page in English is better than one that waits for its French.
const LOAD_MILLISECONDS = 8_000;

/** All languages, each by its own name. */
export const languages = { en: "English", fr: "Français" };

/** The language of the page, from `prepare` on. */
export let language = ENGLISH;
/** BCP 47: how dates and sums are written; the same form the server uses. */
export let locale = LOCALES[language];
let sentences = null;
let plural = new Intl.PluralRules(language);
/** Whether the choice is remembered; otherwise the address of each page has it. */
let isKept = true;

/**
 * Choose the language and load its sentences; whatever has a text is imported afterwards. (Not a
 * top-level `await`: up to 26, Safari runs some modules before what they import has finished one.)
 */
export async function prepare(folder = "/assets") {
  const chosen = choose();
  sentences = await load(chosen, folder);
  // English if the sentences of another language did not come.
  language = sentences ? chosen : ENGLISH;
  locale = LOCALES[language];
  plural = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  if (!isKept) document.addEventListener("click", ({ target }) => carryOver(target.closest("a")));
}

/** A sentence in the language of the page. `{name}` is replaced by `values.name`, if that is given. */
export function gettext(sentence, values = {}) {
  return filled(sentences?.[sentence] ?? sentence, values);
}

/** As above, of a number, which is `{count}`. */
export function ngettext(one, many, count, values = {}) {
  const [first, second] = sentences?.[one] ?? [one, many];
  return filled(plural.select(count) === "one" ? first : second, { count, ...values });
}

/** This very page in another language. */
export function addressIn(other) {
  const address = new URL(location.href);
  address.searchParams.set("lang", other);
  return address.href;
}

/** An address of ours, with the language of this page where the browser keeps no choice. */
export function inLanguage(address) {
  const url = new URL(address, location.href);
  if (!isKept && url.origin === location.origin && !url.searchParams.has("lang")) url.searchParams.set("lang", language);
  return url.href;
}

function carryOver(link) {
  if (link?.href) link.href = inLanguage(link.href);
}

function filled(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** What the address asks for, or was chosen before, or is the browser's; an address asks only once. */
function choose() {
  const address = new URL(location.href);
  const asked = address.searchParams.get("lang");
  if (isKnown(asked)) isKept = keep(asked);
  if (isKnown(asked) && isKept) {
    address.searchParams.delete("lang");
    history.replaceState(history.state, "", address);
  }
  const wanted = [asked, kept(), ...navigator.languages.map((tag) => tag.split("-")[0].toLowerCase())];
  return wanted.find(isKnown) ?? ENGLISH;
}

function isKnown(tag) {
  return Object.hasOwn(languages, tag);
}

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(wanted) {
  try {
    localStorage.setItem(KEY, wanted);
    return true;
  } catch {
    return false; // so it stays in the address
  }
}

async function load(wanted, folder) {
  if (wanted === ENGLISH) return null;
  try {
    const answer = await fetch(`${folder}/${wanted}.json`, { signal: AbortSignal.timeout(LOAD_MILLISECONDS) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
