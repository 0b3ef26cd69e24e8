/** Three outcomes, three sounds, three rhythms: a steward need not look at each screen twice. */

const RHYTHMS = {
  go: { hertz: 1320, pattern: [120] },
  ask: { hertz: 660, pattern: [90, 70, 90, 70, 90] },
  stop: { hertz: 220, pattern: [180, 110, 180] },
};
const SECONDS = 1 / 1000;

let speaker = null;

/** Browsers make no sound before a touch, so this belongs into the handler of one. */
export function allowSounds() {
  // iPhones would be silent with their switch at the side.
  if (navigator.audioSession) navigator.audioSession.type = "playback";
  speaker ??= new AudioContext();
  if (speaker.state === "suspended") speaker.resume().catch(() => {}); // the next touch tries again
}

/** Play and shake; `tone` is go, ask or stop, and others are silent. */
export function signal(tone, { muted = false } = {}) {
  const rhythm = RHYTHMS[tone];
  if (!rhythm) return;
  navigator.vibrate?.(rhythm.pattern);
  if (!muted && speaker?.state === "running") play(rhythm);
}

/** All three, one after the other. */
export function rehearse() {
  ["go", "ask", "stop"].forEach((tone, index) => setTimeout(signal, index * 800, tone));
}

function play({ hertz, pattern }) {
  let at = speaker.currentTime + 0.01;
  pattern.forEach((milliseconds, index) => {
    const length = milliseconds * SECONDS;
    if (index % 2 === 0) beep(hertz, at, length);
    at += length;
  });
}

function beep(hertz, at, length) {
  const [tone, volume] = [speaker.createOscillator(), speaker.createGain()];
  tone.type = "square";
  tone.frequency.value = hertz;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.35, at + 0.008); // a hard beginning clicks
  volume.gain.setValueAtTime(0.35, at + length - 0.012);
  volume.gain.linearRampToValueAtTime(0, at + length);
  tone.connect(volume).connect(speaker.destination);
  tone.start(at);
  tone.stop(at + length);
}
