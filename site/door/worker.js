/** The page on the device: one cache for each build, with all of its files or none. Answers of the API are never kept. */

// files: `make door-files` writes what follows
const BUILD = "b5fe649db40c";
const FILES = {
  "/assets/dom.js": "57116ce21fde2d02bb20f89f288f20f7aff5eac79b12deceff28560d10156f9f",
  "/assets/favicon.svg": "3868cfdc22434af35780ba0fef3f0f06b09676812840fc09c2138d4e23d8d75f",
  "/assets/language.js": "8a39507402f7b1041593b3abf8a85022bc7c33d17b8efb8478e6ab3fdbe58181",
  "/assets/style.css": "eba6f37e524c42619318d0bb50f8efbf499832e19c5b73a52b8b7846853021b8",
  "/assets/touch-icon.png": "2f434d093ba80281c62809cfc94747ecd84a7f0a47deca96b4e38694324272da",
  "/door/awake.js": "dc909a201f55e17caee997dfc5d17e395a4ea68d70a79a4c48f4e75bf417f9bb",
  "/door/bar.js": "6c32bf737d96785180f9dba5a7cb3b9d02c9fe7e00c60bc9bc2d1ca6377ad536",
  "/door/book.js": "736b913a0c635a787b1d803646f5845b88de46512eee7192626368133bc3baf6",
  "/door/bytes.js": "ccd4246f35b9fd01044d6dcad71a9892000e19bf361c9aae1368e596b65aaa24",
  "/door/camera.js": "24a3f5d981ad9106a1a7e3756f346f877ee40d9a6309017b327d3845b74f00cf",
  "/door/decode-worker.js": "8ee379f0fedac1653a2dfa87aed9c07315ac24d7f5b26b7e9ab17e9e35b17e02",
  "/door/decoder.js": "ef8ab09cab6e238230b5fd74da949359866edc06211a2979bac876a3228a03b4",
  "/door/desk.js": "ebf7e8ded9d3d9c6d45c3005f3e2555003cb5d7cd61cd893e2f7fb12bbd03d36",
  "/door/device-keys.js": "25a91fac87c62ce6056cc5faae9eb19c4286d705ebdaec6821430ccdf73870a6",
  "/door/differences.js": "e776230fe9c4d551e0e0fc85f0a9df6187b43dc35f57935a885829d8d99cb846",
  "/door/digest.js": "eecf801c6b4b09eac2095972617dc5f3284c43781afad5d216b03afb3ff69901",
  "/door/door.css": "8462b1c97f09688a64363d370e6bf1d3558d08507a58996716e08ea8662fb4de",
  "/door/door.js": "180f6b99c61f636b11d8b5c84b65481177ef47f8345ab01440b5936f30edb184",
  "/door/entries.js": "116092c2eb24001104d68b0f27c75c54fa8eb98f39efe65150c5aa938c33b248",
  "/door/exchange.js": "1ca602bbacfdfdbe32f2544bbe2fe94eb9d61c737623ed131972bca4b0ccfca7",
  "/door/fr.json": "bc97f5043a78a4f439b16667454a422dcf893f10b100acdd005c23dc9bdf6135",
  "/door/head-count.js": "122d202330943e617053b23f5849b24e04fc0f63c500a1f2e60d677a7a8927f0",
  "/door/icon-192.png": "1b6bd43dd9c92defbb7d4264eeb4f51a92600213b903f4ebe3499745d40ce2b2",
  "/door/icon-512.png": "fef7506ce5c78c23891f7cd9031a2e30d8c1441728c33ba30545f15e6875a672",
  "/door/icon-maskable-512.png": "1cb0744c17b6473003b0b37284ba9ac99bf5dbcfbc8be37753967a1fd658c085",
  "/door/": "16b68bcf2bddfaaf54e3dbb505b0c2f83faa25f3b4b1ffc3b782786f783b6cfb",
  "/door/judge.js": "35665821b3c23a0bdbfe1b12c2dcadd835a473b355c6517e23b2b4bf9cd117c5",
  "/door/kept/idb/umd.js": "84a1b83a821969a36592964874997757d8bde798dc1b89a5891391bd29e5c08c",
  "/door/kept/noble-ed25519/index.js": "a4f631d1876b5d9e43a86cd71194ca27b5e1451edf4ba4db9a418f40a475569a",
  "/door/kept/zxing-wasm/reader/index.js": "368838c01a37be49b8daa833c3d9d253950fd9c29b8c98b9092018c9fd43b03c",
  "/door/kept/zxing-wasm/reader/zxing_reader.wasm": "5003fb4b88c4fbd1fd518a2fd8c8ad365c519e183a08c03a322dddfea3cea84e",
  "/door/kept/zxing-wasm/share.js": "b595f0f4c1060b5e2a45aecf0331e576181dc281b168cb22e98f8db69d16457a",
  "/door/manifest.webmanifest": "65ba8d6967939cdc2c7bf86898cad0f652e0b24d66664601a799ba71372604a4",
  "/door/more-page.js": "df5f87866bfe712a69e159284461465fbc34adba2d7c905ec755343019b2ea34",
  "/door/only-tab.js": "9331f60e9892a6714d1ebe789b3355be0b01a83b6bc3620e8688e4d63e810f30",
  "/door/own-scans.js": "5699f3b877743d8c6301d4922a2b03fe3bf7e4950038f581d74f22177108c357",
  "/door/pair-page.js": "7c531b16e931598fb264a77e4b1045e063cdfc05d026fc6829177dc8317a28d4",
  "/door/pairing.js": "ea1a21f1eb5fa40d7e92313020053c6073e01168900445cc8717fea9abcdd90b",
  "/door/ready-page.js": "7ce0a79ed1291dabcea28fe78a7df03e3a4b9fd64a96bc6f9b99969381e6caec",
  "/door/result-screen.js": "2140377b7f0860788943d2b65801a1d7e0aae19eedeb372bd5e3d0420b9cbe1e",
  "/door/sample.png": "78e5277788b2d76abda79b69e7b6aeaab7e1f5abee391f3a721dbe99e8369f8c",
  "/door/scan-page.js": "d8764070dffa40b7ab68d873861193f59a8286511854468575b2eebba45585b2",
  "/door/search-part.js": "d343f82fe95c0a6eddc41b5b9c44b89d1fa5016f76f1c9366cf35f207b643ef8",
  "/door/session.js": "d9910113244748293e230fe9a6218276b33cc38316b011c5789cd587a3332e68",
  "/door/signed-request.js": "6a39171148027148c0d333b55d832039383c1a56ddcee173698c848a1e5c5f72",
  "/door/signs.js": "4e1f20945c444771207d533d92af2a19743ec4766f3a4601a39a6432642dc79a",
  "/door/sounds.js": "59a80a55aeb3f3e22dfe1daf3095c6218327369fd97877d868536d1714109430",
  "/door/start.js": "5a82809cfbf838c169e9ff6cf8feb815aba33a188bb0addc1c55d2fe3377d4cd",
  "/door/stopped-page.js": "a2b2f03b53642365be4678b949216db7b96bac8fa296b5872129e19222a0ebff",
  "/door/store.js": "8dc5fbaa3b97d560d539fda2e5c385a3db7073ef2f6f6b278d10493f1e200570",
  "/door/text-door.js": "716a998f9d7f9740a8444d4ed3c43b43a429f4c84770163f8c0ee80cc1c41f85",
  "/door/text-more.js": "7874c6d518e750d7cf463a85163422d10783e6622db9102ac80bcfebf8de4bf0",
  "/door/text-pair.js": "c75adf4792c9882be18c10371de097504fa4198c60f78fdaa13d1bd6b334e7b1",
  "/door/tongues.js": "c0f251290e0ee2a4f6fdfded27943a7b6c2801aed14929e7c8c822be962da053",
  "/door/updates.js": "e25945b0da0bbd9f976e22d9dbb1bb9cca3b453d5b8bb36faac3764ea3c13762",
  "/door/verify-ticket.js": "117762336306468b0eb3d37b2680f4c670a454fb2ff79edbe427a20040a07341",
  "/door/wedge.js": "4ff1368ac614fcaed300407acf738f5db96e072af368789f49f303d8953d95e3",
  "/door/wording.js": "c42c68769ac4c2300d250a3b76a7784768bb8b5d4a80fde2b7ef76f7a8b4e487",
  "/door/work.js": "2672617b310aa802baa4042481ff7942c8bd03f0c5c01a88f13087fffe964a0f",
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
    await Promise.all(Object.entries(FILES).map(([name, digest]) => fetchOne(cache, name, digest)));
  } catch (problem) {
    await caches.delete(CACHE);
    throw problem;
  }
}

async function fetchOne(cache, name, digest) {
  const answer = await fetch(name, { cache: "no-cache" });
  if (!answer.ok || answer.redirected) throw new Error(`${name}: status ${answer.status}`);
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer()));
  const hex = Array.from(found, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== digest) throw new Error(`${name} is of another build`);
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
