import t from 'tap';
import { uwsListen } from '../../src/transports/media-server.js';
import { loadUws } from '../../src/transports/server-choice.js';
import { mediaServerContract } from './media-server.contract.js';

const loaded = await loadUws();
if ('module' in loaded) mediaServerContract(t, uwsListen(loaded.module));
else t.plan(0, loaded.missing);
