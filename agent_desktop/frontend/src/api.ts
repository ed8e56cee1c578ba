/** Requests to the web process: JSON both ways, with the CSRF header, and a log-in dialog when the session is over. */

import { store } from "./store";

let csrf = document.body.dataset.csrf ?? "";

export function useCsrf(token: string): void {
  csrf = token;
}

/** `status` 0 means that nothing answered. */
export interface Answer<T> {
  status: number;
  body: T;
}

export interface Refusal {
  code?: string;
  text?: string;
  errors?: Record<string, string>;
}

const DEADLINE_MS = 8000;

export async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T & Refusal>> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const request: RequestInit = { method, headers, credentials: "same-origin", signal: deadline() };
  if (body !== undefined) request.body = JSON.stringify(body);
  try {
    const response = await fetch(path, request);
    const answer = (await response.json().catch(() => ({}))) as T & Refusal;
    if (response.status === 401 && path !== "/api/login") store.patch({ loginNeeded: true });
    return { status: response.status, body: answer };
  } catch {
    return { status: 0, body: {} as T & Refusal };
  }
}

function deadline(): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), DEADLINE_MS);
  return controller.signal;
}
