/** Kept equal to package.json by a test: reading that file would cost every start a read and a parse. */
export const VERSION = '0.1.0';
