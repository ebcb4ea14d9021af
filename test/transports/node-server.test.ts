import t from 'tap';
import { nodeListen } from '../../src/transports/node-server.js';
import { mediaServerContract } from './media-server.contract.js';

mediaServerContract(t, nodeListen);
