// All HTTP routes of a media node as one Hono app. Control plane.

import { Hono } from 'hono';
import { addCallRoutes, type CallDependencies } from './call-routes.js';
import { errorResponse } from './http-errors.js';
import { addVoiceRoutes, type HttpEnv, type VoiceDependencies } from './twilio/voice-routes.js';

export type RouteDependencies = VoiceDependencies & CallDependencies;

/**
 * The app of a node: `POST /twilio/voice`, `/twilio/voice/resume`, `/twilio/voice/dialed`,
 * `/twilio/status`, and `GET /calls`, `/calls/:sid`, `/healthz`, `/readyz`. Every error is
 * `{error:{code,message}}`. A path prefix of the public URL is taken off where it is still there,
 * and so is a slash at the end.
 *
 * Plug it into a media server with `fetch: (request, peer) => app.fetch(request, peer)`; more routes
 * may be added to it before.
 */
export function createRoutes(deps: RouteDependencies): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>({
    getPath: (request) => {
      const path = deps.publicUrl().localPath(new URL(request.url).pathname);
      return path.length > 1 ? path.replace(/\/$/, '') : path;
    },
  });
  addVoiceRoutes(app, deps);
  addCallRoutes(app, deps);
  app.notFound(() => errorResponse(404, 'ROUTE_NOT_FOUND'));
  app.onError((thrown) => {
    deps.fault(thrown);
    return errorResponse(500, 'INTERNAL_ERROR');
  });
  return app;
}
