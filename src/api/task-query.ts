/** What `/nodes/{node}/tasks` can be asked. Without `source` running tasks are left out, without `limit` it is 50. */
export interface TaskQuery {
  source?: 'all' | 'active' | 'archive' | undefined;
  limit?: number | undefined;
  start?: number | undefined;
  vmid?: number | undefined;
  /** Epoch seconds, of the start of a task. */
  since?: number | undefined;
  until?: number | undefined;
  errors?: boolean | undefined;
  typefilter?: string | undefined;
  userfilter?: string | undefined;
}
