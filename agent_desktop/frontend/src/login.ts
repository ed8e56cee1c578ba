/** The log-in page: languages, the wait after too many tries, and the microphone check. */

import { useDeviceCheck } from "./elements/device-check";
import { Microphone } from "./microphone";
import { say, translatePage, wireSwitches } from "./words";

translatePage();
wireSwitches();
useDeviceCheck(new Microphone());
countDown(Number(document.body.dataset.waitSeconds ?? 0));

const form = document.querySelector<HTMLFormElement>("form")!;
form.addEventListener("submit", () => {
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]")!;
  button.disabled = true;
  button.textContent = say("logging_in");
});
// A page from the back-forward cache must not keep the disabled button.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

function countDown(seconds: number): void {
  const place = document.querySelector<HTMLElement>("[data-countdown]");
  const button = document.querySelector<HTMLButtonElement>("form button[type=submit]");
  if (!place || !button || seconds <= 0) return;
  const until = Date.now() + seconds * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((until - Date.now()) / 1000);
    place.textContent = left > 0 ? say("retry_in", { n: left }) : "";
    button.disabled = left > 0;
    if (left <= 0) clearInterval(timer);
  }, 250);
}
