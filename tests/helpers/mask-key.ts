/** As a machine would have it in its configuration. */
export const MASK_KEY = { id: '', secret: 'key' };
