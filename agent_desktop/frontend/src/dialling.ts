/** The number that was dialled last: what becomes of it is told in words, and the list of missed calls follows. */

import type { Dial } from "./frames";
import { notify } from "./notices";
import type { DeskState } from "./store";
import { currentView, refresh } from "./views";
import { say } from "./words";

const LONGEST_MS = 150_000;
const RUNS: ReadonlySet<Dial["state"]> = new Set<Dial["state"]>(["asked", "desk", "ringing"]);
/** Said at the click already, by the reply. */
const REFUSED: ReadonlySet<string> = new Set(["not_allowed", "not_tried"]);

/** Our own phone or the other one is ringing; the call begins with the answer. */
export function dials({ agent }: DeskState): boolean {
  const dial = agent?.dial;
  return Boolean(dial && RUNS.has(dial.state) && dial.since && Date.now() - Date.parse(dial.since) < LONGEST_MS);
}

export function tellDial(now: DeskState, before: DeskState): void {
  const dial = now.agent?.dial;
  const old = before.agent?.dial;
  if (!dial || !before.agent || (old?.id === dial.id && old.state === dial.state)) return;
  if (dial.state === "failed" && !REFUSED.has(dial.reason) && isFresh(dial)) notify("warn", say(`dial_${dial.reason}`));
  if (!RUNS.has(dial.state) && currentView() === "callbacks") setTimeout(refresh, 1500);
}

/** Not one of before this page was opened. */
function isFresh(dial: Dial): boolean {
  return Boolean(dial.since && Date.now() - Date.parse(dial.since) < LONGEST_MS);
}
