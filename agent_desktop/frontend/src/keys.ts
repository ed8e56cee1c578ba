/** The keyboard map. Keys of the call work always, also while pinyin is being composed; the others do not. */

import { answer, hangUp, toggleHold, toggleMute } from "./acts";
import { inCall } from "./bar-mode";
import { notify } from "./notices";
import { store } from "./store";
import { say } from "./words";

const COMPOSING_KEY = 229;
const PANES = ["caller-card", "case-form", ".assist", "call-bar"];

export interface FormKeys {
  submit: () => void;
  saveDraft: () => void;
  openKeySheet: () => void;
}

export function wireKeys(form: FormKeys): void {
  addEventListener("keydown", (event) => {
    if (callKey(event) || reloadKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.isComposing || event.keyCode === COMPOSING_KEY) return;
    if (pageKey(event, form)) event.preventDefault();
  }, { capture: true });
  addEventListener("beforeunload", (event) => {
    if (inCall(store.state)) event.preventDefault();
  });
}

function callKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return false;
  switch (`${event.shiftKey ? "Shift+" : ""}${event.key}`) {
    case "F2":
      answer();
      return true;
    case "Shift+F2":
      void hangUp();
      return true;
    case "F8":
      toggleMute();
      return true;
    case "F9":
      void toggleHold();
      return true;
    default:
      return false;
  }
}

/** A reload in a call would cut the caller: it is refused, with the reason. */
function reloadKey(event: KeyboardEvent): boolean {
  const reload = event.key === "F5" || (event.ctrlKey && event.key.toLowerCase() === "r");
  if (!reload || !inCall(store.state)) return false;
  notify("warn", say("reload_blocked"));
  return true;
}

function pageKey(event: KeyboardEvent, form: FormKeys): boolean {
  if (event.key === "F6") return movePane(event.shiftKey ? -1 : 1);
  if (!event.ctrlKey || event.altKey || event.metaKey) return false;
  if (event.key === "Enter") return done(form.submit);
  if (event.key.toLowerCase() === "s" && !event.shiftKey) return done(form.saveDraft);
  if (event.key === "/") return done(form.openKeySheet);
  return false;
}

function done(act: () => void): true {
  act();
  return true;
}

function movePane(step: number): true {
  const panes = PANES.map((name) => document.querySelector<HTMLElement>(name)!);
  const here = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = panes[(here + step + panes.length) % panes.length]!;
  const inside = next.querySelector<HTMLElement>('[tabindex="0"], input, textarea, button:not([disabled])');
  (inside ?? next).focus();
  return true;
}
