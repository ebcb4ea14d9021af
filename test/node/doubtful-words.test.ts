// Sounds that are no words, and words that are doubtful, to the receptionist of a real node with the built-in engines.

import t from 'tap';
import type { CallRecord, SttProvider } from '../../src/actors/ports.js';
import type { MediaNode } from '../../src/main.js';
import type { CallReport } from '../../src/phone/call-options.js';
import type { Script } from '../../src/phone/caller.js';
import { clipFromSamples, type Clip } from '../../src/phone/clip.js';
import { createLocalStt, createLocalTts, loadIntents } from '../../src/providers/local/index.js';
import { cough, groan, hum, laugh } from '../dsp/voice/human-voice.js';
import { callNode, clip, LOCAL_ENGINES, startTestNode } from './support.js';

t.jobs = 2;

const RATE_HZ = 8000;
/** With a person to be put through to. */
const OFFICE = { ...LOCAL_ENGINES, RINGMASTER_SIP_DOMAIN: 'pbx.example' };

const clipOf = (name: string, pcm: ArrayLike<number>): Clip =>
  clipFromSamples(
    name,
    Float32Array.from(pcm, (sample) => sample / 32_768),
  );

const NOTES = [262, 330, 392, 440, 349, 294, 523, 392] as const;
const harmonic = (hz: number, atS: number, count: number): number => {
  let sum = 0;
  for (let n = 1; n <= count; n++) sum += Math.sin(2 * Math.PI * hz * n * atS) / n ** 2;
  return sum;
};

/** Three notes at once that change each second, or one that changes three times a second. */
function music(kind: 'chords' | 'melody', seconds: number): Clip {
  const note = (i: number): number => NOTES[Math.floor(i) % NOTES.length] ?? 262;
  const pcm = Float64Array.from({ length: seconds * RATE_HZ }, (_, i) => {
    const atS = i / RATE_HZ;
    if (kind === 'melody') return 5000 * harmonic(note(atS * 3), atS, 4);
    return [0, 1, 2].reduce((sum, n) => sum + 2500 * harmonic(note(atS + n), atS, 1), 0);
  });
  return clipOf(kind, pcm);
}

async function call(
  node: MediaNode,
  script: Script,
): Promise<{ report: CallReport; record: CallRecord }> {
  const report = await callNode(node, script).finished;
  const record = await node.store.get(report.callSid);
  if (!record) throw new Error('the call has no record');
  return { report, record };
}

const agentTexts = ({ turns }: CallRecord): string[] =>
  turns.filter(({ role }) => role === 'agent').map(({ text }) => text);
const callerTexts = ({ turns }: CallRecord): string[] =>
  turns
    .filter(({ role, text }) => role === 'caller' && text !== '' && text !== '[unclear]')
    .map(({ text }) => text);

const SOUNDS: Readonly<Record<string, Clip>> = {
  'a hum of 0.4 s': clipOf('hum', hum(400)),
  'a long hum': clipOf('long hum', hum(900, 180, 150)),
  'a cough': clipOf('cough', cough(2)),
  'a groan': clipOf('groan', groan(800)),
  'a laugh': clipOf('laugh', laugh(4)),
};

t.test('sounds over and after the greeting end and transfer no call (D3)', async (t) => {
  const node = await startTestNode(t, OFFICE);
  const { greeting } = loadIntents();
  await Promise.all(
    Object.entries(SOUNDS).map(async ([name, sound]) => {
      const { report, record } = await call(node, async (caller) => {
        await caller.bargeIn(sound, 900);
        await caller.waitForAgent({ quietMs: 1200 });
        await caller.say(sound);
        await caller.wait(2500);
        await caller.hangUp();
      });
      t.match(report, { outcome: 'caller-hung-up', transferredTo: undefined }, name);
      // A laugh may be heard as "bye" in an interim, which takes the floor; nothing more comes of it.
      if (name === 'a laugh') return;
      t.equal(record.turns[0]?.text, greeting[0], `${name}: the greeting is said whole`);
      t.not(record.turns[0]?.interrupted, true, name);
      t.strictSame(callerTexts(record), [], `${name}: no words are made up`);
    }),
  );
});

