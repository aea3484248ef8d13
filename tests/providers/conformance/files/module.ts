import type { ProviderModule } from '../../../../src/providers/manifest.ts';
import { FilesProvider } from './files-provider.ts';
import { Folder } from './folder.ts';
import { rules } from './rules.ts';

export const module: ProviderModule = {
  rules,
  open: ({ endpoints: [url = ''] }, { clock }) => {
    const folder = new Folder(url);
    return Object.assign(new FilesProvider(folder, clock), { requestCount: () => folder.readCount });
  },
};
