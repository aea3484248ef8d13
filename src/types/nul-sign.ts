/** U+2400, what a NUL of the server is from the edge on: PostgreSQL has no text with a NUL, and people can read the sign. */
export const NUL_SIGN = '\u2400';

/** What separates the items of a list. Source: pve-common src/PVE/Tools.pm split_list. */
export const LIST_SEPARATORS = /[,;\s\0\u2400]+/;
