/** The camera: opened, watched, opened again when it stops, and read picture by picture. */

import { Decoder, Sightings } from "./decoder.js";

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 } };
const SILENT_MILLISECONDS = 2000;
const IDLE_AFTER_MILLISECONDS = 20_000;
const IDLE_PAUSE_MILLISECONDS = 200;
const ZOOM = 2;
/** A picture that froze twice in a row is not helped by opening the camera a third time. */
const MOST_REOPENINGS = 2;

export class Camera {
  video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  #found;
  #troubled;
  #decoder = new Decoder();
  #sightings = new Sightings();
  #stream = null;
  #wanted = false;
  #turn = 0;
  #id = "";
  #frames = 0;
  #time = -1;
  #reopened = 0;
  #watch = null;
  #lastFound = 0;

  /** `found(text, facts)` hears each new sighting; `troubled(name)` that the camera is refused, missing, stuck. */
  constructor(found, troubled) {
    this.#found = found;
    this.#troubled = troubled;
    this.video.setAttribute("aria-hidden", "true");
    document.addEventListener("visibilitychange", () => this.#asSeen());
  }

  /** Open the camera with this id, or the one at the back. */
  async open(id = this.#id) {
    this.#id = id;
    this.#wanted = true;
    this.#release();
    const turn = ++this.#turn;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...which(id) }, audio: false });
      if (!this.#wanted || turn !== this.#turn) return stop(stream);
      await this.#use(stream);
    } catch (problem) {
      if (id && problem.name === "OverconstrainedError") return this.open("");
      this.#troubled(problem.name === "NotAllowedError" ? "refused" : "missing");
    }
  }

  close() {
    this.#wanted = false;
    this.#release();
  }

  /** The cameras there are: [{id, label}]. Labels are known once one was allowed. */
  async choices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all.filter(({ kind }) => kind === "videoinput").map(({ deviceId: id, label }) => ({ id, label }));
  }

  get hasTorch() {
    return this.#capabilities.torch === true;
  }

  async setTorch(on) {
    await this.#track?.applyConstraints({ advanced: [{ torch: on }] });
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  get #capabilities() {
    return this.#track?.getCapabilities?.() ?? {};
  }

  async #use(stream) {
    this.#stream = stream;
    this.video.srcObject = stream;
    await this.video.play();
    // Phones do not focus on what is close; from further away the code is as large.
    if (this.#capabilities.zoom?.max >= ZOOM) await this.#track.applyConstraints({ advanced: [{ zoom: ZOOM }] });
    this.#lastFound = performance.now();
    this.#watch = setInterval(() => this.#look(), SILENT_MILLISECONDS);
    this.#loop(stream);
  }

  #release() {
    clearInterval(this.#watch);
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
  }

  async #loop(stream) {
    while (this.#stream === stream) {
      await nextFrame(this.video);
      if (this.#stream !== stream || document.hidden) continue;
      if (this.video.currentTime !== this.#time) this.#frames += 1;
      this.#time = this.video.currentTime;
      await this.#readFrame().catch(() => {}); // no picture can be had for a moment; `#look` notices if it lasts
      if (performance.now() - this.#lastFound > IDLE_AFTER_MILLISECONDS) await rest(IDLE_PAUSE_MILLISECONDS);
    }
  }

  async #readFrame() {
    const { videoWidth: width, videoHeight: height } = this.video;
    const side = Math.min(width, height);
    if (!side) return;
    const started = performance.now();
    const picture = await createImageBitmap(this.video, (width - side) / 2, (height - side) / 2, side, side);
    const { text, decoder } = await this.#decoder.read(picture);
    if (!text) return;
    this.#lastFound = performance.now();
    this.#reopened = 0;
    if (this.#sightings.isNew(text, this.#lastFound)) this.#found(text, { started, decoder });
  }

  /** Some browsers let the picture freeze after a pause. */
  #look() {
    const frames = this.#frames;
    this.#frames = 0;
    if (frames || document.hidden) return;
    this.#reopened += 1;
    if (this.#reopened > MOST_REOPENINGS) {
      this.close();
      this.#troubled("stuck");
    } else {
      this.open();
    }
  }

  #asSeen() {
    if (!document.hidden && this.#wanted && this.#track?.readyState !== "live") this.open();
  }
}

const which = (id) => (id ? { deviceId: { exact: id } } : { facingMode: { ideal: "environment" } });

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The next picture, or a moment later where a browser does not tell; a frozen one must not end the loop. */
function nextFrame(video) {
  const shown = new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
    else setTimeout(resolve, 33);
  });
  return Promise.race([shown, rest(SILENT_MILLISECONDS * 2)]);
}
