/** The key pair of this device. Its private half cannot be read by anybody, this page included. */

import { bytesOf, toBase64Url } from "./bytes.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** Returns {privateKey, publicKey}: a CryptoKey to keep in IndexedDB, and 65 bytes in base64url to send. */
export async function makeKeys() {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const point = await crypto.subtle.exportKey("raw", pair.publicKey);
  return { privateKey: pair.privateKey, publicKey: toBase64Url(new Uint8Array(point)) };
}

/** The signature of a text, r and s, in base64url. Each call gives another one that is just as good. */
export async function sign(privateKey, text) {
  return toBase64Url(new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, bytesOf(text))));
}
