/** Plays the tracks of a joined recording together: fetched piece by piece, each track with a volume of its own. */

const RATE = 8000;
const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;
const PIECE_SECONDS = 10;
const AHEAD_SECONDS = 15;
const STARTS_IN = 0.05;
const LOOK_MS = 200;
const NAMES = "X-Hotline-Tracks";

export type Playing = "stopped" | "loading" | "playing" | "paused" | "failed";

export class TrackSound {
  state: Playing = "stopped";
  #context: AudioContext | null = null;
  #volumes: GainNode[] = [];
  #meters: AnalyserNode[] = [];
  #heard: boolean[];
  #sources = new Set<AudioBufferSourceNode>();
  /** Each start has a number; what an earlier one still fetches comes too late. */
  #run = 0;
  /** The next frame to be fetched. */
  #next = 0;
  /** The context's time at which the call's time is 0; null until the first piece is there. */
  #zero: number | null = null;
  #rests = 0;

  /** `path` gives a 16-bit WAV of these tracks at 8 kHz; `changed` is told of each new state. */
  constructor(
    private readonly path: string,
    private readonly tracks: string[],
    private readonly seconds: number,
    private readonly changed: () => void,
  ) {
    this.#heard = tracks.map(() => true);
  }

  /** Seconds of the call's time. */
  get at(): number {
    if (this.#zero === null || !this.#context) return this.#rests;
    return Math.min(this.seconds, Math.max(this.#rests, this.#context.currentTime - this.#zero));
  }

  async play(): Promise<void> {
    if (this.state === "playing" || this.state === "loading") return;
    this.#prepare();
    const goesOn = this.state === "paused" && this.#zero !== null;
    this.#be(goesOn ? "playing" : "loading");
    await this.#context!.resume();
    if (!goesOn && this.#waits()) this.#start(this.#rests >= this.seconds ? 0 : this.#rests);
  }

  async pause(): Promise<void> {
    if (this.state !== "playing" && this.state !== "loading") return;
    this.#be("paused");
    await this.#context?.suspend();
  }

  seek(seconds: number): void {
    const plays = this.state === "playing" || this.state === "loading";
    this.#silence();
    this.#rests = Math.min(this.seconds, Math.max(0, seconds));
    if (plays) {
      this.#be("loading");
      this.#start(this.#rests);
    } else this.#be(this.state === "failed" ? "stopped" : this.state);
  }

  /** Which tracks are heard from now on. */
  hear(heard: boolean[]): void {
    this.#heard = heard;
    this.#volumes.forEach((volume, track) => (volume.gain.value = heard[track] ? 1 : 0));
  }

  /** How loud each track is just now, as it is heard; 0 to 1. */
  levels(): number[] {
    const window = new Float32Array(256);
    return this.#meters.map((meter) => {
      if (this.state !== "playing") return 0;
      meter.getFloatTimeDomainData(window);
      return window.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0);
    });
  }

  /** The end was reached: the next play begins anew. */
  finish(): void {
    this.#silence();
    this.#rests = 0;
    this.#be("stopped");
  }

  close(): void {
    this.#silence();
    void this.#context?.close();
    this.#context = null;
    this.state = "stopped";
  }

  /** Asked again after a wait: somebody may have pressed pause meanwhile. */
  #waits(): boolean {
    return this.state === "loading";
  }

  #be(state: Playing): void {
    this.state = state;
    this.changed();
  }

  #prepare(): void {
    if (this.#context) return;
    // At the recording's own rate pieces follow each other on whole samples: nothing clicks between them.
    const context = (this.#context = new AudioContext({ sampleRate: RATE }));
    this.#volumes = this.tracks.map((_, track) => new GainNode(context, { gain: this.#heard[track] ? 1 : 0 }));
    this.#meters = this.tracks.map(() => new AnalyserNode(context, { fftSize: 256 }));
    this.#volumes.forEach((volume, track) => volume.connect(this.#meters[track]!).connect(context.destination));
  }

  #silence(): void {
    this.#run += 1;
    this.#rests = this.at;
    this.#zero = null;
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
  }

  #start(seconds: number): void {
    this.#rests = seconds;
    this.#next = Math.floor(seconds * RATE);
    const run = ++this.#run;
    void this.#fill(run).catch(() => {
      if (run !== this.#run) return;
      this.#silence();
      this.#be("failed");
    });
  }

  async #fill(run: number): Promise<void> {
    const end = Math.ceil(this.seconds * RATE);
    while (run === this.#run && this.#next < end) {
      if (this.#next / RATE - this.at > AHEAD_SECONDS) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        continue;
      }
      const first = this.#next;
      const last = Math.min(end, (Math.floor(first / RATE / PIECE_SECONDS) + 1) * PIECE_SECONDS * RATE);
      const frames = await this.#fetched(first, last);
      if (run !== this.#run) return;
      if (!frames.byteLength) return;
      this.#lay(frames, first);
      this.#next = last;
    }
  }

  /** Frames `first` to before `last`, interleaved; fewer at the end of the sound. */
  async #fetched(first: number, last: number): Promise<DataView> {
    const frame = SAMPLE_BYTES * this.tracks.length;
    const start = first === 0 ? 0 : HEADER_BYTES + first * frame;
    const headers = { Range: `bytes=${start}-${HEADER_BYTES + last * frame - 1}` };
    const response = await fetch(this.path, { headers, credentials: "same-origin" });
    if (response.status === 416) return new DataView(new ArrayBuffer(0));
    if (response.status !== 206 || response.headers.get(NAMES) !== this.tracks.join(",")) throw new Error(`${response.status}`);
    const bytes = await response.arrayBuffer();
    return new DataView(bytes, first === 0 ? Math.min(HEADER_BYTES, bytes.byteLength) : 0);
  }

  /** Put one piece into the line of time, each track into its own volume. */
  #lay(frames: DataView, first: number): void {
    const context = this.#context;
    const count = Math.floor(frames.byteLength / SAMPLE_BYTES / this.tracks.length);
    if (!context || !count) return;
    const now = context.currentTime + STARTS_IN;
    // A piece that came too late moves all that follows.
    if (this.#zero === null || this.#zero + first / RATE < context.currentTime) this.#zero = now - first / RATE;
    for (let track = 0; track < this.tracks.length; track++) {
      const source = new AudioBufferSourceNode(context, { buffer: this.#samples(context, frames, track, count) });
      source.connect(this.#volumes[track]!);
      source.start(this.#zero + first / RATE);
      source.onended = () => this.#sources.delete(source);
      this.#sources.add(source);
    }
    if (this.state === "loading") this.#be("playing");
  }

  #samples(context: AudioContext, frames: DataView, track: number, count: number): AudioBuffer {
    const buffer = context.createBuffer(1, count, RATE);
    const samples = buffer.getChannelData(0);
    const step = SAMPLE_BYTES * this.tracks.length;
    for (let n = 0; n < count; n++) samples[n] = frames.getInt16(n * step + track * SAMPLE_BYTES, true) / 32768;
    return buffer;
  }
}
