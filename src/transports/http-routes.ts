// All HTTP routes of a media node as one Hono app. Control plane.

import { Hono } from 'hono';
import { addCallRoutes, type CallDependencies } from './call-routes.js';
import type { ErrorCode } from '../errors.js';
import { errorResponse, refusalOf, type Refusal } from './http-errors.js';
import type { RequestSummary } from './server-contract.js';
import {
  addVoiceRoutes,
  WEBHOOK_PATHS,
  type HttpEnv,
  type VoiceDependencies,
} from './twilio/voice-routes.js';
import { isFormType } from './twilio/webhook-request.js';

export type RouteDependencies = VoiceDependencies &
  CallDependencies & {
    /** A request was answered with an error that is the client's. */
    readonly refused?: (code: ErrorCode, explain: Refusal['explain']) => void;
  };

export type Routes = Hono<HttpEnv> & {
  /** For `MediaServerOptions.readsBody`: the body of a webhook that may be Twilio's, and no other. */
  readonly readsBody: (request: RequestSummary) => boolean;
};

/**
 * The app of a node: `POST /twilio/voice`, `/twilio/voice/resume`, `/twilio/voice/dialed`,
 * `/twilio/status`, and `GET /calls`, `/calls/:sid`, `/healthz`, `/readyz`. Every error is
 * `{error:{code,message}}`. A path prefix of the public URL is taken off where it is still there,
 * and so is a slash at the end.
 *
 * Plug it into a media server with `fetch: (request, peer) => app.fetch(request, peer)`; more routes
 * may be added to it before.
 */
export function createRoutes(deps: RouteDependencies): Routes {
  const routeOf = (pathname: string): string => {
    const path = deps.publicUrl().localPath(pathname);
    return path.length > 1 ? path.replace(/\/$/, '') : path;
  };
  const app = new Hono<HttpEnv>({ getPath: ({ url }) => routeOf(new URL(url).pathname) });
  app.use(async (c, next) => {
    await next();
    const refusal = refusalOf(c.res);
    if (refusal !== undefined) deps.refused?.(refusal.code, refusal.explain);
  });
  addVoiceRoutes(app, deps);
  addCallRoutes(app, deps);
  app.notFound(() => errorResponse(404, 'ROUTE_NOT_FOUND'));
  app.onError((thrown) => {
    deps.fault(thrown);
    return errorResponse(500, 'INTERNAL_ERROR');
  });
  const readsBody = (request: RequestSummary): boolean => {
    const [path = ''] = request.url.split('?', 1);
    const isForm = isFormType(request.header('content-type'));
    if (request.method !== 'POST' || !isForm || !WEBHOOK_PATHS.includes(routeOf(path)))
      return false;
    return deps.signature.caller(request) === undefined;
  };
  return Object.assign(app, { readsBody });
}
