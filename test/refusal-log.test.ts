import t from 'tap';
import { RefusalLog } from '../src/refusal-log.js';

type Line = Record<string, unknown>;

function setup(t: { teardown(end: () => void): void }, intervalMs = 60_000) {
  const lines: Line[] = [];
  const logger = { warn: (line: Line) => void lines.push(line) };
  const log = new RefusalLog(logger as never, intervalMs);
  t.teardown(() => log.close());
  return { log, lines };
}

t.test('the first refusal of a code is logged at once, the others are counted', async (t) => {
  const { log, lines } = setup(t);
  let explained = 0;
  const explain = () => {
    explained += 1;
    return { url: 'https://voice.example/twilio/voice', hint: 'mend it' };
  };
  for (let index = 0; index < 1000; index += 1) log.note('SIGNATURE_INVALID', explain);
  log.note('ORIGIN_FOREIGN');
  t.equal(explained, 1, 'what is dear is asked for once');
  t.match(lines, [
    { code: 'SIGNATURE_INVALID', url: 'https://voice.example/twilio/voice', hint: 'mend it' },
    { code: 'ORIGIN_FOREIGN', hint: /web page/ },
  ]);
  t.equal(lines.length, 2);
  t.same(log.counts, { SIGNATURE_INVALID: 1000, ORIGIN_FOREIGN: 1 });
  log.close();
  t.match(lines[2], { code: 'SIGNATURE_INVALID', count: 999 }, 'what is left is told at the end');
  t.equal(lines.length, 3);
});

t.test('a flood is one line an interval, and silence is none', async (t) => {
  const { log, lines } = setup(t, 20);
  for (let index = 0; index < 10; index += 1) log.note('ROUTE_NOT_FOUND');
  while (lines.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(lines[1], { code: 'ROUTE_NOT_FOUND', count: 9 });
  await new Promise((resolve) => setTimeout(resolve, 80));
  t.equal(lines.length, 2);
  log.note('ROUTE_NOT_FOUND');
  t.equal(lines.length, 3, 'after a pause the next is the first again');
});
