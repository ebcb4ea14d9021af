import t from 'tap';
import { nodeListen } from '../../src/transports/node-server.js';
import { mediaServerContract } from './media-server.contract.js';
import { twilioWireContract } from './twilio-wire.contract.js';

t.test('media server', (t) => {
  mediaServerContract(t, nodeListen);
  t.end();
});
t.test('Twilio', (t) => {
  twilioWireContract(t, nodeListen);
  t.end();
});
