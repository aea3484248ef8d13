import type { PATHS } from './netbox-state.ts';

/** One call that writes. */
export interface Step {
  verb: 'create' | 'update';
  kind: keyof typeof PATHS;
  /** null: that of what is made by the step of this key. */
  id: number | null;
  /** By which later steps refer to what is made. */
  key: string;
  body: Readonly<Record<string, unknown>>;
  /** Fields that are the id of what another step makes. */
  refs?: Readonly<Record<string, string>>;
  label: string;
}

export interface PushPlan {
  steps: readonly Step[];
  /** Ids that are known already, by key. */
  ids: ReadonlyMap<string, number>;
  /** Names of what others own and is in the way. It is left as it is. */
  foreign: readonly string[];
}

/** Collects steps, and what they may refer to. */
export class Plan {
  readonly steps: Step[] = [];
  readonly ids = new Map<string, number>();
  readonly foreign: string[] = [];
  readonly #made = new Set<string>();

  create(step: Omit<Step, 'id' | 'verb'>): void {
    this.add({ ...step, verb: 'create', id: null });
  }

  add(step: Step): void {
    if (step.verb === 'create') this.#made.add(step.key);
    this.steps.push(step);
  }

  /** Whether there is such an object, or will be. */
  has(key: string): boolean {
    return this.ids.has(key) || this.#made.has(key);
  }
}

export function machineKey(serial: string): string {
  return `machine ${serial}`;
}
