import type { Document } from '../../types/document.ts';
import type { Node, NodeTelemetry } from '../../types/node.ts';
import type { NodeObservation, Observation } from '../../types/observation.ts';
import type { NodeWrite } from '../../types/plan.ts';
import { findScope } from '../../types/scope.ts';
import { applySight, createResource, type ResourceStep, removeResource } from './resource-step.ts';
import type { RunContext } from './run-context.ts';

const MAINTENANCE = 'maintenance';

export interface NodesPlan {
  steps: readonly ResourceStep<NodeWrite>[];
  telemetry: readonly ({ nodeId: string } & NodeTelemetry)[];
}

/** Plans the nodes. The rules say whether what was seen shows that they are up. */
export function planNodes(context: RunContext): NodesPlan {
  const { known, seen } = context;
  if (!seen.requested.includes('nodes') || wereSkipped(seen)) return { steps: [], telemetry: [] };
  const knownByName = new Map(known.nodes.map((node) => [node.name, node]));
  const steps = seen.nodes.map((node) => meetNode(knownByName.get(node.name), node, context));
  const telemetry = seen.nodes.flatMap((node, index) => {
    const nodeId = steps[index]?.after.id;
    return node.telemetry === null || nodeId === undefined ? [] : [{ nodeId, ...node.telemetry }];
  });
  const listed = new Set(seen.nodes.map(({ name }) => name));
  for (const node of known.nodes) {
    if (!listed.has(node.name)) steps.push(missNode(node, context));
  }
  return { steps, telemetry };
}

/** A cloud's nodes are the places of its guests: without these it asks for none, and nothing is said of those that are known. */
function wereSkipped({ scopes }: Observation): boolean {
  return findScope(scopes, 'nodes')?.coverage === 'skipped';
}

function meetNode(node: Node | undefined, found: NodeObservation, context: RunContext): ResourceStep<NodeWrite> {
  const { startedAt, observedAt } = context.seen;
  const why = context.options.rules.doubtStatus(found, context.seen);
  const { status, ...rest } = withMaintenance(found.document, node, found);
  const document = why === null && status !== undefined && status !== 'unknown' ? { status, ...rest } : rest;
  if (node === undefined) {
    const base = { id: context.options.newId(), name: found.name };
    return createResource('node', base, { document, unobservable: why }, context);
  }
  const before = toNodeWrite(node);
  const { [MAINTENANCE]: _, ...known } = node.document;
  const merged = why === null ? mergeNode(known, document, found.isComplete) : node.document;
  return applySight(
    'node',
    before,
    { document: merged, unobservable: why },
    {
      isFirstSight: ([path]) => path !== 'status' && path !== MAINTENANCE,
      at: startedAt,
      notAfter: observedAt,
    },
  );
}

/** The document has `maintenance` only while it is true. If it was not reported, the known value stays. */
function withMaintenance(document: Document, node: Node | undefined, { isInMaintenance }: NodeObservation): Document {
  const isOn = isInMaintenance ?? node?.document[MAINTENANCE] === true;
  return isOn ? { ...document, [MAINTENANCE]: true } : document;
}

/** A complete document replaces the stored one, but keeps the known status if it has none. */
function mergeNode(known: Document, seen: Document, isComplete: boolean): Document {
  if (!isComplete) return { ...known, ...seen };
  return known['status'] === undefined ? seen : { status: known['status'], ...seen };
}

/** A node was removed if nothing casts doubt on its absence from the members. */
function missNode(node: Node, context: RunContext): ResourceStep<NodeWrite> {
  const { seen, options } = context;
  const before = toNodeWrite(node);
  const reason = options.rules.doubtNode(node, seen, options);
  if (reason === null) return removeResource('node', before, 'not a member of the cluster any more', context);
  return applySight(
    'node',
    before,
    { document: node.document, unobservable: reason },
    {
      isFirstSight: () => false,
      at: seen.startedAt,
      notAfter: seen.observedAt,
    },
  );
}

function toNodeWrite(node: Node): NodeWrite {
  const { id, name, document, presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt } = node;
  return { id, name, document, presence, presenceReason, unobservableSince, firstSeenAt, lastSeenAt, goneAt };
}
