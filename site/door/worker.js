/** The page on the device: one cache for each build, with all of its files or none. Answers of the API are never kept. */

// files: `make door-files` writes what follows
const BUILD = "65511223dae1dc6f";
const FILES = {
  "/assets/dom.js": "57116ce21fde2d02",
  "/assets/favicon.svg": "3868cfdc22434af3",
  "/assets/language.js": "8a39507402f7b104",
  "/assets/style.css": "eba6f37e524c4261",
  "/assets/touch-icon.png": "2f434d093ba80281",
  "/door/awake.js": "dc909a201f55e17c",
  "/door/bar.js": "6c32bf737d967851",
  "/door/book.js": "736b913a0c635a78",
  "/door/bytes.js": "ccd4246f35b9fd01",
  "/door/camera.js": "24a3f5d981ad9106",
  "/door/decode-worker.js": "8ee379f0fedac165",
  "/door/decoder.js": "ef8ab09cab6e2382",
  "/door/desk.js": "ebf7e8ded9d3d9c6",
  "/door/device-keys.js": "25a91fac87c62ce6",
  "/door/differences.js": "e776230fe9c4d551",
  "/door/digest.js": "eecf801c6b4b09ea",
  "/door/door.css": "8462b1c97f09688a",
  "/door/door.js": "180f6b99c61f636b",
  "/door/entries.js": "116092c2eb240011",
  "/door/exchange.js": "1ca602bbacfdfdbe",
  "/door/fr.json": "7a22aee52527e378",
  "/door/head-count.js": "122d202330943e61",
  "/door/icon-192.png": "1b6bd43dd9c92def",
  "/door/icon-512.png": "fef7506ce5c78c23",
  "/door/icon-maskable-512.png": "1cb0744c17b64730",
  "/door/": "16b68bcf2bddfaaf",
  "/door/judge.js": "35665821b3c23a0b",
  "/door/kept/idb/umd.js": "84a1b83a821969a3",
  "/door/kept/noble-ed25519/index.js": "a4f631d1876b5d9e",
  "/door/kept/zxing-wasm/reader/index.js": "368838c01a37be49",
  "/door/kept/zxing-wasm/reader/zxing_reader.wasm": "5003fb4b88c4fbd1",
  "/door/kept/zxing-wasm/share.js": "b595f0f4c1060b5e",
  "/door/manifest.webmanifest": "65ba8d6967939cdc",
  "/door/more-page.js": "df5f87866bfe712a",
  "/door/only-tab.js": "9331f60e9892a671",
  "/door/own-scans.js": "5699f3b877743d8c",
  "/door/pair-page.js": "7c531b16e931598f",
  "/door/pairing.js": "ea1a21f1eb5fa40d",
  "/door/ready-page.js": "7ce0a79ed1291dab",
  "/door/result-screen.js": "2140377b7f086078",
  "/door/sample.png": "78e5277788b2d76a",
  "/door/scan-page.js": "d8764070dffa40b7",
  "/door/search-part.js": "d343f82fe95c0a6e",
  "/door/session.js": "d991011324474829",
  "/door/signed-request.js": "6a39171148027148",
  "/door/signs.js": "4e1f20945c444771",
  "/door/sounds.js": "59a80a55aeb3f3e2",
  "/door/start.js": "5a82809cfbf838c1",
  "/door/stopped-page.js": "a2b2f03b53642365",
  "/door/store.js": "8dc5fbaa3b97d560",
  "/door/text-door.js": "b9441a8daf2e3f41",
  "/door/text-more.js": "7874c6d518e750d7",
  "/door/text-pair.js": "c75adf4792c9882b",
  "/door/tongues.js": "c0f251290e0ee2a4",
  "/door/updates.js": "e25945b0da0bbd9f",
  "/door/verify-ticket.js": "117762336306468b",
  "/door/wedge.js": "4ff1368ac614fcae",
  "/door/wording.js": "c42c68769ac4c230",
  "/door/work.js": "2672617b310aa802",
};
// end of files

const CACHE = `door-${BUILD}`;
const PAGE = "/door/";
const OURS = "door-";

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", ({ data }) => data === "take over" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin) return;
  const name = mode === "navigate" ? PAGE : pathname;
  if (Object.hasOwn(FILES, name)) event.respondWith(kept(name, event.request));
});

/** While a deployment is under way, files of two builds are on the web: then none is kept, and it is tried again. */
async function fetchAll() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(Object.entries(FILES).map(([name, print]) => fetchOne(cache, name, print)));
  } catch (problem) {
    await caches.delete(CACHE);
    throw problem;
  }
}

async function fetchOne(cache, name, print) {
  const answer = await fetch(name, { cache: "no-cache" });
  if (!answer.ok || answer.redirected) throw new Error(`${name}: status ${answer.status}`);
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer()));
  const hex = Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (!hex.startsWith(print)) throw new Error(`${name} is of another build`);
  await cache.put(name, answer);
}

async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(OURS) && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function kept(name, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}
