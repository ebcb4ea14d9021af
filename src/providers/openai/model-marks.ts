// The marks that models of the common families write around what is not speech. Pure. Control plane.

/** What stands between a mark and its end. */
export type BlockKind =
  /** What the model thinks. */
  | 'reasoning'
  /** A tool call that the server left in the text. */
  | 'call'
  /** Code and data: it may be a call, and is no speech in any case. */
  | 'code'
  /** A turn of somebody else, or what a tool said, as the model imagines it. */
  | 'invented'
  /** The name of a role or of a channel behind a token. */
  | 'header';

export type Mark =
  | {
      readonly type: 'block';
      readonly kind: BlockKind;
      /** Where it ends. */
      readonly end: RegExp;
      /** The end mark is part of what the block holds. */
      readonly keepsEnd?: boolean;
    }
  /** The end of reasoning whose beginning was in the prompt: what came before was no speech. */
  | { readonly type: 'reasoned' }
  /** The end of the turn. */
  | { readonly type: 'over' }
  /** A mark that says nothing. */
  | { readonly type: 'nothing' };

export type Found = { readonly length: number; readonly mark: Mark } | 'wait' | 'none';

const REASONING_TAGS =
  'think|thinking|thinks|thought|thoughts|reasoning|reflection|reflect|scratchpad|analysis|seed:think|inner_monologue|internal_monologue|inner_thoughts|rationale';
const CALL_TAGS =
  'tool_call|tool_calls|toolcall|function_call|function_calls|functioncall|tool_use|minimax:tool_call|seed:tool_call|start_function_call|antml:function_calls|antml:invoke';
const RESULT_TAGS =
  'tool_response|tool_responses|tool_result|tool_results|tool_output|function_response|function_result|function_results|observation';

const REASONING_END = new RegExp(
  `</(?:${REASONING_TAGS})>|\\[/THINK\\]|◁/think▷|<\\|(?:END_THINKING|end_of_thought|end_think|/think|inner_suffix)\\|>|<channel\\|>|assistantfinal`,
  'i',
);
/** Tokens of chat templates: `<|im_end|>`, `<｜tool▁sep｜>`, `<|channel>`. */
const TOKEN = /^<[|｜][^<>\n]{0,60}>/;
const TOKEN_BEGUN = /^<(?:[|｜][^<>\n]{0,60})?$/;
const NEXT_TOKEN = /<[|｜][^<>\n]{1,60}>/;
const ANY_TAG = /^<\/?[a-z_][a-z_:]{0,24}\|?(?:[=\s][^<>\n]{0,200})?>/i;
const ANY_TAG_BEGUN = /^<(?:\/?(?:[a-z_][a-z_:]{0,24}\|?(?:[=\s][^<>\n]{0,200})?)?)?$/i;

const reasoning = (end: RegExp): Mark => ({ type: 'block', kind: 'reasoning', end });
const call = (end: RegExp): Mark => ({ type: 'block', kind: 'call', end });
const NOTHING: Mark = { type: 'nothing' };
const OVER: Mark = { type: 'over' };
const HEADER: Mark = { type: 'block', kind: 'header', end: /\n|(?=<[|｜])/ };
/** What a tool call ends with at the latest. */
const TURN_END = String.raw`<[|｜](?:im_end|eot_id|eom_id|endoftext|end_of_text|call|return|end)[|｜]>|</s>`;

const OVER_TOKENS = new Set(
  'im_end eot_id eom_id endoftext end_of_text return end call end_of_sentence eos end_of_turn /s end_turn turn_end end_of_turn_token im_sep_end'.split(
    ' ',
  ),
);
const ROLE_TOKENS = new Set(
  'start im_start start_header_id start_of_turn start_of_role turn channel'.split(' '),
);
const REASONING_TOKENS = new Set(
  'start_thinking begin_of_thought start_think think begin_think inner_prefix thinking'.split(' '),
);

