/** What the form says of the call at this moment, for whoever is asked into it. */

import type { CaseForm } from "./elements/case-form";
import type { CommandArgs } from "./frames";
import { store } from "./store";

const LONGEST_SUMMARY = 120;

/** Type and class become the specialist's sentence; the text goes into the record alone. `topic`: what was searched for. */
export function aboutCall(topic = ""): CommandArgs {
  const form = document.querySelector<CaseForm>("case-form");
  const fields = form && form.callId === store.state.subject ? form.fields : null;
  const summary = oneLine(fields?.text || topic);
  return {
    ...(fields?.kind ? { case_kind: fields.kind } : {}),
    ...(fields?.class_code ? { class_code: fields.class_code } : {}),
    ...(summary ? { summary } : {}),
  };
}

/** Printable, in whole characters. */
function oneLine(text: string): string {
  return [...text.replace(/[\p{C}\p{Z}]+/gu, " ").trim()].slice(0, LONGEST_SUMMARY).join("");
}
