import t from 'tap';
import { CallEndings } from '../src/call-endings.js';
import { DrivenClock } from './transports/driven-clock.js';

function setup() {
  const clock = new DrivenClock();
  let asked = 0;
  const endings = new CallEndings({
    askTimeoutMs: 10_000,
    after: (delayMs, callback) => clock.after(delayMs, callback),
    onAsked: () => (asked += 1),
  });
  return { clock, endings, asked: () => asked };
}
const TRANSFER = {
  reason: 'transferred',
  next: { type: 'transfer', to: '+15550123' },
} as const;

t.test(
  'an ending is waited for until Twilio asked and the answer had time to leave (B4)',
  async (t) => {
    const { endings, clock, asked } = setup();
    endings.note('CA1', TRANSFER);
    t.equal(endings.unasked, 1);
    t.same(endings.ask('CA1'), TRANSFER);
    t.equal(endings.unasked, 1, 'the answer is on its way');
    clock.advance(200);
    t.equal(endings.unasked, 0);
    t.equal(asked(), 1);
    t.same(endings.ask('CA1'), TRANSFER, 'a request that is repeated finds the same');
    t.equal(endings.unasked, 0, 'and is not waited for');
  },
);

t.test(
  'an ending that Twilio does not ask for is waited for no longer than its time (B4)',
  async (t) => {
    const { endings, clock } = setup();
    endings.note('CA1', TRANSFER);
    clock.advance(9999);
    t.equal(endings.unasked, 1);
    clock.advance(1);
    t.equal(endings.unasked, 0);
    t.same(endings.ask('CA1'), TRANSFER, 'though it is still known');
  },
);

t.test('who hung up or lost the line is not there to be told anything (B4)', async (t) => {
  const { endings } = setup();
  endings.note('CA1', { reason: 'caller-hangup', next: undefined });
  endings.note('CA2', { reason: 'line-lost', next: undefined });
  t.equal(endings.unasked, 0);
});

t.test('a call that Twilio says is over is not waited for (B4)', async (t) => {
  const { endings, asked } = setup();
  endings.note('CA1', TRANSFER);
  endings.over('CA1');
  endings.over('CA2');
  t.equal(endings.unasked, 0);
  t.equal(asked(), 1);
});

t.test(
  'endings are forgotten after five minutes, and the oldest beyond ten thousand',
  async (t) => {
    const { endings, clock } = setup();
    for (let i = 0; i <= 10_000; i += 1) endings.note(`CA${i}`, TRANSFER);
    t.equal(endings.ask('CA0'), undefined);
    t.same(endings.ask('CA1'), TRANSFER);
    clock.advance(300_000);
    t.equal(endings.ask('CA1'), undefined);
    t.equal(clock.pending, 0);
  },
);
