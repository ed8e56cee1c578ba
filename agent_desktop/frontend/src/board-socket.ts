/** The supervisors' web socket: all rows at first, then numbered changes, and reconnection for ever. */

import { ask, useCsrf } from "./api";
import { serverSays } from "./clock";
import type { Agent, CommandArgs, CommandKind, Queue, Reply, System } from "./frames";
import { store } from "./store";
import { say } from "./words";

export interface Seat {
  id: string;
  name: string;
  state: Agent["state"];
  reason: string;
  since: string | null;
  line: "up" | "down";
  desk: boolean;
  queues: string[];
  call_id: string;
  pause_asked: string;
  hand_raised_at: string | null;
  supervised_by: string[];
}

export interface BoardCall {
  id: string;
  state: string;
  agent: string;
  queue: string;
  queue_name: string;
  number_masked: string;
  arrived_at: string | null;
  joined_at: string | null;
  answered_at: string | null;
  third: string;
  emergency: string;
  emergency_state: string;
  caller_gone: boolean;
}

export interface Figures {
  arrived: number;
  queued: number;
  answered: number;
  quick_queue: number;
  quick_arrival: number;
  given_up: number;
}

export interface Rows {
  agents: Record<string, Seat>;
  calls: Record<string, BoardCall>;
  queues: Record<string, Queue>;
  figures: Record<string, Figures>;
}

type Frame =
  | { type: "board"; seq: number; session: { csrf: string }; system: System; rows: Rows }
  | { type: "changes"; seq: number; rows: [keyof Rows, string, never | null][] }
  | { type: "system"; seq: number; system: System }
  | { type: "reply"; id: string; ok: boolean; code?: string; text?: string }
  | { type: "error"; code: string; text: string };

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5000;
const BEAT_MS = 1000;
const REPLY_MS = 6000;

export class BoardSocket {
  rows: Rows = { agents: {}, calls: {}, queues: {}, figures: {} };
  system: System | null = null;
  up = false;
  #socket: WebSocket | null = null;
  #seq = 0;
  #wait = FIRST_WAIT_MS;
  #waiting = new Map<string, (reply: Reply) => void>();
  #changed: () => void;
  #wanted = true;
  #beat = 0;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  connect(): void {
    this.#wanted = true;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws/board`);
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => this.#receive(JSON.parse(event.data) as Frame);
    socket.onclose = (event) => this.#closed(socket, event.code);
    clearInterval(this.#beat);
    this.#beat = window.setInterval(() => this.#send({ type: "beat" }), BEAT_MS);
  }

  close(): void {
    this.#wanted = false;
    clearInterval(this.#beat);
    this.#socket?.close();
  }

  command(kind: CommandKind, args: CommandArgs): Promise<Reply> {
    const id = crypto.randomUUID();
    if (!this.#send({ type: "command", id, kind, ...args })) return Promise.resolve({ ok: false, code: "offline", text: say("code_offline") });
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(id, { ok: false, code: "no_reply", text: say("code_no_reply") }), REPLY_MS);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
  }

  #send(frame: Record<string, unknown>): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #receive(frame: Frame): void {
    if (frame.type === "reply") return this.#settle(frame.id, { ok: frame.ok, code: frame.code ?? "", text: frame.text ?? "" });
    if (frame.type === "error") return;
    if (frame.type === "board") this.#greeted(frame);
    else if (frame.seq !== this.#seq + 1) return this.#socket?.close();
    this.#seq = frame.seq;
    if (frame.type === "changes") for (const [table, id, row] of frame.rows) this.#put(table, id, row);
    if (frame.type === "system") this.system = frame.system;
    this.#changed();
  }

  #greeted(frame: Frame & { type: "board" }): void {
    this.#wait = FIRST_WAIT_MS;
    this.up = true;
    useCsrf(frame.session.csrf);
    serverSays(frame.system.server_time);
    this.system = frame.system;
    this.rows = frame.rows;
  }

  #put<T extends keyof Rows>(table: T, id: string, row: Rows[T][string] | null): void {
    const rows = { ...this.rows[table] };
    if (row === null) delete rows[id];
    else rows[id] = row;
    this.rows = { ...this.rows, [table]: rows };
  }

  #settle(id: string, reply: Reply): void {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.up = false;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { ok: false, code: "offline", text: say("code_offline") });
    this.#changed();
    if (!this.#wanted) return;
    if (code === 4401) store.patch({ loginNeeded: true });
    else if (code === 1006) void ask("GET", "/api/session");
    setTimeout(() => this.#wanted && this.connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }
}