/** By the name of a token in lower case. */
function tokenMark(name: string): Mark {
  if (OVER_TOKENS.has(name)) return OVER;
  if (ROLE_TOKENS.has(name)) return HEADER;
  if (REASONING_TOKENS.has(name)) return reasoning(REASONING_END);
  if (/^(?:end_thinking|end_of_thought|end_think|\/think|inner_suffix)$/.test(name)) {
    return { type: 'reasoned' };
  }
  if (name === 'python_tag') return call(new RegExp(TURN_END));
  if (
    /^(?:dsml[|｜])?(?:tool_calls|function_calls)$|^tool_calls(?:_section)?_(?:begin|start)$/.test(
      name,
    )
  ) {
    return call(
      /<\/?[|｜]\/?(?:DSML[|｜])?(?:tool[▁_]calls|function_calls)(?:[▁_]section)?(?:[▁_]end)?[|｜]?>/i,
    );
  }
  if (/^(?:start_action|tool_call(?:_begin|_start)?)$/.test(name)) {
    return call(
      new RegExp(
        String.raw`<[|｜](?:END_ACTION|/tool_call|tool[▁_]call[▁_]end)[|｜]>|${TURN_END}`,
        'i',
      ),
    );
  }
  if (/^tool_(?:output|result|response)s?(?:_begin|_start)?$/.test(name)) {
    return { type: 'block', kind: 'invented', end: NEXT_TOKEN };
  }
  return NOTHING;
}

function angleMark(text: string): Found {
  const token = TOKEN.exec(text);
  if (token) {
    const name = token[0]
      .slice(2, -1)
      .replace(/[|｜]$/, '')
      .replaceAll('▁', '_')
      .toLowerCase();
    return { length: token[0].length, mark: tokenMark(name.trim()) };
  }
  if (TOKEN_BEGUN.test(text)) return 'wait';
  const tag = ANY_TAG.exec(text);
  if (tag) return tagMark(tag[0]);
  return ANY_TAG_BEGUN.test(text) && mayBecomeMark(text) ? 'wait' : 'none';
}

const REASONING_TAG = new RegExp(`^(?:${REASONING_TAGS})$`);
const RESULT_TAG = new RegExp(`^(?:${RESULT_TAGS})$`);
const CALL_TAG = new RegExp(`^(?:${CALL_TAGS})$`);
const NAMED = new RegExp(`^(?:${REASONING_TAGS}|${CALL_TAGS}|${RESULT_TAGS})$`);
const KNOWN_TAGS = [
  ...`${REASONING_TAGS}|${CALL_TAGS}|${RESULT_TAGS}`.split('|'),
  'function',
  'invoke',
  's',
  'eos',
  'bos',
  'pad',
  'unk',
  'end_of_turn',
  'start_of_turn',
  'channel|',
  'tool_call|',
];

