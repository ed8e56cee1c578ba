/** One case being written: kept in the browser after each second of pause, on the server every five seconds. */

import { ask } from "./api";
import { blankFields, draftKey, dropDraft, findDraft, isEmpty, keepDraft, type Fields, type KeptDraft } from "./draft-shelf";
import { store } from "./store";

const DEVICE_PAUSE_MS = 1000;
const SERVER_EVERY_MS = 5000;
export const WITHOUT_CALL = "new";

interface ServerDraft {
  version: number;
  fields: Partial<Fields>;
  saved_at?: string;
}

export class Draft {
  readonly callId: string;
  readonly agent: string;
  fields: Fields = blankFields();
  idempotency: string = crypto.randomUUID();
  /** The other text, while somebody has to choose. */
  conflict: Fields | null = null;
  label = "";
  #version = 0;
  #ahead = false;
  #touched = false;
  #deviceTimer = 0;
  #serverTimer = 0;
  #closed = false;
  #changed: () => void;

  constructor(agent: string, callId: string, changed: () => void) {
    this.agent = agent;
    this.callId = callId;
    this.#changed = changed;
    this.#serverTimer = window.setInterval(() => void this.#toServer(), SERVER_EVERY_MS);
  }

  get empty(): boolean {
    return isEmpty(this.fields);
  }

  /** Bring back what was written before a reload; what is typed meanwhile wins. */
  async restore(): Promise<void> {
    const [kept, answer] = await Promise.all([
      findDraft(this.agent, this.callId),
      ask<ServerDraft>("GET", `/api/drafts/${encodeURIComponent(this.callId)}`),
    ]);
    if (this.#closed || this.#touched) return;
    const server = answer.status === 200 ? answer.body : null;
    if (kept) this.#adoptKept(kept);
    if (server && server.version > this.#version) this.#meet(server, Boolean(kept?.ahead));
    this.#changed();
  }

  change(part: Partial<Fields>): void {
    this.fields = { ...this.fields, ...part };
    this.#ahead = true;
    this.#touched = true;
    store.patch({ draftPlace: "typing" });
    clearTimeout(this.#deviceTimer);
    this.#deviceTimer = window.setTimeout(() => void this.#toDevice(), DEVICE_PAUSE_MS);
    this.#changed();
  }

  async saveNow(): Promise<void> {
    await this.#toDevice();
    await this.#toServer();
  }

  /** Stop saving; what is unsent is kept first. */
  close(): void {
    clearInterval(this.#serverTimer);
    if (this.#ahead && !this.#closed) void this.saveNow();
    clearTimeout(this.#deviceTimer);
    this.#closed = true;
  }

  /** The case was saved: its draft is not needed any more. */
  async finish(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#serverTimer);
    clearTimeout(this.#deviceTimer);
    await dropDraft(this.agent, this.callId);
  }

  /** End a conflict: our text, or the other one. */
  async settle(mine: boolean): Promise<void> {
    if (!mine && this.conflict) this.fields = this.conflict;
    this.conflict = null;
    this.#ahead = true;
    await this.saveNow();
    this.#changed();
  }

  #adoptKept(kept: KeptDraft): void {
    this.fields = { ...blankFields(), ...kept.fields };
    this.#version = kept.version;
    this.#ahead = kept.ahead;
    this.idempotency = kept.idempotency;
    this.label = kept.label;
    this.#tellPlace("device", kept.saved_at);
  }

  /** The server has a newer version than the one we last saw. */
  #meet(server: ServerDraft, weAreAhead: boolean): void {
    const theirs = { ...blankFields(), ...server.fields };
    this.#version = server.version;
    if (weAreAhead && !same(theirs, this.fields)) this.conflict = theirs;
    else this.fields = theirs;
    this.#tellPlace("server", server.saved_at ? Date.parse(server.saved_at) : Date.now());
  }

  async #toDevice(): Promise<void> {
    clearTimeout(this.#deviceTimer);
    if (this.#closed || !this.#touched) return;
    await keepDraft(this.#kept());
    if (store.state.draftPlace === "typing") this.#tellPlace("device", Date.now());
  }

  #kept(): KeptDraft {
    const { agent, callId, label, fields, idempotency } = this;
    const key = draftKey(agent, callId);
    return { key, agent, call_id: callId, label, version: this.#version, fields, idempotency, ahead: this.#ahead, saved_at: Date.now() };
  }

  async #toServer(): Promise<void> {
    if (this.#closed || !this.#ahead || this.conflict || store.state.link !== "up") return;
    const sent = this.fields;
    const { status, body } = await ask<ServerDraft>("PUT", `/api/drafts/${encodeURIComponent(this.callId)}`, { version: this.#version, fields: sent });
    if (this.#closed) return;
    if (status === 200) await this.#stored(sent, body);
    if (status === 409) this.#refused(body);
  }

  async #stored(sent: Fields, body: ServerDraft): Promise<void> {
    this.#version = body.version;
    this.#ahead = this.fields !== sent;
    if (!this.#ahead) this.#tellPlace("server", body.saved_at ? Date.parse(body.saved_at) : Date.now());
    await keepDraft(this.#kept());
    this.#changed();
  }

  #refused(body: ServerDraft): void {
    const theirs = { ...blankFields(), ...body.fields };
    this.#version = body.version;
    if (!same(theirs, this.fields)) this.conflict = theirs;
    this.#changed();
  }

  #tellPlace(draftPlace: "device" | "server", draftSavedAt: number): void {
    store.patch({ draftPlace, draftSavedAt });
  }
}

function same(a: Fields, b: Fields): boolean {
  return (Object.keys(a) as (keyof Fields)[]).every((name) => a[name] === b[name]);
}
