/** Where the draft is, in words. */

import { clockTime } from "../clock";
import type { DeskState } from "../store";
import { say } from "../words";

export function draftWords(now: DeskState): string {
  const t = now.draftSavedAt ? clockTime(now.draftSavedAt) : "";
  return say(`draft_${now.draftPlace}`, { t });
}
