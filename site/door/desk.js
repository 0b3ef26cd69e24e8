/** One scan after the other: read, decided, written down, and only then shown. */

import { judge, letsIn } from "./judge.js";

/** An answer that takes longer comes too late for the person at the door. */
const ANSWER_MILLISECONDS = 1500;
/** So long a refusal is seen, though the next code has been read. */
const SEEN_MILLISECONDS = 1000;
const NUMBER = /^[A-Z0-9-]{1,40}$/;

export class Desk {
  /** How many scans are not decided yet. */
  inHand = 0;
  #session;
  #show;
  #outcome = {};
  #turn = Promise.resolve();

  /** `show(outcome)` paints: a result as the server gives it, or one of the device, with its `entry`. */
  constructor(session, show) {
    this.#session = session;
    this.#show = (outcome) => {
      this.#outcome = outcome;
      show(outcome);
    };
  }

  /**
   * Take a scan: `readings` are the texts it may have meant, of which a genuine one wins. Scans are taken
   * in turn; an answer is waited for a moment only, so none waits for long.
   */
  scan(readings, more = {}) {
    return this.#inTurn(async () => this.#decide(await this.#read(readings), more));
  }

  /** A number that a supervisor typed or found. It proves nothing, and the entry says so. */
  byHand(ticket, more = {}) {
    return this.#inTurn(() => this.#decide({ ...typed(ticket), text: ticket }, { ...more, byHand: true }));
  }

  /** The same ticket once more, with what a supervisor decided to overlook and how many that lets in. */
  again({ text, ticket, by_hand: byHand }, more) {
    return byHand ? this.byHand(ticket, more) : this.scan([text], more);
  }

  /** What this device knows of a number, for a steward, who may let nobody in with it. Nothing is written. */
  lookUp(ticket) {
    const known = this.#judged(typed(ticket), { byHand: true });
    this.#show({ ...known, verdict: known.verdict === "admitted" ? "ask_supervisor" : known.verdict, count: 0, looked: true });
  }

  /** Take back a whole scan of a ticket, or count it again with fewer people. */
  correct(action, name, ticket, people = 0) {
    return this.#inTurn(() => this.#correct(action, name, ticket, people));
  }

  #inTurn(work) {
    this.inHand += 1;
    const done = this.#turn.then(work).finally(() => {
      this.inHand -= 1;
    });
    this.#turn = done.catch(() => {}).then(() => this.#beSeen());
    return done;
  }

  #beSeen() {
    return this.inHand && !letsIn(this.#outcome) && new Promise((resolve) => setTimeout(resolve, SEEN_MILLISECONDS));
  }

  async #read(readings) {
    const found = [];
    for (const text of readings) found.push(await this.#session.reader.read(text));
    const rank = ["genuine", "altered", "wrong_event", "foreign"];
    return found.sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind))[0];
  }

  #judged(read, more = {}) {
    const { book, about, gates, now } = this.#session;
    return judge(read, { book, about, gates, now, ...more });
  }

  async #decide(read, { byHand = false, override = "", people = 0 }) {
    const session = this.#session;
    const local = this.#judged(read, { byHand, override, people });
    if (read.kind === "foreign") {
      session.countForeign();
      return this.#show(local);
    }
    if (read.unknownKey) session.refreshKeys();
    const asks = session.exchange.isFree && (read.kind === "genuine" || read.unknownKey);
    if (asks) this.#show({ verdict: "asking", isGenuine: read.kind === "genuine" && !byHand, ticket: read.ticket });
    const own = asks ? { said: "asking", count: override ? people : 0 } : asDecided(local);
    const facts = { action: "admit", text: read.text, by_hand: byHand, override, ticket: read.ticket, ...own };
    return this.#enter(facts, (entry) => (asks ? this.#ask(entry, read, { byHand, override, people }) : this.#tell(entry)));
  }

  /** Write the entry; what cannot be written is not decided, and let nobody in. */
  async #enter(facts, then) {
    const session = this.#session;
    const { asOf } = session.digest.list;
    try {
      const entry = await session.log.add({ ...facts, offset_ms: session.offset, list_as_of: asOf });
      session.scans.add(entry);
      return await then(entry);
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem;
      if (problem.name === "ConstraintError") return location.reload(); // another tab was here, and what it wrote is read anew
      return this.#show({ verdict: "full", ticket: facts.ticket, count: 0 });
    }
  }

  async #ask(entry, read, more) {
    const session = this.#session;
    const result = await session.exchange.ask(entry, ANSWER_MILLISECONDS);
    if (session.stopped) return null; // the page says why
    if (!result) return this.#decideAlone(entry, read, more);
    session.scans.note(entry);
    return this.#show({ ...result, entry });
  }

  /** No answer in time: a second entry says what became of the one that asked, which the server may have counted. */
  #decideAlone(asked, read, more) {
    const local = this.#judged(read, more);
    const { action, text, by_hand, override, ticket } = asked;
    const facts = { action, text, by_hand, override, ticket, refers_to: this.#session.scans.nameOf(asked) };
    return this.#enter({ ...facts, ...asDecided(local) }, (entry) => this.#tell(entry));
  }

  #tell(entry) {
    this.#session.scans.note(entry);
    this.#session.exchange.push(entry);
    return this.#show({ ...entry.shown, entry });
  }

  async #correct(action, name, ticket, people) {
    const session = this.#session;
    const counted = session.scans.countedAs(name);
    const scan = session.book.admission(name) ?? session.book.admission(counted);
    const back = Math.max(0, Math.min(scan?.people ?? 0, session.book.taken(ticket)) - people);
    const facts = { action, refers_to: counted, count: people, ticket, people: back };
    return this.#enter(facts, async (entry) => {
      const result = session.exchange.isFree ? await session.exchange.ask(entry, ANSWER_MILLISECONDS) : this.#push(entry);
      session.scans.note(entry);
      const done = { verdict: action === "undo" ? "undone" : "lowered", count: back, offline: true };
      return this.#show({ ...done, ...result, ticket, left: people });
    });
  }

  #push(entry) {
    this.#session.exchange.push(entry);
    return null;
  }
}

const asDecided = (local) => ({ said: local.verdict, count: local.count, shown: local });

/** A number is no proof of anything, so what is judged is the ticket that it names. */
const typed = (ticket) => (NUMBER.test(ticket) ? { kind: "genuine", ticket } : { kind: "foreign" });
