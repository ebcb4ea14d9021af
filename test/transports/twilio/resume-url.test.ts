import t from 'tap';
import type { CallSid } from '../../../src/actors/ports.js';
import { ResumeTickets } from '../../../src/transports/twilio/resume-url.js';

const CALL = `CA${'1'.repeat(32)}` as CallSid;
const OTHER = `CA${'2'.repeat(32)}` as CallSid;
const LIFE_MS = 3_600_000;

function setup(secrets: readonly string[] = ['a secret of all nodes']) {
  let nowMs = 1_700_000_000_000;
  const make = (more: readonly string[] = secrets) =>
    new ResumeTickets({ secrets: more, lifeMs: LIFE_MS, nowMs: () => nowMs });
  return { make, pass: (ms: number) => (nowMs += ms) };
}

t.test('a node knows its own ticket, and how many streams the call has had (B8)', async (t) => {
  const node = setup().make();
  t.same(node.read(node.issue(CALL, 2), CALL), { attempt: 2, isOwn: true });
});

t.test(
  'a node that was restarted, or is another one, knows that the call is not new (B8)',
  async (t) => {
    const { make } = setup();
    t.same(make().read(make().issue(CALL, 1), CALL), { attempt: 1, isOwn: false });
  },
);

t.test('a ticket that a rotated secret signed is good while both are known (B8)', async (t) => {
  const { make } = setup();
  const ticket = make(['the old secret']).issue(CALL, 1);
  t.match(make(['the new secret', 'the old secret']).read(ticket, CALL), { attempt: 1 });
  t.equal(make(['the new secret']).read(ticket, CALL), undefined);
});

t.test('without a secret each process knows its own tickets alone (B8)', async (t) => {
  const { make } = setup([]);
  const node = make();
  t.match(node.read(node.issue(CALL, 1), CALL), { isOwn: true });
  t.equal(make().read(node.issue(CALL, 1), CALL), undefined);
});

t.test('no other call, no other field, no bit of it may differ (B8)', async (t) => {
  const node = setup().make();
  const ticket = node.issue(CALL, 1);
  t.equal(node.read(ticket, OTHER), undefined);
  const seen = new Set<string>();
  for (let i = 0; i < ticket.length; i += 1) {
    for (const character of ['0', '1', 'A', '.', '-']) {
      const forged = ticket.slice(0, i) + character + ticket.slice(i + 1);
      if (forged === ticket || seen.has(forged)) continue;
      seen.add(forged);
      t.equal(node.read(forged, CALL), undefined, forged);
    }
  }
  for (const nonsense of [
    undefined,
    '',
    '1',
    '1.2.3.4',
    ticket.slice(1),
    `${ticket}A`,
    '9'.repeat(9999),
  ]) {
    t.equal(node.read(nonsense, CALL), undefined);
  }
});

t.test('a ticket outlives the longest call and no more (B8)', async (t) => {
  const { make, pass } = setup();
  const node = make();
  const ticket = node.issue(CALL, 1);
  pass(LIFE_MS);
  t.match(node.read(ticket, CALL), { attempt: 1 });
  pass(1);
  t.equal(node.read(ticket, CALL), undefined);
  pass(-LIFE_MS - 30_002);
  t.equal(node.read(ticket, CALL), undefined, 'nor may it come from the future');
});

t.test('a ticket is short and holds no number (B8)', async (t) => {
  const ticket = setup().make().issue(CALL, 3);
  t.ok(ticket.length < 60, ticket);
  t.notMatch(ticket, CALL);
});
