/** `#010`: a control character; `\\u00e9`: one that is not ASCII. Source: pve-cluster src/pmxcfs/cfs-utils.c utf8_to_ascii. */
const ESCAPE = /#(0[0-2]\d|03[01]|127)|\\u([0-9a-fA-F]{4})/g;

/** The text that a value in a line of the cluster log stands for. What was written as `#010` itself cannot be told apart. */
export function decodeLogText(text: string): string {
  return text.replaceAll(ESCAPE, (_whole, decimal?: string, hex?: string) =>
    String.fromCharCode(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)),
  );
}
