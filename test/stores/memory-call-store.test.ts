import { mock } from 'node:test';
import t from 'tap';
import type { CallInfo, RecordedTurn } from '../../src/actors/ports.js';
import { createMemoryCallStore } from '../../src/stores/memory-call-store.js';

const call = (callSid: string, streamSid = `MZ${callSid}`): CallInfo =>
  ({ callSid, streamSid, from: '+15550100', parameters: {} }) as unknown as CallInfo;

const turn = (text: string, startMs = 0, endMs = 100): RecordedTurn => ({
  role: 'caller',
  text,
  startMs,
  endMs,
});

t.test('a running call is found, with what was told so far', async (t) => {
  const store = createMemoryCallStore();
  const log = store.open(call('CA1'));
  log.turn(turn('hello'));
  log.interruption();
  log.interruption();
  log.restart('stt');
  log.restart('stt');
  log.restart('tts');
  const latency = { turn: 1, endpointingMs: 1, sttMs: 2, agentMs: 3, ttsMs: 4, totalMs: 10 };
  log.latency(latency);
  const record = await store.get('CA1');
  t.match(record, {
    callSid: 'CA1',
    streamSid: 'MZCA1',
    state: 'active',
    turns: [turn('hello')],
    latencies: [latency],
    interruptions: 2,
    restarts: { stt: 2, tts: 1 },
  });
  t.notOk(Number.isNaN(Date.parse(record?.startedAt ?? '')));
  t.notOk(record && 'endedAt' in record);
  t.notMatch(JSON.stringify(record), '+15550100', 'numbers are no part of the record');
});

t.test('an ended call says when, how and by which error; the first end counts', async (t) => {
  const store = createMemoryCallStore();
  const log = store.open(call('CA1'));
  log.end('failed', 'PROVIDER_TIMEOUT');
  log.end('caller-hangup');
  const record = await store.get('CA1');
  t.match(record, { state: 'ended', endReason: 'failed', errorCode: 'PROVIDER_TIMEOUT' });
  t.ok((record?.durationMs ?? -1) >= 0);
  store.open(call('CA2')).end('caller-hangup');
  t.notOk('errorCode' in ((await store.get('CA2')) ?? {}));
});

t.test('a record does not change under the hands of who reads it', async (t) => {
  const store = createMemoryCallStore();
  const log = store.open(call('CA1'));
  log.turn(turn('one'));
  const before = await store.get('CA1');
  log.turn(turn('two'));
  log.restart('stt');
  t.equal(before?.turns.length, 1);
  t.strictSame(before?.restarts, {});
});

t.test('unknown calls are undefined', async (t) => {
  t.equal(await createMemoryCallStore().get('CA1'), undefined);
});

t.test('calls are listed newest first, as many as asked for', async (t) => {
  const store = createMemoryCallStore();
  for (const sid of ['CA1', 'CA2', 'CA3']) store.open(call(sid));
  const sids = async (limit: number): Promise<string[]> =>
    (await store.list(limit)).map(({ callSid }) => callSid);
  t.strictSame(await sids(2), ['CA3', 'CA2']);
  t.strictSame(await sids(10), ['CA3', 'CA2', 'CA1']);
  t.strictSame(await sids(0), []);
  t.strictSame(await sids(-1), []);
});

t.test('the oldest ended calls are forgotten, running ones never', async (t) => {
  const store = createMemoryCallStore(2);
  store.open(call('running'));
  for (const sid of ['CA1', 'CA2', 'CA3']) store.open(call(sid)).end('caller-hangup');
  t.strictSame(
    (await store.list(10)).map(({ callSid }) => callSid),
    ['CA3', 'CA2', 'running'],
  );
});

t.test('a store that keeps nothing knows running calls alone', async (t) => {
  const store = createMemoryCallStore(0);
  const log = store.open(call('CA1'));
  t.ok(await store.get('CA1'));
  log.end('caller-hangup');
  t.strictSame(await store.list(10), []);
});

t.test('a resumed call goes on in the same record, on the same clock', async (t) => {
  mock.timers.enable({ apis: ['Date'] });
  t.teardown(() => mock.timers.reset());
  const store = createMemoryCallStore(1);
  const first = store.open(call('CA1', 'MZ1'));
  first.turn(turn('before', 1000, 2000));
  first.interruption();
  mock.timers.tick(60_000);
  first.end('transferred');
  mock.timers.tick(30_000);
  const second = store.open(call('CA1', 'MZ2'));
  t.match(await store.get('CA1'), { state: 'active', streamSid: 'MZ2' });
  second.turn(turn('after', 500, 900));
  second.interruption();
  mock.timers.tick(10_000);
  first.end('failed');
  second.end('caller-hangup');
  t.match(await store.get('CA1'), {
    endReason: 'caller-hangup',
    durationMs: 100_000,
    interruptions: 2,
    turns: [turn('before', 1000, 2000), turn('after', 90_500, 90_900)],
  });
});

t.test('a late end of an older stream does not end the call, nor upset what is kept', async (t) => {
  const store = createMemoryCallStore(2);
  const before = store.open(call('CA1', 'MZ1'));
  const after = store.open(call('CA1', 'MZ2'));
  before.end('line-lost');
  t.match(await store.get('CA1'), { state: 'active', streamSid: 'MZ2' });
  after.end('caller-hangup');
  after.end('caller-hangup');
  store.open(call('CA1', 'MZ3')).end('caller-hangup');
  store.open(call('CA2')).end('caller-hangup');
  t.strictSame(
    (await store.list(10)).map(({ callSid }) => callSid),
    ['CA2', 'CA1'],
  );
  store.open(call('CA3')).end('caller-hangup');
  t.strictSame(
    (await store.list(10)).map(({ callSid }) => callSid),
    ['CA3', 'CA2'],
  );
});
