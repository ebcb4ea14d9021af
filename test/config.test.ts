import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig, VARIABLES } from '../src/config.js';

const configFile = (content: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'ringmaster-config-')), 'config.json');
  writeFileSync(file, content);
  return file;
};

t.test('an empty environment gives the embedded defaults, frozen', async (t) => {
  const config = loadConfig({});
  t.match(config.server, { host: '127.0.0.1', port: 8080, implementation: 'auto' });
  t.ok(Object.isFrozen(config) && Object.isFrozen(config.turn));
});

t.test('the environment overrides the config file', async (t) => {
  const RINGMASTER_CONFIG = configFile('{"server":{"port":9000,"host":"0.0.0.0"}}');
  const { server } = loadConfig({ RINGMASTER_CONFIG, PORT: '9001' });
  t.match(server, { port: 9001, host: '0.0.0.0' });
});

t.test('all problems are reported together, each by the name it was set with', async (t) => {
  const RINGMASTER_CONFIG = configFile('{"turn":{"idlePrompts":99,"idleTimeout":5}}');
  const load = () =>
    loadConfig({ RINGMASTER_CONFIG, PORT: 'eighty', RINGMASTER_STT: 'magic', PUBLIC_URL: 'x' });
  t.throws(load, { code: 'CONFIG_INVALID' });
  try {
    load();
  } catch (error) {
    const text = String(error);
    for (const name of [
      'PORT',
      'RINGMASTER_STT',
      'PUBLIC_URL',
      'turn.idlePrompts',
      'turn.idleTimeout',
    ]) {
      t.match(text, `${name}: `);
    }
  }
});

t.test('a provider that needs a key without one is named', async (t) => {
  t.throws(() => loadConfig({ RINGMASTER_STT: 'openai' }), { message: /OPENAI_API_KEY/ });
});

t.test('an endpoint silence below the hangover is refused', async (t) => {
  t.throws(() => loadConfig({ RINGMASTER_ENDPOINT_SILENCE_MS: '150' }), {
    message: /RINGMASTER_ENDPOINT_SILENCE_MS/,
  });
});

for (const [what, content] of [
  ['not JSON', '{'],
  ['not an object', '[1]'],
] as const) {
  t.test(`a config file that is ${what} is named`, async (t) => {
    t.throws(() => loadConfig({ RINGMASTER_CONFIG: configFile(content) }), {
      code: 'CONFIG_INVALID',
      message: /RINGMASTER_CONFIG/,
    });
  });
}

t.test('a missing config file is named', async (t) => {
  t.throws(() => loadConfig({ RINGMASTER_CONFIG: '/nowhere/x.json' }), { message: /no file/ });
});

t.test('a public URL needs the token that its callers are known by (A3)', async (t) => {
  const PUBLIC_URL = 'https://voice.example';
  for (const more of [{}, { RINGMASTER_API_TOKEN: 'only-for-calls' }, { HOST: '0.0.0.0' }]) {
    t.throws(() => loadConfig({ PUBLIC_URL, ...more }), {
      code: 'CONFIG_INVALID',
      message: /^PUBLIC_URL: .*TWILIO_AUTH_TOKEN/,
    });
  }
  t.ok(loadConfig({ PUBLIC_URL, TWILIO_AUTH_TOKEN: 'a-good-secret' }));
});

t.test('every setting is documented, and no other', async (t) => {
  const documented = readFileSync('docs/settings.md', 'utf8');
  const rows = [...documented.matchAll(/^\| `([A-Z_]+)`\s*\|.*\| `([a-z]+\.[A-Za-z]+)`\s*\|$/gm)];
  const expected = VARIABLES.map(({ name, path }) => `${name} ${path.join('.')}`);
  t.strictSame(rows.map(([, name, path]) => `${name} ${path}`).sort(), expected.sort());
});
