import { useState } from 'react';
import type { Provider } from '../../../src/protocol/resources.ts';
import { announce } from '../parts/announce.tsx';
import { messageOf } from '../parts/format.ts';
import { changeProvider } from './calls.ts';

export function useProviderActions({ id, name }: Provider) {
  const [isBusy, setBusy] = useState(false);
  return {
    isBusy,
    async setEnabled(isEnabled: boolean): Promise<void> {
      setBusy(true);
      try {
        await changeProvider(id, { isEnabled });
        announce(`${name} is ${isEnabled ? 'enabled' : 'disabled'}`);
      } catch (error) {
        announce(`${name}: ${messageOf(error)}`);
      }
      setBusy(false);
    },
  };
}
