/** What the addresses of the views hold. */

export interface HostsSearch {
  q?: string;
  cols?: string;
  /** A column; `-memory` is descending. */
  sort?: string;
  at?: string;
}

export interface HostSearch {
  tab?: string;
  at?: string;
  from?: string;
  to?: string;
}

export interface TimeSearch {
  at?: string;
  since?: string;
  until?: string;
  q?: string;
  by?: string;
}

export interface SyncSearch {
  operation?: string;
}

export interface ProvidersSearch {
  provider?: string;
  form?: string;
}

export interface LoginSearch {
  next?: string;
  error?: string;
}
