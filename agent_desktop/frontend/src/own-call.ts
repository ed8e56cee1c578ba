/** The emergency call that the page makes beside its running call, while call control is away. */

import type { UA } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { CommandArgs } from "./frames";
import { answerWhenReachable } from "./ice";
import type { Microphone } from "./microphone";
import { asHeaders } from "./operator-words";
import { store } from "./store";

/** Causes after which the dialplan has taken the call over: nothing is wrong. */
const TAKEN_OVER = new Set(["Terminated", "Canceled"]);

/** Where this phone's line ends, and how its audio gets there. */
export interface OwnLine {
  domain: string;
  pcConfig: RTCConfiguration;
  gatherMs: number;
}

export interface Press {
  service: string;
  /** What the form says for the operator. */
  said: CommandArgs;
}

export class OwnCall {
  #session: RTCSession;
  #player = new Audio();
  #over: (why: string) => void;
  alive = true;

  constructor(ua: UA, mic: Microphone, line: OwnLine, { service, said }: Press, over: (why: string) => void) {
    this.#over = over;
    store.patch({ ownEmergency: { service, state: "dialling" } });
    const sound = mic.stream ? { mediaStream: mic.stream } : { mediaConstraints: { audio: true, video: false } };
    const callId = store.state.call?.id ?? store.state.sessionCallId;
    this.#session = ua.call(`sip:*${service}@${line.domain}`, {
      ...sound,
      pcConfig: line.pcConfig,
      extraHeaders: [...(callId ? [`X-Hotline-Call-Id: ${callId}`] : []), ...asHeaders(said)],
    });
    this.#follow(service, line);
  }

  /** Give up while it rings. */
  cancel(): void {
    if (this.alive && store.state.ownEmergency?.state === "dialling") this.#session.terminate();
  }

  #follow(service: string, line: OwnLine): void {
    const session = this.#session;
    this.#hear(session.connection);
    session.on("peerconnection", ({ peerconnection }) => this.#hear(peerconnection));
    answerWhenReachable(session, line.pcConfig, line.gatherMs);
    session.on("accepted", () => store.patch({ ownEmergency: { service, state: "up" } }));
    session.on("ended", () => this.#end(service, ""));
    session.on("failed", ({ cause }: { cause: string }) => this.#end(service, TAKEN_OVER.has(cause) ? "" : cause));
  }

  #hear(pc: RTCPeerConnection | null | undefined): void {
    pc?.addEventListener("track", (event) => {
      this.#player.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.#player.play().catch(() => store.patch({ soundBlocked: true }));
    });
  }

  #end(service: string, why: string): void {
    if (!this.alive) return;
    this.alive = false;
    this.#player.srcObject = null;
    store.patch({ ownEmergency: why ? null : { service, state: "sent" } });
    this.#over(why);
  }
}
