import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

type Labels<L extends string> = Readonly<Record<L, string>>;

interface MetricOptions<L extends string> {
  /** Without the prefix, unit last: `send_seconds`, `deliveries_total`. */
  readonly name: string;
  readonly help: string;
  /** Labels with a closed set of values only; ids and phone numbers never. */
  readonly labels?: readonly L[];
}

export interface MetricCounter<L extends string = never> {
  add(labels: Labels<L>, by?: number): void;
}

export interface MetricGauge<L extends string = never> {
  set(labels: Labels<L>, value: number): void;
}

export interface MetricHistogram<L extends string = never> {
  observe(labels: Labels<L>, value: number): void;
}

export interface Metrics {
  createCounter<L extends string = never>(options: MetricOptions<L>): MetricCounter<L>;
  createGauge<L extends string = never>(options: GaugeOptions<L>): MetricGauge<L>;
  createHistogram<L extends string = never>(options: HistogramOptions<L>): MetricHistogram<L>;
  /** The text that Prometheus scrapes. */
  render(): Promise<{ contentType: string; text: string }>;
}

interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** Asked at every scrape, for what is cheaper to read than to keep up to date. */
  readonly read?: (gauge: MetricGauge<L>) => void | Promise<void>;
}

interface HistogramOptions<L extends string> extends MetricOptions<L> {
  readonly buckets: readonly number[];
}

/** Metrics of one process, in a registry of their own, each named `sluice_...`; the process's own figures are among them. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'sluice_' });
  const describe = <L extends string>(options: MetricOptions<L>) => ({
    name: `sluice_${options.name}`,
    help: options.help,
    labelNames: [...(options.labels ?? [])],
    registers: [registry],
  });

  function createCounter<L extends string>(options: MetricOptions<L>): MetricCounter<L> {
    const counter = new Counter(describe(options));
    return { add: (labels, by = 1) => counter.inc(labels, by) };
  }

  function createGauge<L extends string>(options: GaugeOptions<L>): MetricGauge<L> {
    const { read } = options;
    const collect = async () => {
      gauge.reset();
      await read?.(face);
    };
    const gauge = new Gauge({ ...describe(options), ...(read && { collect }) });
    const face: MetricGauge<L> = { set: (labels, value) => gauge.set(labels, value) };
    return face;
  }

  function createHistogram<L extends string>(options: HistogramOptions<L>): MetricHistogram<L> {
    const histogram = new Histogram({ ...describe(options), buckets: [...options.buckets] });
    return { observe: (labels, value) => histogram.observe(labels, value) };
  }

  const render = async () => ({ contentType: registry.contentType, text: await registry.metrics() });
  return { createCounter, createGauge, createHistogram, render };
}
