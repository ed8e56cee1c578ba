/** The four emergency services, in the order of their keys. */

export const SERVICES = ["110", "119", "120", "122"] as const;

export const SERVICE_WORDS: Record<string, string> = { "110": "sos_110", "119": "sos_119", "120": "sos_120", "122": "sos_122" };
