/** Why something was not done: the server's words, or ours where the page is English. */

import type { Refusal } from "./api";
import { english, hasWords, named, say } from "./words";

/** A code without English words (there is none, a test says) is told in general words, not in Chinese ones. */
export function refusal({ code = "", text = "" }: Refusal): string {
  const key = `code_${code}`;
  if (english) return say(hasWords(key) ? key : "code_refused");
  return text || say(hasWords(key) ? key : "code_no_reply");
}

/** What the server says of the form's fields, one by one. */
export function fieldRefusals(errors: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).map(([field, text]) => [field, named(`field_${field}`, text)]));
}
