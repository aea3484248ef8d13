/** Whether two values of JSON are equal. A field that is undefined is absent. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item, at) => isSame(item, other[at]));
  }
  const fields = definedFields(one);
  const others = new Map(definedFields(other));
  return fields.length === others.size && fields.every(([name, value]) => isSame(value, others.get(name)));
}

function definedFields(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, one]) => one !== undefined);
}
