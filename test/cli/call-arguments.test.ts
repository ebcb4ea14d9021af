import t from 'tap';
import { parseCallArguments } from '../../src/cli/call/arguments.js';

const NOW = new Date(2026, 10, 20, 9, 5, 7);

t.test('without arguments the node of this machine is called', async (t) => {
  t.strictSame(parseCallArguments([], NOW), {
    help: false,
    nodeUrl: 'http://127.0.0.1:8080',
    publicUrl: 'http://127.0.0.1:8080',
    out: 'call-2026-11-20-090507.wav',
    from: undefined,
    to: undefined,
    token: undefined,
    authToken: undefined,
    files: [],
  });
});

t.test('everything that is given is taken', async (t) => {
  const argv = [
    '--url',
    'http://10.0.0.1:9000/',
    '--public-url',
    'https://voice.example',
    '--out',
    'a.wav',
    '--from',
    '+15550111',
    '--to',
    '+15550122',
    '--token',
    'api',
    '--auth-token=twilio',
    'one.wav',
    'two.wav',
  ];
  t.strictSame(parseCallArguments(argv, NOW), {
    help: false,
    nodeUrl: 'http://10.0.0.1:9000',
    publicUrl: 'https://voice.example',
    out: 'a.wav',
    from: '+15550111',
    to: '+15550122',
    token: 'api',
    authToken: 'twilio',
    files: ['one.wav', 'two.wav'],
  });
});

for (const argv of [
  ['--bogus'],
  ['--url'],
  ['--url', 'localhost:8080'],
  ['--url', 'ftp://x'],
  ['--public-url', '/'],
]) {
  t.test(`${argv.join(' ')} is refused`, async (t) => {
    t.throws(() => parseCallArguments(argv), { code: 'ARGUMENTS_INVALID' });
  });
}
