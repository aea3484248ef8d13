import type { GuestPlan, StepState } from '../../types/action.ts';

/** How many at a time. */
export interface ActionLimits {
  parallel: number;
  perNode: number;
  perStorage: number;
}

export interface SteppedPlan {
  seq: number;
  state: StepState;
  plan: Pick<GuestPlan, 'load' | 'group'>;
}

/** The steps to begin now, in the order of the plan, within the limits. Pure. */
export function chooseSteps(steps: readonly SteppedPlan[], limits: ActionLimits): number[] {
  const running = steps.filter(({ state }) => state === 'running');
  const use = new Use(limits);
  for (const { plan } of running) use.take(plan);
  const open = steps.filter(({ state }) => state === 'waiting' || state === 'running');
  const group = Math.min(...open.map(({ plan }) => plan.group));
  const chosen: number[] = [];
  for (const { seq, state, plan } of steps) {
    if (state !== 'waiting' || plan.group !== group || !use.fits(plan)) continue;
    use.take(plan);
    chosen.push(seq);
  }
  return chosen;
}

class Use {
  readonly #limits: ActionLimits;
  readonly #nodes = new Map<string, number>();
  readonly #storages = new Map<string, number>();
  #all = 0;

  constructor(limits: ActionLimits) {
    this.#limits = limits;
  }

  fits({ load }: SteppedPlan['plan']): boolean {
    const { parallel, perNode, perStorage } = this.#limits;
    return (
      this.#all < parallel &&
      load.nodes.every((node) => (this.#nodes.get(node) ?? 0) < perNode) &&
      load.storages.every((storage) => (this.#storages.get(storage) ?? 0) < perStorage)
    );
  }

  take({ load }: SteppedPlan['plan']): void {
    this.#all += 1;
    for (const node of load.nodes) this.#nodes.set(node, (this.#nodes.get(node) ?? 0) + 1);
    for (const storage of load.storages) this.#storages.set(storage, (this.#storages.get(storage) ?? 0) + 1);
  }
}
