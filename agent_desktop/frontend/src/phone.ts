/** The softphone: one JsSIP user agent, one call at a time, no BYE when the page goes away. */

import { UA, WebSocketInterface, debug } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent, RTCSessionEvent } from "jssip/lib/UA";
import { ask } from "./api";
import type { CommandArgs, PhoneAccount } from "./frames";
import { answerWhenReachable } from "./ice";
import type { Microphone } from "./microphone";
import { startRinging, stopRinging } from "./ringer";
import { OwnCall } from "./own-call";
import { store } from "./store";
import { VoiceWatch } from "./voice-watch";

const ACCOUNT_RETRY_MS = 3000;
/** An Asterisk that has just started takes WebSockets before it answers REGISTER; JsSIP alone would wait 32 s for it. */
const UNANSWERED_MS = 6000;
const BUSY_HERE = 486;
const UNAVAILABLE = 480;

export interface PhoneEvents {
  invited: (callId: string) => void;
  emergencyEnded: (why: string) => void;
  answerFailed: (why: string) => void;
  ended: () => void;
}

export class Phone {
  #ua: UA | null = null;
  #session: RTCSession | null = null;
  /** The call that was there when the WebSocket to Asterisk was lost. */
  #cutOff: RTCSession | null = null;
  #watch: VoiceWatch | null = null;
  #mic: Microphone;
  #events: PhoneEvents;
  #player: HTMLAudioElement;
  #domain = "";
  #pcConfig: RTCConfiguration = { iceServers: [], rtcpMuxPolicy: "require" };
  #gatherMs = 0;
  #emergency: OwnCall | null = null;
  #wanted = false;
  #retry = 0;
  #unanswered = 0;

  constructor(mic: Microphone, player: HTMLAudioElement, events: PhoneEvents) {
    this.#mic = mic;
    this.#player = player;
    this.#events = events;
    debug.disable();
  }

  /** Fetch the account and register; again after a while when the server has none for us. */
  async start(): Promise<void> {
    if (this.#wanted) return;
    this.#wanted = true;
    await this.#register();
  }

  /** Give the line to another window. */
  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#unanswered);
    this.#ua?.stop();
    this.#ua = null;
    store.patch({ registration: "lost" });
  }

