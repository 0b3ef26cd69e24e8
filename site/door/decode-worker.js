/** Reads QR codes in pictures, beside the page so that the picture on the screen goes on. */

import { prepareZXingModule, readBarcodes } from "./kept/zxing-wasm/reader/index.js";

const SAMPLE = "/door/sample.png";
const SAMPLE_TEXT = "TICKET:ORD-SAMPLE-01|ORDER:ORD-SAMPLE|EVENT:SAMPLE|VALID:THIS-IS-NOT-A-TICKET";
const NATIVE_MILLISECONDS = 2000;
const FAST_PIXELS = 640;

const FAST = { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: false, tryRotate: false, tryInvert: false, tryDownscale: false };
const THOROUGH = { ...FAST, tryHarder: true, tryRotate: true, tryInvert: true, tryDownscale: true };

// Left alone, it would fetch this from a site of others.
prepareZXingModule({ overrides: { locateFile: (name) => new URL(`./kept/zxing-wasm/reader/${name}`, import.meta.url).href } });

const canvas = new OffscreenCanvas(FAST_PIXELS, FAST_PIXELS);
const pencil = canvas.getContext("2d", { willReadFrequently: true });
let detector = null;
let passes = 0;

/** The browser's own decoder, if it has one that reads a picture of ours; some are there and read nothing. */
async function trusted() {
  try {
    if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return null;
    const own = new BarcodeDetector({ formats: ["qr_code"] });
    const picture = await createImageBitmap(await (await fetch(SAMPLE)).blob());
    const [found] = await inTime(own.detect(picture));
    return found?.rawValue === SAMPLE_TEXT ? own : null;
  } catch {
    return null; // most browsers have none
  }
}

function inTime(promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("too late")), NATIVE_MILLISECONDS));
  return Promise.race([promise, late]);
}

async function read(picture) {
  if (detector) {
    try {
      const [found] = await inTime(detector.detect(picture));
      return found?.rawValue ?? "";
    } catch {
      detector = null; // it can fail at any time, and the other one is here
    }
  }
  return readKept(picture);
}

/** Fast and small, then thorough and large: each reads some that the other does not. */
async function readKept(picture) {
  passes += 1;
  const thorough = passes % 2 === 0;
  const side = thorough ? picture.height : Math.min(FAST_PIXELS, picture.height);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  pencil.drawImage(picture, 0, 0, side, side);
  const [found] = await readBarcodes(pencil.getImageData(0, 0, side, side), thorough ? THOROUGH : FAST);
  return found?.text ?? "";
}

let ready = trusted().then((found) => {
  detector = found;
});

self.addEventListener("message", async ({ data: { picture } }) => {
  await ready;
  const started = performance.now();
  try {
    const text = await read(picture);
    self.postMessage({ text, decoder: detector ? "browser" : "kept", milliseconds: performance.now() - started });
  } catch (problem) {
    self.postMessage({ text: "", problem: String(problem) });
  } finally {
    picture.close();
  }
});
