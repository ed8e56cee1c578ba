/** Whom a desk may ask or transfer to, found by letters, words, department or topic; those on duty first. */

import { plainQuery } from "./class-match";
import type { DirectoryEntry, TargetKind, Targets } from "./frames";

export interface Person {
  kind: TargetKind;
  id: string;
  name: string;
  department: string;
  topics: string[];
  languages: string[];
  initials: string[];
  here: boolean;
  /** A word of the desk's vocabulary for the tag at the right. */
  state: string;
  tone: "ok" | "warn" | "grey";
}

const MOST = 8;

export function people(entries: DirectoryEntry[], targets: Targets | null, names: Record<string, string>): Person[] {
  const queues = targets?.queues.map((queue) => queuePerson(queue, names)) ?? [];
  const agents = targets?.agents.map(agentPerson) ?? [];
  return [...queues, ...agents, ...entries.map(entryPerson)];
}

export function entryPerson(entry: DirectoryEntry): Person {
  const busy = entry.state === "busy";
  const state = busy ? "person_busy" : entry.on_duty ? "on_duty" : "off_duty";
  return { ...entry, here: entry.on_duty, state, tone: busy ? "warn" : entry.on_duty ? "ok" : "grey" };
}

function queuePerson(queue: Targets["queues"][number], names: Record<string, string>): Person {
  const free = queue.ready > 0;
  return { kind: "queue", id: queue.id, name: queue.name, department: names.queue ?? "", topics: [], languages: [], initials: [], here: free, state: free ? "queue_free" : "queue_full", tone: free ? "ok" : "warn" };
}

function agentPerson(agent: Targets["agents"][number]): Person {
  const ready = agent.state === "ready";
  const state = ready ? "state_idle" : agent.state === "offline" ? "off_duty" : "person_busy";
  return { kind: "agent", id: agent.id, name: agent.name, department: agent.id, topics: [], languages: [], initials: [agent.id], here: ready, state, tone: ready ? "ok" : agent.state === "offline" ? "grey" : "warn" };
}

/** The best first; nothing typed shows those on duty. */
export function findPeople(all: Person[], typed: string): Person[] {
  const query = plainQuery(typed);
  const ranked = all.map((person) => ({ person, rank: query ? rankOf(person, query) : 0 })).filter(({ rank }) => rank < 9);
  ranked.sort((a, b) => Number(b.person.here) - Number(a.person.here) || a.rank - b.rank);
  return ranked.slice(0, MOST).map(({ person }) => person);
}

function rankOf({ id, name, department, topics, languages, initials }: Person, query: string): number {
  if (id === query || initials.some((letters) => letters === query)) return 0;
  if (initials.some((letters) => letters.startsWith(query))) return 1;
  if (name.includes(query) || department.includes(query)) return 2;
  if (topics.some((topic) => topic.includes(query))) return 3;
  if (initials.some((letters) => letters.includes(query))) return 4;
  return languages.some((language) => language.includes(query)) ? 5 : 9;
}
