/** The emergency row of the call bar: alive also while call control is away, because the phone can dial itself. */

import { html, type TemplateResult } from "lit";
import { dialEmergency } from "../acts";
import { SERVICES, SERVICE_WORDS } from "../services";
import type { DeskState } from "../store";
import { say } from "../words";

export function sosRow(now: DeskState): TemplateResult {
  const last = now.call?.emergency;
  const pressed = now.ownEmergency?.service ?? (last?.state === "cancelled" || last?.state === "ended" ? "" : last?.service);
  return html`<div class="sos ${now.sosArmed ? "armed" : ""}" role="group" aria-label=${say("sos_row")} data-armed=${now.sosArmed}>
    <span class="sos-label" aria-live="assertive"><b>${say("sos")}</b><small>${now.sosArmed ? say("sos_digit") : "F10"}</small></span>
    ${SERVICES.map(
      (service, index) => html`<button type="button" data-act="sos-${service}" class=${pressed === service ? "on" : ""} ?disabled=${now.session !== "up"} title=${say("sos_title", { n: service })} @click=${() => void dialEmergency(service)}>
        ${service}<small>${now.sosArmed ? html`<kbd>${index + 1}</kbd>` : say(SERVICE_WORDS[service]!)}</small></button>`,
    )}
  </div>`;
}
