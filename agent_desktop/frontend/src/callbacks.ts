/** Buttons of the server-rendered lists that make the phone ring: call back a missed caller, call from a case. */

import { anyCommand } from "./acts";
import { inCall } from "./bar-mode";
import { notify } from "./notices";
import { store } from "./store";
import { refresh } from "./views";
import { say } from "./words";

export function wireCallbacks(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-callback-take], [data-callback-done], [data-dial-case]");
    if (button && !button.disabled) void act(button);
  });
}

async function act(button: HTMLButtonElement): Promise<void> {
  const outcome = button.dataset.callbackDone;
  if (!outcome && inCall(store.state)) return notify("warn", say("dial_in_call"));
  button.disabled = true;
  const callback_id = button.closest<HTMLElement>("[data-callback-id]")?.dataset.callbackId ?? "";
  const case_id = button.dataset.dialCase;
  if (case_id) await anyCommand("dial", { case_id });
  else if (outcome) await anyCommand("callback_done", { callback_id, outcome });
  else await anyCommand("callback_take", { callback_id });
  button.disabled = false;
  if (!case_id) refresh();
}
