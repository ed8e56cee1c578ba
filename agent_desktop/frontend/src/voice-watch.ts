/** Watches one peer connection: does audio arrive, and how loud are both sides. */

const FAST_MS = 60;
const SLOW_MS = 250;
const GONE_AFTER_MS = 2000;

export interface Voice {
  flows: boolean;
  far: number;
  near: number;
}

/** Report until stopped: `flows` is true only while connected and inbound packets grow. */
export class VoiceWatch {
  #pc: RTCPeerConnection;
  #report: (voice: Voice) => void;
  #timer = 0;
  #packets = -1;
  #grewAt = 0;
  #stopped = false;

  constructor(pc: RTCPeerConnection, report: (voice: Voice) => void) {
    this.#pc = pc;
    this.#report = report;
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const voice = await this.#measure();
    if (this.#stopped) return;
    this.#report(voice);
    this.#timer = window.setTimeout(() => void this.#look(), voice.flows ? SLOW_MS : FAST_MS);
  }

  async #measure(): Promise<Voice> {
    let packets = 0;
    let far = 0;
    let near = 0;
    for (const stat of (await this.#stats()).values()) {
      if (stat.type === "inbound-rtp" && stat.kind === "audio") {
        packets += stat.packetsReceived ?? 0;
        far = Math.max(far, stat.audioLevel ?? 0);
      }
      if (stat.type === "media-source" && stat.kind === "audio") near = Math.max(near, stat.audioLevel ?? 0);
    }
    // The first look only sets the mark: packets must grow while we watch.
    if (this.#packets >= 0 && packets > this.#packets) this.#grewAt = Date.now();
    this.#packets = packets;
    const flows = this.#pc.connectionState === "connected" && Date.now() - this.#grewAt < GONE_AFTER_MS;
    return { flows, far, near };
  }

  async #stats(): Promise<Map<string, { type: string; kind?: string; packetsReceived?: number; audioLevel?: number }>> {
    try {
      return (await this.#pc.getStats()) as unknown as Map<string, { type: string; kind?: string }>;
    } catch {
      return new Map();
    }
  }
}