/** `<b` waits for nothing: no mark begins so. */
function mayBecomeMark(text: string): boolean {
  const name = text.slice(1).replace(/^\//, '').toLowerCase();
  const [word = ''] = name.split(/[=\s]/);
  const isWhole = word.length < name.length;
  return KNOWN_TAGS.some((known) => (isWhole ? known === word : known.startsWith(word)));
}

function tagMark(tag: string): Found {
  const closes = tag.startsWith('</');
  const name = (/^<\/?([^\s=>]+)/.exec(tag)?.[1] ?? '').toLowerCase();
  const mark = tokenTag(name, closes) ?? (closes ? closingTag(name) : openingTag(name, tag));
  return mark === undefined ? 'none' : { length: tag.length, mark };
}

/** Tokens that are written like tags. */
function tokenTag(name: string, closes: boolean): Mark | undefined {
  if (name === 'channel|') return { type: 'reasoned' };
  if ((name === 's' && closes) || name === 'eos' || name === 'end_of_turn') return OVER;
  if (name === 'start_of_turn') return HEADER;
  return /^(?:s|bos|pad|unk|tool_call\|)$/.test(name) ? NOTHING : undefined;
}

function closingTag(name: string): Mark | undefined {
  if (REASONING_TAG.test(name)) return { type: 'reasoned' };
  return NAMED.test(name) || name === 'function' || name === 'invoke' ? NOTHING : undefined;
}

function openingTag(name: string, tag: string): Mark | undefined {
  if (REASONING_TAG.test(name)) return reasoning(REASONING_END);
  if (RESULT_TAG.test(name)) {
    return { type: 'block', kind: 'invented', end: new RegExp(`</${name}>`, 'i') };
  }
  if (name === 'start_function_call') {
    return call(new RegExp(`<end_function_call>|${TURN_END}`, 'i'));
  }
  const calls = CALL_TAG.test(name) || /^<(?:function\s*=|function\s+name\s*=|invoke\s)/i.test(tag);
  return calls ? call(new RegExp(`</${name}>|${TURN_END}`, 'i')) : undefined;
}

const BRACKETS: readonly (readonly [string, Mark])[] = [
  ['[THINK]', reasoning(REASONING_END)],
  ['[/THINK]', { type: 'reasoned' }],
  ['[TOOL_CALLS]', call(new RegExp(TURN_END))],
  ['[TOOL_RESULTS]', { type: 'block', kind: 'invented', end: /\[\/TOOL_RESULTS\]/ }],
  ['[/TOOL_RESULTS]', NOTHING],
  ['[AVAILABLE_TOOLS]', { type: 'block', kind: 'invented', end: /\[\/AVAILABLE_TOOLS\]/ }],
  ['[INST]', { type: 'block', kind: 'invented', end: /\[\/INST\]/ }],
  ['[/INST]', NOTHING],
  ['◁think▷', reasoning(REASONING_END)],
  ['◁/think▷', { type: 'reasoned' }],
];

/** Fences around what is speech all the same. */
const SPOKEN_FENCE = /^(?:|text|txt|plain|plaintext|markdown|md)$/i;

function fenceMark(text: string): Found {
  if (text === '`' || text === '``') return 'wait';
  if (!text.startsWith('```')) return 'none';
  const fence = /^```([\w+-]{0,20})[ \t]*(\n)?/.exec(text);
  const [all = '', info = '', newline] = fence ?? [];
  if (newline === undefined) return all.length === text.length ? 'wait' : 'none';
  if (SPOKEN_FENCE.test(info)) return { length: all.length, mark: NOTHING };
  return { length: all.length, mark: { type: 'block', kind: 'code', end: /```/ } };
}

/** What an answer may begin with and speech does not. */
function firstMark(text: string): Found {
  const leaked = 'analysis';
  if (leaked.startsWith(text)) return 'wait';
  // The tokens around its channels were lost on the way: "analysisWe need to … assistantfinalHello."
  if (/^analysis[A-Z]/.test(text)) return { length: leaked.length, mark: reasoning(REASONING_END) };
  if ('functools['.startsWith(text)) return 'wait';
  if (text.startsWith('functools[')) return { length: 'functools'.length, mark: NOTHING };
  // [find_order(number="7")]
  if (/^\[[a-z_]\w{0,63}\(/i.test(text)) {
    return { length: 1, mark: { type: 'block', kind: 'code', end: /\)\s*\]/, keepsEnd: true } };
  }
  return /^\[(?:[a-z_]\w{0,63})?$/i.test(text) ? 'wait' : 'none';
}

/** Characters at which a mark may begin. */
export const MAY_BEGIN = /[<[◁`{]/;

/**
 * What `text` begins with.
 * @param isFirst nothing was said before it
 */
export function markAt(text: string, isFirst: boolean): Found {
  const first = isFirst ? firstMark(text) : 'none';
  if (first !== 'none') return first;
  if (text.startsWith('<')) return angleMark(text);
  if (text.startsWith('`')) return fenceMark(text);
  for (const [literal, mark] of BRACKETS) {
    if (text.startsWith(literal)) return { length: literal.length, mark };
    if (literal.startsWith(text)) return 'wait';
  }
  return 'none';
}

/** JSON in the middle of a text: nobody says it. */
export function jsonAt(text: string): 'json' | 'wait' | 'none' {
  if (/^\{\s*"|^\[\s*\{\s*"/.test(text)) return 'json';
  return /^\{\s*$|^\[\s*(?:\{\s*)?$/.test(text) ? 'wait' : 'none';
}
