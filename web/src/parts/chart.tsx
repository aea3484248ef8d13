import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';

interface Props {
  label: string;
  /** Seconds since 1970. */
  times: readonly number[];
  values: readonly number[];
  kind: 'line' | 'bars';
  height?: number;
}

/** One series over time. Its figures are a table too, for who cannot see it. */
export function Chart({ label, times, values, kind, height = 150 }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  // With another scheme the colours are read anew.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const colour = getComputedStyle(element).color;
    const plot = new uPlot(
      optionsOf({ label, kind, height, width: element.clientWidth, colour, muted: mutedOf(element) }),
      [[...times], [...values]],
      element,
    );
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [label, times, values, kind, height, scheme]);
  return (
    <figure className="chart">
      <div ref={box} className="chart-box" aria-hidden="true" style={{ minHeight: `${height}px` }} />
      <figcaption className="visually-hidden">
        {label}: from {values[0] ?? 0} to {values.at(-1) ?? 0}, at most {Math.max(0, ...values)}
      </figcaption>
    </figure>
  );
}

interface Look {
  label: string;
  kind: Props['kind'];
  height: number;
  width: number;
  colour: string;
  muted: string;
}

function optionsOf({ label, kind, height, width, colour, muted }: Look): uPlot.Options {
  const axis: uPlot.Axis = { stroke: muted, grid: { stroke: muted, width: 0.25 }, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.7, 40] });
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, low, high) => [kind === 'bars' ? 0 : low, high === low ? high + 1 : high] } },
    axes: [axis, { ...axis, size: 54 }],
    series: [
      {},
      {
        label,
        stroke: colour,
        width: kind === 'bars' ? 0 : 2,
        points: { show: false },
        ...(kind === 'bars' ? { fill: colour } : {}),
        ...(kind === 'bars' && bars !== undefined ? { paths: bars } : {}),
      },
    ],
  };
}

/** Colours of the page that a canvas cannot inherit. */
function mutedOf(element: HTMLElement): string {
  return getComputedStyle(element).getPropertyValue('border-top-color');
}

function useScheme(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const changed = () => setCount((before) => before + 1);
    const media = matchMedia('(prefers-color-scheme: dark)');
    const observer = new MutationObserver(changed);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    media.addEventListener('change', changed);
    return () => {
      observer.disconnect();
      media.removeEventListener('change', changed);
    };
  }, []);
  return count;
}
