import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import type { MediaServerOptions } from '../../src/transports/server-contract.js';
import type { UwsModule } from '../../src/transports/media-server.js';
import { chooseServer, loadUws } from '../../src/transports/server-choice.js';

const options: MediaServerOptions = {
  host: '127.0.0.1',
  port: 0,
  maxMessageBytes: 1000,
  idleTimeoutMs: 1000,
  maxRequestBodyBytes: 1000,
  maxBufferedBodyBytes: 8_388_608,
  maxConnections: 1000,
  requestTimeoutMs: 10_000,
  sendHighWaterBytes: 1000,
  sendLimitBytes: 1000,
  fetch: () => new Response('hello'),
  upgrade: () => ({ accept: false, status: 404, body: '{}' }),
  fault: () => undefined,
};

t.test(
  'auto takes ws, whose parser is strict, without a look at uWebSockets.js (A5)',
  async (t) => {
    const choice = await chooseServer('auto', () => Promise.reject(new Error('looked')));
    t.equal(choice.implementation, 'ws');
    const server = await choice.listen(options);
    t.equal(await (await fetch(`http://127.0.0.1:${server.port}`)).text(), 'hello');
    await server.close();
  },
);

t.test('uWebSockets.js serves where it is asked for and its binary loads', async (t) => {
  const loaded = await loadUws();
  if ('missing' in loaded) {
    t.comment(loaded.missing);
    return;
  }
  const choice = await chooseServer('uws');
  t.equal(choice.implementation, 'uWebSockets.js');
  const server = await choice.listen(options);
  t.equal(server.implementation, 'uWebSockets.js');
  t.equal(await (await fetch(`http://127.0.0.1:${server.port}`)).text(), 'hello');
  await server.close();
});

t.test('ws is taken where it is asked for, without a look at uWebSockets.js', async (t) => {
  const choice = await chooseServer('ws', () => Promise.reject(new Error('looked')));
  t.equal(choice.implementation, 'ws');
});

t.test('uws that cannot run is an error of the configuration', async (t) => {
  await t.rejects(
    chooseServer('uws', async () => ({ missing: 'no binary for this Node' })),
    { code: 'CONFIG_INVALID', message: /no binary for this Node/ },
  );
});

t.test('uws that can run is taken', async (t) => {
  const choice = await chooseServer('uws', async () => ({ module: {} as UwsModule }));
  t.equal(choice.implementation, 'uWebSockets.js');
});

t.test('the imitation that the package gives without a binary is not taken', async (t) => {
  const script = `
    import('./dist/src/transports/server-choice.js')
      .then((choice) => choice.loadUws())
      .then((loaded) => process.stdout.write(\`<\${loaded.missing}>\`));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], {
    env: { PATH: process.env['PATH'], UWS_USE_FALLBACK: '1' },
  });
  t.match(stdout, /<(the binary of )?uWebSockets.js (does not load here|has no binary .*)>/);
});
