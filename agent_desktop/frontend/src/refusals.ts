/** Why a command was not carried out: the server's words, or ours where the page is English. */

import type { Reply } from "./frames";
import { english, say } from "./words";

export function refusal(reply: Reply): string {
  const key = `code_${reply.code}`;
  const ours = english ? say(key) : key;
  return ours !== key ? ours : reply.text || say("command_lost");
}
