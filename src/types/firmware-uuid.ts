const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_UUID = /^(?:0{8}(?:-0{4}){3}-0{12}|f{8}(?:-f{4}){3}-f{12})$/;

/** A UUID of a firmware in lower case; null for any other text, and for those that machines without one tell. */
export function toFirmwareUuid(text: string | null | undefined): string | null {
  const uuid = text?.toLowerCase() ?? '';
  return UUID.test(uuid) && !NO_UUID.test(uuid) ? uuid : null;
}

/** The smaller one of a UUID and the same bytes in the other order: firmware and operating systems disagree about the first three groups. */
export function canonicalUuid(uuid: string): string {
  const at = (from: number) => uuid.slice(from, from + 2);
  const first = `${at(6)}${at(4)}${at(2)}${at(0)}`;
  const other = `${first}-${at(11)}${at(9)}-${at(16)}${at(14)}${uuid.slice(18)}`;
  return other < uuid ? other : uuid;
}
