// A call's time line for people: what phone, engines and record tell, in one order. Pure. Control plane.

import type { PhoneEvent } from '../phone/index.js';
import type { Evidence } from './evidence.js';

const SILENT_TYPES = new Set([
  'mark.received',
  'mark.echoed',
  'twiml.began',
  'caller.started',
  'caller.ended',
]);

const LABELS: Readonly<Record<string, string>> = {
  'call.answered': 'answered',
  'call.ended': 'the call ended',
  'stream.started': 'stream started',
  'caller.voiceStarted': 'caller begins to speak',
  'caller.voiceEnded': 'caller falls silent',
  'agent.arrived': 'first media of the agent',
  'agent.started': 'agent is heard',
  'agent.ended': 'agent is silent',
  'dtmf.sent': 'a key is pressed',
};

function detail(fact: PhoneEvent): string {
  if ('droppedMs' in fact) return ` (${Math.round(fact.droppedMs)} ms dropped)`;
  if ('clip' in fact) return ` (${fact.clip})`;
  if ('reason' in fact) return ` (${fact.reason})`;
  return 'by' in fact ? ` (by the ${fact.by})` : '';
}

/** One line a fact, with seconds since the call was answered. */
export function timeline({ events, notes, record }: Evidence): string[] {
  const lines: { readonly atMs: number; readonly text: string }[] = [];
  for (const event of events) {
    if (SILENT_TYPES.has(event.type)) continue;
    const label = LABELS[event.type] ?? event.type.replace('.', ' ');
    lines.push({ atMs: event.atMs, text: `${label}${detail(event)}` });
  }
  for (const note of notes) {
    const { atMs, type } = note;
    if (type === 'agent.asked') {
      const { input } = note;
      const what = 'text' in input ? `"${input.text}"` : input.kind;
      lines.push({ atMs, text: `  reply ${note.reply} is asked for: ${what}` });
    } else if (type === 'agent.withdrawn') {
      lines.push({ atMs, text: `  reply ${note.reply} is withdrawn` });
    } else if (type === 'tts.clause') {
      lines.push({ atMs, text: `  voice is asked for: "${note.text}"` });
    } else if (type === 'stt.final') lines.push({ atMs, text: `  final: "${note.text}"` });
    else if (type === 'tool.ran') lines.push({ atMs, text: `  tool ${note.tool} runs` });
    else if (type === 'tool.ended') {
      lines.push({ atMs, text: `  tool ${note.tool}: ${note.how}` });
    }
  }
  const told = lines
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ atMs, text }) => `${(atMs / 1000).toFixed(2).padStart(7)}  ${text}`);
  const turns = (record?.turns ?? []).map(
    ({ role, text, interrupted }) =>
      ` record  ${role}: ${text}${interrupted === true ? ' (interrupted)' : ''}`,
  );
  return [...told, ...turns];
}
