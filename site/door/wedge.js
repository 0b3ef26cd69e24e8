/** Scanners that type like a keyboard. Whatever the layouts of scanner and device, one of two readings is right. */

const QUICK_MILLISECONDS = 50;
const REST_MILLISECONDS = 60;
/** LF after CR is another Enter, or Ctrl and J. */
const END_MILLISECONDS = 250;
/** People press two keys together now and then, but not this many. */
const TYPED_BY_A_MACHINE = 4;
const MOST_KEYS = 500;
const ENDS = new Set(["Enter", "Tab"]);
const FULL = /VALID:[A-Z0-9][A-Z2-7]{103}$/;

/** What keys write on a US keyboard, without and with Shift. */
const US = {
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:", Quote: "'\"",
  Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?", IntlBackslash: "\\|", Space: "  ",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";

/** What a key writes on a US keyboard; "" for keys that write nothing. */
export function onUsKeyboard(code, shift) {
  if (code.startsWith("Key")) return code.slice(3);
  if (code.startsWith("Digit")) return shift ? SHIFTED_DIGITS[code.slice(5)] : code.slice(5);
  if (/^Numpad\d$/.test(code)) return code.slice(6);
  return US[code]?.[shift ? 1 : 0] ?? "";
}

/** Capitals, and nothing that separates. */
const plain = (text) => text.toUpperCase().replace(/[\s\r\n\t]/g, "");

export class Wedge {
  #scanned;
  #keys = [];
  #last = -Infinity;
  #ended = -Infinity;
  #timer = null;

  /** `scanned(readings)` hears the texts that a scan may mean. */
  constructor(scanned) {
    this.#scanned = scanned;
  }

  listen() {
    window.addEventListener("keydown", this.#press, { capture: true });
  }

  deafen() {
    window.removeEventListener("keydown", this.#press, { capture: true });
  }

  #press = (event) => {
    const isEnd = ENDS.has(event.key) || ENDS.has(event.code);
    if ((isEnd || event.ctrlKey) && !this.#keys.length && event.timeStamp - this.#ended < END_MILLISECONDS) return withhold(event);
    if (event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
    if (event.timeStamp - this.#last > QUICK_MILLISECONDS) this.#keys = [];
    this.#last = event.timeStamp;
    const isQuick = this.#keys.length >= TYPED_BY_A_MACHINE;
    if (isQuick) withhold(event);
    if (isEnd && isQuick) return this.#end();
    if (isEnd || event.key === "Shift") return;
    if (this.#keys.length === TYPED_BY_A_MACHINE) takeBack(event.target);
    if (this.#keys.length < MOST_KEYS) this.#keys.push(event);
    clearTimeout(this.#timer);
    if (isQuick && this.readings.some((text) => FULL.test(text))) this.#timer = setTimeout(() => this.#end(), REST_MILLISECONDS);
  };

  get readings() {
    const byKey = plain(this.#keys.map(({ key }) => (key.length === 1 ? key : "")).join(""));
    const byCode = plain(this.#keys.map(({ code, shiftKey }) => onUsKeyboard(code, shiftKey)).join(""));
    return byKey === byCode ? [byKey] : [byKey, byCode];
  }

  #end() {
    clearTimeout(this.#timer);
    const { readings } = this;
    this.#keys = [];
    this.#ended = this.#last;
    this.#last = -Infinity;
    this.#scanned(readings);
  }
}

/** No button may be pressed and no field filled by a scan. */
function withhold(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** The first letters were typed before it was known to be a scan. */
function takeBack(field) {
  if (field.value) field.value = field.value.slice(0, -TYPED_BY_A_MACHINE);
}
