// What of a model's text can be spoken: no reasoning, no tool calls, no markup, no pictures. Control plane.

import { withoutSigns } from '../../speech/markup.js';
import { JsonScanner } from './json-scanner.js';
import { asObject, asString, parseJson } from './json.js';
import { jsonAt, markAt, MAY_BEGIN, type BlockKind, type Mark } from './model-marks.js';
import { ReasoningGuess } from './reasoning-guess.js';

/** A block that goes on beyond this is no call. */
const MAX_BLOCK_CHARS = 64 * 1024;
/** An end mark may be cut anywhere within so many characters. */
const MAX_MARK_CHARS = 128;

/** Where a model that answers in JSON puts what it says. */
const WRAPPINGS = ['response', 'answer', 'reply', 'speech', 'say', 'text', 'content', 'message'];

interface OpenBlock {
  readonly kind: BlockKind | 'json';
  readonly end: RegExp;
  readonly opening: string;
  readonly keepsEnd: boolean;
  readonly json?: JsonScanner;
  text: string;
}

/**
 * Cleans a streamed answer piece by piece and keeps what may be tool calls. Only what could still become
 * a mark is held back.
 */
export class SpeakableText {
  readonly #guess: ReasoningGuess;
  /** Texts of blocks that may be tool calls, marks included. */
  readonly #leaks: string[] = [];
  #held = '';
  #block: OpenBlock | undefined;
  #begun = false;
  #over = false;

  /** @param startsReasoning the model is known to think first, without a mark at the beginning */
  constructor(startsReasoning = false) {
    this.#guess = new ReasoningGuess(startsReasoning);
  }

  /** What may be tool calls, in their order. */
  get leaks(): readonly string[] {
    return this.#leaks;
  }

  /** True while the text that came is held back or left out: the model works, and there is nothing to say. */
  get isWorking(): boolean {
    return this.#block !== undefined || this.#guess.isHolding;
  }

  /** The answer had reasoning whose beginning was nowhere. */
  get hadBareEnd(): boolean {
    return this.#guess.hadBareEnd;
  }

  /** The server tells reasoning apart: the text is none. */
  reasoningIsApart(): string {
    return withoutSigns(this.#guess.isApart());
  }

  /** @returns what can be said now; may be empty */
  push(text: string): string {
    this.#held += text;
    return withoutSigns(this.#scan(false));
  }

  /** What was held back to the end. */
  end(): string {
    const rest = this.#scan(true) + this.#endBlock();
    return withoutSigns(rest + this.#guess.end()).trimEnd();
  }

  /** @param isEnd nothing more will come: what waits is what it is */
  #scan(isEnd: boolean): string {
    let said = '';
    while (this.#held !== '') {
      const { length } = this.#held;
      const block = this.#block;
      said += block ? this.#within(block, isEnd) : this.#speak(isEnd);
      if (this.#held.length === length && this.#block === block) break;
    }
    return said;
  }

  /** Up to the next mark. */
  #speak(isEnd: boolean): string {
    if (!this.#begun) this.#held = this.#held.trimStart();
    const at = this.#begun ? this.#held.search(MAY_BEGIN) : 0;
    if (at !== 0) return this.#say(at < 0 ? this.#held.length : at);
    if (this.#held === '') return '';
    const found = markAt(this.#held, !this.#begun);
    const json = found === 'none' ? jsonAt(this.#held) : 'none';
    if (!isEnd && (found === 'wait' || json === 'wait')) return '';
    if (json === 'json')
      return this.#open({ kind: 'json', end: /$^/, json: new JsonScanner(/[{[]/) });
    if (typeof found === 'string') return this.#say(1);
    const opening = this.#held.slice(0, found.length);
    this.#held = this.#held.slice(found.length);
    return this.#take(found.mark, opening);
  }

  #say(length: number): string {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#begun = true;
    return this.#over ? '' : this.#guess.push(text);
  }

  #take(mark: Mark, opening: string): string {
    if (mark.type === 'reasoned') {
      this.#guess.bareEnd();
      this.#begun = this.#guess.hasSaid;
    } else if (mark.type === 'over') this.#over = this.#guess.hasSaid;
    else if (mark.type === 'block') {
      const { kind, end, keepsEnd = false } = mark;
      const said = kind === 'reasoning' ? this.#guess.isApart() : '';
      return said + this.#open({ kind, end, keepsEnd, opening });
    }
    return '';
  }

  #open(block: Pick<OpenBlock, 'kind' | 'end'> & Partial<OpenBlock>): string {
    this.#block = { opening: '', keepsEnd: false, text: '', ...block };
    return '';
  }

  /** Reads on in a block up to its end. */
  #within(block: OpenBlock, isEnd: boolean): string {
    if (block.json) return this.#json(block, block.json);
    const end = block.end.exec(this.#held);
    if (end) {
      this.#keep(block, this.#held.slice(0, end.index) + (block.keepsEnd ? end[0] : ''));
      this.#held = this.#held.slice(end.index + end[0].length);
      this.#block = undefined;
      return this.#close(block);
    }
    const length = isEnd ? this.#held.length : Math.max(0, this.#held.length - MAX_MARK_CHARS);
    this.#keep(block, this.#held.slice(0, length));
    this.#held = this.#held.slice(length);
    return '';
  }

  #json(block: OpenBlock, scanner: JsonScanner): string {
    scanner.add(this.#held);
    const whole = scanner.take();
    this.#held = '';
    if (whole === undefined) return '';
    block.text = whole;
    this.#held = scanner.rest;
    this.#block = undefined;
    return this.#close(block);
  }

  #keep(block: OpenBlock, text: string): void {
    if (block.kind === 'reasoning' || block.kind === 'invented') return;
    if (block.text.length < MAX_BLOCK_CHARS) block.text += text;
  }

  #close(block: OpenBlock): string {
    const { kind, opening, text } = block;
    if (kind === 'header') return this.#header(opening, text.trim());
    if (kind === 'reasoning') this.#begun = this.#guess.hasSaid;
    else if (kind === 'json') return this.#wrapped(text);
    else if (kind !== 'invented') this.#leaks.push(`${opening}${text}`);
    return '';
  }

  /** Some models wrap what they say: `{"response": "Hello."}`. */
  #wrapped(text: string): string {
    const value = this.#guess.hasSaid ? undefined : asObject(parseJson(text));
    const words = value?.['name'] === undefined && WRAPPINGS.map((key) => asString(value?.[key]));
    const said = (words || []).find((word) => word !== undefined);
    if (said !== undefined) return this.#guess.push(said);
    this.#leaks.push(text);
    return '';
  }

  /** A role, or a channel of what follows. */
  #header(opening: string, header: string): string {
    const isChannel = /channel/i.test(opening);
    if (/\bto=\S/.test(header)) {
      const end = /<[|｜](?:call|end|return)[|｜]>/;
      return this.#open({ kind: 'call', end, opening: `${header} ` });
    }
    const isReasoning = /^(?:analysis|thought|thinking|reasoning)\b/i.test(header);
    this.#over = !isChannel && !/^(?:assistant|model|)$/i.test(header.split(/\s/)[0] ?? '');
    if (isChannel && isReasoning) {
      const end = /(?=<[|｜](?!message)[^<>\n]{1,60}>)|<channel\|>/;
      return this.#guess.isApart() + this.#open({ kind: 'reasoning', end });
    }
    this.#begun = this.#guess.hasSaid;
    return '';
  }

  /** The answer ends within a block. */
  #endBlock(): string {
    const block = this.#block;
    this.#block = undefined;
    return block && block.kind !== 'reasoning' ? this.#close(block) : '';
  }
}
