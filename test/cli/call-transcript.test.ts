import t, { type Test } from 'tap';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transcript, type TranscriptTurn } from '../../src/cli/call/transcript.js';

const TURN = { role: 'agent', text: 'hello', startMs: 0, endMs: 900 };

interface Served {
  readonly transcript: Transcript;
  readonly turns: TranscriptTurn[];
  readonly unavailable: string[];
  readonly requests: IncomingMessage[];
}

/** A node that gives these answers one after the other, the last one again and again. */
async function serve(
  t: Test,
  answers: readonly { status?: number; body: string }[],
): Promise<Served> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    response.statusCode = answer?.status ?? 200;
    response.end(answer?.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const turns: TranscriptTurn[] = [];
  const unavailable: string[] = [];
  const transcript = new Transcript({
    nodeUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    callSid: 'CA1',
    token: 'secret',
    onTurn: (turn) => turns.push(turn),
    onUnavailable: (why) => unavailable.push(why),
  });
  return { transcript, turns, unavailable, requests };
}

function record(state: string, turns: unknown[]): { body: string } {
  return { body: JSON.stringify({ callSid: 'CA1', state, turns, latencies: [] }) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

t.test('each turn is told once, with the token shown', async (t) => {
  const { transcript, turns, requests } = await serve(t, [
    { status: 404, body: '{}' },
    record('active', [TURN]),
    record('active', [TURN]),
    record('ended', [TURN, { ...TURN, role: 'caller', interrupted: true }]),
  ]);
  transcript.start();
  await until(() => requests.length === 3);
  await transcript.finish();
  t.strictSame(turns, [TURN, { ...TURN, role: 'caller', interrupted: true }]);
  t.equal(requests[0]?.url, '/calls/CA1');
  t.equal(requests[0]?.headers.authorization, 'Bearer secret');
  t.equal(transcript.record?.state, 'ended');
});

t.test('a node that wants a token is told once, and is not asked again', async (t) => {
  const { transcript, unavailable, requests } = await serve(t, [{ status: 401, body: '{}' }]);
  transcript.start();
  await until(() => unavailable.length > 0);
  await transcript.finish();
  t.strictSame(unavailable, ['the node asks for its API token (--token)']);
  t.equal(requests.length, 1);
});

t.test('an answer that is no record is told', async (t) => {
  for (const body of ['[]', '{"state":"active"}', '{"state":"odd","turns":[]}']) {
    const { transcript, unavailable } = await serve(t, [{ body }]);
    transcript.start();
    await until(() => unavailable.length > 0);
    await transcript.finish();
    t.match(unavailable, [/no call record/]);
  }
});

t.test('a node that is gone or answers garbage does no harm', async (t) => {
  const { transcript, turns, unavailable } = await serve(t, [{ body: 'not json' }]);
  transcript.start();
  await transcript.finish();
  t.strictSame([turns, unavailable], [[], []]);
});

t.test('without a start nothing is asked', async (t) => {
  const { transcript, requests } = await serve(t, [record('ended', [TURN])]);
  await transcript.finish();
  t.equal(requests.length, 0);
});
