/** Sends the beat that keeps our lease, and notices a socket that is open but dead. */

import type { DeskSocket } from "./socket";
import { store } from "./store";

const PROBE_EVERY = 8;
const PROBE_DEADLINE_MS = 3000;

/** Round trip of the last probe in milliseconds; 0 before the first. */
export let roundTripMs = 0;

export function keepLinkAlive(socket: DeskSocket, workerUrl: string): void {
  let beats = 0;
  const beat = () => {
    beats += 1;
    if (socket.open) socket.send({ type: "beat" });
    if (beats % PROBE_EVERY === 0) void probe(socket);
  };
  try {
    new Worker(workerUrl).onmessage = beat;
  } catch {
    setInterval(beat, 1000);
  }
  // A frozen page hears no ring: say so while there is still time, and be back at once.
  document.addEventListener("freeze", () => socket.send({ type: "asleep" }));
  document.addEventListener("resume", () => (socket.open ? socket.send({ type: "beat" }) : socket.connect()));
  addEventListener("online", () => socket.connect());
  void probe(socket);
}

/** A pulled cable leaves a socket "open" for minutes: a short request tells. */
async function probe(socket: DeskSocket): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), PROBE_DEADLINE_MS);
  const began = performance.now();
  try {
    await fetch("/healthz", { signal: controller.signal, cache: "no-store" });
    roundTripMs = Math.round(performance.now() - began);
  } catch {
    if (store.state.link === "up") socket.connect();
  } finally {
    clearTimeout(timer);
  }
}
