/** Drafts kept in this browser (IndexedDB): they outlive a crash, a reload and a sign-out. */

export interface Fields {
  kind: string;
  class_code: string;
  district: string;
  /** Where it happened, in the caller's words. */
  place: string;
  text: string;
  answer: string;
  outcome: "direct_answer" | "dispatch";
  urgency: string;
  confidential: boolean;
}

export interface KeptDraft {
  /** agent + " " + call id, so that two agents of one computer do not meet. */
  key: string;
  agent: string;
  call_id: string;
  /** Masked number or nothing: what the list of unsent drafts shows. */
  label: string;
  version: number;
  fields: Fields;
  idempotency: string;
  /** Not yet on the server in this form. */
  ahead: boolean;
  saved_at: number;
}

const NAME = "hotline-drafts";
const TABLE = "drafts";

let opening: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("indexedDB"));
  });
  return opening;
}

async function act<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const table = (await database()).transaction(TABLE, mode).objectStore(TABLE);
    return await new Promise<T>((resolve, reject) => {
      const request = work(table);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error("indexedDB"));
    });
  } catch {
    // Private windows may refuse storage: the server's copy remains.
    return undefined;
  }
}

export const draftKey = (agent: string, callId: string) => `${agent} ${callId}`;

export async function keepDraft(draft: KeptDraft): Promise<void> {
  await act("readwrite", (table) => table.put(draft));
}

export async function findDraft(agent: string, callId: string): Promise<KeptDraft | undefined> {
  return (await act("readonly", (table) => table.get(draftKey(agent, callId)))) as KeptDraft | undefined;
}

export async function dropDraft(agent: string, callId: string): Promise<void> {
  await act("readwrite", (table) => table.delete(draftKey(agent, callId)));
}

/** The agent's unsent drafts, newest first. */
export async function unsentDrafts(agent: string): Promise<KeptDraft[]> {
  const all = ((await act("readonly", (table) => table.getAll())) ?? []) as KeptDraft[];
  return all.filter((draft) => draft.agent === agent && !isEmpty(draft.fields)).sort((a, b) => b.saved_at - a.saved_at);
}

export function blankFields(): Fields {
  return { kind: "", class_code: "", district: "", place: "", text: "", answer: "", outcome: "direct_answer", urgency: "", confidential: false };
}

export function isEmpty(fields: Fields): boolean {
  return !fields.kind && !fields.class_code && !fields.place.trim() && !fields.text.trim() && !fields.answer.trim();
}
