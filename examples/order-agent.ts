import { createOpenAiAgent, createOpenAiClient, startNode } from 'ringmaster';
import type { AgentTool, Config, MediaNode } from 'ringmaster';

/** A shop's service, reached over HTTP. */
const SHOP_URL = process.env['SHOP_URL'] ?? 'http://127.0.0.1:3000';

/** Changes nothing: it may run before the caller has finished, and is given up at an interruption. */
const findCake: AgentTool = {
  name: 'find_cake',
  description: 'Look up whether a cake is in stock, and its price.',
  parameters: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  sideEffects: false,
  timeoutMs: 3000,
  async run({ name }, { signal }) {
    const answer = await fetch(`${SHOP_URL}/cakes/${encodeURIComponent(String(name))}`, { signal });
    return answer.json();
  },
};

/** Changes something: it waits until the turn is final, and happens once however often it is asked for. */
const orderCake: AgentTool = {
  name: 'order_cake',
  description: 'Order a cake, once the caller has confirmed it.',
  parameters: {
    type: 'object',
    properties: { name: { type: 'string' }, count: { type: 'integer', minimum: 1 } },
    required: ['name', 'count'],
  },
  sideEffects: true,
  timeoutMs: 8000,
  async run(order, { call, idempotencyKey, signal }) {
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const body = JSON.stringify({ ...order, telephone: call.from });
    const answer = await fetch(`${SHOP_URL}/orders`, { method: 'POST', headers, body, signal });
    if (!answer.ok) throw new Error(`the shop answered ${answer.status}`);
    return answer.json();
  },
};

/** A node whose agent sells cakes; hearing and voice are those of the config. */
export function startShop(config: Config): Promise<MediaNode> {
  const { apiKey, baseUrl, agentModel, requestFields } = config.openai;
  const agent = createOpenAiAgent({
    client: createOpenAiClient({ ...(apiKey && { apiKey }), ...(baseUrl && { baseUrl }) }),
    model: agentModel,
    instructions: 'You take orders for a bakery. Say the price, and ask before you order.',
    greeting: 'Bakery, good morning. What can I do for you?',
    tools: [findCake, orderCake],
    onToolFailure: ({ message }) => process.stderr.write(`${message}\n`),
    ...(requestFields && { requestFields }),
  });
  return startNode({ config, providers: { agent } });
}
