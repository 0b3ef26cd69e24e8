/** What this device knows of tickets and of who is in, in memory. The store has it all as well. */

export const scanName = (device, seq) => `${device}#${String(seq).padStart(6, "0")}`;

export class Book {
  #tickets = new Map();
  #scans = new Map();
  #byTicket = new Map();
  /** Up to which number each device's admissions came from the server. */
  seen = {};

  /** Entries of the digest: [id, sku, admits, state, name?]. Later ones count. */
  learn(entries) {
    for (const [id, sku, admits, state, name] of entries) this.#tickets.set(id, { id, sku, admits, state, name });
  }

  get size() {
    return this.#tickets.size;
  }

  find(id) {
    return this.#tickets.get(id);
  }

  /** An admission as the server counts it: it replaces what this device thought of its own. */
  settle({ device, seq, ...facts }) {
    this.seen[device] = Math.max(this.seen[device] ?? 0, seq);
    this.note({ device, seq, ...facts });
  }

  /** {device, seq, ticket, action, people, at}: `at` in milliseconds; `undo` and `lower` count people back. */
  note(scan) {
    const name = scanName(scan.device, scan.seq);
    this.#scans.set(name, { name, ...scan });
    if (!this.#byTicket.has(scan.ticket)) this.#byTicket.set(scan.ticket, new Set());
    this.#byTicket.get(scan.ticket).add(name);
  }

  scan(name) {
    return this.#scans.get(name);
  }

  /** The scans that admitted somebody with this ticket, the earliest first. */
  admissionsOf(ticket) {
    const all = Array.from(this.#byTicket.get(ticket) ?? [], (name) => this.#scans.get(name));
    return all.filter(({ action, people }) => action === "admit" && people > 0).sort((a, b) => a.at - b.at);
  }

  /** How many people are in with this ticket. */
  taken(ticket) {
    let people = 0;
    for (const name of this.#byTicket.get(ticket) ?? []) {
      const scan = this.#scans.get(name);
      people += scan.action === "admit" ? scan.people : -scan.people;
    }
    return Math.max(0, people);
  }
}
