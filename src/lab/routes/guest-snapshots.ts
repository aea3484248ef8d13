import type { GuestKind } from '../model.ts';
import { describeSnapshot, removeSnapshot, rollback, snapshotConfig, takeSnapshot } from '../operations/snapshots.ts';
import type { Call, Route } from '../router.ts';
import { onGuest, operationOf, refOf } from '../router.ts';
import { type Specs, write } from './guest-route.ts';

/** Taking, describing, removing and going back to snapshots. */
export function guestSnapshotRoutes(kind: GuestKind): readonly Route[] {
  const taken: Specs = {
    snapname: 'string:pve-configid',
    description: 'string?',
    ...(kind === 'qemu' && { vmstate: 'boolean?' }),
  };
  const snapname = (call: Call): string => call.parameters['snapname'] ?? '';
  return [
    {
      method: 'GET',
      path: `/nodes/{node}/${kind}/{vmid}/snapshot/{snapname}/config`,
      allow: onGuest('VM.Snapshot', 'VM.Snapshot.Rollback', 'VM.Audit'),
      handle: (call) => snapshotConfig(call.cluster, refOf(call, kind), snapname(call)),
    },
    write('POST', kind, '/snapshot', ['VM.Snapshot'], taken, (call) => {
      const { description, vmstate } = call.parameters;
      return takeSnapshot(operationOf(call), refOf(call, kind), {
        name: snapname(call),
        description,
        hasRam: vmstate === '1',
      });
    }),
    write('DELETE', kind, '/snapshot/{snapname}', ['VM.Snapshot'], { force: 'boolean?' }, (call) =>
      removeSnapshot(operationOf(call), refOf(call, kind), snapname(call)),
    ),
    write(
      'POST',
      kind,
      '/snapshot/{snapname}/rollback',
      ['VM.Snapshot', 'VM.Snapshot.Rollback'],
      { start: 'boolean?' },
      (call) => rollback(operationOf(call), refOf(call, kind), snapname(call), call.parameters['start'] === '1'),
    ),
    write('PUT', kind, '/snapshot/{snapname}/config', ['VM.Snapshot'], { description: 'string?' }, (call) =>
      describeSnapshot(operationOf(call), refOf(call, kind), snapname(call), call.parameters['description'] ?? ''),
    ),
  ];
}
