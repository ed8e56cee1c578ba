/** The agent's microphone: opened once and kept, watched for loss and for dead silence. */

import { store, type MicState } from "./store";

const SILENT_AFTER_MS = 6000;
const LOOK_EVERY_MS = 100;
const REOPEN_EVERY_MS = 1500;
const SOUND: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export type MicProblem = "none" | "denied" | "missing" | "insecure";

export class Microphone {
  stream: MediaStream | null = null;
  problem: MicProblem = "none";
  /** 0…1, of the last 100 ms. */
  level = 0;
  #context: AudioContext | null = null;
  #analyser: AnalyserNode | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #samples = new Float32Array(1024);
  #heardAt = 0;
  #onTrack: (track: MediaStreamTrack) => void;
  #opening = false;

  constructor(onTrack: (track: MediaStreamTrack) => void = () => {}) {
    this.#onTrack = onTrack;
    setInterval(() => this.#look(), LOOK_EVERY_MS);
    setInterval(() => this.#reopenWhenLost(), REOPEN_EVERY_MS);
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#reopenWhenLost());
  }

  /** Ask the browser for the microphone; the outcome is in the store and in `problem`. */
  async open(deviceId = localStorage.getItem("hotline-microphone") ?? ""): Promise<boolean> {
    if (this.#opening) return false;
    if (!navigator.mediaDevices) return this.#fail("insecure");
    this.#opening = true;
    try {
      const wanted = deviceId ? { ...SOUND, deviceId: { ideal: deviceId } } : SOUND;
      this.#adopt(await navigator.mediaDevices.getUserMedia({ audio: wanted, video: false }));
      return true;
    } catch (error) {
      return this.#fail(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "missing");
    } finally {
      this.#opening = false;
    }
  }

  async choose(deviceId: string): Promise<boolean> {
    localStorage.setItem("hotline-microphone", deviceId);
    return this.open(deviceId);
  }

  async devices(): Promise<MediaDeviceInfo[]> {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return all.filter((device) => device.kind === "audioinput");
  }

  #adopt(stream: MediaStream): void {
    const old = this.stream;
    this.stream = stream;
    this.problem = "none";
    const track = stream.getAudioTracks()[0]!;
    track.addEventListener("ended", () => this.#lost(stream));
    this.#listenTo(stream);
    this.#heardAt = Date.now();
    this.#mark("ok", track.label);
    this.#onTrack(track);
    for (const former of old?.getTracks() ?? []) former.stop();
  }

  #listenTo(stream: MediaStream): void {
    this.#context ??= new AudioContext();
    this.#source?.disconnect();
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  #look(): void {
    if (!this.#analyser || !this.stream) return;
    if (this.#context?.state === "suspended") void this.#context.resume();
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    this.level = Math.sqrt(sum / this.#samples.length);
    if (this.level > 0 || this.#context?.state !== "running") this.#heardAt = Date.now();
    const track = this.stream.getAudioTracks()[0];
    if (track?.readyState === "ended") this.#lost(this.stream);
    else if (store.state.mic !== "lost") this.#mark(Date.now() - this.#heardAt > SILENT_AFTER_MS ? "silent" : "ok");
  }

  #lost(stream: MediaStream): void {
    if (stream !== this.stream) return;
    this.stream = null;
    this.level = 0;
    this.problem = "missing";
    this.#mark("lost");
  }

  #reopenWhenLost(): void {
    if (store.state.mic === "lost" && this.problem === "missing") void this.open();
  }

  #fail(problem: MicProblem): false {
    this.problem = problem;
    this.#mark("lost");
    return false;
  }

  #mark(mic: MicState, micLabel = store.state.micLabel): void {
    if (store.state.mic !== mic || store.state.micLabel !== micLabel) store.patch({ mic, micLabel });
  }
}
