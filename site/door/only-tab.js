/** One tab scans: two would give two scans the same number. */

/**
 * Have the door for this tab. `lost` is called when another tab takes it; with `steal` it is taken from
 * another. Returns whether this tab has it.
 */
export function holdDoor(lost, { steal = false } = {}) {
  return new Promise((resolve) => {
    const held = navigator.locks.request("door", steal ? { steal } : { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock ? new Promise(() => {}) : undefined; // until the tab is closed
    });
    held.catch(lost);
  });
}
