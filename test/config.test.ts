import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig, VARIABLES } from '../src/config.js';
import { RingmasterError } from '../src/errors.js';

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

for (const [what, content] of [['not an object', '[1]']] as const) {
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

/** The message of the refusal. */
const refusal = (environment: NodeJS.ProcessEnv): string => {
  try {
    loadConfig(environment, () => {});
  } catch (error) {
    return error instanceof RingmasterError && error.code === 'CONFIG_INVALID' ? error.message : '';
  }
  return '';
};

const warningsOf = (environment: NodeJS.ProcessEnv): string[] => {
  const warnings: string[] = [];
  loadConfig(environment, (warning) => warnings.push(warning));
  return warnings;
};

for (const [name, meant] of [
  ['TWILIO_AUTHTOKEN', 'TWILIO_AUTH_TOKEN'],
  ['TWILIO_AUTH_TOKN', 'TWILIO_AUTH_TOKEN'],
  ['RINGMASTER_API_TOKENS', 'RINGMASTER_API_TOKEN'],
  ['RINGMASTER_APITOKEN', 'RINGMASTER_API_TOKEN'],
  ['RINGMASTER_MAX_CALSL', 'RINGMASTER_MAX_CALLS'],
  ['OPENAI_KEY_API', 'OPENAI_API_KEY'],
  ['OPENAI_APIKEY', 'OPENAI_API_KEY'],
  ['ringmaster_stt', 'RINGMASTER_STT'],
  ['PUBLICURL', 'PUBLIC_URL'],
  ['TWILO_AUTH_TOKEN', 'TWILIO_AUTH_TOKEN'],
  ['RINGMASTR_API_TOKEN', 'RINGMASTER_API_TOKEN'],
  ['RINGMASTER_PUBLIC_URL', 'PUBLIC_URL'],
  ['RINGMASTER_PORT', 'PORT'],
  ['RINGMASTER_TWILIO_AUTH_TOKEN', 'TWILIO_AUTH_TOKEN'],
] as const) {
  t.test(`${name}, a slip of the pen, is refused with the name that was meant (E)`, async (t) => {
    const text = refusal({ [name]: 'something' }) || warningsOf({ [name]: 'something' }).join('\n');
    t.match(text, `${name}: no such setting; did you mean ${meant}?`);
  });
}

t.test('what Kubernetes sets for a service of our name is nobody’s slip (E)', async (t) => {
  const service = { RINGMASTER_PORT: 'tcp://10.0.0.1:80', RINGMASTER_SERVICE_HOST: '10.0.0.1' };
  t.strictSame(warningsOf(service), []);
});

t.test('a node listens on names and addresses of either kind', async (t) => {
  for (const host of ['::1', '0.0.0.0', 'localhost', 'calls-1.example.com', 'fe80::1%eth0']) {
    t.equal(loadConfig({ HOST: host }).server.host, host);
  }
});

t.test('a misspelt secret keeps the node from starting, and is not shown', async (t) => {
  const text = refusal({ TWILIO_AUTHTOKEN: 'sesame-sesame' });
  t.match(text, /TWILIO_AUTHTOKEN/);
  t.notMatch(text, /sesame/);
});

t.test('a variable that is like none of ours is a warning with the nearest name', async (t) => {
  const warnings = warningsOf({ OPENAI_MODEL: 'x', RINGMASTER_COLOUR: 'red', PATH: '/bin' });
  t.equal(warnings.length, 2);
  t.match(warnings[0], /OPENAI_MODEL: no such setting; did you mean OPENAI_\w+MODEL\?/);
  t.match(warnings[1], /RINGMASTER_COLOUR: no such setting/);
});

t.test('a slip beside the right name is a warning alone', async (t) => {
  const warnings = warningsOf({ OPENAI_APIKEY: 'old', OPENAI_API_KEY: 'new' });
  t.match(warnings, [/OPENAI_APIKEY: no such setting; did you mean OPENAI_API_KEY/]);
});

t.test('variables of other programs are none of our business', async (t) => {
  const others = {
    TWILIO_ACCOUNT_SID: 'AC1',
    OPENAI_ORG_ID: 'org',
    RINGMASTER_SERVICE_HOST: '10.0.0.1',
    RINGMASTER_PORT: 'tcp://10.0.0.1:80',
    RINGMASTER_PORT_80_TCP_ADDR: '10.0.0.1',
  };
  t.strictSame(warningsOf(others), []);
});

for (const [what, value] of [
  ['a number', '5'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a text', '"off"'],
] as const) {
  t.test(`a section that is ${what} is refused by name (E)`, async (t) => {
    const RINGMASTER_CONFIG = configFile(`{"twilio": ${value}, "server": {"port": 1}}`);
    t.match(refusal({ RINGMASTER_CONFIG }), /twilio: must be an object/);
  });
}

t.test(
  'problems of the file, of sections, of fields and between fields come all at once (E)',
  async (t) => {
    const RINGMASTER_CONFIG = configFile(
      '{"twilio": 5, "servre": {}, "turn": {"idlePromts": 1, "vadHangoverMs": 900}}',
    );
    const text = refusal({
      RINGMASTER_CONFIG,
      PORT: ' ',
      RINGMASTER_STT: 'openai',
      RINGMASTER_ENDPOINT_SILENCE_MS: '150',
      RINGMASTER_LANGUAGE: 'klingon!!',
      RINGMASTER_APITOKEN: 'x',
    });
    for (const problem of [
      'twilio: must be an object',
      'servre: no such setting; did you mean server?',
      'turn.idlePromts: no such setting; did you mean turn.idlePrompts?',
      'PORT: holds nothing but blanks',
      'OPENAI_API_KEY: needed',
      'RINGMASTER_ENDPOINT_SILENCE_MS: must not be below',
      'RINGMASTER_LANGUAGE: is no language',
      'RINGMASTER_APITOKEN: no such setting',
    ]) {
      t.match(text, problem);
    }
    t.equal(text.split('\n').length, 8);
  },
);

t.test('a file that is not there does not hide what is wrong beside it (E)', async (t) => {
  const text = refusal({ RINGMASTER_CONFIG: '/nowhere/x.json', PORT: 'eighty' });
  t.match(text, /RINGMASTER_CONFIG: .*no file/);
  t.match(text, /PORT: /);
});

for (const [what, content, problem] of [
  ['empty', '', 'is empty'],
  ['blank', ' \n', 'is empty'],
  ['commented', '{\n  // our port\n  "server": {}\n}', 'comment at line 2, column 3'],
  ['commented otherwise', '# ours\n{}', 'comment at line 1, column 1'],
  ['cut', '{\n"server": {"port": 80', 'ends too soon, at line 2'],
  ['cut in a text', '{"server": {"host": "127', 'ends too soon, at line 1'],
  [
    'of one comma too many',
    '{"server": {"port": 80,\n}}',
    'comma too many before line 2, column 1',
  ],
  ['in single quotes', "{'server': {}}", 'see line 1, column 2'],
  ['followed by more', '{}\n{}', 'see line 2, column 1'],
] as const) {
  t.test(`a config file that is ${what} is named with its place (E)`, async (t) => {
    const text = refusal({ RINGMASTER_CONFIG: configFile(content) });
    t.match(text, `RINGMASTER_CONFIG: `);
    t.match(text, problem);
  });
}

t.test('a directory as config file, and what may not be read, is said (E)', async (t) => {
  t.match(refusal({ RINGMASTER_CONFIG: tmpdir() }), /is a directory/);
});

t.test('what stands at a fault of the file is not shown: it may be a secret', async (t) => {
  const text = refusal({ RINGMASTER_CONFIG: configFile('{"twilio": {"authToken": sesame}}') });
  t.match(text, /see line 1, column 26/);
  t.notMatch(text, /sesame/);
});

t.test('a file with a byte order mark is read', async (t) => {
  const RINGMASTER_CONFIG = configFile('\uFEFF{"server":{"port":9000}}');
  t.equal(loadConfig({ RINGMASTER_CONFIG }).server.port, 9000);
});

t.test('slashes behind an address and blanks around a secret are taken off (E)', async (t) => {
  const { server, twilio } = loadConfig({
    PUBLIC_URL: 'https://calls.example.com/base//',
    TWILIO_AUTH_TOKEN: '0123456789abcdef\n',
    RINGMASTER_API_TOKEN: ' 0123456789\r\n',
    PORT: ' 8081 ',
  });
  t.equal(server.publicUrl, 'https://calls.example.com/base');
  t.equal(twilio.authToken, '0123456789abcdef');
  t.equal(server.apiToken, '0123456789');
  t.equal(server.port, 8081);
});

for (const [name, value] of [
  ['TWILIO_AUTH_TOKEN', '01234567 89abcdef'],
  ['TWILIO_AUTH_TOKEN', '01234567\n89abcdef'],
  ['RINGMASTER_API_TOKEN', '0123456\u00a089'],
  ['PUBLIC_URL', 'https://calls.example.com/?a=b'],
  ['PUBLIC_URL', 'https://me:secret@calls.example.com'],
  ['PUBLIC_URL', 'calls.example.com'],
  ['PUBLIC_URL', 'https://calls.example.com/twilio/voice'],
  ['TWILIO_AUTH_TOKEN', '"0123456789abcdef"'],
  ['RINGMASTER_API_TOKEN', "'0123456789abcdef'"],
  ['HOST', 'http://127.0.0.1'],
  ['HOST', '127.0.0.1:8080'],
  ['HOST', '[::1]'],
  ['HOST', '*'],
  ['HOST', 'two words'],
  ['RINGMASTER_CONFIG', ' \t'],
  ['PORT', '0x50'],
  ['PORT', '8080.5'],
  ['PORT', 'Infinity'],
  ['RINGMASTER_LANGUAGE', 'klingon!!'],
  ['RINGMASTER_LANGUAGE', 'klingon'],
  ['RINGMASTER_LANGUAGE', 'english'],
  ['OPENAI_LANGUAGE', '??'],
  ['RINGMASTER_VOICE', ' \t'],
] as const) {
  t.test(`${name}=${JSON.stringify(value)} is refused by name (E)`, async (t) => {
    const text = refusal({ [name]: value });
    t.match(text, `${name}: `);
    t.notMatch(text, /89abcdef|secret@/);
  });
}

t.test('one language decides for the engines too, and the other way round (E)', async (t) => {
  const of = (environment: NodeJS.ProcessEnv) => {
    const { turn, openai } = loadConfig(environment);
    return [turn.language, openai.language];
  };
  t.strictSame(of({}), ['en', 'en']);
  t.strictSame(of({ RINGMASTER_LANGUAGE: 'de' }), ['de', 'de']);
  t.strictSame(of({ RINGMASTER_LANGUAGE: 'pt_br' }), ['pt-BR', 'pt']);
  t.strictSame(of({ OPENAI_LANGUAGE: 'fr' }), ['fr', 'fr']);
  t.strictSame(of({ RINGMASTER_LANGUAGE: 'de-AT', OPENAI_LANGUAGE: 'en' }), ['de-AT', 'en']);
});
