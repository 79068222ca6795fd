import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('renders counters, gauges and histograms under one prefix', async () => {
  const metrics = createMetrics();
  const sends = metrics.createCounter({ name: 'sends_total', help: 'Sends.', labels: ['outcome'] });
  const depth = metrics.createGauge({ name: 'depth', help: 'Depth.', read: (gauge) => gauge.set({}, 7) });
  const wait = metrics.createHistogram({ name: 'wait_seconds', help: 'Wait.', buckets: [1, 2] });
  sends.add({ outcome: 'accepted' });
  sends.add({ outcome: 'accepted' }, 2);
  depth.set({}, 3);
  wait.observe({}, 1.5);
  const { contentType, text } = await metrics.render();
  expect(contentType).toContain('text/plain');
  expect(text).toContain('sluice_sends_total{outcome="accepted"} 3');
  expect(text).toContain('sluice_depth 7');
  expect(text).toContain('sluice_wait_seconds_bucket{le="2"} 1');
  const named = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(named.every((line) => line.startsWith('sluice_'))).toBe(true);
});

it('a gauge that is read forgets the labels that are gone', async () => {
  const metrics = createMetrics();
  let lanes = ['a', 'b'];
  const read = (gauge: { set(labels: { lane: string }, value: number): void }) => {
    for (const lane of lanes) gauge.set({ lane }, 1);
  };
  metrics.createGauge({ name: 'lanes', help: 'Lanes.', labels: ['lane'], read });
  await metrics.render();
  lanes = ['b'];
  expect((await metrics.render()).text).not.toContain('lane="a"');
});

it('two sets of metrics know nothing of each other', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.createCounter({ name: 'only_total', help: 'One.' }).add({});
  expect((await other.render()).text).not.toContain('only_total');
});
