/** The revisions, changes and snapshots. */
export class HistoryRepository {}