t.test('20 s of hold music end and transfer no call (D3)', async (t) => {
  const node = await startTestNode(t, OFFICE);
  await Promise.all(
    (['chords', 'melody'] as const).map(async (kind) => {
      const { report, record } = await call(node, async (caller) => {
        await caller.bargeIn(music(kind, 20), 900);
        await caller.wait(1500);
        await caller.hangUp();
      });
      t.match(report, { outcome: 'caller-hung-up', transferredTo: undefined }, kind);
      t.strictSame(callerTexts(record), [], `${kind}: no words are made up`);
    }),
  );
});

/** The recogniser as it is, but not sure of the first words of a call. */
function doubting(): SttProvider {
  const stt = createLocalStt({ intents: loadIntents() });
  return {
    ...stt,
    open: async ({ emit, ...options }) => {
      let finals = 0;
      return stt.open({
        ...options,
        emit: (event) => {
          const isFirst = event.type === 'final' && event.text !== '' && finals++ === 0;
          emit(isFirst ? { ...event, confidence: 0.4 } : event);
        },
      });
    },
  };
}

async function spoken(text: string): Promise<Clip> {
  const voice = createLocalTts({ voice: 'rms', workers: 1 });
  const pcm: number[] = [];
  let rateHz = RATE_HZ;
  const request = { callSid: 'CA0' as never, text, signal: new AbortController().signal };
  for await (const chunk of voice.synthesize(request)) {
    pcm.push(...chunk.pcm);
    rateHz = chunk.sampleRateHz;
  }
  await voice.close();
  const samples = Float32Array.from(pcm, (sample) => sample / 32_768);
  return clipFromSamples(text, samples, rateHz);
}

t.test('a doubtful goodbye is asked about; a no keeps the call, a yes ends it (D3)', async (t) => {
  const node = await startTestNode(t, OFFICE, { providers: { stt: doubting() } });
  const [goodbye, no, yes] = await Promise.all([clip('vm-goodbye'), spoken('No.'), spoken('Yes.')]);
  const kept = call(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(goodbye);
    await caller.waitForAgent();
    await caller.say(no);
    await caller.waitForAgent();
    await caller.hangUp();
  });
  const ended = call(node, async (caller) => {
    await caller.waitForAgent();
    await caller.say(goodbye);
    await caller.waitForAgent();
    await caller.say(yes);
    await caller.waitForEnd();
  });
  const { confirm } = loadIntents();
  for (const { record } of await Promise.all([kept, ended])) {
    t.ok(confirm.hangup.includes(agentTexts(record)[1] ?? ''), agentTexts(record).join(' / '));
  }
  t.equal((await kept).report.outcome, 'caller-hung-up');
  t.strictSame(callerTexts((await kept).record), ['goodbye', 'no']);
  t.ok(confirm.declined.includes(agentTexts((await kept).record)[2] ?? ''));
  t.equal((await ended).report.outcome, 'node-hung-up');
  t.match((await ended).record, { endReason: 'agent-hangup' });
});

t.test(
  'misses: asked again, hints, then a person is offered and called by a key (D9)',
  async (t) => {
    const node = await startTestNode(t, OFFICE);
    const unknown = await Promise.all(
      ['tt-weasels', 'something-terribly-wrong', 'all-circuits-busy-now'].map(clip),
    );
    const { report, record } = await call(node, async (caller) => {
      await caller.waitForAgent();
      for (const words of unknown) {
        await caller.say(words);
        await caller.waitForAgent();
      }
      await caller.dtmf('0');
      await caller.waitForEnd();
    });
    const { unclear, hint, offer } = loadIntents();
    const [, first = '', second = '', third = ''] = agentTexts(record);
    t.ok(unclear.includes(first), first);
    t.ok(hint.includes(second), second);
    t.ok(offer.includes(third), third);
    t.strictSame(report.transferredTo, ['sip:100@pbx.example']);
  },
);
