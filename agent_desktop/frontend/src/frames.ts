/** Shapes of the frames and answers that the desk exchanges with the web process. */

export type AgentState = "offline" | "ready" | "ringing" | "talking" | "wrap-up" | "paused";
export type CallState = "arrived" | "menu" | "queued" | "ringing" | "talking" | "held" | "ended";

export interface Agent {
  id: string;
  name: string;
  state: AgentState;
  reason: string | null;
  reason_name?: string | null;
  since: string | null;
  queues: string[];
  line: "up" | "down";
  call_id: string | null;
  wrap_up_until: string | null;
}

export interface Call {
  id: string;
  state: CallState;
  queue: string | null;
  queue_name: string;
  arrived_at: string | null;
  joined_at: string | null;
  answered_at: string | null;
  held_since: string | null;
  recording: boolean;
  fallback: boolean;
  number_masked: string;
  name: string;
}

export interface CaseLine {
  case_id: string;
  number: string;
  title: string;
  kind: string;
  status: string;
  status_name: string;
  created_at: string | null;
  due_at: string | null;
  department: string;
}

export interface Card {
  call_id: string;
  number_masked: string;
  name: string;
  repeat_30d: number;
  open_cases: CaseLine[];
  history: CaseLine[];
  source: "database" | "unavailable";
}

export interface Queue {
  id: string;
  name: string;
  waiting: number;
  longest_joined_at: string | null;
  ready: number;
  talking: number;
}

export interface System {
  cti: "up" | "down" | "stale";
  database: "up" | "down";
  test_mode: boolean;
  server_time: string;
  release: string;
}

export type ServerFrame =
  | { type: "snapshot"; seq: number; role?: "desk" | "reader"; session?: { csrf: string; expires_at: string }; agent: Agent; call: Call | null; card: Card | null; queues: Queue[]; system: System }
  | { type: "agent"; seq: number; agent: Agent }
  | { type: "call"; seq: number; call: Call | null }
  | { type: "card"; seq: number; card: Card | null }
  | { type: "queues"; seq: number; queues: Queue[] }
  | { type: "system"; seq: number; system: System }
  | { type: "case"; seq: number; case_id: string; number: string; sync: string }
  | { type: "reply"; id: string; ok: boolean; code?: string; text?: string }
  | { type: "error"; code: string; text: string };

export type CommandKind = "ready" | "pause" | "wrap_up_done" | "hold" | "retrieve" | "hang_up";

export interface Reply {
  ok: boolean;
  code: string;
  text: string;
}

export interface Named {
  code: string;
  name: string;
}

export interface CaseClass extends Named {
  /** From the root down to the class itself. */
  path: string[];
  initials: string;
}

export interface Reference {
  classes: CaseClass[];
  districts: Named[];
  kinds: Named[];
  urgencies: Named[];
  pause_reasons: Named[];
}

export interface PhoneAccount {
  sip_user: string;
  sip_password: string;
  sip_domain: string;
  ws_url: string;
  display_name: string;
  ice_gathering_ms: number;
}
