/** Since when this desk talks, and how long the caller had waited: a call may have been answered elsewhere before. */

import { secondsBetween } from "./clock";
import type { Call } from "./frames";

/** This desk's own answer; the call's first one while our leg is not told of. */
export function answeredHere(call: Call | null | undefined): string | null {
  const own = call?.legs.find((leg) => leg.role === "agent" && leg.party === document.body.dataset.agent && leg.state === "up");
  return own?.since ?? call?.answered_at ?? null;
}

/** Seconds from the queue to the answer that ended that wait; null for who never waited, or waits again. */
export function waitedSeconds(call: Call): number | null {
  if (!call.joined_at || !call.answered_at) return null;
  const answered = call.answered_at >= call.joined_at ? call.answered_at : answeredHere(call);
  return answered && answered >= call.joined_at ? secondsBetween(call.joined_at, answered) : null;
}
