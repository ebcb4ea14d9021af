import { createServer } from 'node:net';
import t from 'tap';
import { runServe } from '../../src/cli/serve.js';

/** A terminal that keeps what is written and interrupts once the command listens. */
function terminal() {
  let out = '';
  let err = '';
  let interrupt = (): void => undefined;
  return {
    io: {
      stdout: {
        write: (text: string) => {
          out += text;
          if (text.includes('Next:')) setImmediate(() => interrupt());
        },
      },
      stderr: { write: (text: string) => void (err += text) },
      onInterrupt: () => () => undefined,
      onDefect: () => () => undefined,
      exitAfter: () => undefined,
      onSignals: (
        signals: readonly NodeJS.Signals[],
        listener: (signal: NodeJS.Signals) => void,
      ) => {
        if (signals.includes('SIGTERM')) interrupt = () => listener('SIGTERM');
        return () => undefined;
      },
    },
    out: () => out,
    err: () => err,
  };
}

const QUICK = {
  PORT: '0',
  RINGMASTER_LOG: 'silent',
  RINGMASTER_STT: 'scripted',
  RINGMASTER_TTS: 'scripted',
  RINGMASTER_AGENT: 'scripted',
};

t.test(
  'a node says what it listens on, what it runs on and why, and what to do next',
  async (t) => {
    const { io, out } = terminal();
    t.equal(await runServe(QUICK, io), 0);
    t.match(out(), /^Ringmaster listens on http:\/\/127\.0\.0\.1:\d+\n/);
    t.match(out(), /speech to text +scripted \(RINGMASTER_STT says so\)/);
    t.match(out(), /callers +of this machine only \(TWILIO_AUTH_TOKEN is not set\)/);
    t.match(out(), 'npm run call');
  },
);

t.test('invalid settings are told all at once, and nothing starts', async (t) => {
  const { io, out, err } = terminal();
  t.equal(await runServe({ ...QUICK, PORT: '99999', RINGMASTER_SERVER: 'x' }, io), 1);
  t.equal(out(), '');
  t.match(err(), /^CONFIG_INVALID\n/);
  t.match(err(), 'PORT: ');
  t.match(err(), 'RINGMASTER_SERVER: ');
});

t.test('a port in use is named', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1');
  t.teardown(() => holder.close());
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as { port: number };
  const { io, err } = terminal();
  t.equal(await runServe({ ...QUICK, PORT: String(port) }, io), 1);
  t.match(err(), /^PORT_IN_USE\n/);
  t.match(err(), String(port));
});