  answer(): void {
    const session = this.#session;
    if (!session || store.state.session !== "ringing") return;
    stopRinging();
    store.patch({ session: "answering" });
    const sound = this.#mic.stream ? { mediaStream: this.#mic.stream } : { mediaConstraints: { audio: true, video: false } };
    try {
      session.answer({ ...sound, pcConfig: this.#pcConfig });
    } catch (error) {
      this.#events.answerFailed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Hang up by SIP; the desk first asks the server, this is for when that fails. */
  hangUp(): void {
    if (!this.#session) return;
    if (store.state.session === "ringing") this.#session.terminate({ status_code: UNAVAILABLE });
    else this.#session.terminate();
  }

  /**
   * A call whose sound has stopped for good, or that had none yet when our line to Asterisk was cut: after a crash
   * neither BYE nor CANCEL comes, and the desk would ring on or be busy for ever.
   */
  dropDeadCall(): void {
    const { session, audioFlowed, audioFlows } = store.state;
    if (!this.#session || audioFlows) return;
    if ((session === "up" && audioFlowed) || this.#session === this.#cutOff) this.#session.terminate();
  }

  /** Without call control: a second call of this phone, which Asterisk itself turns into the emergency call. */
  dialEmergency(service: string, said: CommandArgs): void {
    if (!this.#ua || this.#emergency?.alive) return;
    this.#emergency = new OwnCall(this.#ua, this.#mic, { domain: this.#domain, pcConfig: this.#pcConfig, gatherMs: this.#gatherMs }, { service, said }, (why) => this.#events.emergencyEnded(why));
  }

  cancelEmergency(): void {
    this.#emergency?.cancel();
  }

  mute(muted: boolean): void {
    if (!this.#session || store.state.session !== "up") return;
    if (muted) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
    store.patch({ muted });
  }

  /** The microphone was replugged or changed: carry on with the new one in the same call. */
  replaceTrack(track: MediaStreamTrack): void {
    const sender = this.#session?.connection?.getSenders().find((each) => each.track?.kind === "audio");
    if (!sender) return;
    track.enabled = !store.state.muted;
    void sender.replaceTrack(track);
  }

  async #register(): Promise<void> {
    store.patch({ registration: "connecting" });
    const { status, body } = await ask<PhoneAccount>("POST", "/api/phone", {});
    if (!this.#wanted) return;
    if (status !== 200) {
      store.patch({ registration: "lost" });
      this.#later();
      return;
    }
    this.#ua?.stop();
    this.#domain = body.sip_domain;
    this.#pcConfig = { iceServers: body.ice_servers ?? [], rtcpMuxPolicy: "require" };
    this.#gatherMs = body.ice_gathering_ms;
    this.#ua = this.#userAgent(body);
    this.#ua.start();
  }

  #later(): void {
    clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => void this.#register(), ACCOUNT_RETRY_MS);
  }

  /** Begin anew when the REGISTER goes unanswered, but never under a call: its sound may still be there. */
  #expectAnswer(): void {
    clearTimeout(this.#unanswered);
    this.#unanswered = window.setTimeout(() => {
      if (!this.#wanted || store.state.registration === "registered") return;
      if (this.#session) this.#expectAnswer();
      else void this.#register();
    }, UNANSWERED_MS);
  }

  #userAgent(account: PhoneAccount): UA {
    const ua = new UA({
      sockets: [new WebSocketInterface(account.ws_url)],
      uri: `sip:${account.sip_user}@${account.sip_domain}`,
      password: account.sip_password,
      display_name: account.display_name,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: "hotline-desk",
    });
    const isCurrent = () => ua === this.#ua && this.#wanted;
    ua.on("connected", () => isCurrent() && this.#expectAnswer());
    ua.on("registered", () => isCurrent() && store.patch({ registration: "registered" }));
    ua.on("disconnected", () => {
      if (!isCurrent()) return;
      this.#cutOff = this.#session;
      store.patch({ registration: "lost" });
    });
    ua.on("unregistered", () => isCurrent() && store.patch({ registration: "lost" }));
    ua.on("registrationFailed", () => {
      if (!isCurrent()) return;
      store.patch({ registration: "lost" });
      // Perhaps the password was replaced: fetch the account again, unless a call would be dropped by it.
      if (!this.#session) this.#later();
    });
    ua.on("newRTCSession", (event: RTCSessionEvent) => {
      if (event.originator === "remote") this.#invited(event as IncomingRTCSessionEvent);
    });
    return ua;
  }

  #invited({ session, request }: IncomingRTCSessionEvent): void {
    this.dropDeadCall();
    if (this.#session) {
      session.terminate({ status_code: BUSY_HERE });
      return;
    }
    const inviteAt = Date.now();
    performance.mark("invite");
    this.#session = session;
    const callId = request.getHeader("X-Hotline-Call-Id") ?? "";
    const spy = request.getHeader("X-Hotline-Role") === "supervisor" ? store.state.spyAsked : "";
    const sessionNumber = spy ? "" : mask(String(request.from.uri.user ?? ""));
    store.patch({ session: "ringing", sessionCallId: callId, sessionNumber, inviteAt, spy, ownEmergency: null, sessionOver: false, audioFlows: false, audioFlowed: false, muted: false });
    this.#follow(session);
    // Calls that this desk itself asked for are answered without a ring.
    const asked = spy !== "" || request.getHeader("X-Hotline-Auto-Answer") === "1";
    if (!spy) this.#events.invited(callId);
    if (asked) this.answer();
    else startRinging();
  }

  #follow(session: RTCSession): void {
    session.on("peerconnection", ({ peerconnection }) => this.#connected(peerconnection));
    answerWhenReachable(session, this.#pcConfig, this.#gatherMs);
    session.on("accepted", () => store.patch({ session: "up" }));
    session.on("getusermediafailed", () => this.#events.answerFailed(this.#mic.problem));
    session.on("ended", () => this.#over(session));
    session.on("failed", () => this.#over(session));
  }

  #connected(pc: RTCPeerConnection): void {
    pc.addEventListener("track", (event) => {
      this.#player.srcObject = event.streams[0] ?? new MediaStream([event.track]);
      void this.#player.play().catch(() => store.patch({ soundBlocked: true }));
    });
    this.#watch?.stop();
    this.#watch = new VoiceWatch(pc, ({ flows, far, near }) => {
      const now = store.state;
      if (now.audioFlows !== flows) store.patch({ audioFlows: flows, audioFlowed: now.audioFlowed || flows });
      if (now.farLevel !== far || now.nearLevel !== near) store.patch({ farLevel: far, nearLevel: near });
    });
  }

  #over(session: RTCSession): void {
    if (session !== this.#session) return;
    this.#session = this.#cutOff = null;
    this.#watch?.stop();
    this.#watch = null;
    stopRinging();
    this.#player.srcObject = null;
    for (const track of this.#mic.stream?.getAudioTracks() ?? []) track.enabled = true;
    store.patch({ session: "none", sessionOver: true, sessionCallId: "", sessionNumber: "", spy: "", sosArmed: false, openMenu: "", audioFlows: false, audioFlowed: false, muted: false, farLevel: 0, nearLevel: 0 });
    this.#events.ended();
  }
}

/** 13800006027 -> 138****6027; short numbers keep their last two digits. */
export function mask(number: string): string {
  if (!/^\+?\d+$/.test(number)) return "";
  if (number.length < 8) return `${"*".repeat(Math.max(0, number.length - 2))}${number.slice(-2)}`;
  return `${number.slice(0, 3)}****${number.slice(-4)}`;
}
