import type { Finding } from '../../../src/protocol/reconcile.ts';
import { Sign, type Tone } from '../parts/sign.tsx';
import { Text } from '../parts/text.tsx';

const TONES: Readonly<Record<Finding['severity'], Tone>> = { high: 'bad', medium: 'warn', low: 'info' };

export function SeveritySign({ severity }: Pick<Finding, 'severity'>) {
  return <Sign tone={TONES[severity]}>{severity}</Sign>;
}

/** What the panel and the inventory say, field by field. */
export function Comparisons({ comparisons }: Pick<Finding['evidence'], 'comparisons'>) {
  if (comparisons.length === 0) return null;
  return (
    <ul className="muted">
      {comparisons.map(({ field, panel, inventory }) => (
        <li key={field}>
          {field}: <Text>{`the panel says ${panel ?? 'nothing'}, it is ${inventory ?? 'unknown'}`}</Text>
        </li>
      ))}
    </ul>
  );
}
