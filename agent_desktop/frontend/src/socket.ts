/** The web socket to our server: a snapshot, numbered frames, commands with replies, and reconnection for ever. */

import { ask, useCsrf } from "./api";
import { serverSays } from "./clock";
import type { CommandArgs, CommandKind, Reply, ServerFrame } from "./frames";
import { store, type DeskState } from "./store";
import { say } from "./words";

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5000;
const REPLY_DEADLINE_MS = 5000;
const LOGIN_OVER = 4401;

type Waiting = (reply: Reply) => void;

export class DeskSocket {
  #socket: WebSocket | null = null;
  #seq = 0;
  #wait = FIRST_WAIT_MS;
  #timer = 0;
  #waiting = new Map<string, Waiting>();
  #onFrame: (frame: ServerFrame) => void;

  constructor(onFrame: (frame: ServerFrame) => void) {
    this.#onFrame = onFrame;
  }

  connect(): void {
    clearTimeout(this.#timer);
    this.#drop();
    if (store.state.link === "up") store.patch({ link: "down", linkDownAt: Date.now() });
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws`);
    this.#socket = socket;
    socket.onmessage = (event: MessageEvent<string>) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#closed(socket, event.code);
  }

  get open(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(frame: Record<string, unknown>): boolean {
    if (!this.open) return false;
    this.#socket!.send(JSON.stringify(frame));
    return true;
  }

  /** Send a command and wait for the server's reply; never rejects. */
  command(kind: CommandKind, args: CommandArgs = {}, deadline = REPLY_DEADLINE_MS): Promise<Reply> {
    const id = crypto.randomUUID();
    if (!this.send({ type: "command", id, kind, ...args })) {
      return Promise.resolve({ ok: false, code: "offline", text: say("code_offline") });
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(id, { ok: false, code: "no_reply", text: say("code_no_reply") }), deadline);
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer);
        resolve(reply);
      });
    });
  }

  #settle(id: string, reply: Reply): void {
    this.#waiting.get(id)?.(reply);
    this.#waiting.delete(id);
  }

  #receive(socket: WebSocket, text: string): void {
    if (socket !== this.#socket) return;
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.type === "reply") {
      this.#settle(frame.id, { ok: frame.ok, code: frame.code ?? "", text: frame.text ?? "" });
      return;
    }
    if (frame.type === "snapshot") this.#greeted(frame);
    else if (frame.type !== "error" && frame.seq !== this.#seq + 1) {
      this.connect();
      return;
    }
    if (frame.type !== "error") this.#seq = frame.seq;
    if (frame.type === "snapshot" || frame.type === "system") serverSays(frame.system.server_time);
    this.#onFrame(frame);
  }

  #greeted(frame: ServerFrame & { type: "snapshot" }): void {
    this.#wait = FIRST_WAIT_MS;
    if (frame.session) useCsrf(frame.session.csrf);
    const known: Partial<DeskState> = { link: "up", loginNeeded: false };
    store.patch(known);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { ok: false, code: "offline", text: say("code_offline") });
    if (store.state.link !== "down") store.patch({ link: "down", linkDownAt: Date.now() });
    if (code === LOGIN_OVER) store.patch({ loginNeeded: true });
    else void this.#refused(code);
    this.#timer = window.setTimeout(() => this.connect(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }

  /** A refused upgrade shows no status to scripts: ask whether the log-in is the reason. */
  async #refused(code: number): Promise<void> {
    if (code === 1006) await ask("GET", "/api/session");
  }

  #drop(): void {
    const old = this.#socket;
    this.#socket = null;
    if (!old) return;
    old.onclose = null;
    old.onmessage = null;
    old.close();
  }
}
