import t from 'tap';
import { uwsListen } from '../../src/transports/media-server.js';
import { loadUws } from '../../src/transports/server-choice.js';
import { mediaServerContract } from './media-server.contract.js';
import { twilioWireContract } from './twilio-wire.contract.js';

const loaded = await loadUws();
if ('missing' in loaded) t.plan(0, loaded.missing);
else {
  const listen = uwsListen(loaded.module);
  t.test('media server', (t) => {
    mediaServerContract(t, listen, { takesChunks: false, answersMalformed: false });
    t.end();
  });
  t.test('Twilio', (t) => {
    twilioWireContract(t, listen);
    t.end();
  });
}
