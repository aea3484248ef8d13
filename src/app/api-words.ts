import { type CallWords, completeCall, type PartialCall } from '../providers/proxmox/endpoints/complete-call.ts';
import { type ApiVerb, readEndpoints } from '../providers/proxmox/endpoints/read-endpoints.ts';

export type { ApiVerb, CallWords, PartialCall };

/** What the word at the cursor of a call may be, by the API of all releases: which one the server has is not asked. */
export function apiWords(call: PartialCall): CallWords {
  return completeCall(readEndpoints(null), call);
}
