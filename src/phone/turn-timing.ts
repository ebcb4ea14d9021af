// How fast a node answers and how fast it falls silent, measured at the phone. Media plane.

/** One turn of the caller and what the node did about it. Times in ms on the phone's clock. */
export interface CallerTurn {
  /** Name of the clip, or of the first one of several. */
  readonly clip: string;
  readonly voiceStartedAtMs: number;
  voiceEndedAtMs: number | undefined;
  /** The agent was speaking when the caller began. */
  readonly interrupting: boolean;
  /** When `clear` came, in a turn that interrupts. */
  clearedAtMs: number | undefined;
  /** The first media message of the answer. */
  answeredAtMs: number | undefined;
}

/** End of the caller's voice to the first media of the answer; negative when it came before. */
export function responseMs(turn: CallerTurn): number | undefined {
  if (turn.answeredAtMs === undefined || turn.voiceEndedAtMs === undefined) return undefined;
  return turn.answeredAtMs - turn.voiceEndedAtMs;
}

/** Onset of the caller's voice to the `clear` that silences the agent. */
export function bargeInMs(turn: CallerTurn): number | undefined {
  if (turn.clearedAtMs === undefined) return undefined;
  return turn.clearedAtMs - turn.voiceStartedAtMs;
}

/** Told what goes over the wire, in order; keeps the turns. */
export class TurnTiming {
  readonly turns: CallerTurn[] = [];
  /** In a turn that interrupts, media is the rest of the old reply until it was cleared or over. */
  #oldReply = false;

  voiceStarted(clip: string, atMs: number, agentSpeaking: boolean): void {
    this.#oldReply = agentSpeaking;
    this.turns.push({
      clip,
      voiceStartedAtMs: atMs,
      voiceEndedAtMs: undefined,
      interrupting: agentSpeaking,
      clearedAtMs: undefined,
      answeredAtMs: undefined,
    });
  }

  voiceEnded(atMs: number): void {
    const turn = this.turns.at(-1);
    if (turn !== undefined) turn.voiceEndedAtMs = atMs;
  }

  media(atMs: number): void {
    const turn = this.turns.at(-1);
    if (turn === undefined || this.#oldReply) return;
    turn.answeredAtMs ??= atMs;
  }

  cleared(atMs: number): void {
    const turn = this.turns.at(-1);
    if (turn === undefined) return;
    if (this.#oldReply) turn.clearedAtMs ??= atMs;
    // An answer that began while the caller still spoke was taken back.
    else if (turn.voiceEndedAtMs === undefined) turn.answeredAtMs = undefined;
    this.#oldReply = false;
  }

  /** Nothing of the agent is queued or playing any more. */
  agentFinished(): void {
    this.#oldReply = false;
  }
}
