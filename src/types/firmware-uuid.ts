const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const NO_UUID = /^(?:0{8}(?:-0{4}){3}-0{12}|f{8}(?:-f{4}){3}-f{12})$/;

/** A UUID of a firmware in lower case; null for any other text, and for those that machines without one tell. */
export function toFirmwareUuid(text: string | null | undefined): string | null {
  const uuid = text?.toLowerCase() ?? '';
  return UUID.test(uuid) && !NO_UUID.test(uuid) ? uuid : null;
}

/** The smaller one of a UUID and the same bytes in the other order: firmware and operating systems disagree about the first three groups. */
export function canonicalUuid(uuid: string): string {
  const [a = '', b = '', c = '', ...rest] = uuid.split('-');
  const other = [swapped(a), swapped(b), swapped(c), ...rest].join('-');
  return other < uuid ? other : uuid;
}

function swapped(hex: string): string {
  return (hex.match(/../g) ?? []).reverse().join('');
}
