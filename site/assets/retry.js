/** Ask again when a crowd is in the way: with random pauses, one request at a time, and not for ever. */

const FIRST_SECONDS = 1;
const MOST_SECONDS = 30;
/** How long one press of a button, or one visit of a page, is pursued. */
export const PATIENCE_SECONDS = 600;

/** The end of `insist` without an answer: `stopped` by its caller, or out of patience. */
export class Unanswered extends Error {
  constructor(problem, stopped) {
    super(stopped ? "stopped" : "out of patience");
    this.problem = problem;
    this.stopped = stopped;
  }
}

/**
 * Seconds until the next try after `failed` failures, 0 for the first one. Full jitter: any time up
 * to a limit that doubles, so that buyers who were refused together do not come back together.
 * What the server asks for is waited in full, and the jitter comes after it.
 */
export function pause(failed, retryAfter = 0, random = Math.random()) {
  return retryAfter + random * Math.min(FIRST_SECONDS * 2 ** failed, MOST_SECONDS);
}

/** Whether the same request may succeed before anybody's patience ends. */
export const passes = (problem) => problem.passing === true && problem.retryAfter <= PATIENCE_SECONDS;

/**
 * Ask until there is an answer. `ask` must be safe to repeat; it throws a Problem. `waiting` hears
 * (problem, how many tries failed) before each pause; `signal` ends it all; `since` is when the
 * buyer began, which a reload does not change. Throws what `again` does not want repeated, and
 * otherwise `Unanswered`.
 */
export async function insist(ask, { waiting = () => {}, signal, again = passes, since = Date.now() } = {}) {
  const until = Math.min(since, Date.now()) + PATIENCE_SECONDS * 1000;
  for (let failed = 0; ; failed += 1) {
    try {
      return await ask(signal);
    } catch (problem) {
      if (signal?.aborted) throw new Unanswered(problem, true);
      if (!again(problem)) throw problem;
      const milliseconds = pause(failed, problem.retryAfter) * 1000;
      if (Date.now() + milliseconds > until) throw new Unanswered(problem, false);
      waiting(problem, failed + 1);
      await rest(milliseconds, signal);
      if (signal?.aborted) throw new Unanswered(problem, true);
    }
  }
}

/**
 * Wait, and then for a connection. Browsers slow the timers of a hidden tab and stop them while a
 * device sleeps, so the clock is looked at when a page is seen again; nothing else shortens a pause.
 */
function rest(milliseconds, signal) {
  const due = Date.now() + milliseconds;
  const listening = new AbortController();
  return new Promise((resolve) => {
    let rang = false;
    const look = () => {
      const over = (rang || Date.now() >= due) && navigator.onLine;
      if (!over && !signal?.aborted) return;
      clearTimeout(timer);
      listening.abort();
      resolve();
    };
    const timer = setTimeout(() => {
      rang = true;
      look();
    }, milliseconds);
    const hear = (target, name) => target.addEventListener(name, look, { signal: listening.signal });
    hear(window, "online");
    hear(window, "pageshow");
    hear(document, "visibilitychange");
    if (signal) hear(signal, "abort");
  });
}
