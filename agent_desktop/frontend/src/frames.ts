/** Shapes of the frames and answers that the desk exchanges with the web process. */

export type AgentState = "offline" | "ready" | "ringing" | "talking" | "wrap-up" | "paused";
export type CallState = "arrived" | "menu" | "queued" | "ringing" | "talking" | "held" | "room" | "caller-gone" | "ended";
export type Role = "caller" | "agent" | "specialist" | "emergency" | "supervisor" | "centre" | "department";
export type SpyMode = "listen" | "whisper" | "barge";

export interface Leg {
  leg: string;
  role: Role;
  party: string;
  label: string;
  state: "ringing" | "up" | "gone";
  muted: boolean;
  held: boolean;
  in_room: boolean;
  since: string | null;
}

export interface ThreeWay {
  entry: string;
  department: string;
  state: "asked" | "ringing" | "consulting" | "merged" | "ended";
  number_index: number;
  numbers: number;
  since: string | null;
  reason: string;
  solved: boolean | null;
}

export interface Emergency {
  service: string;
  state: "trying" | "reached" | "ended" | "failed" | "cancelled";
  route: string;
  tried: { route: string; reason: string }[];
  reached_at: string | null;
  ended_by: "" | "operator" | "system";
  since: string | null;
}

export type TargetKind = "agent" | "queue" | "specialist" | "department" | "centre";

export interface Transfer {
  kind: TargetKind;
  target: string;
  target_name: string;
  state: "asked" | "done" | "failed";
  reason: string;
}

/** The number that this agent dialled last. */
export interface Dial {
  id: string;
  state: "asked" | "desk" | "ringing" | "answered" | "failed";
  since: string | null;
  reason: string;
  case_id: string;
  callback_id: string;
}

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
  wrap_up_extensions_left: number;
  pause_asked: string;
  hand_raised_at: string | null;
  /** Names of supervisors, only when the centre tells of them. */
  supervised_by: string[];
  message: { sender: string; text: string; at: string | null } | null;
  supervising: { agent: string; agent_name: string; call_id: string } | null;
  left_call_id: string;
  dial: Dial | null;
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
  recording_paused: boolean;
  fallback: boolean;
  caller_gone: boolean;
  legs: Leg[];
  threeway: ThreeWay | null;
  emergency: Emergency | null;
  transfer: Transfer | null;
  /** The case that somebody was called back about. */
  case_id: string;
  number_masked: string;
  name: string;
}

/** A specialist whom an agent asked into a call; `outcome` is empty while it goes on. */
export interface Assistance {
  who: string;
  agent: string;
  agent_name: string;
  asked_at: string | null;
  answered_at: string | null;
  talked_seconds: number;
  outcome: string;
  solved: boolean | null;
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
  assistance: Assistance[];
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

export type CommandKind =
  | "ready" | "pause" | "wrap_up_done" | "wrap_up_extend" | "raise_hand" | "lower_hand"
  | "hold" | "retrieve" | "hang_up" | "leave" | "rejoin" | "solved"
  | "three_way" | "three_way_cancel" | "three_way_next" | "merge" | "swap"
  | "mute_leg" | "unmute_leg" | "hold_leg" | "retrieve_leg" | "remove_leg"
  | "emergency" | "emergency_cancel" | "emergency_again"
  | "transfer" | "transfer_complete" | "transfer_cancel" | "record_pause" | "record_resume"
  | "dial" | "callback_take" | "callback_done"
  | SpyMode | "spy_end" | "take_over" | "force" | "message";

export type CommandArgs = Record<string, string | boolean>;

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

export interface DirectoryEntry {
  id: string;
  kind: "specialist" | "department" | "centre";
  department: string;
  name: string;
  topics: string[];
  languages: string[];
  initials: string[];
  on_duty: boolean;
  state: "free" | "busy" | "unknown";
}

export interface Targets {
  queues: { id: string; name: string; waiting: number; ready: number }[];
  agents: { id: string; name: string; state: AgentState }[];
}

export interface PhoneAccount {
  sip_user: string;
  sip_password: string;
  sip_domain: string;
  ws_url: string;
  display_name: string;
  ice_gathering_ms: number;
  /** TURN servers for desks outside the office; empty inside. */
  ice_servers: RTCIceServer[];
}
