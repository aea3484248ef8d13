/** A request as messages name it. */
export interface CallLabel {
  verb: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without what all paths of the API begin with; empty: nothing was asked for. */
  path: string;
  /** `https://pve1:8006`. */
  endpoint: string;
}
