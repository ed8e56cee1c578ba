/** The keyboard map. Keys of the call work always, also while pinyin is being composed; the others do not. */

import { answer, cancelRinging, dialEmergency, emergencyAgain, hangUp, toggleHold, toggleMute } from "./acts";
import { inCall } from "./bar-mode";
import { threeWayKey, transferKey } from "./call-keys";
import { notify } from "./notices";
import { SERVICES } from "./services";
import { store } from "./store";
import { say } from "./words";

const COMPOSING_KEY = 229;
const PANES = ["caller-card", "case-form", ".assist", "call-bar"];

export interface FormKeys {
  submit: () => void;
  saveDraft: () => void;
  openKeySheet: () => void;
  openDial: () => void;
}

export function wireKeys(form: FormKeys): void {
  addEventListener("keydown", (event) => {
    if (emergencyDigit(event) || callKey(event) || reloadKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (event.isComposing || event.keyCode === COMPOSING_KEY) return;
    if (escapeKey(event) || pageKey(event, form)) event.preventDefault();
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
    case "Shift+F8":
      threeWayKey();
      return true;
    case "Shift+F9":
      transferKey();
      return true;
    case "F10":
      armEmergency();
      return true;
    default:
      return false;
  }
}

function armEmergency(): void {
  if (store.state.session !== "up") notify("warn", say("sos_no_call"));
  else if (store.state.call?.emergency?.state === "failed") emergencyAgain();
  else store.patch({ sosArmed: !store.state.sosArmed });
}

/** After F10 one digit dials at once; any other key disarms. By place, so that an input method does not matter. */
function emergencyDigit(event: KeyboardEvent): boolean {
  if (!store.state.sosArmed || event.key === "F10" || event.key === "Shift") return false;
  const digit = /^(?:Digit|Numpad)([1-4])$/.exec(event.code)?.[1];
  store.patch({ sosArmed: false });
  if (!digit || event.ctrlKey || event.altKey || event.metaKey) return event.key === "Escape";
  void dialEmergency(SERVICES[Number(digit) - 1]!);
  return true;
}

/** Escape closes an open dialog or menu first; then it ends what rings. */
function escapeKey(event: KeyboardEvent): boolean {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return false;
  if (store.state.openMenu) {
    store.patch({ openMenu: "" });
    return true;
  }
  const typing = (event.target as Element | null)?.closest?.('[aria-expanded="true"], .menu');
  return !typing && cancelRinging();
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
  if (event.key.toLowerCase() === "k" && !event.shiftKey) return done(form.openDial);
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
