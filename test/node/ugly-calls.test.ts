import t from 'tap';
import type { AnyActorRef } from 'xstate';
import type { MediaNode } from '../../src/main.js';
import { startTestNode, until } from './support.js';
import { begin, hex, invite, media, openSocket, stop } from './wire-call.js';

type Ugliness = (node: MediaNode) => Promise<void>;

const UGLINESSES: Record<string, Ugliness> = {
  'closes without a word': async (node) => (await openSocket((await invite(node)).url)).close(),
  'vanishes without a word': async (node) =>
    (await openSocket((await invite(node)).url)).terminate(),
  'vanishes after connected': async (node) => {
    const socket = await openSocket((await invite(node)).url);
    socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
    socket.terminate();
  },
  'shows a wrong token': async (node) => {
    const { url, callSid } = await invite(node);
    begin(await openSocket(url), callSid, 'nonsense');
  },
  'shows the token of another call': async (node) => {
    const { url, token } = await invite(node);
    begin(await openSocket(url), `CA${hex()}`, token);
  },
  'vanishes right after start': async (node) => {
    const { url, callSid, token } = await invite(node);
    const socket = await openSocket(url);
    begin(socket, callSid, token);
    socket.terminate();
  },
  'vanishes in mid-call': async (node) => {
    const { url, callSid, token } = await invite(node);
    const socket = await openSocket(url);
    const streamSid = begin(socket, callSid, token);
    for (let chunk = 1; chunk <= 20; chunk += 1) socket.send(media(streamSid, chunk));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.terminate();
  },
  'stops but does not close': async (node) => {
    const { url, callSid, token } = await invite(node);
    const socket = await openSocket(url);
    const streamSid = begin(socket, callSid, token);
    socket.send(media(streamSid, 1));
    socket.send(stop(streamSid, callSid));
  },
  'talks nonsense, then vanishes': async (node) => {
    const { url, callSid, token } = await invite(node);
    const socket = await openSocket(url);
    const streamSid = begin(socket, callSid, token);
    socket.send('{"event":');
    socket.send('[]');
    socket.send(JSON.stringify({ event: 'sing' }));
    socket.send(media(streamSid, 1, 'no base64 at all!'));
    socket.send(Buffer.from([1, 2, 3]));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.terminate();
  },
  'sends a message far too large': async (node) => {
    const { url, callSid, token } = await invite(node);
    const socket = await openSocket(url);
    const streamSid = begin(socket, callSid, token);
    socket.send(media(streamSid, 1, 'A'.repeat(200_000)));
  },
  'starts twice': async (node) => {
    const { url, callSid, token } = await invite(node);
    const socket = await openSocket(url);
    begin(socket, callSid, token);
    begin(socket, callSid, token);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.terminate();
  },
  'opens a second stream with the used token': async (node) => {
    const { url, callSid, token } = await invite(node);
    const first = await openSocket(url);
    begin(first, callSid, token);
    const second = await openSocket(url);
    begin(second, callSid, token);
    await new Promise((resolve) => second.once('close', resolve));
    first.terminate();
  },
  'sends media before start': async (node) => {
    const socket = await openSocket((await invite(node)).url);
    socket.send(media(`MZ${hex()}`, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.terminate();
  },
};

for (const implementation of ['uws', 'ws']) {
  t.test(`500 ugly calls on ${implementation} leave nothing behind`, async (t) => {
    const actors: AnyActorRef[] = [];
    const node = await startTestNode(
      t,
      {
        RINGMASTER_SERVER: process.versions.node.startsWith('20.') ? implementation : 'ws',
        RINGMASTER_MAX_CALLS: '100',
        RINGMASTER_START_TIMEOUT_MS: '500',
        // Half of the villains never start the stream that they were promised.
        RINGMASTER_RESERVATION_MS: '1000',
      },
      {
        // The villains run on the same event loop and leave it no rest.
        refusesByLoad: false,
        inspect: (event) => {
          if (event.type === '@xstate.actor') actors.push(event.actorRef as AnyActorRef);
        },
      },
    );
    const uglinesses = Object.values(UGLINESSES);
    const resourcesBefore = process.getActiveResourcesInfo().length;
    for (let done = 0; done < 500; done += 25) {
      await Promise.all(
        Array.from({ length: 25 }, async (_, i) => {
          const ugly = uglinesses[(done + i) % uglinesses.length];
          await ugly?.(node);
        }),
      );
      await until(() => node.stats().calls === 0);
    }
    await until(() => node.stats().sockets === 0);
    t.match(node.stats(), { calls: 0, sockets: 0, openSlots: 0, failedCalls: 0 });
    t.ok(node.stats().totalCalls >= 200, `${node.stats().totalCalls} of them became calls`);
    t.ok(actors.length > 2000, `${actors.length} actors lived`);
    const alive = actors.filter((actor) => actor.getSnapshot().status === 'active');
    t.strictSame(
      alive.map(({ id }) => id),
      [],
    );
    for (const { state } of await node.store.list(500)) t.equal(state, 'ended');
    // Node's own keep-alive sockets and the pool's workers stay; a timer a call would show.
    await until(() => process.getActiveResourcesInfo().length <= resourcesBefore + 10);
    const { frames } = node.stats();
    t.equal(frames.dropped, 0);
  });
}
