/** In both schemes every text has a contrast of 4.5:1; paper is always light. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #57606a; --rule: #d0d7de; --head: #f3f5f7; --warn: #a40e26;
  --s0: #0b65b0; --s1: #b35900; --s2: #0f7b5c; --s3: #8a3ea8; --s4: #a8325e; --s5: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e4e7eb; --soft: #a0a8b2; --rule: #363c44; --head: #1e2329;
  --warn: #ff8e8e; --s0: #5aa9ec; --s1: #e29a4a; --s2: #4cc39a; --s3: #c48ae0; --s4: #ee86ab; --s5: #8b949e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px; max-width: 1400px; background: var(--paper); color: var(--ink);
  font: 13px/20px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; }
h1 { margin: 0; font-size: 22px; line-height: 28px; }
h2 { margin: 32px 0 8px; padding-bottom: 4px; border-bottom: 1px solid var(--rule); font-size: 16px; }
h3 { margin: 16px 0 4px; font-size: 13px; }
p { margin: 4px 0; max-width: 100ch; }
.soft, figcaption { color: var(--soft); }
.warn { color: var(--warn); font-weight: 600; }
.problems { margin: 12px 0; padding: 8px 12px; border: 1px solid var(--warn); border-left-width: 4px; }
.problems ul { margin: 0; padding-left: 20px; }
dl { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 16px 0 0; }
dt { color: var(--soft); }
dd { margin: 0; font-size: 18px; line-height: 24px; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: var(--head); font-weight: 600; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.plain { white-space: nowrap; overflow-wrap: normal; }
td.word { overflow-wrap: break-word; }
tr.gone td { color: var(--soft); }
figure { margin: 8px 0 16px; break-inside: avoid; }
svg { display: block; width: 100%; height: auto; }
svg.meter { width: 120px; height: 10px; margin-top: 5px; }
svg text { fill: var(--ink); font-size: 12px; }
svg .scale, svg .name { text-anchor: end; }
svg .day { text-anchor: middle; fill: var(--soft); }
svg .scale { fill: var(--soft); }
.rule { stroke: var(--rule); }
.track { fill: var(--rule); }
.full { fill: var(--warn); }
.s0 { fill: var(--s0); } .s1 { fill: var(--s1); } .s2 { fill: var(--s2); } .s3 { fill: var(--s3); } .s4 { fill: var(--s4); } .s5 { fill: var(--s5); }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --head: #eee; --warn: #a40e26;
    --s0: #0b65b0; --s1: #b35900; --s2: #0f7b5c; --s3: #8a3ea8; --s4: #a8325e; --s5: #6e7781; }
  body { padding: 0; max-width: none; font-size: 9px; line-height: 13px; }
  th, td { padding: 2px 6px; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tr, figure, .problems { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  th, .s0, .s1, .s2, .s3, .s4, .s5, .track, .full { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
