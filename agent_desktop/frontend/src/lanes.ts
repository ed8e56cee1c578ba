/** A call's recording as the server tells of it: a lane a party, one line of time, what was left out. */

import type { Assistance } from "./frames";

export interface Lane {
  role: string;
  party: string;
  name: string;
  state: string;
  /** What was found wrong with it; empty for nothing. */
  fault: string;
  /** Seconds from the call's first sound. */
  begins: number;
  seconds: number;
  /** Its channel of the joined sound; null when there is nothing to hear. */
  track: number | null;
  /** How loud each equal part is, 0 to 100. */
  peaks: number[];
}

export interface LanePause {
  reason: string;
  by: string;
  begins: number;
  ends: number;
}

export interface Lanes {
  call_id: string;
  started_at: string;
  seconds: number;
  tracks: string[];
  lanes: Lane[];
  pauses: LanePause[];
  assistance: Assistance[];
}

/** Which tracks are heard: those chosen to be heard alone, else all that are not silenced. */
export function heardTracks(lanes: Lane[], silenced: ReadonlySet<number>, alone: ReadonlySet<number>): boolean[] {
  const tracks = lanes.map((lane) => lane.track).filter((track): track is number => track !== null);
  const heard: boolean[] = [];
  for (const track of tracks) heard[track] = alone.size ? alone.has(track) : !silenced.has(track);
  return heard;
}

/** A mirrored outline in a box of `peaks.length` by 100; quiet speech is drawn larger than it is. */
export function outline(peaks: number[]): string {
  const high = peaks.map((peak) => Math.max(1, Math.round(Math.sqrt(peak / 100) * 46)));
  const upper = high.map((y, x) => `${x},${50 - y}`);
  const lower = high.map((y, x) => `${x},${50 + y}`).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}

/** How far apart the marks of the ruler are, so that eight at most stand on it. */
export function rulerStep(seconds: number): number {
  const steps = [5, 10, 15, 30, 60, 120, 300, 600, 900];
  return steps.find((step) => seconds / step <= 8) ?? 1800;
}
