import type { EgressOutcome, Metrics } from '../platform/index.ts';

const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

export type DeliverMetrics = {
  countAttempt(verdict: 'delivered' | 'retry' | 'failed', outcome: EgressOutcome): void;
};

export function createDeliverMetrics(metrics: Metrics, readInFlight: () => number): DeliverMetrics {
  const attempts = metrics.createCounter({
    name: 'delivery_attempts_total',
    help: 'Attempts to deliver an event, by what became of the delivery.',
    labels: ['verdict'],
  });
  const seconds = metrics.createHistogram({
    name: 'delivery_attempt_seconds',
    help: 'How long attempts took, connecting included.',
    buckets: secondsBuckets,
  });
  metrics.createGauge({
    name: 'deliveries_in_flight',
    help: 'Attempts that wait for their answer.',
    read: (gauge) => gauge.set({}, readInFlight()),
  });
  return {
    countAttempt: (verdict, outcome) => {
      attempts.add({ verdict });
      seconds.observe({}, outcome.timings.totalMs / 1_000);
    },
  };
}
