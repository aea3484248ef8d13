import { AppError } from '../../types/errors.ts';
import type { ProviderModule } from '../manifest.ts';
export const module: ProviderModule = {
  get rules(): never {
    throw new AppError('configuration', 'x');
  },
  open: () => {
    throw new AppError('configuration', 'x');
  },
};
