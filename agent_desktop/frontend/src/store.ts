/** What the desk knows at this moment, and who wants to hear when it changes. */

import type { Agent, Call, Card, Queue, Reference, SpyMode, System } from "./frames";

export type Registration = "connecting" | "registered" | "lost";
export type SessionState = "none" | "ringing" | "answering" | "up";
export type MicState = "unknown" | "ok" | "lost" | "silent";

/** The emergency call that this page makes itself while call control is away. */
export interface OwnEmergency {
  service: string;
  state: "dialling" | "up" | "sent";
}

export interface TimelineEntry {
  at: number;
  key: string;
  detail?: string;
}

export interface DeskState {
  /** The web socket: `down` also while it is being opened again. */
  link: "connecting" | "up" | "down";
  linkDownAt: number;
  role: "desk" | "reader" | null;
  agent: Agent | null;
  call: Call | null;
  card: Card | null;
  queues: Queue[];
  system: System | null;
  reference: Reference | null;
  registration: Registration;
  session: SessionState;
  sessionCallId: string;
  /** Masked here until the server's frame comes: the INVITE carries the clear number. */
  sessionNumber: string;
  inviteAt: number;
  /** Our leg has ended in this page; the server's word on the call is still to come. */
  sessionOver: boolean;
  audioFlows: boolean;
  /** Audio flowed at least once in this session: its absence is now a fault, not a beginning. */
  audioFlowed: boolean;
  muted: boolean;
  /** This session is a supervisor's ear in another agent's call. */
  spy: SpyMode | "";
  /** How the supervisor last asked to hear a call. */
  spyAsked: SpyMode;
  ownEmergency: OwnEmergency | null;
  /** F10 was pressed: the next digit dials. */
  sosArmed: boolean;
  /** Which menu of the call bar is open: a leg's id, or "record". */
  openMenu: string;
  farLevel: number;
  nearLevel: number;
  mic: MicState;
  micLabel: string;
  soundBlocked: boolean;
  /** The call that the caller card and the form are about; it outlives the call by the wrap-up. */
  subject: string;
  subjectCall: Call | null;
  timeline: TimelineEntry[];
  draftSavedAt: number;
  draftPlace: "none" | "typing" | "device" | "server";
  loginNeeded: boolean;
}

const EMPTY: DeskState = {
  link: "connecting",
  linkDownAt: 0,
  role: null,
  agent: null,
  call: null,
  card: null,
  queues: [],
  system: null,
  reference: null,
  registration: "connecting",
  session: "none",
  sessionCallId: "",
  sessionNumber: "",
  inviteAt: 0,
  sessionOver: false,
  audioFlows: false,
  audioFlowed: false,
  muted: false,
  spy: "",
  spyAsked: "listen",
  ownEmergency: null,
  sosArmed: false,
  openMenu: "",
  farLevel: 0,
  nearLevel: 0,
  mic: "unknown",
  micLabel: "",
  soundBlocked: false,
  subject: "",
  subjectCall: null,
  timeline: [],
  draftSavedAt: 0,
  draftPlace: "none",
  loginNeeded: false,
};

type Listener = (now: DeskState, before: DeskState) => void;

class Store {
  #state: DeskState = EMPTY;
  #listeners = new Set<Listener>();

  get state(): DeskState {
    return this.#state;
  }

  patch(changes: Partial<DeskState>): void {
    const before = this.#state;
    this.#state = { ...before, ...changes };
    for (const listener of this.#listeners) listener(this.#state, before);
  }

  /** Call `listener` after each change until the returned function is called. */
  follow(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export const store = new Store();
