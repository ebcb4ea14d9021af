// Everything around a turn machine, at random: a caller, a line, engines that are slow, hang or die. Keeps what must hold.

import type { CallEvent, Order } from '../../src/actors/events.js';
import type { SeededRandom } from '../seeded-random.js';
import { floor } from './floor.js';

interface Planned {
  readonly atMs: number;
  /** What is dropped when its owner dies or is stopped. */
  readonly owner: 'agent' | 'tts' | 'line' | 'notice' | undefined;
  readonly run: () => void;
}

/** Longest time in which the agent has the floor and nothing at all is ordered. */
const REPLY_LIMIT_MS = 20_000;
/** And nothing of it is heard. */
const WAIT_LIMIT_MS = 7200;
/** Milliseconds of silence after which no utterance may be open any more. */
const OPEN_LIMIT_MS = 8000;
const SHORTEST_VOICE_MS = 350;
/** Finals come sooner than the machine gives up waiting for them where it has an interim. */
const LONGEST_FINAL_MS = 2300;

export class CallWorld {
  /** Silence alone does not end these calls. */
  readonly floor = floor({ idlePrompts: 1000 });
  /** What went wrong, in the order of finding. */
  readonly wrongs: string[] = [];
  hungUp = false;
  overdue = 0;
  /** Faults and moods are over: everybody does what is expected. */
  calm = false;
  /** And what was lost before is over, too. */
  settled = false;
  readonly #random: SeededRandom;
  #plans: Planned[] = [];
  #voice = false;
  #quietSinceMs = 0;
  #utteranceId = 0;
  #utteranceOpen = false;
  /** Generation of the newest reply ordered, and the words of it that the line has. */
  #generation = 0;
  #agentHasFloor = false;
  #cleared = false;
  #played: string[] = [];
  #toSay = 0;
  #ending = false;
  #started = false;
  /** Children in backoff: orders to them go nowhere. */
  readonly #dead = new Set<'agent' | 'tts'>();
  readonly #awaiting = new Set<number>();
  /** Words that the machine was told and must not lose. */
  readonly #told = new Set<string>();
  /** Words and digits that no reply has begun to answer. */
  readonly #unansweredWords = new Set<string>();
  #unansweredDigits = '';
  #unheard: (() => void) | undefined;
  #orderedMs = 0;
  /** When the line was given the newest audio. */
  #suppliedMs = 0;
  readonly #heardTexts: string[] = [];
  /** Playback stands still, and so much was heard until then. */
  #held: string | undefined;
  /** A notice is heard; `lasts`: for so long from when playback goes on. */
  #notice: { readonly lastsMs: number } | undefined;
  /** The caller's voice began over it. */
  #isOver = false;
  /** The line has all audio of the reply: it will finish so long after it plays. */
  #finishInMs: number | undefined;
  #voiceStartedMs = 0;
  /** The reply that was drafted for words that may change, and the tools that wait for its turn. */
  #draft = 0;
  #draftText = '';
  readonly #waitingTools: number[] = [];
  readonly #withdrawn = new Set<number>();
  readonly #committed = new Set<number>();
  /** Side effects that happened. */
  toolRuns = 0;
  holds = 0;
  notices = 0;
  spokenOver = 0;
  resumes = 0;
  drafts = 0;
  adopted = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
    this.#read();
  }

  get nowMs(): number {
    return this.floor.clock.now();
  }

  get hearsNotice(): boolean {
    return this.#notice !== undefined && this.#held === undefined;
  }

  /** Time passes, and what is planned happens in steps of `stepMs`. */
  pass(ms: number, stepMs = 50): void {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.floor.line.dryForMs = this.#dryForMs;
      this.floor.clock.increment(stepMs);
      this.#read();
      for (let plan = this.#nextDue(); plan; plan = this.#nextDue()) plan.run();
    }
    const quietMs = this.#voice ? 0 : this.nowMs - this.#quietSinceMs;
    if (this.#utteranceOpen && quietMs > OPEN_LIMIT_MS && !this.hungUp) {
      this.wrongs.push(`utterance ${this.#utteranceId} is open after ${quietMs} ms of silence`);
    }
  }

  /** The line has played what it has, and more is to come. */
  get #dryForMs(): number {
    const isDry = this.#started && this.#held === undefined && this.#finishInMs === undefined;
    return isDry && this.#agentHasFloor ? this.nowMs - this.#suppliedMs : 0;
  }

  startVoice(): void {
    if (this.#voice) return;
    this.#voice = true;
    this.#voiceStartedMs = this.nowMs;
    if (!this.#utteranceOpen) this.#openUtterance();
    this.#planInterims(this.#utteranceId);
    this.#isOver = this.hearsNotice;
    if (this.#isOver) this.spokenOver += 1;
    this.#tell({ type: 'speech.started', utteranceId: this.#utteranceId, atMs: this.nowMs });
  }

  stopVoice(): void {
    if (!this.#voice) return;
    // No voice is told for less than its onset, its end for less than the hangover.
    const lastedMs = this.nowMs - this.#voiceStartedMs;
    if (lastedMs < SHORTEST_VOICE_MS) this.pass(SHORTEST_VOICE_MS - lastedMs);
    this.#voice = false;
    this.#quietSinceMs = this.nowMs;
    const atMs = this.nowMs;
    const utteranceId = this.#utteranceId;
    this.#tell({ type: 'speech.stopped', utteranceId, atMs, voiceEndedAtMs: atMs - 200 });
  }

  key(digit: string): void {
    if (digit !== '#') this.#unansweredDigits += digit;
    this.#tell({ type: 'dtmf.received', digit });
  }

  /** A child dies: what it had in hand is lost, and it comes back after its backoff. */
  kill(child: 'agent' | 'tts'): void {
    this.#plans = this.#plans.filter(({ owner }) => owner !== child);
    if (this.#dead.has(child)) return;
    this.#dead.add(child);
    if (child === 'tts') this.#forgetSpeech();
    // Its disposer aborts what waits at the gate.
    if (child === 'agent') this.#waitingTools.length = 0;
    this.#plan(50 + this.#random.below(350), undefined, () => {
      this.#dead.delete(child);
      this.#tell({ type: 'child.restarted', child });
    });
  }

  /** What holds of history and record at any time. */
  check(): void {
    const { actor, log } = this.floor;
    const { status, context } = actor.getSnapshot();
    if (status !== 'active') this.wrongs.push(`the machine is ${status}`);
    const state = this.floor.state();
    const limitMs = state.includes('thinking') ? WAIT_LIMIT_MS : REPLY_LIMIT_MS;
    if (state.includes('replying') && this.nowMs - this.#orderedMs > limitMs) {
      this.wrongs.push(`stuck in ${state}`);
    }
    const { history, heard, awaited, unsaid } = context;
    if (heard.length + awaited.length + unsaid.length > 60) this.wrongs.push('something grows');
    const agentTexts = history.filter(({ role }) => role === 'agent').map(({ text }) => text);
    if (agentTexts.join('|') !== this.#heardTexts.join('|')) {
      this.wrongs.push(
        `history has "${agentTexts.join('|')}", heard was "${this.#heardTexts.join('|')}"`,
      );
    }
    const recorded = log.turns.filter(({ role }) => role === 'agent').map(({ text }) => text);
    if (recorded.join('|') !== agentTexts.join('|')) this.wrongs.push('record and history differ');
    const words = log.turns
      .filter(({ role, text }) => role === 'caller' && !text.startsWith('['))
      .flatMap(({ text }) => text.split(' '));
    if (new Set(words).size !== words.length)
      this.wrongs.push(`recorded twice: ${words.join(' ')}`);
  }

  #nextDue(): Planned | undefined {
    const due = this.#plans.find(({ atMs }) => atMs <= this.nowMs);
    this.#plans = this.#plans.filter((plan) => plan !== due);
    return due;
  }

  #plan(inMs: number, owner: Planned['owner'], run: () => void): void {
    this.#plans.push({ atMs: this.nowMs + inMs, owner, run });
  }

  #tell(event: CallEvent): void {
    this.floor.tell(event);
    this.#read();
  }

  #openUtterance(): void {
    this.#utteranceId += 1;
    this.#utteranceOpen = true;
  }

  /** What the recogniser believes on the way: mostly right. */
  #planInterims(utteranceId: number): void {
    if (this.calm || !this.#random.chance(50)) return;
    for (let i = this.#random.below(3); i >= 0; i -= 1) {
      const text = this.#random.chance(70)
        ? `u${utteranceId}`
        : this.#random.pick(['mhm', 'x', '']);
      this.#plan(100 + this.#random.below(1200), undefined, () => {
        const isOver = utteranceId !== this.#utteranceId || !this.#utteranceOpen;
        if (!isOver) this.#tell({ type: 'stt.interim', utteranceId, text });
      });
    }
  }

  /** Obey what was ordered, and see whether it may be. */
  #read(): void {
    for (let order = this.floor.orders.shift(); order; order = this.floor.orders.shift()) {
      this.#orderedMs = this.nowMs;
      if (this.hungUp) this.wrongs.push(`${order.type} after the hang-up`);
      this.#obey(order);
    }
  }

  #obey(order: Order): void {
    // eslint-disable-next-line typescript/switch-exhaustiveness-check -- nothing to do for the others
    switch (order.type) {
      case 'agent.reply':
        if (order.draft) this.#beginDraft(order);
        else {
          this.#checkWords(order);
          this.#reply(order.generation);
        }
        return;
      case 'agent.commit':
        this.#commitDraft(order.generation);
        return;
      case 'agent.abort':
        this.#withdrawn.add(order.generation);
        this.#waitingTools.length = 0;
        this.#draft = 0;
        this.#stop('agent', 20);
        return;
      case 'tts.say':
        this.#say(order);
        return;
      case 'tts.end':
        if (this.#dead.has('tts')) return;
        this.#ending = true;
        this.#finishIfSaid(order.generation);
        return;
      case 'tts.stop':
        this.#stop('tts', 0);
        this.#forgetSpeech();
        return;
      case 'line.clear':
        this.#clear();
        return;
      case 'line.hold':
        this.#hold();
        return;
      case 'line.resume':
        this.#resume();
        return;
      case 'line.hangup':
        this.hungUp = true;
        return;
      case 'child.faulted' as never:
        this.#unheard?.();
        return;
      case 'answer.overdue':
        this.#overdue();
        return;
      case 'stt.finish':
        this.#finishUtterance(order.utteranceId);
        return;
      default:
        // The machine reports its agent: the supervisor replaces it.
        if ((order.type as string) === 'child.failed') this.kill('agent');
    }
  }

  /** The supervisor apologises and ends the call. */
  #overdue(): void {
    if (this.settled) this.wrongs.push('a caller is given up though everybody behaves');
    this.overdue += 1;
    this.#plans = [];
    this.hungUp = true;
  }

  /** Every word told before is in the history or the input, once. */
  #checkWords({ generation, input, history }: Extract<Order, { type: 'agent.reply' }>): void {
    const text = input.kind === 'turn' ? input.text : '';
    const callerText = history.filter(({ role }) => role === 'caller').map((turn) => turn.text);
    const words = [...callerText, text].join(' ').split(' ');
    for (const word of this.#told) {
      const count = words.filter((other) => other === word).length;
      if (count !== 1) {
        this.wrongs.push(`${word} is ${count} times in what reply ${generation} answers`);
      }
    }
    const lost = [...this.#unansweredWords].filter(
      (word) => input.kind !== 'digits' && !text.split(' ').includes(word),
    );
    if (lost.length > 0) this.wrongs.push(`${lost.join(' ')} never answered but ${input.kind}`);
    const digits = input.kind === 'digits' ? input.digits : '';
    if (digits !== this.#unansweredDigits) {
      this.wrongs.push(`answers "${digits}" instead of "${this.#unansweredDigits}"`);
    }
  }

  #answered(): void {
    this.#unansweredWords.clear();
    this.#unansweredDigits = '';
  }

  #reply(generation: number): void {
    this.#takeFloor(generation);
    this.#stop('agent', 0);
    this.#committed.add(generation);
    this.#planReply(generation);
  }

  /** The line belongs to this reply now. */
  #takeFloor(generation: number): void {
    // The same generation again: an agent that came back is asked again.
    if (generation !== this.#generation) {
      this.#played = [];
      this.#started = false;
      this.#forgetSpeech();
    }
    this.#stop('line', 0);
    this.#generation = generation;
    this.#agentHasFloor = true;
    this.#cleared = false;
    this.#held = undefined;
    this.#endOfNotice();
    this.#finishInMs = undefined;
    const { doubted } = this.floor.actor.getSnapshot().context;
    for (const id of this.#awaiting) if (!doubted.includes(id)) this.#awaiting.delete(id);
  }

  #beginDraft({ generation, input }: Extract<Order, { type: 'agent.reply' }>): void {
    this.drafts += 1;
    this.#draftText = 'text' in input ? input.text : '';
    this.#stop('agent', 0);
    this.#draft = generation;
    // A new order ends the one before.
    this.#waitingTools.length = 0;
    this.#planReply(generation);
  }

  #commitDraft(generation: number): void {
    if (generation !== this.#draft)
      this.wrongs.push(`reply ${generation} is committed, drafted was ${this.#draft}`);
    if (this.#withdrawn.has(generation))
      this.wrongs.push(`withdrawn reply ${generation} is committed`);
    this.adopted += 1;
    this.#draft = 0;
    const { history } = this.floor.actor.getSnapshot().context;
    const text = history.at(-1)?.text ?? '';
    if (text !== this.#draftText) {
      this.wrongs.push(`"${text}" is answered by what was drafted for "${this.#draftText}"`);
    }
    this.#checkWords({
      type: 'agent.reply',
      generation,
      input: { kind: 'turn', text },
      history: history.slice(0, -1),
      turn: 0,
      draft: true,
    });
    this.#takeFloor(generation);
    this.#committed.add(generation);
    for (const waiting of this.#waitingTools.splice(0)) this.#runTool(waiting);
  }

  /** A tool that changes the world, at the moment when the agent's gate lets it through. */
  #runTool(generation: number): void {
    this.toolRuns += 1;
    if (!this.#committed.has(generation)) this.wrongs.push(`a side effect of draft ${generation}`);
    if (generation !== this.floor.actor.getSnapshot().context.generation) {
      this.wrongs.push(`a side effect of ${generation}, which is not the reply`);
    }
  }

  #planReply(generation: number): void {
    const random = this.#random;
    if (this.#dead.has('agent') || (!this.calm && random.chance(4))) return;
    if (!this.calm && random.chance(30)) {
      this.#plan(random.below(1500), 'agent', () => {
        // Its signal has told the agent: what the machine forgot to withdraw would run.
        if (this.#withdrawn.has(generation)) return;
        if (this.#committed.has(generation)) this.#runTool(generation);
        else this.#waitingTools.push(generation);
      });
    }
    const clauses = this.calm ? 1 : random.below(4);
    let inMs = 0;
    for (let i = 0; i < clauses; i += 1) {
      inMs += random.below(this.calm ? 100 : 2500);
      const text = `g${generation}c${i}`;
      const mark = !this.calm && random.chance(30) && { uninterruptible: true };
      this.#plan(inMs, 'agent', () =>
        this.#tell({ type: 'agent.clause', generation, text, ...mark }),
      );
    }
    if (!this.calm && random.chance(4)) return;
    const action = !this.calm && random.chance(3) ? ({ type: 'hangup' } as const) : undefined;
    this.#plan(inMs + random.below(300), 'agent', () =>
      this.#tell({ type: 'agent.done', generation, ...(action && { action }) }),
    );
  }

  #forgetSpeech(): void {
    this.#toSay = 0;
    this.#ending = false;
  }

  /** Drop what an engine had planned; some are `percent` likely to tell one more thing. */
  #stop(owner: 'agent' | 'tts' | 'line' | 'notice', percent: number): void {
    const late = this.#plans.find((plan) => plan.owner === owner);
    this.#plans = this.#plans.filter((plan) => plan.owner !== owner);
    if (late && this.#random.chance(percent)) this.#plans.push({ ...late, owner: undefined });
  }

  #say({ generation, text, uninterruptible }: Extract<Order, { type: 'tts.say' }>): void {
    if (generation !== this.#generation || this.#cleared) {
      this.wrongs.push(
        `"${text}" is to be said in reply ${this.#generation}, cleared: ${this.#cleared}`,
      );
    }
    if (this.#dead.has('tts')) return;
    const clause = Number(text.split('c')[1]);
    this.#toSay += 1;
    const inMs = this.#toSay * (50 + this.#random.below(this.calm ? 100 : 1500));
    this.#plan(inMs, 'tts', () => {
      this.#toSay -= 1;
      if (!this.#played.includes(text)) this.#played.push(text);
      this.#suppliedMs = this.nowMs;
      this.#tell({ type: 'tts.said', generation, clause });
      if (!this.#started) {
        this.#started = true;
        this.#answered();
        this.#tell({ type: 'playback.started', generation, atMs: this.nowMs });
      }
      if (uninterruptible === true) this.#beginNotice();
      this.#finishIfSaid(generation);
    });
  }

  #finishIfSaid(generation: number): void {
    if (!this.#ending || this.#toSay > 0 || this.#cleared || generation !== this.#generation)
      return;
    this.#finishInMs = 100 + this.#played.length * this.#random.below(1500);
    if (this.#held === undefined) this.#planFinish(generation);
  }

  #planFinish(generation: number): void {
    if (this.#finishInMs === undefined) return;
    this.#stop('line', 0);
    this.#plan(this.#finishInMs, 'line', () => {
      const heardText = this.#played.join(' ');
      this.#agentHasFloor = false;
      this.#finishInMs = undefined;
      this.#endOfNotice();
      if (heardText !== '') this.#heardTexts.push(heardText);
      // What came over a notice has no answer yet.
      // But what had nothing to hear in it is asked for again.
      const [words, digits] = [[...this.#unansweredWords], this.#unansweredDigits];
      this.#unheard = () => {
        for (const word of words) this.#unansweredWords.add(word);
        this.#unansweredDigits = digits + this.#unansweredDigits;
      };
      if (!this.#started) this.#answered();
      this.#tell({ type: 'playback.finished', generation, heardText });
      this.#unheard = undefined;
    });
  }

  /** The line plays a clause that must be heard; right behind one that is heard, it is the same notice. */
  #beginNotice(): void {
    this.#stop('notice', 0);
    const isNew = this.#notice === undefined;
    this.#notice = { lastsMs: 50 + this.#random.below(4000) };
    if (this.#held === undefined) this.#playNotice(isNew);
  }

  #playNotice(isNew: boolean): void {
    if (this.#notice === undefined) return;
    const generation = this.#generation;
    if (isNew) {
      this.notices += 1;
      this.#tell({ type: 'notice.started', generation, atMs: this.nowMs });
    }
    this.#plan(this.#notice.lastsMs, 'notice', () => {
      this.#notice = undefined;
      const { nowMs: atMs } = this;
      const heardText = this.#played.join(' ');
      const isOver = this.#isOver && this.#voice;
      this.#isOver = false;
      this.floor.tell({ type: 'notice.ended', generation, heardText, heardMs: 1, atMs });
      if (isOver && this.floor.state().includes('replying')) {
        this.wrongs.push('a voice that lasts beyond a notice is not judged');
      }
      this.#read();
    });
  }

  #endOfNotice(): void {
    this.#notice = undefined;
    this.#isOver = false;
    this.#stop('notice', 0);
  }

  #hold(): void {
    if (this.#notice !== undefined) this.wrongs.push('a notice is held');
    if (!this.#agentHasFloor || this.#cleared || !this.#started || this.#held !== undefined) return;
    this.holds += 1;
    const generation = this.#generation;
    this.#stop('line', 0);
    this.#held = this.#played.slice(0, this.#random.below(this.#played.length + 1)).join(' ');
    const { nowMs: atMs } = this;
    this.floor.tell({ type: 'playback.held', generation, heardText: this.#held, heardMs: 1, atMs });
  }

  #resume(): void {
    if (this.#held === undefined) return;
    this.resumes += 1;
    this.#held = undefined;
    const generation = this.#generation;
    this.floor.tell({ type: 'playback.resumed', generation, atMs: this.nowMs });
    this.#playNotice(true);
    this.#planFinish(generation);
  }

  #clear(): void {
    const generation = this.#generation;
    // What is kept by a hold was not begun.
    if (this.#notice !== undefined && this.#held === undefined) this.wrongs.push('a notice is cut');
    this.#endOfNotice();
    const wasHeard = this.#agentHasFloor && !this.#cleared && this.#started;
    this.#stop('line', 0);
    this.#cleared = true;
    this.#agentHasFloor = false;
    const heard = this.#held ?? this.#played.slice(0, this.#random.below(4)).join(' ');
    const heardText = wasHeard ? heard : '';
    this.#held = undefined;
    this.#finishInMs = undefined;
    if (heardText !== '') this.#heardTexts.push(heardText);
    this.floor.tell({ type: 'playback.cleared', generation, heardText });
  }

  /** What ends while the agent has the floor belongs to no turn, unless the agent is held for it. */
  #counts(utteranceId: number): boolean {
    const { awaited, doubted } = this.floor.actor.getSnapshot().context;
    return awaited.includes(utteranceId) || doubted.includes(utteranceId);
  }

  #finishUtterance(utteranceId: number): void {
    const word = `u${utteranceId}`;
    const isEmpty = !this.calm && this.#random.chance(20);
    if (this.#counts(utteranceId)) this.#awaiting.add(utteranceId);
    if (utteranceId !== this.#utteranceId || !this.#utteranceOpen) return;
    this.#utteranceOpen = false;
    if (this.calm || this.#random.chance(95)) {
      this.#plan(50 + this.#random.below(this.calm ? 100 : LONGEST_FINAL_MS), undefined, () => {
        if (this.#awaiting.delete(utteranceId) && !isEmpty) {
          this.#told.add(word);
          this.#unansweredWords.add(word);
        }
        this.#tell({ type: 'stt.final', utteranceId, text: isEmpty ? '' : word });
      });
    }
    if (!this.#voice) return;
    this.#openUtterance();
    const next = this.#utteranceId;
    this.floor.tell({ type: 'speech.started', utteranceId: next, atMs: this.nowMs });
  }
}
