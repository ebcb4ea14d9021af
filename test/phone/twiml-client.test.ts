import t from 'tap';
import { followTwiml, type DialStatus, type TwimlHost } from '../../src/phone/twiml-client.js';
import { parseTwiml, type TwimlVerb } from '../../src/phone/twiml.js';

interface TestHost extends TwimlHost {
  readonly log: string[];
  over: boolean;
}

/** A host over documents by URL; everything that happens goes into its log. */
function hostOf(
  documents: Record<string, string>,
  onBegan: (verb: TwimlVerb, host: TestHost) => void = () => {},
  dialStatus?: DialStatus,
): TestHost {
  const log: string[] = [];
  const host: TestHost = {
    log,
    over: false,
    fetch(url, method, more) {
      log.push(`${method} ${url}${more === undefined ? '' : ` ${JSON.stringify(more)}`}`);
      const parsed = parseTwiml(`<Response>${documents[url] ?? ''}</Response>`);
      if ('fault' in parsed) throw new Error(parsed.fault.message);
      return Promise.resolve({ url, verbs: parsed.verbs });
    },
    answered: () => log.push('answered'),
    began(verb) {
      log.push(verb.verb);
      onBegan(verb, host);
    },
    dial: ({ to }) => {
      log.push(`dial ${to.join(' ')}`);
      return dialStatus;
    },
    stream: ({ url }) => {
      log.push(`stream ${url}`);
      return Promise.resolve();
    },
    pass: (ms) => {
      log.push(`pass ${ms}`);
      return Promise.resolve();
    },
  };
  return host;
}

const STREAM = '<Connect><Stream url="wss://n.example/m"/></Connect>';

t.test('what follows a stream runs when it ended', async (t) => {
  const host = hostOf({
    'https://n.example/voice': `${STREAM}<Say>Goodbye</Say><Hangup/><Say>no</Say>`,
  });
  const outcome = await followTwiml('https://n.example/voice', host);
  t.strictSame(outcome, { how: 'ended' });
  t.strictSame(host.log, [
    'POST https://n.example/voice',
    'answered',
    'stream',
    'stream wss://n.example/m',
    'answered',
    'say',
    'pass 455',
    'answered',
    'hangup',
  ]);
});

t.test('a redirect is relative to its document, and nothing after it runs', async (t) => {
  const host = hostOf({
    'https://n.example/twilio/voice': '<Redirect method="GET">resume?a=1</Redirect><Say>no</Say>',
    'https://n.example/twilio/resume?a=1': '<Dial>+15550123</Dial>',
  });
  const outcome = await followTwiml('https://n.example/twilio/voice', host);
  t.strictSame(outcome, { how: 'transferred' });
  t.strictSame(
    host.log.filter((entry) => entry !== 'answered'),
    [
      'POST https://n.example/twilio/voice',
      'redirect',
      'GET https://n.example/twilio/resume?a=1',
      'dial',
      'dial +15550123',
    ],
  );
});

t.test('a dialled call that ends asks its action how to go on', async (t) => {
  const documents = {
    'https://n.example/v': '<Dial action="done">+15550123</Dial><Say>no</Say>',
    'https://n.example/done': '<Hangup/>',
  };
  const host = hostOf(documents, undefined, 'busy');
  t.strictSame(await followTwiml('https://n.example/v', host), { how: 'ended' });
  t.ok(host.log.includes('POST https://n.example/done {"DialCallStatus":"busy"}'));
  t.notOk(host.log.includes('say'));
});

t.test('without an action the next verb runs after a dialled call', async (t) => {
  const documents = { 'https://n.example/v': '<Dial>+15550123</Dial><Say>x</Say>' };
  const host = hostOf(documents, undefined, 'busy');
  t.strictSame(await followTwiml('https://n.example/v', host), { how: 'ended' });
  t.ok(host.log.includes('say'));
});

t.test('a rejected call is never answered', async (t) => {
  const host = hostOf({ 'https://n.example/v': '<Reject reason="busy"/>' });
  t.strictSame(await followTwiml('https://n.example/v', host), { how: 'rejected', reason: 'busy' });
  t.notOk(host.log.includes('answered'));
});

t.test('a document that runs out hangs up', async (t) => {
  const host = hostOf({ 'https://n.example/v': '<Pause length="2"/>' });
  t.strictSame(await followTwiml('https://n.example/v', host), { how: 'ended' });
  t.ok(host.log.includes('pass 2000'));
});

t.test('a call that is over runs no further verb', async (t) => {
  const host = hostOf({ 'https://n.example/v': `${STREAM}<Say>no</Say>` }, (_, self) => {
    self.over = true;
  });
  t.strictSame(await followTwiml('https://n.example/v', host), { how: 'over' });
  t.notOk(host.log.includes('say'));
});

t.test('a malformed URL in the document is refused', async (t) => {
  const host = hostOf({ 'https://n.example/v': '<Redirect>http://:x</Redirect>' });
  await t.rejects(followTwiml('https://n.example/v', host), { code: 'PHONE_TWIML_INVALID' });
});

t.test('an endless redirect is refused', async (t) => {
  const host = hostOf({ 'https://n.example/v': '<Redirect>/v</Redirect>' });
  await t.rejects(followTwiml('https://n.example/v', host), {
    code: 'PHONE_TWIML_INVALID',
    message: /more than 30 times/,
  });
});
