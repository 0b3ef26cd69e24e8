/** A device at work: the pages before, while and after it scans. */

import { stayAwake } from "./awake.js";
import { showBar } from "./bar.js";
import { Camera } from "./camera.js";
import { Desk } from "./desk.js";
import { ReadyPage } from "./ready-page.js";
import { ResultScreen } from "./result-screen.js";
import { ScanPage } from "./scan-page.js";
import { Session } from "./session.js";
import { Server } from "./signed-request.js";
import { allowSounds, signal } from "./sounds.js";
import { button, stoppedPage } from "./stopped-page.js";
import { text } from "./text-door.js";
import { updateNow, whenKept } from "./updates.js";
import { Wedge } from "./wedge.js";

const SCANNING = "scanning";
const WIPED_WHEN_SENT = new Set(["revoked", "expired"]);

const loadMore = () => import("./more-page.js");

export class Work {
  /** `page` has show(content) and left(link). */
  static async open(store, facts, page) {
    const server = new Server(facts.offset, (offset) => store.keep("offset", offset).catch(() => {})); // each answer tells it again
    server.signAs(facts.device);
    const work = new Work(store, facts.settings ?? {}, page);
    work.#begin(await Session.open(store, facts, server, () => work.#changed()));
    return work;
  }

  #store;
  #settings;
  #page;
  #session = null;
  #desk;
  #camera = new Camera((found, facts) => this.#take([found], facts.started), (trouble) => this.#scanPage.showTrouble(trouble));
  #wedge = new Wedge((readings) => this.#take(readings));
  #result;
  #scanPage;
  #readyPage;
  #morePage = null;
  #started = null;
  #stoppedBy = "";

  constructor(store, settings, page) {
    this.#store = store;
    this.#settings = settings;
    this.#page = page;
  }

  /** What an update waits for. */
  get standing() {
    return this.#session && { waiting: this.#session.exchange.waiting + this.#desk.inHand, lastScan: this.#session.log.lastAt };
  }

  #begin(session) {
    this.#session = session;
    this.#result = new ResultScreen(session);
    this.#desk = new Desk(session, (outcome) => this.#showOutcome(outcome));
    this.#result.use(this.#desk);
    this.#scanPage = new ScanPage(this.#camera, this.#result, {
      typed: (number) => this.#typed(number),
      more: () => this.#showMore(),
      chose: (id) => this.#set("camera", id),
    });
    this.#readyPage = new ReadyPage(session, () => this.#scan());
    session.begin();
    this.#changed();
    if (session.stopped) return;
    if (sessionStorage.getItem(SCANNING) && session.isPrepared) this.#scan();
    else this.#showReady();
  }

  #showReady() {
    this.#page.show(this.#readyPage.element);
    this.#readyPage.show();
  }

  #scan() {
    sessionStorage.setItem(SCANNING, "1"); // a reload goes on where it was
    document.addEventListener("pointerdown", allowSounds);
    stayAwake(true);
    this.#wedge.listen();
    this.#page.show(this.#scanPage.element);
    this.#scanPage.openCamera(this.#settings.camera);
    whenKept(loadMore); // few open it, so scanning does not wait for it
  }

  async #showMore() {
    const { MorePage = null } = await loadMore().catch(() => ({})); // on a first visit that lost its network
    if (!MorePage) return window.alert(text.needsNetwork);
    this.#morePage ??= new MorePage(this.#session, this.#desk, {
      back: () => this.#scanPage.cover(),
      leave: () => this.leave(),
      isMuted: () => this.#settings.muted === true,
      mute: (muted) => this.#set("muted", muted),
    });
    this.#morePage.show();
    return this.#scanPage.cover(this.#morePage.element);
  }

  /** A scan from wherever it comes. */
  #take(readings, started = performance.now()) {
    if (this.#stoppedBy) return;
    this.#started = started;
    this.#desk.scan(readings);
  }

  #typed(number) {
    if (this.#session.isSupervisor) this.#desk.byHand(number);
    else this.#desk.lookUp(number);
  }

  #showOutcome(outcome) {
    if (this.#stoppedBy) return;
    this.#scanPage.cover();
    const wording = this.#result.show(outcome);
    signal(wording.tone, this.#settings);
    showBar(this.#session);
    if (wording.tone === "asking") return;
    this.#scanPage.showLast(wording, outcome.ticket);
    this.#measure();
  }

  /** How long it took from the picture to the answer, for whoever looks into the browser's own tools. */
  #measure() {
    if (this.#started !== null) performance.measure("picture to answer", { start: this.#started, end: performance.now() });
    this.#started = null;
  }

  #set(name, value) {
    this.#settings = { ...this.#settings, [name]: value };
    this.#store.keep("settings", this.#settings).catch(() => {}); // it is chosen again next time
  }

  /** Something changed that a person may want to see. */
  #changed() {
    if (!this.#session) return;
    showBar(this.#session);
    const { stopped } = this.#session;
    if (stopped) this.#stop(stopped);
    else if (this.#stoppedBy) location.reload(); // the reason is gone
  }

  #stop(reason) {
    const { waiting } = this.#session.exchange;
    const shown = `${reason} ${waiting}`;
    if (this.#stoppedBy === shown) return;
    this.#stoppedBy = shown;
    this.#rest();
    const action = reason === "old" ? button(text.update, updateNow) : button(text.leave.door, () => this.leave(), true);
    this.#page.show(stoppedPage(text.stopped[reason], action, waiting));
    if (WIPED_WHEN_SENT.has(reason) && waiting === 0) this.#wipe();
  }

  /** Let camera, keys and lamp go; what is to be sent is sent all the same. */
  #rest() {
    this.#wedge.deafen();
    this.#camera.close();
    this.#readyPage.leave();
    stayAwake(false);
    document.removeEventListener("pointerdown", allowSounds);
  }

  /** Stop for good; what was written stays. */
  end() {
    this.#stoppedBy = "ended";
    this.#rest();
    this.#session?.end();
    this.#session = null;
  }

  async #wipe() {
    const session = this.#session;
    this.#rest();
    this.#session = null;
    sessionStorage.removeItem(SCANNING);
    await session.wipe();
  }

  /** Leave the door, unless the person thinks better of it; `link` leads to the next one. */
  async leave(link = null) {
    const waiting = this.#session?.exchange.waiting ?? 0;
    if (waiting && !this.#stoppedBy && this.#session.exchange.offlineSince === null) return window.alert(text.unsent(waiting));
    if (this.#session && !window.confirm(waiting ? text.leave.lost(waiting) : text.leave.sure)) return null;
    if (this.#session) await this.#wipe();
    return this.#page.left(link);
  }
}
