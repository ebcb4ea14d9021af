// TwiML as Twilio reads it: a document to a list of verbs, or the debugger code it would raise. Control plane.

import { XMLParser, XMLValidator } from 'fast-xml-parser';

export interface StreamVerb {
  readonly verb: 'stream';
  /** Without a query string: Twilio strips it. */
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly name: string | undefined;
  readonly statusCallback: string | undefined;
  readonly statusCallbackMethod: 'GET' | 'POST';
}

export type TwimlVerb =
  | StreamVerb
  | { readonly verb: 'say'; readonly text: string }
  | { readonly verb: 'pause'; readonly seconds: number }
  | { readonly verb: 'play'; readonly url: string }
  /** `to`: numbers, SIP URIs or clients, all of them rung at once. */
  | {
      readonly verb: 'dial';
      readonly to: readonly string[];
      /** Asked for the next document when the dialled call is over. */
      readonly action: string | undefined;
      readonly method: 'GET' | 'POST';
    }
  | { readonly verb: 'redirect'; readonly url: string; readonly method: 'GET' | 'POST' }
  | { readonly verb: 'hangup' }
  | { readonly verb: 'reject'; readonly reason: string };

/** A code of Twilio's debugger and what is wrong. */
export interface TwimlFault {
  readonly code: number;
  readonly message: string;
}

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

class TwimlError extends Error {
  readonly fault: TwimlFault;
  constructor(code: number, message: string) {
    super(message);
    this.fault = { code, message };
  }
}

const ATTRIBUTES = ':@';
const TEXT = '#text';
/** Name and value of one `<Parameter>` together stay below this many characters. */
const MAX_PARAMETER_CHARACTERS = 500;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
});

/** One node of the parser's ordered form as an element; text is gathered by the parent. */
function toElement(node: Record<string, unknown>): Element | undefined {
  const name = Object.keys(node).find((key) => key !== ATTRIBUTES && key !== TEXT);
  if (name === undefined || name.startsWith('?')) return undefined;
  const nodes = node[name] as Record<string, unknown>[];
  return {
    name,
    attributes: (node[ATTRIBUTES] ?? {}) as Record<string, string>,
    children: nodes.map(toElement).filter((child) => child !== undefined),
    text: nodes.map(({ [TEXT]: text }) => (typeof text === 'string' ? text : '')).join(''),
  };
}

function requestMethod(element: Element, attribute: string): 'GET' | 'POST' {
  const method = element.attributes[attribute] ?? 'POST';
  if (method !== 'GET' && method !== 'POST') {
    throw new TwimlError(12200, `<${element.name}> has a ${attribute} other than GET and POST`);
  }
  return method;
}

function readStreamUrl(text: string | undefined): string {
  if (text === undefined || text === '') throw new TwimlError(31923, '<Stream> has no url');
  if (!URL.canParse(text)) throw new TwimlError(31923, 'the url of <Stream> is malformed');
  const url = new URL(text);
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'wss:' && !(url.protocol === 'ws:' && loopback)) {
    throw new TwimlError(31922, 'the url of <Stream> is not wss (ws is for loopback alone)');
  }
  return text.replace(/[?#].*$/s, '');
}

function readParameters(stream: Element): Record<string, string> {
  const parameters: Record<string, string> = {};
  for (const { name: element, attributes } of stream.children) {
    if (element !== 'Parameter') throw new TwimlError(12200, `<${element}> within <Stream>`);
    const { name, value } = attributes;
    if (name === undefined || value === undefined) {
      throw new TwimlError(12200, '<Parameter> without name or value');
    }
    if (name.length + value.length >= MAX_PARAMETER_CHARACTERS) {
      throw new TwimlError(12200, '<Parameter> of 500 characters or more');
    }
    parameters[name] = value;
  }
  return parameters;
}

function readConnect(connect: Element): TwimlVerb {
  const [stream, ...others] = connect.children;
  if (stream?.name !== 'Stream' || others.length > 0) {
    throw new TwimlError(12200, '<Connect> without exactly one <Stream> is not simulated');
  }
  const { url, track, name, statusCallback } = stream.attributes;
  if (track !== undefined && track !== 'inbound_track') {
    throw new TwimlError(31941, '<Connect><Stream> has a track other than inbound_track');
  }
  return {
    verb: 'stream',
    url: readStreamUrl(url),
    parameters: readParameters(stream),
    name,
    statusCallback,
    statusCallbackMethod: requestMethod(stream, 'statusCallbackMethod'),
  };
}

function readPause(pause: Element): TwimlVerb {
  const seconds = Number(pause.attributes['length'] ?? '1');
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw new TwimlError(12200, '<Pause> has a length that is no whole number of seconds');
  }
  return { verb: 'pause', seconds };
}

function readDial(dial: Element): TwimlVerb {
  const nouns = dial.children.map((noun) => {
    if (!['Number', 'Sip', 'Client'].includes(noun.name)) {
      throw new TwimlError(12200, `<${noun.name}> within <Dial> is not simulated`);
    }
    return noun.text;
  });
  const to = dial.text === '' ? nouns : [dial.text, ...nouns];
  if (to.length === 0 || to.includes('')) throw new TwimlError(12200, '<Dial> dials nobody');
  const { action } = dial.attributes;
  return { verb: 'dial', to, action, method: requestMethod(dial, 'method') };
}

function readVerb(element: Element): TwimlVerb {
  switch (element.name) {
    case 'Connect':
      return readConnect(element);
    case 'Say':
      return { verb: 'say', text: element.text };
    case 'Pause':
      return readPause(element);
    case 'Play':
      return { verb: 'play', url: element.text };
    case 'Dial':
      return readDial(element);
    case 'Redirect':
      return { verb: 'redirect', url: element.text, method: requestMethod(element, 'method') };
    case 'Hangup':
      return { verb: 'hangup' };
    case 'Reject':
      return { verb: 'reject', reason: element.attributes['reason'] ?? 'rejected' };
    default:
      throw new TwimlError(12200, `<${element.name}> is not TwiML, or not simulated`);
  }
}

function parseDocument(xml: string): readonly TwimlVerb[] {
  if (XMLValidator.validate(xml) !== true) throw new TwimlError(12100, 'the TwiML is not XML');
  const nodes = parser.parse(xml) as Record<string, unknown>[];
  const roots = nodes.map(toElement).filter((element) => element !== undefined);
  const [root] = roots;
  if (root?.name !== 'Response' || roots.length > 1) {
    throw new TwimlError(12100, 'the root of the TwiML is not one <Response>');
  }
  if (root.text !== '') throw new TwimlError(12200, 'text outside of any verb');
  return root.children.map(readVerb);
}

/**
 * Read a TwiML document (Twilio, "TwiML for Programmable Voice"). Verbs that the phone does not
 * simulate are faults like unknown ones: a test must not pass because something was skipped.
 */
export function parseTwiml(
  xml: string,
): { readonly verbs: readonly TwimlVerb[] } | { readonly fault: TwimlFault } {
  try {
    return { verbs: parseDocument(xml) };
  } catch (error) {
    if (error instanceof TwimlError) return { fault: error.fault };
    return { fault: { code: 12100, message: 'the TwiML cannot be parsed' } };
  }
}
