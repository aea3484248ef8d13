import type { CliContext } from '../context.ts';

/** Printed once: alone where people read it, and in a record where a program does. */
export async function printSecret<Field extends string>(
  { output, options }: CliContext,
  record: { name: string } & { [field in Field]: string },
  field: Field,
): Promise<void> {
  const { [field]: secret, name } = record;
  if (!['json', 'yaml', 'csv'].includes(options.output)) return output.result(record, secret);
  await output.print(record, {
    columns: [
      { key: 'name', raw: () => name },
      { key: field, raw: () => secret },
    ],
    rows: (one) => [one],
    ref: () => name,
  });
}
