/** The worker that reads pictures, one at a time. */

const STUCK_MILLISECONDS = 5000;

export class Decoder {
  #worker = null;
  #answer = null;

  /** The text of a picture's code, or "". The picture is given away. */
  read(picture) {
    this.#worker ??= this.#start();
    return new Promise((resolve) => {
      const stuck = setTimeout(() => this.#restart(), STUCK_MILLISECONDS);
      this.#answer = (found) => {
        clearTimeout(stuck);
        this.#answer = null;
        resolve(found);
      };
      this.#worker.postMessage({ picture }, [picture]);
    });
  }

  #start() {
    const worker = new Worker("/door/decode-worker.js", { type: "module" });
    worker.addEventListener("message", ({ data }) => this.#answer?.(data));
    worker.addEventListener("error", () => this.#restart());
    return worker;
  }

  #restart() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#answer?.({ text: "", problem: "the decoder did not answer" });
  }
}

/** A code counts again once it was out of the picture for a while, or another came between. */
export class Sightings {
  static AWAY_MILLISECONDS = 1500;

  #text = "";
  #seen = -Infinity;

  /** Whether this text, seen at this moment, is a new sighting. */
  isNew(text, now) {
    const isNew = text !== this.#text || now - this.#seen > Sightings.AWAY_MILLISECONDS;
    this.#text = text;
    this.#seen = now;
    return isNew;
  }
}
