/** What the board's rows say together: waits, rates, the state of each seat, what needs attention. */

import { secondsSince } from "./clock";
import type { BoardCall, Figures, Rows, Seat } from "./board-socket";

export type SeatTone = "talking" | "ready" | "ringing" | "wrap-up" | "paused" | "fault" | "offline" | "third" | "sos";

/** Shape and word say the same as the colour. */
export const MARKS: Record<SeatTone, string> = { talking: "", ready: "○", ringing: "◆", "wrap-up": "◐", paused: "‖", fault: "▲", offline: "–", third: "✚", sos: "!" };

export const LONG_WAIT = 60;

export interface Attention {
  key: string;
  icon: string;
  tone: "bad" | "warn" | "third";
  agent: string;
  detail: string;
  since: string | null;
}

const NO_FIGURES: Figures = { arrived: 0, queued: 0, answered: 0, quick_queue: 0, quick_arrival: 0, given_up: 0 };

export class BoardFacts {
  readonly seats: Seat[];
  readonly calls: BoardCall[];
  readonly figures: Figures;

  constructor(readonly rows: Rows) {
    this.seats = Object.values(rows.agents).sort((a, b) => a.id.localeCompare(b.id));
    this.calls = Object.values(rows.calls).sort((a, b) => (a.arrived_at ?? "").localeCompare(b.arrived_at ?? ""));
    this.figures = rows.figures.today ?? NO_FIGURES;
  }

  get waiting(): number {
    return Object.values(this.rows.queues).reduce((sum, queue) => sum + queue.waiting, 0);
  }

  /** Seconds that the one who waits longest has waited: since the queue, and since the arrival. */
  get longest(): { queue: number; arrival: number } {
    const waiting = this.calls.filter((call) => call.joined_at && !call.answered_at);
    const most = (times: (string | null)[]) => Math.max(0, ...times.map((at) => secondsSince(at)));
    return { queue: most(waiting.map((call) => call.joined_at)), arrival: most(waiting.map((call) => call.arrived_at)) };
  }

  get emergencies(): BoardCall[] {
    return this.calls.filter(goesOn);
  }

  callOf(seat: Seat): BoardCall | undefined {
    return this.rows.calls[seat.call_id] ?? this.calls.find((call) => call.agent === seat.id);
  }

  toneOf(seat: Seat): SeatTone {
    if (seat.state === "talking") {
      const call = this.callOf(seat);
      return call && goesOn(call) ? "sos" : call?.third ? "third" : "talking";
    }
    if (seat.state === "paused" && (seat.reason === "设备故障" || seat.reason === "离开")) return "fault";
    return seat.state;
  }

  counted(): Record<SeatTone, number> {
    const counts: Record<SeatTone, number> = { talking: 0, ready: 0, ringing: 0, "wrap-up": 0, paused: 0, fault: 0, offline: 0, third: 0, sos: 0 };
    for (const seat of this.seats) counts[this.toneOf(seat)] += 1;
    return counts;
  }

  attention(): Attention[] {
    const found: Attention[] = [];
    for (const call of this.emergencies) {
      const failed = call.emergency_state === "failed";
      found.push({ key: failed ? "at_sos_failed" : "at_sos", icon: "siren", tone: "bad", agent: call.agent, detail: call.emergency, since: call.answered_at });
    }
    for (const seat of this.seats) {
      if (seat.hand_raised_at) found.push({ key: "at_hand", icon: "hand", tone: "bad", agent: seat.id, detail: seat.name, since: seat.hand_raised_at });
      if (this.toneOf(seat) === "fault") found.push({ key: "at_fault", icon: "mic-off", tone: "warn", agent: seat.id, detail: seat.reason, since: seat.since });
    }
    for (const queue of Object.values(this.rows.queues)) {
      if (secondsSince(queue.longest_joined_at) > LONG_WAIT) found.push({ key: "at_wait", icon: "hourglass", tone: "warn", agent: queue.name, detail: "", since: queue.longest_joined_at });
    }
    return found;
  }
}

/** An emergency that was called off, or whose operator has left, needs nobody's eyes any more. */
export function goesOn(call: BoardCall): boolean {
  return Boolean(call.emergency) && call.emergency_state !== "cancelled" && call.emergency_state !== "ended";
}

export function percent(part: number, whole: number): string {
  return whole ? ((100 * part) / whole).toFixed(1) : "–";
}
