import type { Cluster } from './cluster.ts';
import type { LabGuest } from './model.ts';
import type { Meanwhile } from './task.ts';

/** The lock that the configuration shows while a task runs. It stays where the task's process dies. */
export function locked(guest: LabGuest, lock: string): Meanwhile {
  return {
    begin: () => {
      guest.config['lock'] = lock;
    },
    end: (how) => {
      if (how !== 'died' && guest.config['lock'] === lock) delete guest.config['lock'];
    },
  };
}

/** The lock on the guest's file, that no configuration shows: whatever else wants it waits for 10 s and fails. */
export function held(guest: LabGuest): Meanwhile {
  return {
    begin: () => {
      guest.isHeld = true;
    },
    end: () => {
      guest.isHeld = false;
    },
  };
}

/** A guest that a task makes: it is there from the start, locked, and gone again where the task fails. */
export function made(cluster: Cluster, guest: LabGuest, lock: string): Meanwhile {
  return {
    begin: () => {
      guest.config['lock'] = lock;
      cluster.guests.set(guest.vmid, guest);
    },
    end: (how) => {
      if (how === 'ok') delete guest.config['lock'];
      if (how === 'failed') cluster.guests.delete(guest.vmid);
    },
  };
}

export function together(all: readonly Meanwhile[]): Meanwhile {
  return {
    begin: () => {
      for (const one of all) one.begin();
    },
    end: (how) => {
      for (const one of all) one.end(how);
    },
  };
}
