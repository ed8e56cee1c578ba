/** The desk's tones, made by Web Audio: ringing, and a short one when wrap-up ends. */

import { store } from "./store";

const RING_HZ = [440, 480] as const;
const RING_S = 1.0;
const PAUSE_S = 2.0;

let context: AudioContext | null = null;
let ringing = 0;

function audio(): AudioContext {
  context ??= new AudioContext();
  return context;
}

/** Browsers keep sound back until the page was touched once; say so while that holds. */
export function unlockSound(): void {
  const tell = () => {
    const soundBlocked = audio().state !== "running";
    if (soundBlocked !== store.state.soundBlocked) store.patch({ soundBlocked });
  };
  const touch = () => void audio().resume().then(tell);
  addEventListener("pointerdown", touch, { capture: true });
  addEventListener("keydown", touch, { capture: true });
  touch();
  setTimeout(tell, 300);
}

function tone(frequencies: readonly number[], seconds: number, volume = 0.12): void {
  const sound = audio();
  const gain = new GainNode(sound, { gain: 0 });
  const now = sound.currentTime;
  gain.gain.setValueAtTime(0, now);
  gain.gain.linearRampToValueAtTime(volume, now + 0.03);
  gain.gain.setValueAtTime(volume, now + seconds - 0.06);
  gain.gain.linearRampToValueAtTime(0, now + seconds);
  gain.connect(sound.destination);
  for (const frequency of frequencies) {
    const voice = new OscillatorNode(sound, { frequency });
    voice.connect(gain);
    voice.start(now);
    voice.stop(now + seconds);
  }
}

export function startRinging(): void {
  if (ringing) return;
  void audio().resume();
  const once = () => tone(RING_HZ, RING_S);
  once();
  ringing = window.setInterval(once, (RING_S + PAUSE_S) * 1000);
}

export function stopRinging(): void {
  clearInterval(ringing);
  ringing = 0;
}

export function playSample(): void {
  void audio()
    .resume()
    .then(() => tone(RING_HZ, RING_S));
}

/** Two soft notes: you are ready again. */
export function chimeReady(): void {
  tone([660], 0.12, 0.06);
  setTimeout(() => tone([880], 0.16, 0.06), 140);
}
