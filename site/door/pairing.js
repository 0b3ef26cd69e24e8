/** How a device gets its door: a link with a secret that is good once. */

import { makeKeys } from "./device-keys.js";

const LINK = /#pair=([A-Z0-9-]{1,40})\.(D[2-9A-HJKMNP-Z]{4})\.([\w-]{43})$/;

/** {event, device, secret} of a pairing link, or null; links of other sites are none. */
export function linkIn(words) {
  const [address, hash = ""] = words.split(/(?=#)/);
  const found = address.split("?")[0] === `${location.origin}/door/` ? LINK.exec(hash) : null;
  return found && { event: found[1], device: found[2], secret: found[3] };
}

/** The link that brought us here. It leaves the address at once, and so the history. */
export function takeLink() {
  const link = linkIn(location.href);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return link;
}

/**
 * Pair, and keep device and event. The keys are kept before they are sent: after an answer that was lost,
 * the same ones get the same answer. Throws a Refusal.
 */
export async function pair({ event, device, secret }, store, server) {
  const { pairing } = await store.facts();
  const isSame = pairing?.event === event && pairing.device === device;
  const keys = isSame ? pairing.keys : await makeKeys();
  await store.keep("pairing", { event, device, keys });
  const { data } = await server.ask("POST", "/api/door/pair", { event, device, secret, public_key: keys.publicKey });
  await store.keep("about", data);
  await store.keep("device", { event, device, privateKey: keys.privateKey });
  await store.drop("pairing");
}
