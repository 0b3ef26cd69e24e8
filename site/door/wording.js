/** What the screen says of an outcome: its colour, its word, and what stands below. */

import { locale } from "../assets/language.js";
import { letsIn } from "./judge.js";
import { text } from "./text-door.js";

/** A time of the day at the venue, from milliseconds or ISO 8601; "" for none. */
export function timeAt(moment, zone) {
  const date = new Date(moment ?? "");
  if (Number.isNaN(date.valueOf())) return "";
  const parts = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).formatToParts(date);
  const part = (wanted) => parts.find(({ type }) => type === wanted).value;
  return text.time(part("hour"), part("minute"));
}

/** A day without its year: 6 Dec. `moment` has the offset of the venue, whose own day it is. */
function dayOf(moment) {
  const day = new Date(`${moment.slice(0, 10)}T12:00:00Z`);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(day);
}

/** {tone, word, detail, lines}; tone is go, ask, stop, asking or done. `session` knows gates and events. */
export function wordingOf(outcome, session) {
  const known = WORDS[outcome.verdict] ?? WORDS.refused;
  const words = known(outcome, session);
  const { holder, type, entry } = outcome;
  const ticket = outcome.ticket || entry?.ticket;
  return { lines: [holder, [type, ticket].filter(Boolean).join(" · ")].filter(Boolean), detail: "", ...words };
}

const { result } = text;
const zoneOf = (session) => session.about.event.time_zone;

const WORDS = {
  asking: ({ isGenuine }) => ({ tone: "asking", word: isGenuine ? result.genuine : result.asking, detail: isGenuine ? result.asking : "" }),
  admitted: (outcome) => ({ tone: "go", word: result.letIn, detail: howMany(outcome) }),
  unknown: (outcome) => {
    if (letsIn(outcome)) return { tone: "go", word: result.letIn, detail: howMany(outcome), lines: [result.genuineNotOnList, outcome.ticket] };
    const isTyped = outcome.looked || outcome.entry?.by_hand;
    return { tone: "ask", word: isTyped ? result.notOnList : result.genuineNotOnList };
  },
  already: ({ first }, session) => ({ tone: "ask", word: result.already, detail: placeOf(first, session) }),
  double: ({ first }, session) => ({ tone: "ask", word: result.already, detail: placeOf(first, session) }),
  not_yet: ({ since }, session) => ({ tone: "ask", word: result.tooEarly, detail: since ? result.doors(timeAt(since, zoneOf(session))) : "" }),
  ask_supervisor: () => ({ tone: "ask", word: result.onList, detail: result.onListHelp }),
  full: ({ ticket }) => ({ tone: "ask", word: result.full, detail: result.fullHelp(ticket), lines: [] }),
  void: ({ reason }) => ({ tone: "stop", word: result.notValid, detail: text.reason[reason] ?? "" }),
  wrong_event: ({ event }, session) => ({ tone: "stop", word: result.otherEvent, detail: eventOf(event, session) }),
  altered: () => ({ tone: "stop", word: result.forged }),
  foreign: () => ({ tone: "stop", word: result.notATicket }),
  cloned: () => ({ tone: "stop", word: result.cloned, detail: result.clonedHelp }),
  undone: ({ count }) => ({ tone: "done", word: result.undone, detail: result.countedBack(count) }),
  lowered: ({ left }) => ({ tone: "done", word: result.lowered, detail: result.stillIn(left) }),
  refused: ({ reason }) => ({ tone: "ask", word: result.notDone, detail: text.reason[reason] ?? "" }),
};

function howMany({ count, admits }) {
  return count < admits ? `${text.people(count)} (${result.of(count, admits)})` : text.people(count);
}

export function placeOf(first, session) {
  if (!first) return "";
  return [timeAt(first.at, zoneOf(session)), first.gate || session.gates[first.device] || first.device].filter(Boolean).join(" ");
}

function eventOf(id, { others }) {
  const known = others[id];
  return known ? `${known.name}, ${dayOf(known.starts)}` : id;
}
