/** The desk's own elements with a state given by a test: what each state of the call bar looks like. */

import "../../agent_desktop/frontend/src/elements/call-bar";
import "../../agent_desktop/frontend/src/elements/call-player";
import "../../agent_desktop/frontend/src/elements/call-timeline";
import "../../agent_desktop/frontend/src/elements/case-form";
import "../../agent_desktop/frontend/src/elements/caller-card";
import "../../agent_desktop/frontend/src/elements/dial-box";
import "../../agent_desktop/frontend/src/elements/key-sheet";
import "../../agent_desktop/frontend/src/elements/live-board";
import "../../agent_desktop/frontend/src/elements/people-picker";
import "../../agent_desktop/frontend/src/elements/recent-work";
import "../../agent_desktop/frontend/src/elements/status-strip";
import "../../agent_desktop/frontend/src/elements/third-panel";
import { useDesk, type Desk } from "../../agent_desktop/frontend/src/acts";
import type { CommandArgs } from "../../agent_desktop/frontend/src/frames";
import { wireKeys } from "../../agent_desktop/frontend/src/keys";
import { asHeaders } from "../../agent_desktop/frontend/src/operator-words";
import { store, type DeskState } from "../../agent_desktop/frontend/src/store";
import { wireViews } from "../../agent_desktop/frontend/src/views";
import { translatePage, translateSwaps } from "../../agent_desktop/frontend/src/words";

/** What the desk asked of the server and of the phone, in order. */
const asked: unknown[] = [];
const refusals: Record<string, { code: string; text: string }> = {};

const desk = {
  socket: {
    open: true,
    command: (kind: string, args: Record<string, unknown>) => {
      asked.push([kind, args]);
      const refused = refusals[kind];
      return Promise.resolve(refused ? { ok: false, ...refused } : { ok: true, code: "", text: "" });
    },
  },
  phone: {
    dialEmergency: (service: string, said: CommandArgs) => asked.push(["phone", service, ...asHeaders(said)]),
    cancelEmergency: () => asked.push(["phone-cancel"]),
    hangUp: () => asked.push(["phone-hang-up"]),
    mute: (muted: boolean) => store.patch({ muted }),
    answer: () => asked.push(["phone-answer"]),
  },
  mic: { stream: null },
} as unknown as Desk;

translatePage();
translateSwaps();
useDesk(desk);
wireKeys({ submit: () => {}, saveDraft: () => {}, openKeySheet: () => {}, openDial: () => {} });
Object.assign(window, { look: { show: (state: Partial<DeskState>) => store.patch(state), asked, refusals, wireViews } });
